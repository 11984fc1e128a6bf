// Pages to compress: real ones, from the anonymous memory of the process that runs the test, and
// made ones that go to the edges.

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { seededRandom } from './random.ts';

const PAGE_BYTES = 4096;
const REGION_PAGES_MAX = 256;

/** Up to `countMax` pages of this process that hold more than one byte value. */
export function realPages(countMax: number): Uint8Array[] {
  const pages: Uint8Array[] = [];
  const file = openSync('/proc/self/mem', 'r');
  try {
    for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
      const region = /^([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0\s/.exec(`${line} `);
      if (region === null) continue;
      const start = Number.parseInt(region[1]!, 16);
      const bytes = Number.parseInt(region[2]!, 16) - start;
      const chunk = new Uint8Array(Math.min(bytes, REGION_PAGES_MAX * PAGE_BYTES));
      const count = readAt(file, chunk, start);
      for (let at = 0; at + PAGE_BYTES <= count && pages.length < countMax; at += PAGE_BYTES) {
        const page = chunk.subarray(at, at + PAGE_BYTES);
        if (page.some((byte) => byte !== page[0])) pages.push(page);
      }
    }
  } finally {
    closeSync(file);
  }
  return pages;
}

function readAt(file: number, into: Uint8Array, address: number): number {
  try {
    return readSync(file, into, 0, into.length, address);
  } catch {
    // A guard page, or a region that has gone.
    return 0;
  }
}

/** Zeroes, noise, periods, text, words, runs, and borders between them. */
export function madePages(): Uint8Array[] {
  const random = seededRandom(1);
  const noise = () => Uint8Array.from({ length: PAGE_BYTES }, () => random(256));
  const pages = [new Uint8Array(PAGE_BYTES), new Uint8Array(PAGE_BYTES).fill(255), noise()];
  for (let period = 1; period <= 40; period++) {
    const pattern = noise();
    pages.push(Uint8Array.from({ length: PAGE_BYTES }, (_, i) => pattern[i % period]!));
  }
  for (const alphabet of [2, 3, 4, 8, 16, 64]) {
    pages.push(Uint8Array.from({ length: PAGE_BYTES }, () => random(alphabet)));
  }
  // Noise before, after and around a run, with the run's borders at every place near the page's ends.
  for (let border = 0; border <= 80; border++) {
    pages.push(noise().fill(7, border), noise().fill(7, 0, PAGE_BYTES - border));
    pages.push(noise().fill(7, border, PAGE_BYTES - border));
    pages.push(new Uint8Array(PAGE_BYTES).fill(1).map((byte, i) => (i % 256 < border ? i : byte)));
  }
  // The second half repeats the first at distances about the limits of the fields.
  for (const distance of [15, 16, 17, 1023, 1024, 1025, 2047, 2048, 2049, 3071, 3072, 3073, 4076]) {
    const first = noise();
    pages.push(Uint8Array.from({ length: PAGE_BYTES }, (_, i) => first[i % distance]!));
  }
  // Words such as pointers: few values for the high bytes, many for the low.
  const words = new BigUint64Array(PAGE_BYTES / 8);
  for (let i = 0; i < words.length; i++) words[i] = 0x7f31_0000_0000n + BigInt(random(65536) * 16);
  pages.push(new Uint8Array(words.buffer));
  return pages;
}
