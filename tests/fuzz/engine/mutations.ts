// Ways to change an input: bits, bytes, numbers, stretches, parts of others, words that the format
// knows, and what the last run compared with what it found in the input.

import type { Random } from './random.ts';

export interface MutationSource {
  readonly random: Random;
  /** Words of the format and of the code. */
  readonly words: readonly Uint8Array[];
  /** Another input of the corpus. */
  readonly other: () => Uint8Array;
  /** What was compared while the input ran, in bytes as they may stand in it. */
  readonly pairs: readonly (readonly [Uint8Array, Uint8Array])[];
  readonly bytesMax: number;
}

const EDGES = [0, 1, 2, 3, 0x7f, 0x80, 0xff, 0x100, 0xfff, 0x1000, 0x7fff, 0x8000, 0xffff, 0x10000];
const LARGE_EDGES = [...EDGES, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_f000, 0x200_0000];
const STRETCH_BYTES_MAX = 64;

/** The input changed in one to eight ways. */
export function mutate(input: Uint8Array, source: MutationSource): Uint8Array {
  const { random, bytesMax } = source;
  let bytes: Uint8Array = Uint8Array.from(input);
  for (let turns = 1 << random.below(4); turns > 0; turns--) {
    bytes = random.pick(mutations)(bytes, source).subarray(0, bytesMax);
  }
  return bytes;
}

type Mutation = (bytes: Uint8Array, source: MutationSource) => Uint8Array;

