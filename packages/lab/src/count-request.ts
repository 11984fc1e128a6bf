// Counts as users write them, absolute or as a share of something counted: 500, 12.5%.

export interface CountRequest {
  readonly value: number;
  readonly isPercent: boolean;
}

/** Percentages are kept in steps of a millionth, so that 0.57 % of 10,000 is 57 and not 56. */
export const PERCENT_STEPS = 10 ** 6;

/** Parses a whole number, or a percentage of at most six decimals; null where it is neither. */
export function parseCount(text: string): CountRequest | null {
  const match = /^(\d+(?:\.\d{1,6})?)(%?)$/.exec(text);
  if (match === null) return null;
  const value = Number(match[1]);
  const isPercent = match[2] === '%';
  const exact = isPercent ? Math.round(value * PERCENT_STEPS) : value;
  return Number.isSafeInteger(exact) ? { value, isPercent } : null;
}

/** That many per cent of the whole, rounded down exactly. */
export function shareOf(percent: number, whole: number): number {
  const steps = BigInt(Math.round(percent * PERCENT_STEPS));
  return Number((steps * BigInt(whole)) / BigInt(100 * PERCENT_STEPS));
}
