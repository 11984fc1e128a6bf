// Pages that nobody uses get a copy behind before they have to leave, so that they can leave without a
// write when memory is wanted. Devices wear out, so the bytes that are written so are bounded: a
// bucket that fills evenly to a day's budget, on a clock that nobody can set.

import { PAYLOAD_BYTES_MAX, RECORD_BYTES_MAX, TierError } from '@pagelend/tier';
import { BUDGET_BYTES, DEVICE_WRITE_BYTES, IDLE_PAGES } from './figures.ts';
import type { KeeperParts } from './parts.ts';
import { NO_BATCH, Writeback } from './writeback.ts';

export interface IdleOptions {
  /** Seconds without use after which a page is idle; infinite for never. */
  readonly afterSeconds: number;
  /** Bytes a day; infinite for no bound. */
  readonly budgetBytesPerDay: number;
}

/** Rounds that a page is looked at before it is idle: what is said of its age is as exact as that. */
const ROUNDS = 4;
const SECONDS_PER_DAY = 86_400;
/** The bucket holds an hour's part of the budget, and begins with so much. */
const BUCKET_SECONDS = 3600;
const PAGES_PER_SLICE = 256;
/** What a record adds to a write at most: it is written in whole blocks. */
const ADDED_BYTES_MAX = RECORD_BYTES_MAX + PAYLOAD_BYTES_MAX;

export class IdleWrites {
  readonly #parts: KeeperParts;
  readonly #options: IdleOptions;
  /** Told when a write worked. */
  readonly #worked: () => void;
  readonly #bucketBytes: number;
  #leftBytes: number;
  #filledAt = performance.now();
  #nextRoundAt: number;
  /** Of all that was written to the device, what the budget has been charged. */
  #chargedBytes = 0;
  /** Where the round is; negative between rounds. */
  #at = -1;

  constructor(parts: KeeperParts, options: IdleOptions, worked: () => void) {
    this.#parts = parts;
    this.#options = options;
    this.#worked = worked;
    this.#bucketBytes = (options.budgetBytesPerDay / SECONDS_PER_DAY) * BUCKET_SECONDS;
    this.#leftBytes = this.#bucketBytes;
    this.#nextRoundAt = performance.now() + this.#roundMs;
    parts.figures[BUDGET_BYTES] = this.#leftBytes;
  }

  get isOn(): boolean {
    return Number.isFinite(this.#options.afterSeconds);
  }

  /** Milliseconds after which `go` should be called again. */
  get waitMs(): number {
    return Math.min(this.#roundMs, 1000);
  }

  /** Looks at some pages, and writes those that are idle as far as the budget goes. */
  async go(): Promise<void> {
    this.#fill();
    if (this.#at < 0) {
      if (performance.now() < this.#nextRoundAt) return;
      this.#nextRoundAt = performance.now() + this.#roundMs;
      this.#at = 0;
    }
    while (this.#at >= 0) {
      const batch = this.#leftBytes > ADDED_BYTES_MAX ? this.#parts.log.begin() : null;
      if (batch === null) {
        this.#at = -1;
        return;
      }
      const writeback = new Writeback(this.#parts, batch);
      const isFull = this.#look(writeback);
      if (!(await this.#write(writeback))) return;
      this.#parts.figures[IDLE_PAGES]! += writeback.recordCount;
      this.#charge();
      if (!isFull) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** False where the device fails: the rest is left to the next round, and nothing is lost. */
  async #write(writeback: Writeback): Promise<boolean> {
    try {
      await writeback.write();
      if (writeback.bytes > 0) this.#worked();
      return true;
    } catch (error) {
      if (!(error instanceof TierError)) throw error;
      this.#at = -1;
      return false;
    }
  }

  /** Goes on with the round; true where it stopped because the batch is full. */
  #look(writeback: Writeback): boolean {
    const { residents, idle, leases } = this.#parts;
    const end = Math.min(residents.end, this.#at + PAGES_PER_SLICE * ROUNDS);
    for (; this.#at < end; this.#at++) {
      const id = this.#at;
      if (!residents.isResident(id)) continue;
      if (idle[id]! < ROUNDS) {
        idle[id]! += 1;
        continue;
      }
      const lease = leases.get(residents.leases[id]!);
      if (lease === undefined || lease.copies[residents.slots[id]!] !== 0) continue;
      if (this.#isSpent(writeback)) break;
      if (writeback.take(lease, residents.slots[id]!, id) === NO_BATCH) return true;
    }
    // Without budget the rest of the round is left to the next one.
    if (this.#at >= residents.end || this.#isSpent(writeback)) this.#at = -1;
    return false;
  }

  #isSpent({ bytes }: Writeback): boolean {
    return bytes + ADDED_BYTES_MAX > this.#leftBytes;
  }

  /** Takes what was written since, by whomever: it all wears the device out. */
  #charge(): void {
    const { figures } = this.#parts;
    const writtenBytes = figures[DEVICE_WRITE_BYTES]!;
    this.#leftBytes = Math.max(0, this.#leftBytes - (writtenBytes - this.#chargedBytes));
    this.#chargedBytes = writtenBytes;
    figures[BUDGET_BYTES] = this.#leftBytes;
  }

  #fill(): void {
    const now = performance.now();
    const { budgetBytesPerDay } = this.#options;
    const seconds = (now - this.#filledAt) / 1000;
    this.#filledAt = now;
    const more = Number.isFinite(budgetBytesPerDay)
      ? (budgetBytesPerDay / SECONDS_PER_DAY) * seconds
      : Number.POSITIVE_INFINITY;
    this.#leftBytes = Math.min(this.#bucketBytes, this.#leftBytes + more);
    this.#charge();
  }

  get #roundMs(): number {
    return (this.#options.afterSeconds * 1000) / ROUNDS;
  }
}
