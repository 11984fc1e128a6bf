// Random requests and pieces for property tests.

import fc from 'fast-check';
import {
  BLOCK_STATUS,
  CACHE,
  DF,
  FAST_ZERO,
  FLUSH,
  FUA,
  NO_HOLE,
  type Operation,
  READ,
  REQ_ONE,
  TRIM,
  WRITE,
  WRITE_ZEROES,
} from './wire.ts';

const PAGE = 4096;

/** Requests of all kinds on an export of so many pages, a few of them not to be granted. */
export function operations(pages: number, pagesMax: number, countMax: number) {
  return fc.array(operation(pages, pagesMax), { minLength: 1, maxLength: countMax });
}

function operation(pages: number, pagesMax: number): fc.Arbitrary<Operation> {
  const kind = fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant(READ), flags: bits(FUA, DF) }) },
    { weight: 6, arbitrary: fc.record({ type: fc.constant(WRITE), flags: bits(FUA) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant(FLUSH), flags: bits(FUA) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant(TRIM), flags: bits(FUA) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant(CACHE), flags: bits(FUA) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant(WRITE_ZEROES),
        flags: bits(FUA, NO_HOLE, FAST_ZERO),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant(BLOCK_STATUS), flags: bits(FUA, REQ_ONE) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: notDisc, flags: fc.integer({ min: 0, max: 0xffff }) }),
    },
  );
  return fc
    .tuple(kind, range(pages, pagesMax), fc.integer({ min: 0, max: 255 }))
    .map(([{ type, flags }, { offset, length }, seed]) => {
      const isWhole = type === FLUSH && seed > 50;
      const at = isWhole ? { offset: 0, length: 0 } : { offset, length };
      return type === WRITE
        ? { type, flags, ...at, data: fill(length, seed) }
        : { type, flags, ...at };
    });
}

const notDisc = fc.integer({ min: 0, max: 12 }).filter((type) => type !== 2);

/** Any combination of the flags, most often none. */
function bits(...flags: number[]): fc.Arbitrary<number> {
  return fc.oneof(
    fc.constant(0),
    fc.subarray(flags).map((some) => some.reduce((sum, flag) => sum | flag, 0)),
  );
}

/** Whole pages, or any alignment, mostly inside of the export. */
function range(pages: number, pagesMax: number) {
  const page = fc.integer({ min: 0, max: pages - 1 });
  const count = fc.oneof(fc.constant(1), fc.integer({ min: 0, max: pagesMax }));
  const aligned = fc
    .tuple(page, count)
    .map(([first, some]) => ({ offset: first * PAGE, length: clip(first, some, pages) * PAGE }));
  const any = fc
    .tuple(aligned, fc.integer({ min: 0, max: PAGE - 1 }), fc.integer({ min: 0, max: PAGE }))
    .map(([{ offset, length }, from, less]) => ({
      offset: offset + from,
      length: Math.max(0, length - from - less),
    }));
  const beyond = fc.tuple(page, count).map(([first, some]) => ({
    offset: (first + some) * PAGE + 1,
    length: pages * PAGE - first * PAGE,
  }));
  return fc.oneof(
    { weight: 8, arbitrary: aligned },
    { weight: 8, arbitrary: any },
    { weight: 1, arbitrary: beyond },
  );
}

function clip(first: number, count: number, pages: number): number {
  return Math.min(count, pages - first);
}

function fill(bytes: number, seed: number): Uint8Array {
  const data = new Uint8Array(bytes);
  if (seed === 0) return data;
  for (let index = 0; index < bytes; index++) data[index] = index * seed + (index >> 8);
  return data;
}

/** Sizes of pieces: large, small, or byte by byte. */
export const pieces = fc.oneof(
  fc.constant([Number.MAX_SAFE_INTEGER]),
  fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 7 }),
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
  fc.constant([1]),
);

export const agreements = fc.constantFrom(
  { isStructured: false, hasBaseAllocation: false, isReadOnly: false },
  { isStructured: true, hasBaseAllocation: false, isReadOnly: false },
  { isStructured: true, hasBaseAllocation: true, isReadOnly: false },
  { isStructured: true, hasBaseAllocation: true, isReadOnly: false },
  { isStructured: true, hasBaseAllocation: true, isReadOnly: true },
);

export const failures = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 39 }), fc.constantFrom(5, 28, 12)), { maxLength: 4 })
  .map((pairs) => new Map(pairs));
