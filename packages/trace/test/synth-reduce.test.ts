import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageNumbering } from '../src/format/page-numbering.ts';
import { openTrace } from '../src/io/trace-file.ts';
import { makeReducer, type ReduceMethod, reduceTrace } from '../src/reduce/reduce-trace.ts';
import { Random } from '../src/synth/random.ts';
import type { SynthSpec } from '../src/synth/spec.ts';
import { synthesize, synthTrace } from '../src/synth/synthesize.ts';
import { decodeFile, encode, failure, type Reference, referenceLists, scratch } from './helpers.ts';

const dir = scratch();
const mix: SynthSpec = {
  references: 300_000,
  seed: 42,
  parts: [
    { pattern: 'zipf', pages: 5000, skew: 1, weight: 3, writablePages: 0.5, writeShare: 0.4 },
    { pattern: 'loop', pages: 700 },
    { pattern: 'scan', pages: 9000, runPages: 300, writeShare: 0 },
  ],
};

function collect(spec: SynthSpec): Uint32Array {
  const all = new Uint32Array(spec.references);
  let at = 0;
  for (const chunk of synthesize(spec)) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function checksum(packed: Uint32Array): number {
  return crc32(new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength));
}

describe('synth', () => {
  it('is the same for a seed, here and in every later release', () => {
    expect(checksum(collect(mix))).toBe(CHECKSUM);
    expect(checksum(collect({ ...mix, seed: 43 }))).not.toBe(CHECKSUM);
    const random = new Random(1);
    expect(Array.from({ length: 4 }, () => random.next())).toEqual(FIRST);
  });

  it('writes the same dense references to a file', async () => {
    const summary = await synthTrace({ spec: mix, output: dir.path('mix.plt') });
    const reader = await openTrace(dir.path('mix.plt'));
    const memory = collect(mix);
    let at = 0;
    for await (const block of reader.blocks()) {
      expect(checksum(memory.subarray(at, at + block.length))).toBe(checksum(block));
      at += block.length;
    }
    expect(at).toBe(summary.references);
    expect(reader.header.provenance.spec).toEqual(JSON.parse(JSON.stringify(mix)));
    await reader.close();
  });

  it('draws by Zipf’s law', () => {
    const counts = new Map<number, number>();
    for (const packed of collect({
      references: 400_000,
      seed: 3,
      parts: [{ pattern: 'zipf', pages: 1000, skew: 1 }],
    })) {
      counts.set(packed >>> 1, (counts.get(packed >>> 1) ?? 0) + 1);
    }
    const sorted = [...counts.values()].sort((a, b) => b - a);
    const harmonic = Array.from({ length: 1000 }, (_, at) => 1 / (at + 1)).reduce((a, b) => a + b);
    for (const rank of [1, 2, 5, 10, 50]) {
      const expected = 400_000 / harmonic / rank;
      expect(Math.abs(sorted[rank - 1]! / expected - 1)).toBeLessThan(0.08);
    }
  });

  it('writes only to writable pages, in the share that was asked for', () => {
    const spec: SynthSpec = {
      references: 200_000,
      seed: 5,
      parts: [{ pattern: 'zipf', pages: 4000, skew: 0, writablePages: 0.25, writeShare: 0.5 }],
    };
    const all = collect(spec);
    const written = new Set([...all].filter((packed) => packed & 1).map((packed) => packed >>> 1));
    expect(written.size / 4000).toBeGreaterThan(0.22);
    expect(written.size / 4000).toBeLessThan(0.28);
    const writes = all.reduce((sum, packed) => sum + (packed & 1), 0);
    expect(Math.abs(writes / all.length / 0.125 - 1)).toBeLessThan(0.1);
  });

  it.each([
    [
      { references: 0 },
      'synth: references is out of range, found 0, expected an integer from 1 to 9007199254740991',
    ],
    [
      { parts: [{ pattern: 'zipf', pages: 0 }] },
      'synth: pages is out of range, found 0, expected an integer from 1 to 1073741824',
    ],
    [
      { parts: [{ pattern: 'loop', pages: 9, writeShare: 2 }] },
      'synth: write share is out of range, found 2, expected a number from 0 to 1',
    ],
    [
      { parts: [{ pattern: 'x', pages: 9 }] },
      'the pattern is unknown, found x, expected zipf, loop or scan',
    ],
  ])('refuses %j', async (change, message) => {
    const spec = { ...mix, ...change } as SynthSpec;
    expect((await failure(synthTrace({ spec, output: dir.path('no.plt') }))).message).toBe(message);
    expect(dir.names().filter((name) => name.startsWith('no.plt'))).toEqual([]);
  });
});

/** Keeps what a method keeps, told in lists and maps. */
function slowReduce(list: readonly Reference[], method: string): Reference[] {
  if (method === 'runs') {
    return list.filter(([page, op], at) => {
      let start = at;
      while (start > 0 && list[start - 1]![0] === page) start--;
      return at === start || !list.slice(start + 1, at).some(([, other]) => other === op);
    });
  }
  const window = Number(method.slice(7));
  let stack: { page: number; kept: [number, number] }[] = [];
  return list.filter(([page, op]) => {
    const entry = stack.find((other) => other.page === page) ?? { page, kept: [0, 0] };
    stack = [entry, ...stack.filter((other) => other !== entry)].slice(0, window);
    entry.kept[op]++;
    return entry.kept[op] <= 2;
  });
}

describe('reduceTrace', () => {
  it.each(['runs', 'window:1', 'window:3', 'window:32'])('%s equals the slow twin', (method) => {
    fc.assert(
      fc.property(referenceLists(150), (list) => {
        const numbering = new PageNumbering();
        const reducer = makeReducer(method);
        const kept = list.filter(([page, op]) => {
          const id = numbering.idOf(page);
          reducer.reserve(numbering.count);
          return reducer.keeps(((id << 1) | op) >>> 0);
        });
        expect(kept).toEqual(slowReduce(list, method));
      }),
      { numRuns: 40 },
    );
  });

  it('goes from trace to trace and says so', async () => {
    const list: Reference[] = [
      [1, 0],
      [1, 0],
      [1, 0],
      [1, 1],
      [1, 1],
      [2, 0],
      [1, 0],
    ];
    const input = dir.write('r.plt', encode(list, { note: 'kept' }));
    const result = await reduceTrace({ input, output: dir.path('r2.plt'), method: 'runs' });
    expect([result.referencesBefore, result.referencesAfter]).toEqual([7, 5]);
    expect(await decodeFile(dir.path('r2.plt'))).toEqual([
      [1, 0],
      [1, 0],
      [1, 1],
      [2, 0],
      [1, 0],
    ]);
    const reader = await openTrace(dir.path('r2.plt'));
    expect(reader.header.provenance).toEqual({ note: 'kept', reduction: 'runs' });
    await reader.close();
    for (const method of ['x', 'window:0', 'window:'] as ReduceMethod[]) {
      expect((await failure(reduceTrace({ input, output: dir.path('r3.plt'), method }))).code).toBe(
        'TRACE_OPTION',
      );
    }
  });
});

// What the seeds above gave when the generator was written.
const CHECKSUM = 687_536_763;
const FIRST = [2442144158, 3238099751, 3819917871, 2104621829];
