// Pages behind the pool: each record is where its slot says, whole, that slot's, and a page. Records
// are read in the order of the device, in large reads; since all their places may be more than memory
// holds, they are collected from the tables for some extents at a time.

import { setImmediate } from 'node:timers/promises';
import {
  byteAt,
  endOfLayout,
  extentAt,
  extentOf,
  type RecordFound,
  readRecord,
  Sealer,
  SOUND,
  type TierToRead,
  windowOf,
} from '@pagelend/tier';
import { faultTexts } from '../behind/fault-texts.ts';
import { isBehind, tierPlaceOf } from '../entry.ts';
import { reasonOf } from '../pool-files.ts';
import type { PageFault } from './check-places.ts';
import type { TierPlace } from './findings.ts';
import { INPUT_AT, type PageReader } from './page-reader.ts';

const READ_BYTES = 2 ** 20;
/** Places that are collected at a time; with what belongs to them they take 14 bytes each. */
export const BATCH_PLACES = 2 ** 21;
/** A place has 29 bits; below it stands its number in the batch: 2^24 places fill the largest extent. */
const ORDER_BASE = 2 ** 24;

/** Shows every entry of every lease, always in the same order; leases by number. */
export type ScanAll = (
  visit: (lease: number, slot: number, entry: number) => void,
) => Promise<void>;
export type TellFault = (lease: number, slot: number, at: TierPlace, fault: PageFault) => void;

export interface BehindOptions {
  readonly tier: TierToRead;
  readonly reader: PageReader;
  readonly secret: Uint8Array;
  /** By number of the lease: what its records are marked with. */
  readonly tags: readonly number[];
  readonly batchPlaces: number;
  readonly tell: TellFault;
  readonly onProgress: (share: number) => void;
}

/** Which places of the tier slots name: each by one, and within the tier. */
export class PlacesBehind {
  /** By extent. */
  readonly counts: Uint32Array;
  readonly #tier: TierToRead;
  /** One bit a place, 64 MiB at most. */
  readonly #named: Uint8Array;

  constructor(tier: TierToRead) {
    this.#tier = tier;
    const { extentCount, extentBytes, unitBytes } = tier.layout;
    this.counts = new Uint32Array(extentCount);
    this.#named = new Uint8Array(Math.ceil((extentCount * (extentBytes / unitBytes)) / 8));
  }

  where(entry: number): TierPlace {
    const { layout } = this.#tier;
    const place = tierPlaceOf(entry);
    return { extent: extentOf(layout, place), at: byteAt(layout, place) };
  }

  claim(entry: number): PageFault | null {
    const { layout } = this.#tier;
    const place = tierPlaceOf(entry);
    const { extent, at } = this.where(entry);
    if (extent >= layout.extentCount) {
      const says = `it names extent ${extent} of the tier, which has ${layout.extentCount}`;
      return { kind: 'place', says };
    }
    if (!this.take(place, true)) {
      return { kind: 'place', says: `it names the record at byte ${at}, as another slot does` };
    }
    this.counts[extent]! += 1;
    return null;
  }

