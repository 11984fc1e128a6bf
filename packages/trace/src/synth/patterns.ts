// The patterns a synthetic trace is made of. Each yields page indexes below its number of pages.
import type { Random } from './random.ts';

export interface Pattern {
  next(): number;
}

/**
 * Zipf's law by rejection-inversion (Hörmann and Derflinger 1996): constant time and memory for any
 * number of pages. Rank k is drawn with probability proportional to k^-skew. Ranks are scattered
 * over the pages by k -> (k a + b) mod pages with a coprime to pages, because popular pages are not
 * neighbours. log, exp and pow come from V8's own port of fdlibm and are the same on every platform.
 */
export function zipf(pages: number, skew: number, random: Random): Pattern {
  // The integral of x^-skew, and its inverse.
  const integral = (x: number): number =>
    skew === 1 ? Math.log(x) : (x ** (1 - skew) - 1) / (1 - skew);
  const inverse = (y: number): number =>
    skew === 1 ? Math.exp(y) : (1 + y * (1 - skew)) ** (1 / (1 - skew));
  const from = integral(1.5) - 1;
  const to = integral(pages + 0.5);
  const shortcut = 2 - inverse(integral(2.5) - 2 ** -skew);
  const factor = coprimeTo(pages, 1 + random.below(Math.min(pages, 2 ** 21)));
  const offset = random.below(pages);
  return {
    next() {
      for (;;) {
        const u = to + random.unit() * (from - to);
        const x = inverse(u);
        const rank = Math.min(pages, Math.max(1, Math.floor(x + 0.5)));
        if (rank - x <= shortcut || u >= integral(rank + 0.5) - rank ** -skew) {
          return ((rank - 1) * factor + offset) % pages;
        }
      }
    },
  };
}

/** All pages in order, round and round. */
export function loop(pages: number): Pattern {
  let page = -1;
  return {
    next() {
      page = page + 1 === pages ? 0 : page + 1;
      return page;
    },
  };
}

/** Ascending runs of 1 to `runPages` pages that start anywhere. */
export function scan(pages: number, runPages: number, random: Random): Pattern {
  let page = 0;
  let left = 0;
  return {
    next() {
      if (left === 0) {
        page = random.below(pages);
        left = 1 + random.below(runPages);
      } else {
        page = page + 1 === pages ? 0 : page + 1;
      }
      left--;
      return page;
    },
  };
}

/** The first number from `start` on that shares no factor with `pages`. */
function coprimeTo(pages: number, start: number): number {
  let factor = start;
  while (greatestCommonDivisor(factor, pages) !== 1) factor++;
  return factor;
}

function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
