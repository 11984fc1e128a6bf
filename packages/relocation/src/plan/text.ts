// A plan as text for a terminal.

import { binaryBytes, grouped, percent, textTable } from '@pagelend/lab';
import { wrapped, wrappedItem } from '../wrapped.ts';
import type { PlanResult } from './result.ts';

export function renderPlan(plan: PlanResult): string {
  const { host, limited, capacity, page_ins: pageIns } = plan;
  const confidence = `${grouped(plan.confidence_percent)} %`;
  const lines = [
    ...wrapped(`${plan.says}.`),
    '',
    ...rows('each guest', [
      ['given', size(plan.memory_bytes)],
      ['its programs take', size(plan.demand_bytes)],
      ...optional('working set', plan.working_set_bytes),
      ...optional('of its demand cold', plan.cold_bytes),
      ['short of', size(plan.short_bytes)],
      ['lease', size(plan.lease_bytes)],
    ]),
    '',
    ...rows(`the lender, ${grouped(plan.guests)} guests (${plan.contents})`, [
      ['a page takes', `${percent(plan.compressed_share)} %`],
      ['pool, expected', size(plan.pool_mean_bytes)],
      [`pool, enough in ${confidence}`, size(plan.pool_confident_bytes)],
      ['pool if nothing compressed', size(plan.pool_worst_bytes)],
      ['tables of the leases', size(plan.tables_bytes)],
      ['the daemon itself', size(plan.daemon_bytes)],
      [
        limited === null ? 'serve --memory' : 'serve --memory, as limited',
        size(plan.serve_memory_bytes),
      ],
    ]),
    '',
    ...rows('the host', [
      ['guests', size(host.guests_bytes)],
      ['lending', size(host.lending_bytes)],
      ...(host.reserve_bytes > 0 ? [['kept for itself', size(host.reserve_bytes)] as const] : []),
      ['in all', size(host.total_bytes)],
      ['without lending', size(host.without_lending_bytes)],
    ]),
  ];
  if (limited !== null) {
    lines.push(
      '',
      ...rows(`a pool of ${size(limited.pool_bytes)}`, [
        ['holds, compressed', size(limited.held_bytes)],
        ['would not fit, expected', size(limited.not_fitting_mean_bytes)],
        [`would not fit, ${confidence}`, size(limited.not_fitting_confident_bytes)],
        ...(limited.tier_bytes > 0
          ? [['serve --tier-size', size(limited.tier_bytes)] as const]
          : []),
      ]),
    );
  }
  if (capacity !== null) {
    lines.push(
      '',
      ...rows(`a host of ${size(capacity.host_memory_bytes)} has room for`, [
        ['guests without lending', grouped(capacity.guests_without_lending)],
        ['guests with lending', grouped(capacity.guests_with_lending)],
      ]),
    );
  }
  if (pageIns !== null) {
    lines.push(
      '',
      ...rows(`${pageIns.trace} under ${pageIns.policy}, per million references`, [
        ['frames of its pages', `${grouped(pageIns.frames)} of ${grouped(pageIns.pages)}`],
        ['pages read back', grouped(pageIns.page_ins_per_million_references)],
        ['pages written out', grouped(pageIns.page_outs_per_million_references)],
      ]),
    );
  }
  lines.push('', 'To type:', ...plan.commands.map((command) => `  ${command}`));
  lines.push('', 'Notes:', ...plan.notes.flatMap(wrappedItem));
  return `${lines.join('\n')}\n`;
}

function rows(title: string, cells: readonly (readonly [string, string])[]): string[] {
  const columns = [
    { title: '', align: 'left' },
    { title: '', align: 'right' },
  ] as const;
  const [, ...table] = textTable(columns, cells);
  return [`${title}:`, ...table.map((line) => `  ${line}`)];
}

function optional(title: string, bytes: number | null): (readonly [string, string])[] {
  return bytes === null ? [] : [[title, size(bytes)]];
}

function size(bytes: number): string {
  return binaryBytes(bytes);
}
