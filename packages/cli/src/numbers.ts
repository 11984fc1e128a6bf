// Numbers on the command line. Commander shows the message of an InvalidArgumentError in its own
// one-line error and the status is that of a usage error.

import { parseSize } from '@pagelend/daemon';
import { InvalidArgumentError } from 'commander';

/** A whole number of at least `min`; `1M` and `20k` count in thousands. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const match = /^(\d+)([kKmMgG]?)$/.exec(text);
    const scale = { '': 1, k: 1e3, m: 1e6, g: 1e9 }[match?.[2]?.toLowerCase() ?? ''] ?? 1;
    const value = Number(match?.[1]) * scale;
    if (match === null || !Number.isSafeInteger(value) || value < min) {
      throw new InvalidArgumentError(`Expected a whole number of at least ${min}.`);
    }
    return value;
  };
}

/** A number that is not negative. */
export function plainNumber(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) {
    throw new InvalidArgumentError('Expected a number such as 4 or 0.3.');
  }
  return Number(text);
}

/** A share above 0 and at most 1, as 0.1 or 10%. */
export function share(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  const value = Number(match?.[1]) / (match?.[2] === '%' ? 100 : 1);
  if (match === null || !(value > 0 && value <= 1)) {
    throw new InvalidArgumentError('Expected a share above 0 and at most 1, as 0.1 or 10%.');
  }
  return value;
}

/** A comma-separated list of numbers above 0. */
export function positiveNumbers(text: string): number[] {
  const values = text.split(',').map((part) => plainNumber(part.trim()));
  if (values.some((value) => value <= 0)) {
    throw new InvalidArgumentError('Expected numbers above 0, as in 2,4,8.');
  }
  return [...new Set(values)];
}

/** A size in bytes: 4096, 64MiB, 512m. */
export function sizeBytes(text: string): number {
  const bytes = parseSize(text);
  if (bytes === null)
    throw new InvalidArgumentError('Expected a size such as 4096, 64MiB or 512m.');
  return bytes;
}

const SECONDS = { '': 1, s: 1, m: 60, h: 3600 } as const;
/** A week: timers of Node reach three times as far. */
const DURATION_SECONDS_MAX = 604_800;

/** A time above 0 in seconds: 90, 90s, 10m, 1.5h. */
export function durationSeconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(text);
  const seconds = Number(match?.[1]) * SECONDS[(match?.[2] ?? '') as keyof typeof SECONDS];
  if (match === null || !(seconds > 0 && seconds <= DURATION_SECONDS_MAX)) {
    throw new InvalidArgumentError('Expected a time such as 90s, 10m or 1h, at most 168h.');
  }
  return seconds;
}
