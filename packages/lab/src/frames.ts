// Frame counts as users write them: 500, 25% (of the distinct pages), 500..2000:500 (a range).

import { type CountRequest, PERCENT_STEPS, parseCount, shareOf } from './count-request.ts';
import { LabError } from './errors.ts';

/** A frame count, or a percentage of the footprint. */
export type FrameRequest = CountRequest;

/** More frame counts than this in one list are taken for a slip. */
export const FRAME_COUNTS_MAX = 10_000;

const EXPECTED = 'expected 500, 25%, 500..2000:250 or 5%..100%:5%, several by comma';

/** Parses a comma-separated list. */
export function parseFrames(text: string): FrameRequest[] {
  const requests = text.split(',').flatMap((part) => parsePart(part.trim(), text));
  if (requests.length > FRAME_COUNTS_MAX) fail(text, `${requests.length} frame counts`);
  return requests;
}

/** Frame counts for a trace of so many pages: whole, at least 1, each once, in the order given. */
export function resolveFrames(requests: readonly FrameRequest[], pageCount: number): number[] {
  const counts = requests.map(({ value, isPercent }) =>
    isPercent ? Math.max(1, shareOf(value, pageCount)) : value,
  );
  return [...new Set(counts)];
}

function parsePart(part: string, text: string): FrameRequest[] {
  const range = /^([^.:]+(?:\.\d+)?%?)\.\.([^:]+):(.+)$/.exec(part);
  if (range === null) return [parseOne(part, text)];
  const [first, last, step] = range.slice(1).map((end) => parseOne(end, text));
  const { isPercent } = first!;
  if (last!.isPercent !== isPercent || step!.isPercent !== isPercent) {
    fail(text, `'${part}' mixes pages and percent`);
  }
  if (last!.value < first!.value) fail(text, `'${part}' ends below its start`);
  // In whole steps, because adding 0.1 ten times is not 1.
  const scale = isPercent ? PERCENT_STEPS : 1;
  const [from, to, by] = [first!, last!, step!].map(({ value }) => Math.round(value * scale));
  const count = Math.floor((to! - from!) / by!) + 1;
  if (count > FRAME_COUNTS_MAX) fail(text, `'${part}' is ${count} frame counts`);
  return Array.from({ length: count }, (_, i) => ({ value: (from! + i * by!) / scale, isPercent }));
}

function parseOne(part: string, text: string): FrameRequest {
  const request = parseCount(part);
  if (request === null) return fail(text, `'${part}'`);
  if (!request.isPercent && request.value > 2 ** 31) return fail(text, `'${part}'`);
  if (request.value <= 0) return fail(text, `'${part}' is no memory at all`);
  return request;
}

function fail(text: string, what: string): never {
  throw new LabError(
    'LAB_FRAMES',
    `frames '${text}': ${what === `'${text}'` ? 'not a frame count' : what}; ${EXPECTED}`,
  );
}
