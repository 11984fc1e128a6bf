// A decoded trace in shared memory: four bytes a reference, read by every worker, decoded once.
// One typed-array view ends at 4 GiB and a trace need not, so readers look at it through windows.

import { freemem } from 'node:os';
import { NEVER } from '@pagelend/policies';
import type { TraceReader } from '@pagelend/trace';
import { LabError } from './errors.ts';

/** References per window: large enough that a call per window is nothing, small enough for L2. */
export const WINDOW_REFERENCES = 2 ** 16;

const BYTES = Uint32Array.BYTES_PER_ELEMENT;

/** Positions in tables of next uses are int32 and one view holds 2^30 of them. */
export const OFFLINE_REFERENCES_MAX = 2 ** 30;

export interface MemoryTrace {
  /** Packed references, `page << 1 | op`. */
  readonly buffer: SharedArrayBuffer;
  readonly referenceCount: number;
  readonly writeCount: number;
  /** Distinct pages; dense ids are below it. */
  readonly pageCount: number;
}

/** The references `from .. to` as a view; keep `to - from` at WINDOW_REFERENCES or below. */
export function windowOf(trace: MemoryTrace, from: number, to: number): Uint32Array {
  return new Uint32Array(trace.buffer, from * BYTES, to - from);
}

/** Decodes a whole trace. `onProgress` gets the references decoded so far. */
export async function loadTrace(
  reader: TraceReader,
  onProgress: (references: number) => void = () => {},
): Promise<MemoryTrace> {
  const expected = reader.summary?.references ?? null;
  if (expected !== null) return decodeInto(reader, allocate(expected, reader.name), onProgress);
  return decodePipe(reader, onProgress);
}

async function decodeInto(
  reader: TraceReader,
  buffer: SharedArrayBuffer,
  onProgress: (references: number) => void,
): Promise<MemoryTrace> {
  let filled = 0;
  for await (const block of reader.blocks()) {
    // More than the trailer counts is damage, which the reader names when it comes to the end.
    const fits = (filled + block.length) * BYTES <= buffer.byteLength;
    if (fits) new Uint32Array(buffer, filled * BYTES, block.length).set(block);
    filled += block.length;
    onProgress(filled);
  }
  return describe(buffer, reader);
}

/** A pipe tells its length at its end only, so blocks are kept and joined there. */
async function decodePipe(
  reader: TraceReader,
  onProgress: (references: number) => void,
): Promise<MemoryTrace> {
  const blocks: Uint32Array[] = [];
  let filled = 0;
  for await (const block of reader.blocks()) {
    blocks.push(Uint32Array.from(block));
    filled += block.length;
    onProgress(filled);
  }
  const buffer = allocate(filled, reader.name);
  let place = 0;
  for (const block of blocks) {
    new Uint32Array(buffer, place * BYTES, block.length).set(block);
    place += block.length;
  }
  return describe(buffer, reader);
}

function describe(buffer: SharedArrayBuffer, reader: TraceReader): MemoryTrace {
  const { references, writes, pages } = reader.summary!;
  return { buffer, referenceCount: references, writeCount: writes, pageCount: pages };
}

/** Shared memory for so many 4-byte values. Throws where the machine has not enough to spare. */
export function allocate(count: number, what: string): SharedArrayBuffer {
  const bytes = count * BYTES;
  const spareBytes = Math.min(freemem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  if (bytes > spareBytes) {
    const gib = (n: number): string => (n / 2 ** 30).toFixed(1);
    throw new LabError(
      'LAB_MEMORY',
      `${what}: ${count} references take ${gib(bytes)} GiB decoded and ${gib(spareBytes)} GiB are free; ` +
        'shorten it with `pagelend trace reduce`',
    );
  }
  return new SharedArrayBuffer(bytes);
}

/** The trace reduced to its writes. */
export function writesOnly(trace: MemoryTrace): MemoryTrace {
  const buffer = allocate(trace.writeCount, 'the writes of the trace');
  let next = 0;
  let into: Uint32Array = new Uint32Array(0);
  let used = 0;
  forWindows(trace, (window) => {
    for (let i = 0; i < window.length; i++) {
      const reference = window[i]!;
      if ((reference & 1) === 0) continue;
      if (used === into.length) {
        const room = Math.min(WINDOW_REFERENCES, trace.writeCount - next);
        into = new Uint32Array(buffer, next * BYTES, room);
        next += room;
        used = 0;
      }
      into[used++] = reference;
    }
  });
  return { ...trace, buffer, referenceCount: trace.writeCount };
}

/**
 * For each reference the position of the next one to its page, NEVER where there is none: the
 * future, which only offline policies may see. Computed backwards.
 */
export function nextUseOf(trace: MemoryTrace): Int32Array {
  const { referenceCount } = trace;
  if (referenceCount > OFFLINE_REFERENCES_MAX) {
    throw new LabError(
      'LAB_MEMORY',
      `${referenceCount} references: offline policies and bounds take at most ${OFFLINE_REFERENCES_MAX}`,
    );
  }
  const nextUse = new Int32Array(allocate(referenceCount, 'the table of next uses'));
  const next = new Int32Array(trace.pageCount).fill(NEVER);
  for (let to = referenceCount; to > 0; to -= WINDOW_REFERENCES) {
    const from = Math.max(0, to - WINDOW_REFERENCES);
    const window = windowOf(trace, from, to);
    for (let i = window.length - 1; i >= 0; i--) {
      const page = window[i]! >>> 1;
      nextUse[from + i] = next[page]!;
      next[page] = from + i;
    }
  }
  return nextUse;
}

/** Calls `see` with each window of the trace in order. */
export function forWindows(trace: MemoryTrace, see: (window: Uint32Array) => void): void {
  for (let from = 0; from < trace.referenceCount; from += WINDOW_REFERENCES) {
    see(windowOf(trace, from, Math.min(from + WINDOW_REFERENCES, trace.referenceCount)));
  }
}
