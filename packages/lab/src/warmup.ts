// The warm-up: references that are replayed before counting starts.

import { LabError } from './errors.ts';

export interface WarmupRequest {
  readonly value: number;
  readonly isPercent: boolean;
}

/** Parses a number of references, or a percentage of the trace. */
export function parseWarmup(text: string): WarmupRequest {
  const match = /^(\d+)(%?)$/.exec(text) ?? /^(\d+\.\d+)(%)$/.exec(text);
  const value = Number(match?.[1]);
  const isPercent = match?.[2] === '%';
  if (match === null || !Number.isFinite(value) || (isPercent && value >= 100)) {
    throw new LabError(
      'LAB_WARMUP',
      `warm-up '${text}': expected a number of references, or a percentage below 100%`,
    );
  }
  return { value, isPercent };
}

/** References to replay before counting. Throws where none would be left to count. */
export function resolveWarmup(
  request: WarmupRequest | undefined,
  referenceCount: number,
  trace: string,
): number {
  if (request === undefined) return 0;
  const references = request.isPercent
    ? Math.floor((request.value * referenceCount) / 100)
    : request.value;
  if (references < referenceCount) return references;
  throw new LabError(
    'LAB_WARMUP',
    `${trace}: a warm-up of ${references} references leaves none of its ${referenceCount} to count`,
  );
}