  /** Notes that a place is named, or takes that back; false where it was so already. */
  take(place: number, isNamed: boolean): boolean {
    const bit = 1 << (place & 7);
    if (((this.#named[place >>> 3]! & bit) !== 0) === isNamed) return false;
    this.#named[place >>> 3]! ^= bit;
    return true;
  }
}

/** Reads all records that were claimed, and tells of those that are not their slots' pages. */
export class RecordCheck {
  readBytes = 0;
  readonly #options: BehindOptions;
  readonly #places: PlacesBehind;
  readonly #sealer: Sealer | null;
  readonly #found: RecordFound = { kind: 0, at: 0, bytes: 0 };
  /** What of the device is in memory. */
  #from = 0;
  #end = 0;

  constructor(options: BehindOptions, places: PlacesBehind) {
    this.#options = options;
    this.#places = places;
    this.#sealer = options.tier.isEncrypted ? new Sealer(options.secret) : null;
  }

  async run(scan: ScanAll): Promise<void> {
    const { counts } = this.#places;
    const { batchPlaces } = this.#options;
    const total = counts.reduce((sum, count) => sum + count, 0);
    let done = 0;
    for (let first = 0; first < counts.length; ) {
      let end = first;
      let size = 0;
      while (end < counts.length && (end === first || size + counts[end]! <= batchPlaces)) {
        size += counts[end++]!;
      }
      if (size > 0) {
        const batch = await this.#collect(scan, first, end, size);
        await this.#readAll(batch, (count) => this.#options.onProgress((done + count) / total));
      }
      done += size;
      first = end;
    }
  }

  /** What slots name in some extents, in the order of the device. */
  async #collect(scan: ScanAll, first: number, end: number, size: number): Promise<Batch> {
    const { layout } = this.#options.tier;
    const order = new Float64Array(size);
    const slots = new Uint32Array(size);
    const leases = new Uint16Array(size);
    let count = 0;
    await scan((lease, slot, entry) => {
      if (!isBehind(entry)) return;
      const place = tierPlaceOf(entry);
      const extent = extentOf(layout, place);
      // Of two slots that name a record the first one has it, as when they were claimed.
      if (extent < first || extent >= end || !this.#places.take(place, false)) return;
      order[count] = place * ORDER_BASE + count;
      slots[count] = slot;
      leases[count] = lease;
      count += 1;
    });
    return { order: order.sort(), slots, leases };
  }

  async #readAll({ order, slots, leases }: Batch, onRead: (count: number) => void): Promise<void> {
    for (let i = 0; i < order.length; i++) {
      const place = Math.floor(order[i]! / ORDER_BASE);
      const index = order[i]! % ORDER_BASE;
      const lease = leases[index]!;
      const slot = slots[index]!;
      const window = windowOf(this.#options.tier.layout, place);
      if (window.at < this.#from || window.at + window.bytes > this.#end) {
        onRead(i);
        await setImmediate();
        this.#read(window.at, this.#lastNeeded(order, i));
      }
      const says = this.#fault(place, lease, slot);
      if (says !== null) {
        const at = this.#places.where(place);
        this.#options.tell(lease, slot, at, { kind: 'record', says });
      }
    }
  }

  /** Where a read that begins with the record at `i` should end: with the last one that it can have. */
  #lastNeeded(order: Float64Array, i: number): number {
    const { layout } = this.#options.tier;
    const first = windowOf(layout, Math.floor(order[i]! / ORDER_BASE));
    let end = first.at + first.bytes;
    for (let next = i + 1; next < order.length; next++) {
      const window = windowOf(layout, Math.floor(order[next]! / ORDER_BASE));
      if (window.at + window.bytes > first.at + READ_BYTES) break;
      end = window.at + window.bytes;
    }
    return end;
  }

  /** Reads a range into memory; where that fails nothing of it is there. */
  #read(from: number, end: number): string | null {
    const { tier, reader } = this.#options;
    this.#from = from;
    this.#end = from;
    if (end > tier.device.bytes) end = tier.device.bytes;
    if (end <= from) return 'it is past the end of the tier, which was cut';
    try {
      tier.device.readNow(from, reader.bytes.subarray(INPUT_AT, INPUT_AT + end - from));
    } catch (error) {
      return reasonOf(error);
    }
    this.readBytes += end - from;
    this.#end = end;
    return null;
  }

  #fault(place: number, lease: number, slot: number): string | null {
    const { tier, reader, tags } = this.#options;
    const window = windowOf(tier.layout, place);
    const recordAt = window.at + window.recordAt;
    if (window.at < this.#from || window.at + window.bytes > this.#end) {
      // The large read failed; of what is sound around a bad block this record may be.
      const unread = this.#read(window.at, window.at + window.bytes);
      if (unread !== null) return unread;
    }
    const at = INPUT_AT + recordAt - this.#from;
    const end = INPUT_AT + Math.min(this.#end, window.at + window.bytes) - this.#from;
    const bytes = reader.bytes.subarray(at, end);
    const found = this.#found;
    const fault = readRecord(bytes, 0, { tag: tags[lease]!, slot }, found, this.#sealer);
    if (fault !== SOUND) return faultTexts[fault];
    return reader.fault(found.kind, at + found.at, found.bytes);
  }
}

interface Batch {
  /** Each place, and below it its number among `slots` and `leases`; sorted. */
  readonly order: Float64Array;
  readonly slots: Uint32Array;
  readonly leases: Uint16Array;
}

/** What a tier has that was cut since it was made; null where it is whole. */
export function cutOf({ device, layout }: TierToRead): string | null {
  const end = endOfLayout(layout);
  if (device.bytes >= end) return null;
  const lost =
    layout.extentCount - Math.floor((device.bytes - extentAt(layout, 0)) / layout.extentBytes);
  return `${device.path} has ${device.bytes} bytes and had ${end}: ${lost} of its ${layout.extentCount} extents are cut`;
}
