// What must hold of a pool with a tier at rest: counts of extents against the slots and copies that
// name records in them, what the keeper knows of pages against the slots, and every record against
// the page that it stands for. Throws an error that says what is wrong.

import {
  byteAt,
  extentOf,
  ioMemory,
  RECORD_BYTES_MAX,
  type RecordFound,
  readRecord,
  SOUND,
  type TierLayout,
  windowOf,
} from '@pagelend/tier';
import type { KeeperLease } from '../../src/behind/keeper-lease.ts';
import type { KeeperParts } from '../../src/behind/parts.ts';
import { HOLE, isBehind, isPlaced, tierPlaceOf } from '../../src/entry.ts';
import { SLOTS_PER_TABLE_PAGE } from '../../src/slot-table.ts';
import { checkPool } from './invariants.ts';
import type { TierHost } from './tier-host.ts';

export interface TierCheckOptions {
  /** Slots whose records the test has damaged, as `lease slot`. */
  readonly damaged?: ReadonlySet<string>;
  /** Records can't be read just now. */
  readonly isUnreadable?: boolean;
  readonly strayTablePagesMax?: number;
}

/** Everything, for a pool whose leases are exactly `ids`. */
export async function checkTier(
  host: TierHost,
  ids: readonly string[],
  options: TierCheckOptions = {},
): Promise<void> {
  await host.rest();
  const { parts } = host.keeper;
  checkPool(host.pool, ids, { strayTablePagesMax: options.strayTablePagesMax ?? 0 });
  must(parts.leases.size === ids.length, 'the keeper has other leases');
  const places = ids.flatMap((id) => placesOf(host, id));
  checkLive(parts, places);
  checkKnown(
    parts,
    ids.map((id) => leaseOf(host, id)),
  );
  if (options.isUnreadable !== true) await checkRecords(host, places, options.damaged ?? new Set());
}

/** A record that a slot names, or of which the pool's page is a copy. */
interface NamedPlace {
  readonly id: string;
  readonly lease: KeeperLease;
  readonly slot: number;
  readonly place: number;
  readonly isCopy: boolean;
}

function leaseOf(host: TierHost, id: string): KeeperLease {
  return host.keeper.parts.leases.get(host.pool.lease(id)!.index)!;
}

function placesOf(host: TierHost, id: string): NamedPlace[] {
  const lease = leaseOf(host, id);
  const places: NamedPlace[] = [];
  for (let slot = 0; slot < lease.slots.length; slot++) {
    const entry = entryOf(lease, slot);
    const copy = lease.copies[slot]!;
    must(copy >= 0, `slot ${slot} of ${id} is being written, and nothing is`);
    must(
      copy === 0 || isPlaced(entry),
      `slot ${slot} of ${id} has a copy of a page that is not there`,
    );
    if (isBehind(entry)) places.push({ id, lease, slot, place: tierPlaceOf(entry), isCopy: false });
    if (copy > 0) places.push({ id, lease, slot, place: copy - 1, isCopy: true });
  }
  return places;
}

function entryOf({ marks, slots }: KeeperLease, slot: number): number {
  return marks[Math.floor(slot / SLOTS_PER_TABLE_PAGE)] === 1 ? slots[slot]! : HOLE;
}

const OPEN_COUNT_MAX = 3;

/** Each extent is held as often as records in it are named. */
function checkLive({ live, tier, log }: KeeperParts, places: readonly NamedPlace[]): void {
  const expected = new Int32Array(live.length);
  for (const { place } of places) expected[extentOf(tier.layout, place)]! += 1;
  for (let extent = 0; extent < live.length; extent++) {
    same(live[extent]!, expected[extent]!, `live records of extent ${extent}`);
  }
  const free = log.extents.recount();
  // Those with room for the next batch are not free, and may hold nothing: one for each batch that can
  // be under way, of pages that leave, of idle ones, and of what cleaning moves.
  const empty = expected.filter((count) => count === 0).length;
  must(
    free <= empty && free >= empty - OPEN_COUNT_MAX,
    `${free} extents are free, ${empty} hold nothing`,
  );
}

