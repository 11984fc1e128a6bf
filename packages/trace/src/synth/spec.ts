// What a synthetic trace is made of, and the checks on it.
import { PAGE_COUNT_MAX } from '@pagelend/policies';
import { TraceError } from '../errors.ts';
import { COUNT_LIMIT } from '../limits.ts';

export const synthPatterns = ['zipf', 'loop', 'scan'] as const;

export type SynthPatternName = (typeof synthPatterns)[number];

/** One pattern over pages of its own. */
export interface SynthPart {
  readonly pattern: SynthPatternName;
  readonly pages: number;
  /** zipf: exponent, 0 is uniform; 0.9 unless given. */
  readonly skew?: number | undefined;
  /** scan: longest run in pages; a sixteenth of the pages unless given. */
  readonly runPages?: number | undefined;
  /** mix: share of the references relative to the other parts; 1 unless given. */
  readonly weight?: number | undefined;
  /** Share of the part's pages that are ever written; 1 unless given. */
  readonly writablePages?: number | undefined;
  /** Share of the references to writable pages that write; 0.3 unless given. */
  readonly writeShare?: number | undefined;
}

export interface SynthSpec {
  readonly references: number;
  /** Any 32-bit integer; the same seed and parts give the same trace. */
  readonly seed: number;
  /** One part, or several for a mix. Parts share no page. */
  readonly parts: readonly SynthPart[];
  /** mix: references that one part makes before the next part is drawn; 32 unless given. */
  readonly burstReferences?: number | undefined;
}

export const SKEW_DEFAULT = 0.9;
export const WRITE_SHARE_DEFAULT = 0.3;
export const BURST_REFERENCES_DEFAULT = 32;
const PARTS_MAX = 64;

/**
 * The trace of the simulator's bench: 20 million references to 1.3 million pages. With 131,072
 * frames CLOCK faults on one reference in six, four in ten of them first touches.
 */
export const benchSpec: SynthSpec = {
  references: 20_000_000,
  seed: 20_240_229,
  parts: [
    { pattern: 'zipf', pages: 2_000_000, skew: 1.1, weight: 14, writablePages: 0.5 },
    { pattern: 'loop', pages: 40_000, weight: 5, writablePages: 0.3 },
    { pattern: 'scan', pages: 400_000, runPages: 20_000, weight: 1, writablePages: 0.2 },
  ],
};

/** Throws TRACE_OPTION with the value that is out of range. */
export function checkSpec(spec: SynthSpec): void {
  check('references', spec.references, 1, COUNT_LIMIT - 1, true);
  check('seed', spec.seed, -(2 ** 31), 2 ** 32 - 1, true);
  check('parts', spec.parts.length, 1, PARTS_MAX, true);
  check('burst', spec.burstReferences ?? BURST_REFERENCES_DEFAULT, 1, 2 ** 31, true);
  let pages = 0;
  for (const part of spec.parts) {
    if (!synthPatterns.includes(part.pattern)) {
      const data = { found: String(part.pattern), expected: 'zipf, loop or scan' };
      throw new TraceError('TRACE_OPTION', 'the pattern is unknown', data);
    }
    check('pages', part.pages, 1, PAGE_COUNT_MAX / 2, true);
    check('skew', part.skew ?? SKEW_DEFAULT, 0, 10, false);
    check('run', part.runPages ?? 1, 1, part.pages, true);
    check('weight', part.weight ?? 1, Number.MIN_VALUE, 1e9, false);
    check('share of writable pages', part.writablePages ?? 1, 0, 1, false);
    check('write share', part.writeShare ?? WRITE_SHARE_DEFAULT, 0, 1, false);
    pages += part.pages;
  }
  check('pages in all', pages, 1, PAGE_COUNT_MAX / 2, true);
}

function check(name: string, value: number, from: number, to: number, isWhole: boolean): void {
  if (value >= from && value <= to && (!isWhole || Number.isInteger(value))) return;
  const kind = isWhole ? 'an integer' : 'a number';
  const range = from === Number.MIN_VALUE ? `above 0, at most ${to}` : `from ${from} to ${to}`;
  const data = { found: String(value), expected: `${kind} ${range}` };
  throw new TraceError('TRACE_OPTION', `synth: ${name} is out of range`, data);
}