const flipBit: Mutation = (bytes, { random }) => {
  if (bytes.length > 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
  return bytes;
};

const setByte: Mutation = (bytes, { random }) => {
  if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
};

const addToByte: Mutation = (bytes, { random }) => {
  if (bytes.length > 0) bytes[random.below(bytes.length)]! += random.below(33) - 16;
  return bytes;
};

/** A whole number of 1, 2, 4 or 8 bytes, either end first, set to an edge or moved a little. */
const setNumber: Mutation = (bytes, { random }) => {
  const width = random.pick([1, 2, 2, 4, 4, 4, 8]);
  if (bytes.length < width) return bytes;
  const at = random.below(bytes.length - width + 1);
  const part = bytes.subarray(at, at + width);
  const isLittle = random.below(2) === 0;
  const isMoved = random.below(2) === 0;
  const value = isMoved ? numberIn(part, isLittle) + random.below(17) - 8 : edge(random);
  part.set(numberBytes(value, width, isLittle));
  return bytes;
};

const insertBytes: Mutation = (bytes, { random }) => {
  const isRepeated = random.below(2) === 0;
  const value = random.below(256);
  const length = 1 + random.below(random.pick([4, STRETCH_BYTES_MAX]));
  const added = Uint8Array.from({ length }, () => (isRepeated ? value : random.below(256)));
  return spliced(bytes, random.below(bytes.length + 1), 0, added);
};

const removeBytes: Mutation = (bytes, { random }) => {
  if (bytes.length === 0) return bytes;
  const at = random.below(bytes.length);
  const most = random.pick([4, STRETCH_BYTES_MAX, bytes.length]);
  return spliced(bytes, at, 1 + random.below(most), new Uint8Array(0));
};

/** A stretch once more, in another place: chunks and records come twice or out of order. */
const repeatStretch: Mutation = (bytes, { random }) => {
  if (bytes.length === 0) return bytes;
  const from = random.below(bytes.length);
  const length = 1 + random.below(Math.min(bytes.length - from, random.pick([8, 64, 4096])));
  const stretch = bytes.slice(from, from + length);
  const at = random.below(bytes.length + 1);
  return spliced(bytes, at, random.below(2) * length, stretch);
};

const splice: Mutation = (bytes, { random, other }) => {
  const donor = other();
  if (donor.length === 0) return bytes;
  const from = random.below(donor.length);
  const length = 1 + random.below(donor.length - from);
  const at = random.below(bytes.length + 1);
  return spliced(bytes, at, random.below(2) * length, donor.subarray(from, from + length));
};

const putWord: Mutation = (bytes, { random, words }) => {
  if (words.length === 0) return bytes;
  const word = random.pick(words);
  const at = random.below(bytes.length + 1);
  return spliced(bytes, at, random.below(2) * word.length, word);
};

/** What the code compared: where one side stands in the input, the other is put in its place. */
const putCompared: Mutation = (bytes, { random, pairs }) => {
  if (pairs.length === 0) return bytes;
  const [found, wanted] = random.pick(pairs);
  const places: number[] = [];
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (
    let at = all.indexOf(found);
    at >= 0 && places.length < 32;
    at = all.indexOf(found, at + 1)
  ) {
    places.push(at);
  }
  if (places.length === 0) return bytes;
  return spliced(bytes, random.pick(places), found.length, wanted);
};

const mutations: readonly Mutation[] = [
  ...[flipBit, setByte, addToByte, setNumber, setNumber, insertBytes, removeBytes],
  ...[repeatStretch, splice, putWord, putCompared, putCompared],
];

/** A value as it may stand in an input: numbers of all widths, either end first; words as text. */
export function encodings(value: unknown): Uint8Array[] {
  if (typeof value === 'string') return value === '' ? [] : [new TextEncoder().encode(value)];
  if (typeof value === 'bigint') return encodings(Number(BigInt.asUintN(53, value)));
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return [];
  const widths = [1, 2, 4, 8].filter((width) => value >= 0 && value < 256 ** width);
  if (value < 0 && value >= -(2 ** 31)) widths.push(4);
  const numbers = widths.flatMap((width) => [
    numberBytes(value, width, true),
    ...(width === 1 ? [] : [numberBytes(value, width, false)]),
  ]);
  return [...numbers, new TextEncoder().encode(String(value))];
}

/** Both sides of a comparison in the same encoding, each way. */
export function encodedPairs(left: unknown, right: unknown): [Uint8Array, Uint8Array][] {
  if (typeof left !== typeof right) return [];
  const [lefts, rights] = [encodings(left), encodings(right)];
  if (typeof left === 'string') {
    return lefts.flatMap((a) =>
      rights.flatMap((b): [Uint8Array, Uint8Array][] => [
        [a, b],
        [b, a],
      ]),
    );
  }
  if (typeof left !== 'number') return [];
  return [1, 2, 4, 8].flatMap((width) =>
    [true, false].flatMap((isLittle): [Uint8Array, Uint8Array][] => {
      if (!fits(left, width) || !fits(right as number, width)) return [];
      const a = numberBytes(left, width, isLittle);
      const b = numberBytes(right as number, width, isLittle);
      return [
        [a, b],
        [b, a],
      ];
    }),
  );
}

function fits(value: number, width: number): boolean {
  return Number.isSafeInteger(value) && value >= -(2 ** 31) && value < 256 ** width;
}

function edge(random: Random): number {
  return random.pick(LARGE_EDGES) + random.below(3) - 1;
}

function numberIn(bytes: Uint8Array, isLittle: boolean): number {
  let value = 0;
  for (let at = 0; at < Math.min(bytes.length, 6); at++) {
    value = value * 256 + bytes[isLittle ? bytes.length - 1 - at : at]!;
  }
  return value;
}

function numberBytes(value: number, width: number, isLittle: boolean): Uint8Array {
  const bytes = new Uint8Array(width);
  let rest = BigInt.asUintN(width * 8, BigInt(Math.trunc(value)));
  for (let at = 0; at < width; at++, rest >>= 8n) {
    bytes[isLittle ? at : width - 1 - at] = Number(rest & 255n);
  }
  return bytes;
}

function spliced(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const tail = bytes.subarray(Math.min(bytes.length, at + remove));
  const result = new Uint8Array(at + insert.length + tail.length);
  result.set(bytes.subarray(0, at));
  result.set(insert, at);
  result.set(tail, at + insert.length);
  return result;
}
