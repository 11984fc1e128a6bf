// A spatially hashed sample of a trace: all references to a share of its pages and no others, chosen by
// a hash of the page (SHARDS: Waldspurger, Park, Garthwaite, Ahmad, FAST 2015).
//
// Departure: SHARDS sees a stream and takes pages below a threshold, so that the size of its sample
// is a matter of luck. A decoded trace tells its pages in advance, so exactly so many are taken: those
// with the smallest hashes.

import { allocate, forWindows, type MemoryTrace, WINDOW_REFERENCES } from '../memory-trace.ts';

export interface PageSample {
  /** Its page ids are dense again, in the same order. */
  readonly trace: MemoryTrace;
  /** Of the references before the end of the warm-up, those in the sample. */
  readonly warmupReferences: number;
}

const NOT_SAMPLED = -1;
/** 2^32 over the golden ratio: seeds near each other, and zero, are nothing special. */
const GOLDEN = 0x9e3779b9;

/** The references to `pageCount` pages of the trace, chosen by the seed alone. */
export function samplePages(
  trace: MemoryTrace,
  pageCount: number,
  seed: number,
  warmupReferences = 0,
): PageSample {
  const idOf = sampledIds(trace.pageCount, pageCount, seed);
  const counts = countSampled(trace, idOf, warmupReferences);
  const buffer = allocate(counts.references, 'a sample of the trace');
  fill(buffer, trace, idOf);
  return {
    trace: {
      buffer,
      referenceCount: counts.references,
      writeCount: counts.writes,
      pageCount,
    },
    warmupReferences: counts.warmup,
  };
}

/** Per page its dense id within the sample, or NOT_SAMPLED. */
function sampledIds(pageCount: number, sampledCount: number, seed: number): Int32Array {
  const hashes = new Uint32Array(pageCount);
  const offset = mix((seed + GOLDEN) >>> 0);
  for (let page = 0; page < pageCount; page++) hashes[page] = mix((page ^ offset) >>> 0);
  // The hash is a bijection, so no two pages tie and the border parts them exactly.
  const border = hashes.slice().sort()[sampledCount - 1]!;
  const idOf = new Int32Array(pageCount).fill(NOT_SAMPLED);
  let next = 0;
  for (let page = 0; page < pageCount; page++) {
    if (hashes[page]! <= border) idOf[page] = next++;
  }
  return idOf;
}

/** A bijection of uint32 in which each bit of the input moves half of the output (MurmurHash3). */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function countSampled(trace: MemoryTrace, idOf: Int32Array, warmupReferences: number) {
  let references = 0;
  let writes = 0;
  let warmup = 0;
  let position = 0;
  forWindows(trace, (window) => {
    for (let i = 0; i < window.length; i++) {
      const reference = window[i]!;
      if (idOf[reference >>> 1] === NOT_SAMPLED) continue;
      references++;
      writes += reference & 1;
      if (position + i < warmupReferences) warmup++;
    }
    position += window.length;
  });
  return { references, writes, warmup };
}

function fill(buffer: SharedArrayBuffer, trace: MemoryTrace, idOf: Int32Array): void {
  const total = buffer.byteLength / Uint32Array.BYTES_PER_ELEMENT;
  let next = 0;
  let into = new Uint32Array(buffer, 0, 0);
  let used = 0;
  forWindows(trace, (window) => {
    for (let i = 0; i < window.length; i++) {
      const reference = window[i]!;
      const id = idOf[reference >>> 1]!;
      if (id === NOT_SAMPLED) continue;
      if (used === into.length) {
        const room = Math.min(WINDOW_REFERENCES, total - next);
        into = new Uint32Array(buffer, next * Uint32Array.BYTES_PER_ELEMENT, room);
        next += room;
        used = 0;
      }
      into[used++] = ((id << 1) | (reference & 1)) >>> 0;
    }
  });
}
