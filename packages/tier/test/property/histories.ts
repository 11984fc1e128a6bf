// A random history of a log against a plain map of what was put where: appends, overwrites, trims,
// cleaning, several writes in flight, pinned extents, failing devices, deaths, restarts. It stands
// in for the store: it publishes after a write, and releases what it no longer names.

import {
  byteAt,
  extentAt,
  extentOf,
  ioMemory,
  layoutFor,
  NO_ROOM,
  nextRecord,
  type RecordFound,
  type RecordHead,
  readRecord,
  release,
  retain,
  Sealer,
  SOUND,
  type TierBatch,
  type TierDevice,
  TierLog,
  WINDOW_BYTES_MAX,
  windowOf,
} from '@pagelend/tier';
import { expect } from 'vitest';
import { DeviceDied, FaultyDevice, randomFrom } from '../support/faulty-device.ts';
import { MemoryDevice } from '../support/memory-device.ts';

const EXTENT_BYTES = 32_768;
export const DEVICE_BYTES = 13 * EXTENT_BYTES;
const BUFFERS = 3;
const NAMES = 120;
const TAGS = 3;

export interface Kind {
  readonly isEncrypted: boolean;
  /** Bits flip on the way to the device: a record may be lost then, and is never another. */
  readonly isSilent: boolean;
}

export interface Scenario extends Kind {
  readonly seed: number;
  readonly operationCount: number;
}

export const kinds: readonly Kind[] = [
  { isEncrypted: false, isSilent: false },
  { isEncrypted: true, isSilent: false },
  { isEncrypted: false, isSilent: true },
  { isEncrypted: true, isSilent: true },
];

interface Entry {
  readonly place: number;
  readonly payload: Uint8Array;
}

interface Pending {
  readonly batch: TierBatch;
  readonly appended: {
    readonly key: number;
    readonly entry: Entry;
    readonly from: number | null;
  }[];
}

interface Runs {
  readonly firstSeed: number;
  readonly count: number;
  readonly operationCount: number;
}

/** Runs histories of one kind; together they must have met all that can happen. */
export async function runHistories(kind: Kind, runs: Runs): Promise<void> {
  const { firstSeed, count, operationCount } = runs;
  const total: Record<string, number> = {};
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const scenario = { ...kind, seed, operationCount };
    const history = new History(scenario, new MemoryDevice(DEVICE_BYTES));
    try {
      await history.run();
    } catch (error) {
      throw new Error(`the history of seed ${seed} failed`, { cause: error });
    }
    for (const [what, times] of Object.entries(history.seen)) {
      total[what] = (total[what] ?? 0) + times;
    }
  }
  const expected = ['full', 'failed', 'cleaned', 'restarts', 'reads', 'reused'];
  expected.push(kind.isSilent ? 'lost' : 'died');
  for (const what of expected) expect(total[what], what).toBeGreaterThan(0);
}

export class History {
  /** Events that a history should have seen, so that it is known to have tested something. */
  readonly seen = {
    full: 0,
    failed: 0,
    died: 0,
    cleaned: 0,
    restarts: 0,
    lost: 0,
    reads: 0,
    reused: 0,
  };
  readonly #scenario: Scenario;
  readonly #random: () => number;
  readonly #inner: TierDevice;
  readonly #layout;
  readonly #live: Int32Array<SharedArrayBuffer>;
  readonly #takes: Int32Array<SharedArrayBuffer>;
  /** By place: how often its extent had been taken when a record was put there last. */
  readonly #takenAt = new Map<number, number>();
  readonly #entries = new Map<number, Entry>();
  readonly #pins: number[] = [];
  readonly #sealer: Sealer | null;
  readonly #area = ioMemory(BUFFERS * EXTENT_BYTES);
  readonly #window = ioMemory(WINDOW_BYTES_MAX);
  readonly #extent = ioMemory(EXTENT_BYTES);
  #device: FaultyDevice;
  #log: TierLog;

  constructor(scenario: Scenario, inner: TierDevice) {
    this.#scenario = scenario;
    this.#random = randomFrom(scenario.seed);
    this.#inner = inner;
    this.#layout = layoutFor(inner.bytes, EXTENT_BYTES);
    this.#live = new Int32Array(new SharedArrayBuffer(this.#layout.extentCount * 4));
    this.#takes = new Int32Array(new SharedArrayBuffer(this.#layout.extentCount * 4));
    this.#sealer = scenario.isEncrypted ? new Sealer(new Uint8Array(32).fill(1)) : null;
    this.#device = this.#newDevice();
    this.#log = this.#newLog();
  }

