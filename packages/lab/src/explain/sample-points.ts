// Where an explained run is looked at: after so many references each. The references are shared out
// evenly, so that the last window is as long as the others and rates may be compared; the end of the
// warm-up is one of the points, so that what is counted is a sum of whole windows.

/** About as many as a figure has room for. */
const SAMPLES = 300;

/**
 * Ascending numbers of references replayed before each sample: 0 first, the warm-up among them, all
 * of them last.
 */
export function samplePoints(referenceCount: number, warmupReferences: number): number[] {
  const windowCount = Math.min(SAMPLES, referenceCount);
  const isSplit = warmupReferences > 0 && warmupReferences < referenceCount;
  if (!isSplit) return [0, ...evenly(0, referenceCount, windowCount)];
  const share = Math.round((windowCount * warmupReferences) / referenceCount);
  const before = Math.max(1, Math.min(share, windowCount - 1, warmupReferences));
  const after = Math.min(Math.max(1, windowCount - before), referenceCount - warmupReferences);
  return [
    0,
    ...evenly(0, warmupReferences, before),
    ...evenly(warmupReferences, referenceCount, after),
  ];
}

/** The ends of `count` windows between `from` and `to` that differ by one reference at most. */
function evenly(from: number, to: number, count: number): number[] {
  return Array.from(
    { length: count },
    (_, i) => from + Math.floor(((to - from) * (i + 1)) / count),
  );
}
