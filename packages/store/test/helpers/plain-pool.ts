// The slow and obviously right twin of a pool: a Map of pages for each lease, figures counted anew
// whenever they are asked for. It knows nothing of codecs, so of compressed bytes it gives bounds.

import type { LeaseUsage } from '../../src/contract.ts';
import { PAGE_BYTES } from '../../src/layout.ts';

const DATA = 0;
const ZERO = 2;
const HOLE = 3;

export class PlainLease {
  slotCount: number;
  /** What was stored, zeroes included; a slot without an entry is a hole. */
  readonly pages = new Map<number, Uint8Array>();
  reads = 0;
  writes = 0;
  failedWrites = 0;
  trimmedPages = 0;

  constructor(slotCount: number) {
    this.slotCount = slotCount;
  }

  read(slot: number): Uint8Array {
    this.reads += 1;
    return this.pages.get(slot) ?? new Uint8Array(PAGE_BYTES);
  }

  /** `isTaken` is what the pool answered; a refused write leaves everything as it was. */
  write(slot: number, page: Uint8Array, isTaken: boolean): void {
    this.writes += 1;
    if (isTaken) this.pages.set(slot, page);
    else this.failedWrites += 1;
  }

  writePart(slot: number, from: number, bytes: Uint8Array, isTaken: boolean): void {
    const page = Uint8Array.from(this.pages.get(slot) ?? new Uint8Array(PAGE_BYTES));
    page.set(bytes, from);
    this.write(slot, page, isTaken);
  }

  trim(slot: number, count: number): void {
    for (let i = slot; i < slot + count; i++) {
      if (this.pages.delete(i)) this.trimmedPages += 1;
    }
  }

  keepZero(slot: number, count: number): void {
    for (let i = slot; i < slot + count; i++) {
      if (this.state(i) !== ZERO) this.trimmedPages += 1;
      this.pages.set(i, new Uint8Array(PAGE_BYTES));
    }
  }

  resize(slotCount: number): void {
    if (slotCount < this.slotCount) this.trim(slotCount, this.slotCount - slotCount);
    this.slotCount = slotCount;
  }

  /** Counts of calls begin with the process. */
  restart(): void {
    this.reads = 0;
    this.writes = 0;
    this.failedWrites = 0;
    this.trimmedPages = 0;
  }

  state(slot: number): number {
    const page = this.pages.get(slot);
    if (page === undefined) return HOLE;
    return page.every((byte) => byte === 0) ? ZERO : DATA;
  }

  /** The first figure of the pool's that is not what it must be; null where all are. */
  differs(usage: LeaseUsage): string | null {
    const pages = [...this.pages.values()];
    const same = pages.filter(isSameFilled);
    const unlike = pages.length - same.length;
    const exact: Partial<LeaseUsage> = {
      storedPages: pages.length,
      origDataBytes: pages.length * PAGE_BYTES,
      samePages: same.length,
      reads: this.reads,
      writes: this.writes,
      failedReads: 0,
      failedWrites: this.failedWrites,
      trimmedPages: this.trimmedPages,
    };
    for (const [name, expected] of Object.entries(exact)) {
      const found = usage[name as keyof LeaseUsage];
      if (found !== expected) return `${name} is ${found}, expected ${expected}`;
    }
    const wordBytes = 8 * same.filter((page) => !isRepeated(page, 2)).length;
    const { comprDataBytes, hugePages, memUsedBytes } = usage;
    const isPlausible =
      comprDataBytes >= wordBytes + unlike &&
      comprDataBytes <= wordBytes + unlike * PAGE_BYTES &&
      memUsedBytes >= comprDataBytes &&
      hugePages >= 0 &&
      hugePages <= unlike;
    return isPlausible ? null : `${JSON.stringify(usage)} for ${unlike} pages that are not same`;
  }
}

/** "Same" is a page that repeats one word of 64 bits, which are aligned to it. */
export function isSameFilled(page: Uint8Array): boolean {
  return isRepeated(page, 8);
}

function isRepeated(page: Uint8Array, period: number): boolean {
  return page.every((byte, at) => byte === page[at % period]);
}
