// Frame counts where something happens, chosen from the LRU curve of a trace: `--frames auto`.
//
// Below 1 % of the pages every policy thrashes, and from the size at which LRU faults on first touches
// only no policy that keeps what it can has anything left to decide, so the counts lie between these
// two. Half of them are spaced evenly on a log scale, because the knees of other policies need not be
// those of LRU. The rest are the knees: one after the other, the size at which the curve departs most
// from the straight lines between the sizes chosen so far (Ramer 1972, Douglas and Peucker 1973).
// Departures are measured with both axes on log scales, in page transfers, since reads and write-backs
// both make up I/O time and their costs are not part of the question.

import type { LruCurve } from './lru-curve.ts';

/** Where the counts begin, as a share of the distinct pages. */
const LOW_SHARE = 0.01;

/** At most so many frame counts, ascending, each at least 1, the same for the same curve. */
export function autoFrames(curve: LruCurve, count: number): number[] {
  const { low, high } = rangeOf(curve);
  const wanted = Math.min(count, high - low + 1);
  if (wanted < 2) return [high];
  const chosen = new Set([low, high]);
  const even = Math.max(2, Math.ceil(wanted / 2));
  for (let i = 1; i < even - 1; i++) {
    chosen.add(Math.round(low * (high / low) ** (i / (even - 1))));
  }
  const sizes = [...chosen].sort((a, b) => a - b);
  const gaps = sizes.slice(1).map((to, i) => gapBetween(curve, sizes[i]!, to));
  while (sizes.length < wanted) {
    // The first of equals, so that nothing depends on the order of a sort.
    let widest = 0;
    for (let i = 1; i < gaps.length; i++) {
      if (gaps[i]!.departure > gaps[widest]!.departure) widest = i;
    }
    const { at, departure } = gaps[widest]!;
    // Straight from here on, or nothing between: more sizes would tell nothing.
    if (!(departure > 0)) break;
    const [from, to] = [sizes[widest]!, sizes[widest + 1]!];
    sizes.splice(widest + 1, 0, at);
    gaps.splice(widest, 1, gapBetween(curve, from, at), gapBetween(curve, at, to));
  }
  return sizes;
}

/** From 1 % of the pages to the first size with cold faults only. */
function rangeOf(curve: LruCurve): { low: number; high: number } {
  // Faults never grow with memory (LRU is a stack algorithm), so halving finds the border.
  let below = 0;
  let high = Math.max(1, curve.pageCount);
  while (high - below > 1) {
    const middle = (below + high) >> 1;
    if (curve.warmFaultsAt(middle) === 0) high = middle;
    else below = middle;
  }
  const low = Math.min(high, Math.max(1, Math.ceil(curve.pageCount * LOW_SHARE)));
  return { low: low < high ? low : 1, high };
}

interface Gap {
  /** The size at which the curve departs most from the line between both ends, and by how much. */
  readonly at: number;
  readonly departure: number;
}

function gapBetween(curve: LruCurve, from: number, to: number): Gap {
  const start = height(curve, from);
  const slope = (height(curve, to) - start) / Math.log(to / from);
  let at = from;
  let departure = 0;
  for (let frames = from + 1; frames < to; frames++) {
    const line = start + slope * Math.log(frames / from);
    const miss = Math.abs(height(curve, frames) - line);
    if (miss > departure) {
      departure = miss;
      at = frames;
    }
  }
  return { at, departure };
}

function height(curve: LruCurve, frames: number): number {
  return Math.log(1 + curve.coldFaults + curve.warmFaultsAt(frames) + curve.writebacksAt(frames));
}
