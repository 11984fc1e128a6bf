// Gives out what is left by weight, as water fills basins that are joined.

/**
 * The bytes of each lease, `weights[i]` times one level above `bytes[i]` but not above `highs[i]`,
 * with the sum `budget`; all of `highs` where these have less.
 */
export function levelTo(
  bytes: readonly number[],
  weights: readonly number[],
  highs: readonly number[],
  budget: number,
): number[] {
  const filled = [...bytes];
  let open = filled.map((_, i) => i);
  let left = budget - filled.reduce((sum, value) => sum + value, 0);
  // Each round fills at least one lease to its height, or is the last.
  while (left > 0 && open.length > 0) {
    const weightSum = open.reduce((sum, i) => sum + weights[i]!, 0);
    const level = left / weightSum;
    const full = open.filter((i) => highs[i]! - filled[i]! <= level * weights[i]!);
    if (full.length === 0) {
      for (const i of open) filled[i]! += level * weights[i]!;
      return filled;
    }
    for (const i of full) {
      left -= highs[i]! - filled[i]!;
      filled[i] = highs[i]!;
    }
    open = open.filter((i) => !full.includes(i));
  }
  return filled;
}
