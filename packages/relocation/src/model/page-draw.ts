// Which recorded page a page of the model is: a hash of seed, page and generation names it. Nothing is
// drawn in turn, so that adding a guest or a scheme changes no other page.

import type { Content } from './contents.ts';
import { REPEATS_16_BITS, REPEATS_WORD } from './contents.ts';
import { lenderClassOf, NO_PLACE_CLASS, PATTERN_CLASS } from './lender-pool.ts';
import { NO_CLASS, type ZsmallocTable, zsmallocClassOf } from './zsmalloc.ts';

/** The contents that pages are drawn from, each of the classes as likely as the others. */
export class PageDraw {
  /** By recorded page: its class at the lender and in zram. */
  readonly lenderClass: Uint8Array;
  readonly zramClass: Int16Array;
  readonly #starts: readonly number[];
  readonly #counts: readonly number[];

  constructor(contents: readonly Content[], table: ZsmallocTable) {
    this.#counts = contents.map(({ lenderBytes }) => lenderBytes.length);
    let next = 0;
    this.#starts = this.#counts.map((count) => {
      next += count;
      return next - count;
    });
    const lender = contents.flatMap(({ lenderBytes }) => [...lenderBytes]);
    const zram = contents.flatMap(({ zramBytes }) => [...zramBytes]);
    this.lenderClass = Uint8Array.from(lender, lenderClass);
    this.zramClass = Int16Array.from(zram, (bytes) =>
      bytes <= REPEATS_WORD ? NO_CLASS : zsmallocClassOf(table, bytes),
    );
  }

  /** What a recorded page takes in zram's pool, of a page; the mean, each class as likely. */
  meanZramShare({ chainPages, chainObjects }: ZsmallocTable): number {
    const means = this.#counts.map((count, i) => {
      const own = this.zramClass.subarray(this.#starts[i]!, this.#starts[i]! + count);
      const share = (sizeClass: number): number =>
        sizeClass === NO_CLASS ? 0 : chainPages[sizeClass]! / chainObjects[sizeClass]!;
      return own.reduce((sum, sizeClass) => sum + share(sizeClass), 0) / count;
    });
    return means.reduce((sum, mean) => sum + mean, 0) / means.length;
  }

  /** The recorded page that this page of the model is, in this generation of its contents. */
  recordOf(seed: number, page: number, generation: number): number {
    const which = mixed(seed ^ 0x5bd1e995, page, generation) % this.#counts.length;
    return this.#starts[which]! + (mixed(seed, page, generation) % this.#counts[which]!);
  }
}

export function lenderClass(bytes: number): number {
  if (bytes === REPEATS_16_BITS) return NO_PLACE_CLASS;
  return bytes === REPEATS_WORD ? PATTERN_CLASS : lenderClassOf(bytes);
}

/** 32 well mixed bits of three numbers. */
export function mixed(a: number, b: number, c: number): number {
  let bits = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b);
  bits = Math.imul((bits ^ (bits >>> 15)) + b, 0xc2b2ae35);
  bits = Math.imul((bits ^ (bits >>> 13)) + c, 0x27d4eb2f);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  return (bits ^ (bits >>> 15)) >>> 0;
}
