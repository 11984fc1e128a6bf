// What `pagelend check` found, as text and as JSON.

import type { Finding, KindFound, LeaseCheck, LenderCheck } from '@pagelend/daemon';
import { bytes, columns, count } from './text.ts';

const PAGE_BYTES = 4096;
/** Findings of one kind that are listed in the text. */
const LISTED_MAX = 20;

export function renderCheck(checked: LenderCheck): string {
  const { stateDir, poolDir, tierPath, isSound, isQuick, found } = checked;
  const what = [stateDir, `pool ${poolDir}`, ...(tierPath === null ? [] : [`tier ${tierPath}`])];
  const verdict = isSound
    ? isQuick
      ? 'sound, as far as heads and entries say'
      : 'sound'
    : 'NOT sound';
  const parts = [
    `${what.join(', ')}: ${verdict}`,
    leaseTable(checked.pool.leases),
    figures(checked),
  ];
  return [...parts, ...found.map(kindText)].join('\n\n');
}

function leaseTable(leases: readonly LeaseCheck[]): string {
  if (leases.length === 0) return 'no leases';
  const head = ['lease', 'size', 'pages', 'same', 'in pool', 'behind', 'damaged'];
  const rows = leases.map((lease) => [lease.name, bytes(lease.bytes), ...pagesOf([lease])]);
  if (leases.length > 1) rows.push(['all', '', ...pagesOf(leases)]);
  return columns(head, rows, [1, 2, 3, 4, 5, 6]);
}

function pagesOf(leases: readonly LeaseCheck[]): string[] {
  const total = (of: (lease: LeaseCheck) => number) =>
    count(leases.reduce((sum, lease) => sum + of(lease), 0));
  return [
    total(({ pages }) => pages),
    total(({ samePages }) => samePages),
    total(({ pagesInPool }) => pagesInPool),
    total(({ pagesBehind }) => pagesBehind),
    total(({ damagedPages }) => damagedPages),
  ];
}

function figures({ pool }: LenderCheck): string {
  const { paidBytes, placeBytes, tableBytes, tier } = pool;
  const lines = [
    `pool: ${bytes(paidBytes)} of memory, of it ${bytes(placeBytes)} in use; tables: ${bytes(tableBytes)}`,
  ];
  if (tier !== null) {
    const kind = tier.isEncrypted ? 'encrypted' : 'not encrypted';
    lines.push(
      `tier: ${count(tier.extentCount)} extents, ${kind}; ${bytes(tier.readBytes)} of it read`,
    );
  }
  return lines.join('\n');
}

function kindText({ kind, severity, says, count: many, findings }: KindFound): string {
  const lines = findings.slice(0, LISTED_MAX).map((finding) => `  ${findingText(finding)}`);
  if (many > lines.length) lines.push(`  and ${count(many - lines.length)} more`);
  return [`${severity}: ${kind} (${count(many)}): ${says}`, ...lines].join('\n');
}

function findingText({ lease, slot, place, says }: Finding): string {
  if (slot === null) return says;
  const at = `${lease}: slot ${slot}, byte ${slot * PAGE_BYTES} of its device`;
  if (place === null) return `${at}: ${says}`;
  const where =
    'block' in place
      ? `block ${place.block}, place ${place.index}`
      : `extent ${place.extent}, byte ${place.at} of the tier`;
  return `${at} (${where}): ${says}`;
}

/** Schema pagelend.check/1. */
export function checkJson(checked: LenderCheck): object {
  const { stateDir, poolDir, tierPath, isQuick, isSound, pool, found } = checked;
  const { tier } = pool;
  return {
    schema: 'pagelend.check/1',
    state_dir: stateDir,
    pool_dir: poolDir,
    tier_path: tierPath,
    is_quick: isQuick,
    is_sound: isSound,
    leases: pool.leases.map((lease) => ({
      name: lease.name,
      id: lease.id,
      size: lease.bytes,
      pages: lease.pages,
      same_pages: lease.samePages,
      pool_pages: lease.pagesInPool,
      behind_pages: lease.pagesBehind,
      damaged_pages: lease.damagedPages,
    })),
    pool: {
      block_count: pool.blockCount,
      paid_bytes: pool.paidBytes,
      place_bytes: pool.placeBytes,
      table_bytes: pool.tableBytes,
    },
    tier:
      tier === null
        ? null
        : {
            path: tier.path,
            extent_count: tier.extentCount,
            is_encrypted: tier.isEncrypted,
            read_bytes: tier.readBytes,
          },
    kinds: found.map(({ kind, severity, says, count: many, findings }) => ({
      kind,
      severity,
      says,
      count: many,
      listed: findings.length,
    })),
    findings: found.flatMap(({ severity, findings }) =>
      findings.map((finding) => findingJson(finding, severity)),
    ),
  };
}

function findingJson({ kind, lease, slot, place, says }: Finding, severity: string): object {
  const inPool = place !== null && 'block' in place ? place : null;
  const behind = place !== null && 'extent' in place ? place : null;
  return {
    kind,
    severity,
    lease,
    slot,
    offset_bytes: slot === null ? null : slot * PAGE_BYTES,
    block: inPool?.block ?? null,
    index: inPool?.index ?? null,
    extent: behind?.extent ?? null,
    tier_offset_bytes: behind?.at ?? null,
    says,
  };
}
