// Linux's watermarks of free pages, by the formulas of mm/page_alloc.c for one zone and the default
// settings: min_free_kbytes is 4 times the square root of memory in kilobytes, and the other two lie
// above it by a quarter of it or by a thousandth of memory, whichever is more. Real kernels split them
// over zones, and raise the minimum where transparent huge pages are on.

export interface Watermarks {
  /** Below it allocations reclaim by themselves. */
  readonly minPages: number;
  /** Below it kswapd is woken; it stops at `highPages`. */
  readonly lowPages: number;
  readonly highPages: number;
}

const PAGE_KILOBYTES = 4;
const MIN_FREE_KILOBYTES_LEAST = 128;
const MIN_FREE_KILOBYTES_MOST = 262_144;
const SCALE_FACTOR = 10;

export function watermarksOf(managedPages: number): Watermarks {
  const kilobytes = managedPages * PAGE_KILOBYTES;
  const root = Math.floor(Math.sqrt(kilobytes * 16));
  const minFree = Math.min(MIN_FREE_KILOBYTES_MOST, Math.max(MIN_FREE_KILOBYTES_LEAST, root));
  const minPages = Math.floor(minFree / PAGE_KILOBYTES);
  const apart = Math.max(
    Math.floor(minPages / 4),
    Math.floor((managedPages * SCALE_FACTOR) / 10_000),
  );
  return { minPages, lowPages: minPages + apart, highPages: minPages + 2 * apart };
}