/** Numbers of pages, their states, and what policies have, against the slots. */
function checkKnown(parts: KeeperParts, leases: readonly KeeperLease[]): void {
  const { residents, partitions } = parts;
  let residentCount = 0;
  let ghostCount = 0;
  const seen = new Set<number>();
  for (const lease of leases) {
    must(partitions.has(lease.partition), 'a lease has a policy that is nobody’s');
    for (let slot = 0; slot < lease.slots.length; slot++) {
      const entry = entryOf(lease, slot);
      const id = residents.find(lease, slot);
      const what = `slot ${slot} of lease ${lease.index} (${entry})`;
      if (id < 0) {
        must(!isPlaced(entry), `${what} is in the pool, and no policy knows it`);
        continue;
      }
      must(!seen.has(id), `${what} has the number of another`);
      seen.add(id);
      must(residents.leases[id] === lease.index && residents.slots[id] === slot, `${what}: number`);
      must(isPlaced(entry) || isBehind(entry), `${what} needs no number`);
      const isResident = residents.isResident(id);
      must(isResident === isPlaced(entry), `${what} is ${isResident ? '' : 'not '}resident`);
      must(isResident || residents.isGhost(id), `${what} is leaving, and nothing leaves`);
      must(lease.partition.has(id) === isResident, `${what}: its policy says otherwise`);
      if (isResident) residentCount += 1;
      else ghostCount += 1;
    }
  }
  same(residents.residentCount, residentCount, 'resident pages');
  same(residents.ghostCount, ghostCount, 'ghosts');
  let known = 0;
  for (const partition of partitions) {
    partition.check();
    known += partition.residentCount;
  }
  same(known, residentCount, 'pages that policies have');
}

/** Each named record is sound and of its page, overlaps no other, and is what the pool has of it. */
async function checkRecords(
  host: TierHost,
  places: readonly NamedPlace[],
  damaged: ReadonlySet<string>,
): Promise<void> {
  const { parts } = host.keeper;
  const { layout } = parts.tier;
  const device = host.setup.memory ?? host.pool.tier!.device;
  const bytes = ioMemory(layout.extentBytes);
  const sorted = [...places].sort((a, b) => a.place - b.place);
  const found: RecordFound = { kind: 0, at: 0, bytes: 0 };
  let extent = -1;
  let end = 0;
  for (const { id, lease, slot, place, isCopy } of sorted) {
    const { from, base } = whereIs(layout, place);
    if (extentOf(layout, place) !== extent) {
      extent = extentOf(layout, place);
      device.readNow(base, bytes);
    }
    const what = `the record of slot ${slot} of ${id} at place ${place}`;
    must(from >= end, `${what} lies over another`);
    if (damaged.has(`${id} ${slot}`)) continue;
    // A copy, since it is decrypted in place.
    const record = bytes.slice(from - base, from - base + RECORD_BYTES_MAX);
    const fault = readRecord(record, 0, { tag: lease.tag, slot }, found, parts.sealer);
    must(fault === SOUND, `${what} has fault ${fault}`);
    end = from + found.at + found.bytes;
    if (!isCopy) continue;
    const entry = lease.slots[slot]!;
    same(found.kind, parts.store.kindOf(entry), `kind of ${what}`);
    const kept = parts.store.storedBytes(entry);
    const isSame = Buffer.compare(kept, record.subarray(found.at, found.at + found.bytes)) === 0;
    must(isSame, `${what} is not the page in the pool`);
  }
}

function whereIs(layout: TierLayout, place: number): { from: number; base: number } {
  const from = byteAt(layout, place);
  const { at, recordAt } = windowOf(layout, place);
  same(at + recordAt, from, 'window of a place');
  return { from, base: layout.firstAt + extentOf(layout, place) * layout.extentBytes };
}

function must(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new Error(`invariant: ${what}`);
}

function same(found: number, expected: number, what: string): void {
  if (found !== expected) throw new Error(`invariant: ${what}: ${found}, expected ${expected}`);
}
