// The warm-up: references that are replayed before counting starts.

import { type CountRequest, parseCount, shareOf } from './count-request.ts';
import { LabError } from './errors.ts';

/** A number of references, or a percentage of the trace's. */
export type WarmupRequest = CountRequest;

/** Parses a number of references, or a percentage of the trace. */
export function parseWarmup(text: string): WarmupRequest {
  const request = parseCount(text);
  if (request === null || (request.isPercent && request.value >= 100)) {
    throw new LabError(
      'LAB_WARMUP',
      `warm-up '${text}': expected a number of references, or a percentage below 100%`,
    );
  }
  return request;
}

/** References to replay before counting. Throws where none would be left to count. */
export function resolveWarmup(
  request: WarmupRequest | undefined,
  referenceCount: number,
  trace: string,
): number {
  if (request === undefined) return 0;
  const references = request.isPercent ? shareOf(request.value, referenceCount) : request.value;
  if (references < referenceCount) return references;
  throw new LabError(
    'LAB_WARMUP',
    `${trace}: a warm-up of ${references} references leaves none of its ${referenceCount} to count`,
  );
}
