// Frame counts as users write them: 500, 25% (of the distinct pages), 500..2000:500 (a range), auto
// (chosen from the LRU curve of each trace, see curves/auto-frames.ts).

import { type CountRequest, PERCENT_STEPS, parseCount, shareOf } from './count-request.ts';
import { LabError } from './errors.ts';

/** So many frame counts, chosen where the LRU curve of the trace changes. */
export interface AutoRequest {
  readonly autoCount: number;
}

/** A frame count, a percentage of the footprint, or counts to be chosen. */
export type FrameRequest = CountRequest | AutoRequest;

/** `auto` without a number: enough to draw a curve by. */
export const AUTO_COUNT = 16;

/** More frame counts than this in one list are taken for a slip. */
export const FRAME_COUNTS_MAX = 10_000;

const EXPECTED = 'expected 500, 25%, 500..2000:250, 5%..100%:5%, auto or auto:24, several by comma';

/** Parses a comma-separated list. */
export function parseFrames(text: string): FrameRequest[] {
  const requests = text.split(',').flatMap((part) => parsePart(part.trim(), text));
  if (requests.length > FRAME_COUNTS_MAX) fail(text, tooMany(requests.length));
  return requests;
}

/** True where counts must be chosen from the LRU curve of the trace. */
export function needsCurve(requests: readonly FrameRequest[]): boolean {
  return requests.some((request) => 'autoCount' in request);
}

/**
 * Frame counts for a trace of so many pages: whole, at least 1, each once, in the order given.
 * `choose` gives so many counts for an `auto`; it is needed only where `needsCurve` says so.
 */
export function resolveFrames(
  requests: readonly FrameRequest[],
  pageCount: number,
  choose: (count: number) => readonly number[] = () => [],
): number[] {
  const counts = requests.flatMap((request) => {
    if ('autoCount' in request) return choose(request.autoCount);
    const { value, isPercent } = request;
    return isPercent ? Math.max(1, shareOf(value, pageCount)) : value;
  });
  return [...new Set(counts)];
}

function parsePart(part: string, text: string): FrameRequest[] {
  const auto = /^auto(?::(\d{1,6}))?$/.exec(part);
  if (auto !== null) return [parseAuto(auto[1], part, text)];
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
  if (count > FRAME_COUNTS_MAX) fail(text, `'${part}' is ${tooMany(count)}`);
  return Array.from({ length: count }, (_, i) => ({ value: (from! + i * by!) / scale, isPercent }));
}

function parseAuto(digits: string | undefined, part: string, text: string): AutoRequest {
  const autoCount = digits === undefined ? AUTO_COUNT : Number(digits);
  // One size is no curve; either end of it is what the user can name.
  if (autoCount < 2) fail(text, `'${part}' is too few, at least 2`);
  if (autoCount > FRAME_COUNTS_MAX) fail(text, `'${part}' is ${tooMany(autoCount)}`);
  return { autoCount };
}

function parseOne(part: string, text: string): CountRequest {
  const request = parseCount(part);
  if (request === null) return fail(text, `'${part}'`);
  if (!request.isPercent && request.value > 2 ** 31) return fail(text, `'${part}'`);
  if (request.value <= 0) return fail(text, `'${part}' is no memory at all`);
  return request;
}

function tooMany(count: number): string {
  return `${count} frame counts, at most ${FRAME_COUNTS_MAX}`;
}

function fail(text: string, what: string): never {
  throw new LabError(
    'LAB_FRAMES',
    `frames '${text}': ${what === `'${text}'` ? 'not a frame count' : what}; ${EXPECTED}`,
  );
}
