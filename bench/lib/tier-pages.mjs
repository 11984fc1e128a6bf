// Contents of pages as real memory compresses: each page that is written has the compressed size of a
// page that was recorded (experiments/page-contents.json), drawn by slot and version, so that every
// read can be checked against what was written last. A page is noise, which LZO leaves as it is, and
// then a short text again and again, which it leaves next to nothing of.

import { fileURLToPath } from 'node:url';
import { loadContents } from '@pagelend/relocation';
import { randomBelow } from './random.mjs';

export const PAGE_BYTES = 4096;

const CONTENTS = fileURLToPath(new URL('../../experiments/page-contents.json', import.meta.url));
const PROGRAMS = ['node', 'python', 'cc1plus', 'redis', 'chromium'];
/** In place of sizes: pages that hold two bytes again and again, or eight. */
const REPEATS_16_BITS = 0;
const REPEATS_WORD = 1;
const NOISE_BYTES = 2 ** 20;
/** What LZO spends besides the noise: its marks, and the text once. */
const OVERHEAD_BYTES = 60;
const TEXT_BYTES = 32;
/** Slots next to each other are of the same program. */
const SLOTS_PER_PROGRAM_SHIFT = 6;

export class TierPages {
  #noise = Buffer.alloc(NOISE_BYTES + PAGE_BYTES);
  #programs;
  #page = Buffer.alloc(PAGE_BYTES);

  constructor(seed = 1) {
    const below = randomBelow(seed);
    for (let at = 0; at < this.#noise.length; at++) this.#noise[at] = below(256);
    const { classes } = loadContents(CONTENTS);
    this.#programs = classes
      .filter(({ name }) => PROGRAMS.includes(name))
      .map(({ lenderBytes }) => lenderBytes);
  }

  /** The page of a slot as its `version`th write left it; valid until the next call. */
  page(slot, version) {
    const page = this.#page;
    const size = this.#sizeOf(slot, version);
    const from = (mixed(slot, version) >>> 3) % NOISE_BYTES;
    if (size <= REPEATS_WORD) {
      page.fill(this.#noise.subarray(from, from + (size === REPEATS_16_BITS ? 2 : 8)));
      return page;
    }
    const noiseBytes = Math.max(8, Math.min(PAGE_BYTES, size - OVERHEAD_BYTES));
    this.#noise.copy(page, 0, from, from + noiseBytes);
    page.fill(this.#noise.subarray(from, from + TEXT_BYTES), noiseBytes);
    page.writeUInt32LE(slot, 0);
    page.writeUInt32LE(version, 4);
    return page;
  }

  /** Whether it takes no place in a pool, and so never leaves one. */
  needsNoPlace(slot, version) {
    return this.#sizeOf(slot, version) === REPEATS_16_BITS;
  }

  #sizeOf(slot, version) {
    const program = mixed(slot >>> SLOTS_PER_PROGRAM_SHIFT, 0) % this.#programs.length;
    const sizes = this.#programs[program];
    return sizes[mixed(slot, version) % sizes.length];
  }
}

/** A number from two, by multiplications that carry every bit of both into every bit. */
function mixed(a, b) {
  let x = Math.imul(a + 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(b + 0x7f4a_7c15, 0xc2b2_ae35);
  x = Math.imul(x ^ (x >>> 16), 0x7feb_352d);
  x = Math.imul(x ^ (x >>> 15), 0x846c_a68b);
  return (x ^ (x >>> 16)) >>> 0;
}
