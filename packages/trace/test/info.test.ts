import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../src/format/byte-source.ts';
import { nodeCodec } from '../src/format/node-codec.ts';
import { TraceReader } from '../src/format/reader.ts';
import { FrequencyRanks } from '../src/info/frequency.ts';
import type { RankBin } from '../src/info/rank-bins.ts';
import { RecencyRanks } from '../src/info/recency.ts';
import { readerInfo } from '../src/info/trace-info.ts';
import { Random } from '../src/synth/random.ts';
import { encode, type Reference, referenceLists } from './helpers.ts';

/** A stack as a list, and counts in a map: slow and obviously right. */
class SlowRanks {
  readonly #stack: number[] = [];
  readonly #counts = new Map<number, number>();

  recency(page: number): number {
    const at = this.#stack.indexOf(page);
    if (at >= 0) this.#stack.splice(at, 1);
    this.#stack.unshift(page);
    return at + 1;
  }

  frequency(page: number): number {
    const count = this.#counts.get(page);
    this.#counts.set(page, (count ?? 0) + 1);
    if (count === undefined) return 0;
    let larger = 0;
    for (const [other, otherCount] of this.#counts)
      if (other !== page && otherCount > count) larger++;
    return larger + 1;
  }
}

function binned(ranks: number[]): RankBin[] {
  const bins: RankBin[] = [];
  const positive = ranks.filter((rank) => rank > 0);
  for (let from = 1, to = 1; positive.some((rank) => rank >= from); from = to + 1, to *= 2) {
    const count = positive.filter((rank) => rank >= from && rank <= to).length;
    bins.push({ rankFrom: from, rankTo: to, count });
  }
  return bins;
}

describe('ranks', () => {
  it('equal those of the slow twin over thousands of pages and many renumberings', () => {
    const random = new Random(7);
    const slow = new SlowRanks();
    const recency = new RecencyRanks();
    const frequency = new FrequencyRanks();
    for (let at = 0; at < 30_000; at++) {
      const page = random.below(random.below(2) === 0 ? 40 : 1 + Math.min(3000, at >> 2));
      recency.reserve(page + 1);
      frequency.reserve(page + 1);
      if (recency.touch(page) !== slow.recency(page)) throw new Error(`recency at ${at}`);
      if (at < 8000 && frequency.touch(page) !== slow.frequency(page))
        throw new Error(`frequency at ${at}`);
    }
  });
});

describe('traceInfo', () => {
  it('equals the slow twin on any trace', async () => {
    await fc.assert(
      fc.asyncProperty(referenceLists(120), async (list) => {
        const info = await readerInfo(await TraceReader.open(bytesSource(encode(list)), nodeCodec));
        const kinds = [list, list.filter(([, op]) => op === 0), list.filter(([, op]) => op === 1)];
        const results = [info.all, info.reading, info.writing];
        kinds.forEach((references, at) => {
          const slow = new SlowRanks();
          const recency = references.map(([page]) => slow.recency(page));
          const { byRecency, firstReferences, references: count } = results[at]!;
          expect(byRecency).toEqual(binned(recency));
          expect(firstReferences).toBe(recency.filter((rank) => rank === 0).length);
          expect(count).toBe(references.length);
          if (at === 0) return;
          const ranks = references.map(([page]) => slow.frequency(page));
          expect([info.reading, info.writing][at - 1]!.byFrequency).toEqual(binned(ranks));
        });
        const read = new Set(kinds[1]!.map(([page]) => page));
        const written = new Set(kinds[2]!.map(([page]) => page));
        const both = [...read].filter((page) => written.has(page)).length;
        expect([info.pagesOnlyRead, info.pagesOnlyWritten, info.pagesReadAndWritten]).toEqual([
          read.size - both,
          written.size - both,
          both,
        ]);
        expect(info.immediateRepeats).toBe(
          list.filter(([page], at) => at > 0 && list[at - 1]![0] === page).length,
        );
        expect(info.footprintBytes).toBe(info.pages * 4096);
      }),
      { numRuns: 40 },
    );
  });

  it('is worked by hand for a short trace', async () => {
    // Reads 1 2 1, then writes 2 2: the last write repeats at once, the first read of 1 returns at rank 2.
    const list: Reference[] = [
      [1, 0],
      [2, 0],
      [1, 0],
      [2, 1],
      [2, 1],
    ];
    const info = await readerInfo(await TraceReader.open(bytesSource(encode(list)), nodeCodec));
    expect(info.all.byRecency).toEqual([
      { rankFrom: 1, rankTo: 1, count: 1 },
      { rankFrom: 2, rankTo: 2, count: 2 },
    ]);
    expect(info.reading).toEqual({
      references: 3,
      firstReferences: 2,
      byRecency: [
        { rankFrom: 1, rankTo: 1, count: 0 },
        { rankFrom: 2, rankTo: 2, count: 1 },
      ],
      byFrequency: [{ rankFrom: 1, rankTo: 1, count: 1 }],
    });
  });
});
