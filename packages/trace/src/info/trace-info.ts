// What a trace is like: its size, and how well recency and frequency tell which pages come back,
// for reads and for writes apart. CRAW rests on the difference between the two. All counts are exact.

import type { Provenance, TraceSummary } from '../format/layout.ts';
import type { TraceReader } from '../format/reader.ts';
import { openTrace } from '../io/trace-file.ts';
import { type LongWork, ProgressMeter } from '../progress.ts';
import { FrequencyRanks } from './frequency.ts';
import { type RankBin, RankBins } from './rank-bins.ts';
import { RecencyRanks } from './recency.ts';

/** Re-references by rank; first references of a page have none and are counted apart. */
export interface Locality {
  readonly references: number;
  /** References to a page that had none of this kind before. */
  readonly firstReferences: number;
  /** By rank among the pages of this kind, ordered by their last reference of this kind. */
  readonly byRecency: readonly RankBin[];
}

/** The same with the rank among the pages ordered by their past count of this kind. */
export interface KindLocality extends Locality {
  readonly byFrequency: readonly RankBin[];
}

export interface TraceInfo extends TraceSummary {
  readonly file: string;
  readonly pageSizeBytes: number;
  readonly provenance: Provenance;
  /** Pages times page size. */
  readonly footprintBytes: number;
  readonly pagesOnlyRead: number;
  readonly pagesOnlyWritten: number;
  readonly pagesReadAndWritten: number;
  /** References to the page of the reference right before, whatever the operations. */
  readonly immediateRepeats: number;
  /** Every reference, in one stack. */
  readonly all: Locality;
  /** Reads in a stack of reads. */
  readonly reading: KindLocality;
  /** Writes in a stack of writes. */
  readonly writing: KindLocality;
}

export async function traceInfo(path: string, work: LongWork = {}): Promise<TraceInfo> {
  const reader = await openTrace(path);
  try {
    return await readerInfo(reader, work);
  } finally {
    await reader.close();
  }
}

/** The same over an open reader, which stays open. */
export async function readerInfo(reader: TraceReader, work: LongWork = {}): Promise<TraceInfo> {
  const meter = new ProgressMeter(work);
  const all = new KindCounter();
  const reads = new KindCounter();
  const writes = new KindCounter();
  const frequencies = [new FrequencyCounter(), new FrequencyCounter()] as const;
  const total = reader.summary?.references ?? null;
  let seen: Seen = new Uint8Array(1024);
  for await (const block of reader.blocks()) {
    const pages = reader.pageNumbers.length;
    for (const counter of [all, reads, writes, ...frequencies]) counter.ranks.reserve(pages);
    seen = withRoom(seen, pages);
    for (let at = 0; at < block.length; at++) {
      const reference = block[at]!;
      const page = reference >>> 1;
      all.touch(page);
      if ((reference & 1) === 0) {
        reads.touch(page);
        frequencies[0].touch(page);
        seen[page] = seen[page]! | 1;
      } else {
        writes.touch(page);
        frequencies[1].touch(page);
        seen[page] = seen[page]! | 2;
      }
    }
    meter.tick(all.references, pages, total === null ? null : all.references / total);
  }
  const summary = reader.summary!;
  const kinds = [0, 0, 0, 0];
  for (let page = 0; page < summary.pages; page++) {
    const kind = seen[page]!;
    kinds[kind] = kinds[kind]! + 1;
  }
  return {
    file: reader.name,
    pageSizeBytes: reader.header.pageSizeBytes,
    provenance: reader.header.provenance,
    ...summary,
    footprintBytes: summary.pages * reader.header.pageSizeBytes,
    pagesOnlyRead: kinds[1]!,
    pagesOnlyWritten: kinds[2]!,
    pagesReadAndWritten: kinds[3]!,
    // Rank 1 in the stack of all references is the page of the reference right before.
    immediateRepeats: all.bins.bins()[0]?.count ?? 0,
    all: all.locality(),
    reading: { ...reads.locality(), byFrequency: frequencies[0].bins.bins() },
    writing: { ...writes.locality(), byFrequency: frequencies[1].bins.bins() },
  };
}

class KindCounter {
  readonly ranks = new RecencyRanks();
  readonly bins = new RankBins();
  references = 0;
  #firstReferences = 0;

  touch(page: number): void {
    this.references++;
    const rank = this.ranks.touch(page);
    if (rank === 0) this.#firstReferences++;
    else this.bins.add(rank);
  }

  locality(): Locality {
    const { references, bins } = this;
    return { references, firstReferences: this.#firstReferences, byRecency: bins.bins() };
  }
}

class FrequencyCounter {
  readonly ranks = new FrequencyRanks();
  readonly bins = new RankBins();

  touch(page: number): void {
    const rank = this.ranks.touch(page);
    if (rank > 0) this.bins.add(rank);
  }
}

function withRoom(seen: Seen, pages: number): Seen {
  if (pages <= seen.length) return seen;
  const grown = new Uint8Array(Math.max(pages, seen.length * 2));
  grown.set(seen);
  return grown;
}

/** Page -> 1 if it was read, plus 2 if it was written. */
type Seen = Uint8Array<ArrayBuffer>;
