// The error of a ratio of sums over sub-samples, from what the ratio is with each of them left out
// (Quenouille, Tukey): the sub-samples are independent, so their spread is that of the whole.

/** A value and its standard error; 0 where everything was counted and nothing estimated. */
export interface Estimate {
  readonly value: number;
  readonly standardError: number;
}

/** The sum of `over` by the sum of `under`, which is above 0 even without its largest part. */
export function ratioOf(over: readonly number[], under: readonly number[]): Estimate {
  const overSum = sumOf(over);
  const underSum = sumOf(under);
  const value = overSum / underSum;
  const count = over.length;
  if (count === 1) return { value, standardError: 0 };
  const without = over.map((part, i) => {
    const rest = underSum - under[i]!;
    return rest > 0 ? (overSum - part) / rest : value;
  });
  const mean = sumOf(without) / count;
  const squares = without.reduce((sum, left) => sum + (left - mean) ** 2, 0);
  return { value, standardError: Math.sqrt(((count - 1) / count) * squares) };
}

/** The sum of the parts times `factor`; each part is one of so many equal shares of the whole. */
export function totalOf(parts: readonly number[], factor: number): Estimate {
  const count = parts.length;
  const sum = sumOf(parts);
  if (count === 1) return { value: sum * factor, standardError: 0 };
  const mean = sum / count;
  const squares = parts.reduce((total, part) => total + (part - mean) ** 2, 0);
  return {
    value: sum * factor,
    standardError: Math.sqrt((count * squares) / (count - 1)) * factor,
  };
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
