// How much memory the lender needs for so many guests' swapped pages. Pages of one guest are alike: a
// guest full of one program's memory compresses as that program does. So each guest is given one of
// the recorded contents by lot, its pages' sizes are summed as the mean and the spread of that content
// have it, and over many such draws the pool that suffices is read off at the asked confidence.

import type { Content } from '../model/contents.ts';
import { lenderClassPages, placeBytes } from '../model/lender-pool.ts';
import { lenderClass, mixed } from '../model/page-draw.ts';

const PAGE_BYTES = 4096;
const DRAW_COUNT = 4000;
/** More guests than this are not drawn one by one: spread grows as the root of their number. */
const DRAWN_GUESTS_MAX = 64;
/** So many uniform numbers, less half of them, are as good as one normal number here. */
const UNIFORMS = 12;
const HASH_VALUES = 2 ** 32;

export interface PoolEstimate {
  readonly meanBytes: number;
  /** Suffices in the asked share of all draws. */
  readonly confidentBytes: number;
}

/** Bytes of a stored page of one content: mean and standard deviation over its recorded pages. */
export interface ContentBytes {
  readonly mean: number;
  readonly deviation: number;
}

/** Places and the blocks they lie in; what a page takes at the lender. */
export function bytesOf({ lenderBytes }: Content, pageCount: number): ContentBytes {
  const places = Array.from(lenderBytes, (bytes) => placeBytes[lenderClass(bytes)]!);
  const mean = places.reduce((sum, bytes) => sum + bytes, 0) / places.length;
  const squares = places.reduce((sum, bytes) => sum + (bytes - mean) ** 2, 0);
  const inBlocks = blockFactor(lenderBytes, pageCount);
  return { mean: mean * inBlocks, deviation: Math.sqrt(squares / places.length) * inBlocks };
}

/** `confidence` from 0 to 1, exclusive. The same inputs give the same estimate. */
export function estimatePool(
  contents: readonly Content[],
  guests: number,
  pagesPerGuest: number,
  confidence: number,
  seed: number,
): PoolEstimate {
  const each = contents.map((content) => bytesOf(content, guests * pagesPerGuest));
  const meanBytes =
    (guests * pagesPerGuest * each.reduce((sum, { mean }) => sum + mean, 0)) / each.length;
  const drawn = Math.min(guests, DRAWN_GUESTS_MAX);
  const sums = Float64Array.from({ length: DRAW_COUNT }, (_, draw) => {
    const own = mixed(seed, draw, 0);
    let bytes = 0;
    for (let guest = 0; guest < drawn; guest++) {
      const { mean, deviation } = each[mixed(own, guest, 0) % each.length]!;
      bytes += pagesPerGuest * mean + Math.sqrt(pagesPerGuest) * deviation * normal(own, guest);
    }
    return bytes;
  }).sort();
  const place = Math.min(DRAW_COUNT - 1, Math.ceil(confidence * DRAW_COUNT) - 1);
  const above = sums[Math.max(0, place)]! - (meanBytes * drawn) / guests;
  return {
    meanBytes,
    confidentBytes: Math.max(meanBytes, meanBytes + above * Math.sqrt(guests / drawn)),
  };
}

/** Blocks that are not full, over the places in them; little where there are many pages. */
function blockFactor(lenderBytes: Uint16Array, pageCount: number): number {
  const counts = new Float64Array(placeBytes.length);
  for (const bytes of lenderBytes) counts[lenderClass(bytes)]! += pageCount / lenderBytes.length;
  let [pages, used] = [0, 0];
  for (const [sizeClass, count] of counts.entries()) {
    pages += lenderClassPages(sizeClass, Math.ceil(count));
    used += count * placeBytes[sizeClass]!;
  }
  return used === 0 ? 1 : Math.max(1, (pages * PAGE_BYTES) / used);
}

/** A normal number of the guest's in this draw. */
function normal(draw: number, guest: number): number {
  let sum = -UNIFORMS / 2;
  for (let i = 1; i <= UNIFORMS; i++) sum += mixed(draw, guest, i) / HASH_VALUES;
  return sum;
}