  async run(): Promise<void> {
    const verbs: readonly (readonly [number, () => Promise<void> | void])[] = [
      [40, () => this.#append(1 + this.#below(BUFFERS))],
      [20, () => this.#read(this.#below(NAMES * TAGS))],
      [25, () => this.#trim()],
      [12, () => this.#clean()],
      [4, () => this.#pin()],
      [4, () => this.#unpin()],
      [4, () => this.#armFault()],
      [2, () => this.#restart()],
      [3, () => void this.#log.discardFree(1 + this.#below(4))],
    ];
    const total = verbs.reduce((sum, [weight]) => sum + weight, 0);
    for (let count = 0; count < this.#scenario.operationCount; count++) {
      let choice = this.#random() * total;
      const [, verb] = verbs.find(([weight]) => (choice -= weight) < 0)!;
      await verb();
      this.#checkCounts();
    }
    this.#device.heal();
    for (let key = 0; key < NAMES * TAGS; key++) await this.#read(key);
  }

  /** Fills some batches at once and has them end in any order. */
  async #append(batchCount: number): Promise<void> {
    const letGo = this.#device.hold('write');
    const writes: Promise<void>[] = [];
    for (let count = 0; count < batchCount; count++) {
      const batch = this.#log.begin();
      if (batch === null) {
        this.seen.full++;
        break;
      }
      const pending: Pending = { batch, appended: [] };
      for (let records = this.#below(20); records > 0; records--) {
        if (!this.#appendOne(pending, this.#below(NAMES * TAGS), this.#payload(), null)) break;
      }
      writes.push(this.#finish(pending));
    }
    letGo();
    await this.#settle(writes);
  }

  #appendOne(pending: Pending, key: number, payload: Uint8Array, from: number | null): boolean {
    const place = pending.batch.append(nameOf(key), key & 7, payload);
    if (place === NO_ROOM) return false;
    const extent = extentOf(this.#layout, place);
    if (extent !== pending.batch.extent) throw new Error('another extent');
    // A place has another record only once its extent was taken anew, also over restarts.
    const takes = this.#takes[extent]!;
    if (this.#takenAt.has(place)) this.seen.reused++;
    if (this.#takenAt.get(place) === takes) throw new Error('a place was given out twice');
    this.#takenAt.set(place, takes);
    pending.appended.push({ key, entry: { place, payload }, from });
    return true;
  }

  /** Writes a batch and publishes what it holds, or lets go of it. */
  async #finish({ batch, appended }: Pending): Promise<void> {
    try {
      await batch.write();
    } catch (error) {
      if (error instanceof DeviceDied) throw error;
      this.seen.failed++;
      for (const { entry } of appended) this.#release(entry.place);
      return;
    }
    for (const { key, entry, from } of appended) {
      const old = this.#entries.get(key);
      // What was moved is published only where nothing else was meanwhile.
      if (from !== null && old?.place !== from) this.#release(entry.place);
      else {
        if (old !== undefined) this.#release(old.place);
        this.#entries.set(key, entry);
      }
    }
  }

  /**
   * Waits for writes; where the device died under one of them, all begins again from what is named.
   */
  async #settle(writes: readonly Promise<void>[]): Promise<void> {
    const results = await Promise.allSettled(writes);
    const failures = results.filter((result) => result.status === 'rejected');
    for (const { reason } of failures) if (!(reason instanceof DeviceDied)) throw reason;
    if (failures.length === 0) return;
    this.seen.died++;
    this.#restart();
  }

  async #read(key: number): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    const window = windowOf(this.#layout, entry.place);
    const bytes = this.#window.subarray(0, window.bytes);
    await this.#inner.read(window.at, bytes);
    const found: RecordFound = { kind: 0, at: 0, bytes: 0 };
    const fault = readRecord(bytes, window.recordAt, nameOf(key), found, this.#sealer);
    this.seen.reads++;
    if (fault !== SOUND) {
      expect(this.#scenario.isSilent, `record of ${key}: fault ${fault}`).toBe(true);
      this.seen.lost++;
      this.#forget(key);
      return;
    }
    const payload = bytes.subarray(found.at, found.at + found.bytes);
    expect(Buffer.compare(payload, entry.payload)).toBe(0);
    expect(found.kind).toBe(key & 7);
  }

  #trim(): void {
    const first = this.#below(NAMES * TAGS);
    const count = this.#below(40);
    for (let key = first; key < Math.min(first + count, NAMES * TAGS); key++) this.#forget(key);
  }

  #forget(key: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#release(entry.place);
  }

  /** Moves what is named in a sparse extent, as it is found by walking over the extent. */
  async #clean(): Promise<void> {
    const [extent] = this.#log.sparsest(1, 0.9);
    if (extent === undefined) return;
    expect(this.#live[extent]).toBeGreaterThan(0);
    const batch = this.#log.begin({ isCleaning: true });
    if (batch === null) return;
    await this.#inner.read(extentAt(this.#layout, extent), this.#extent);
    const pending: Pending = { batch, appended: [] };
    const head: RecordHead = { tag: 0, slot: 0, kind: 0, bytes: 0 };
    const { unitBytes } = this.#layout;
    let met = 0;
    for (let at = 0; (at = nextRecord(this.#extent, at, unitBytes, head)) >= 0; at += head.bytes) {
      const key = head.tag * NAMES + head.slot;
      const entry = this.#entries.get(key);
      const isNamed =
        entry !== undefined &&
        byteAt(this.#layout, entry.place) === extentAt(this.#layout, extent) + at;
      if (!isNamed) continue;
      met++;
      if (!this.#appendOne(pending, key, entry.payload, entry.place)) break;
    }
    if (!this.#scenario.isSilent && met === pending.appended.length) {
      const pinned = this.#pins.filter((pin) => pin === extent).length;
      expect(met, 'the walk meets every record that is named').toBe(this.#live[extent]! - pinned);
    }
    await this.#settle([this.#finish(pending)]);
    this.seen.cleaned++;
  }

  #pin(): void {
    const entry = [...this.#entries.values()][0];
    if (entry === undefined || this.#pins.length >= 2) return;
    const extent = extentOf(this.#layout, entry.place);
    retain(this.#live, extent);
    this.#pins.push(extent);
  }

  #unpin(): void {
    const extent = this.#pins.pop();
    if (extent !== undefined) release(this.#live, extent);
  }

  #armFault(): void {
    const kinds = this.#scenario.isSilent
      ? (['flip', 'error', 'part'] as const)
      : (['error', 'part', 'torn'] as const);
    const kind = kinds[this.#below(kinds.length)]!;
    const errno = this.#random() < 0.5 ? 'ENOSPC' : 'EIO';
    this.#device.inject({ on: 'write', nth: 1 + this.#below(3), kind, errno });
  }

  /** The process is gone: all that is left is what the device holds and what is named. */
  #restart(): void {
    this.seen.restarts++;
    this.#pins.length = 0;
    this.#live.fill(0);
    for (const { place } of this.#entries.values()) {
      retain(this.#live, extentOf(this.#layout, place));
    }
    this.#device = this.#newDevice();
    this.#log = this.#newLog();
    this.#log.adopt();
  }

  /** Nothing is in flight: extents are held by what is named and by pins, and nothing overlaps. */
  #checkCounts(): void {
    const held = new Int32Array(this.#live.length);
    for (const extent of this.#pins) held[extent]!++;
    const ranges: (readonly [number, number])[] = [];
    const overhead = this.#sealer === null ? 24 : 52;
    for (const { place, payload } of this.#entries.values()) {
      held[extentOf(this.#layout, place)]!++;
      const at = byteAt(this.#layout, place);
      ranges.push([at, at + overhead + payload.length]);
    }
    expect(this.#live.join()).toBe(held.join());
    ranges.sort(([a], [b]) => a - b);
    const overlap = ranges.find(([from], index) => index > 0 && from < ranges[index - 1]![1]);
    expect(overlap).toBeUndefined();
    const estimate = this.#log.freeExtents;
    expect(estimate).toBeLessThanOrEqual(this.#log.extents.recount());
    expect(this.#log.freeBuffers).toBe(BUFFERS);
  }

  #payload(): Uint8Array {
    const bytes = 1 + this.#below(this.#random() < 0.2 ? 4096 : 1400);
    const first = this.#below(256);
    return Uint8Array.from({ length: bytes }, (_, index) => (first + index * 7) & 0xff);
  }

  #release(place: number): void {
    release(this.#live, extentOf(this.#layout, place));
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #newDevice(): FaultyDevice {
    return new FaultyDevice(this.#inner, { seed: this.#below(2 ** 31) });
  }

  #newLog(): TierLog {
    return new TierLog({
      device: this.#device,
      layout: this.#layout,
      live: this.#live,
      takes: this.#takes,
      area: this.#area,
      sealer: this.#sealer,
    });
  }
}

function nameOf(key: number): { readonly tag: number; readonly slot: number } {
  return { tag: Math.floor(key / NAMES), slot: key % NAMES };
}
