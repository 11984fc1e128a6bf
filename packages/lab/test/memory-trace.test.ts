// The decoded trace, its writes and its future, against naive ones, across the borders of windows.

import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import {
  loadTrace,
  type MemoryTrace,
  nextUseOf,
  WINDOW_REFERENCES,
  windowOf,
  writesOnly,
} from '@pagelend/lab';
import { NEVER } from '@pagelend/policies';
import { chunksSource, nodeCodec, openTrace, TraceReader } from '@pagelend/trace';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextUses, type Reference } from '../../policies/test/host.ts';
import { SEED, scenes } from '../../policies/test/traces.ts';
import { encode, memoryTraceOf, pack, randomTrace, renumber, scratch } from './helpers.ts';

const { trace: writeTrace } = scratch();

/** All references; a view over the whole is fine for traces as short as these. */
function all(trace: MemoryTrace): Uint32Array {
  return new Uint32Array(trace.buffer, 0, trace.referenceCount);
}

/** The same as `toEqual`, which takes seconds for arrays of this length. */
function expectSame(actual: Uint32Array | Int32Array, expected: Uint32Array | Int32Array): void {
  expect(actual.length).toBe(expected.length);
  const at = actual.findIndex((value, i) => value !== expected[i]);
  if (at >= 0) expect({ at, value: actual[at] }).toEqual({ at, value: expected[at] });
}

function expectDerivedTables(trace: readonly Reference[]): void {
  const memory = memoryTraceOf(trace);
  expectSame(nextUseOf(memory), nextUses(trace));
  const writes = trace.filter(([, op]) => op === 1);
  const reduced = writesOnly(memory);
  expectSame(all(reduced), pack(writes));
  expect(reduced.buffer.byteLength).toBe(writes.length * 4);
  expect([reduced.referenceCount, reduced.writeCount]).toEqual([writes.length, writes.length]);
  expect(reduced.pageCount).toBe(memory.pageCount);
  expectSame(nextUseOf(reduced), nextUses(writes));
}

describe('nextUseOf and writesOnly', () => {
  test('equal the naive ones on random traces', () => {
    fc.assert(
      fc.property(scenes, ({ trace }) => expectDerivedTables(trace)),
      { seed: SEED },
    );
  });

  test.each([-1, 0, 1, WINDOW_REFERENCES - 1, WINDOW_REFERENCES, WINDOW_REFERENCES + 1])(
    'equal the naive ones at a window and %i references',
    (more) => expectDerivedTables(randomTrace(WINDOW_REFERENCES + more, 300, more + 2)),
  );

  test('equal the naive ones where the writes alone end at a window', () => {
    for (const writes of [WINDOW_REFERENCES - 1, WINDOW_REFERENCES, WINDOW_REFERENCES + 1]) {
      const page = (i: number): number => (i * 17) % 400;
      const trace = Array.from({ length: writes + 1000 }, (_, i): Reference => [page(i), 1]);
      for (let i = 0; i < 1000; i++) trace[i * 60] = [page(i), 0];
      expectDerivedTables(trace);
    }
  });

  test('a next use may lie windows away', () => {
    const length = 2 * WINDOW_REFERENCES + 2;
    const trace = Array.from({ length }, (_, i): Reference => [i === length - 1 ? 0 : i % 2, 0]);
    trace[0] = [2, 1];
    trace[length - 1] = [2, 0];
    const next = nextUseOf(memoryTraceOf(trace));
    expect(next[0]).toBe(length - 1);
    expect(next[length - 1]).toBe(NEVER);
  });
});

describe('loadTrace', () => {
  const trace = renumber(randomTrace(3 * WINDOW_REFERENCES + 17, 700, 5));

  test('decodes a file into memory of just its size', async () => {
    const reader = await openTrace(writeTrace('load.plt', trace));
    const seen: number[] = [];
    const memory = await loadTrace(reader, (done) => seen.push(done));
    await reader.close();
    expectSame(all(memory), pack(trace));
    expect(memory).toMatchObject({ ...memoryTraceOf(trace), buffer: expect.anything() });
    expect(memory.buffer.byteLength).toBe(trace.length * 4);
    expect(seen.at(-1)).toBe(trace.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test('decodes a stream whose length shows only at its end, in chunks of any size', async () => {
    const bytes = encode(trace);
    for (const chunkBytes of [7, 1000, bytes.length]) {
      const chunks = function* () {
        for (let at = 0; at < bytes.length; at += chunkBytes)
          yield bytes.subarray(at, at + chunkBytes);
      };
      const reader = await TraceReader.open(chunksSource(chunks(), 'stream'), nodeCodec);
      const memory = await loadTrace(reader);
      expectSame(all(memory), pack(trace));
      expect([memory.writeCount, memory.pageCount]).toEqual([
        trace.filter(([, op]) => op === 1).length,
        new Set(trace.map(([page]) => page)).size,
      ]);
    }
  });

  test('decodes a pipe', async () => {
    const cat = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] });
    createReadStream(writeTrace('pipe.plt', trace)).pipe(cat.stdin);
    const reader = await TraceReader.open(chunksSource(cat.stdout, 'pipe'), nodeCodec);
    expectSame(all(await loadTrace(reader)), pack(trace));
  });

  test('windows show what lies between their ends', () => {
    const memory = memoryTraceOf(trace);
    const from = WINDOW_REFERENCES - 3;
    expectSame(windowOf(memory, from, from + 9), pack(trace.slice(from, from + 9)));
  });
});
