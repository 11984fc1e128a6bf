// Which memory sizes a workload is replayed at: the paper's four always, and around them as many as
// make a curve, since single sizes are chaotic. The rule looks at the footprint alone, so that nobody
// chooses sizes by their outcome.

import type { FrameRule } from './experiment.ts';

/**
 * The paper's sizes; `curveSizes` evenly from `fromPercentOfFootprint` of the footprint (or from
 * `fromAtLeast`) up to all of it; and as many evenly over the paper's range. Those of the curve end
 * below the footprint, where nothing is left to choose. Ascending, each once.
 */
export function frameCountsFor(footprintPages: number, rule: FrameRule): number[] {
  const share = Math.round((footprintPages * rule.fromPercentOfFootprint) / 100);
  const curve = [
    ...evenly(Math.max(share, rule.fromAtLeast), footprintPages, rule.curveSizes),
    ...evenly(rule.paper[0]!, rule.paper.at(-1)!, rule.curveSizes),
  ].filter((frames) => frames < footprintPages);
  return [...new Set([...curve, ...rule.paper])].sort((a, b) => a - b);
}

/** So many whole numbers from `from` up to, and without, `to`. */
function evenly(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.round(from + ((to - from) * i) / count));
}
