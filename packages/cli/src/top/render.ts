// One look at the lender as lines of text.

import type { LeaseJson, PoolJson, TierJson } from '@pagelend/daemon';
import { behindText, bytesInMemory } from '../behind.ts';
import { bytes, columns, count, percent, ratio } from '../text.ts';
import { adviceText } from './advice.ts';
import type { Rates, Sample } from './rates.ts';

export interface View {
  /** Columns and rows of the terminal; 0 for no limit. */
  readonly width: number;
  readonly rows: number;
  readonly hasColor: boolean;
}

const BAR_CELLS = 24;
/** Shares of the limit from which the bar warns, and alarms. */
const WARN_SHARE = 0.8;
const ALARM_SHARE = 0.95;
const HEAD = ['lease', 'size', 'stored', 'behind', 'used', 'limit', 'ratio', 'same', 'huge'];
const HEAD_MORE = ['reads/s', 'writes/s', 'errors', 'clients'];

export function renderTop({ pool, leases, advice }: Sample, rates: Rates, view: View): string {
  const top = poolLines(pool, rates, view);
  const sorted = leases.toSorted((a, b) => b.mem_used_total - a.mem_used_total);
  // Two lines above the table, one for its head, one that may tell of those that have no room.
  const room = view.rows === 0 ? sorted.length : Math.max(view.rows - top.length - 3, 1);
  const shown = sorted.slice(0, room);
  const rows = shown.map((lease) => [
    ...rowOf(lease, rates),
    ...(advice === null ? [] : [adviceText(advice.find(({ name }) => name === lease.name))]),
  ]);
  const heads = [...HEAD, ...HEAD_MORE, ...(advice === null ? [] : ['advice'])];
  const table = columns(heads, rows, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const [head = '', ...body] = table.split('\n').map((line) => cut(line, view.width));
  const more = sorted.length - shown.length;
  return [
    ...top,
    '',
    view.hasColor ? `\x1b[1m${head}\x1b[22m` : head,
    ...body,
    ...(more > 0 ? [`… and ${count(more)} more`] : []),
  ].join('\n');
}

function poolLines(pool: PoolJson, rates: Rates, { hasColor, width }: View): string[] {
  const { mem_used_total: used, mem_limit: limit, orig_data_size: stored, tier } = pool;
  const held = bytesInMemory(pool);
  const saved = Math.max(held - used, 0);
  return [
    `pool  ${bar(used / limit, hasColor)} ${bytes(used)} of ${bytes(limit)} (${percent(used, limit)})`,
    `stored ${bytes(stored)}, ratio ${ratio(held, used)}, saved ${bytes(saved)}, ${pool.codec}, ` +
      `${counted(pool.leases, 'lease')}, ${counted(pool.connections, 'client')}`,
    ...(tier === null ? [] : [cut(tierLine(tier, pool, rates), width)]),
  ];
}

/** What is wrong comes before what is only long. */
function tierLine(tier: TierJson, pool: PoolJson, { tier: { fetches, writes } }: Rates): string {
  const { state, reason, free_bytes, size, policy } = tier;
  return (
    `tier  ${state}, behind ${behindText(pool)}, ${bytes(free_bytes)} of ${bytes(size)} free, ` +
    `${policy}, ${count(fetches)} fetches/s, ${count(writes)} writes/s` +
    (reason === null ? '' : `: ${reason}`)
  );
}

function bar(share: number, hasColor: boolean): string {
  const full = Math.min(Math.round(share * BAR_CELLS), BAR_CELLS);
  const cells = `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)}`;
  if (!hasColor) return cells;
  const color = share >= ALARM_SHARE ? 31 : share >= WARN_SHARE ? 33 : 32;
  return `\x1b[${color}m${cells}\x1b[39m`;
}

function rowOf(lease: LeaseJson, rates: Rates): string[] {
  const { reads, writes } = rates.leases.get(lease.id) ?? { reads: 0, writes: 0 };
  return [
    lease.name,
    bytes(lease.size),
    bytes(lease.orig_data_size),
    behindText(lease),
    bytes(lease.mem_used_total),
    lease.limit_bytes === null ? '–' : bytes(lease.limit_bytes),
    ratio(bytesInMemory(lease), lease.mem_used_total),
    count(lease.same_pages),
    count(lease.huge_pages),
    count(reads),
    count(writes),
    count(lease.failed_reads + lease.failed_writes),
    count(lease.connections),
  ];
}

function cut(line: string, width: number): string {
  return width === 0 || line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

function counted(value: number, what: string): string {
  return `${count(value)} ${what}${value === 1 ? '' : 's'}`;
}
