// pagelend trace info: what a trace is like, and whether recency tells which pages come back.

import { type Locality, type RankBin, type TraceInfo, traceInfo } from '@pagelend/trace';
import type { Command } from 'commander';
import { checkStdinOnce } from '../input-files.ts';
import { withQuittableProgress } from '../progress.ts';
import { bytes, columns, count, percent, print, printJson } from '../text.ts';

const TEACHES = `
The second table is the observation that CRAW rests on. A re-reference has a recency rank: how many
distinct pages of its kind (reads, or writes) were referenced since, itself included. The table
shows which share of re-references a memory of so many pages would catch, under recency and, for
reads and writes apart, under past frequency. Where recency catches fewer writes than reads, writes
deserve to be judged by frequency as well.`;

export function addTraceInfo(trace: Command): void {
  trace
    .command('info')
    .description('footprint, reads, writes, and how recency and frequency tell what comes back')
    .argument('<trace...>', 'trace files; - is stdin')
    .option('--json', 'print JSON')
    .addHelpText('after', TEACHES)
    .action(async (paths: string[], { json }: { json?: boolean }) => {
      checkStdinOnce(paths);
      const infos: TraceInfo[] = [];
      for (const path of paths) infos.push(await infoOf(path));
      if (json === true) {
        printJson({ schema: 'pagelend.trace-info/1', traces: infos.map(asJson) });
      } else print(infos.map(describe).join('\n\n'));
    });
}

function infoOf(path: string): Promise<TraceInfo> {
  return withQuittableProgress((progress) =>
    traceInfo(path, { onProgress: (state) => progress.trace(`reading ${path}`, state) }),
  );
}

function describe(info: TraceInfo): string {
  const { references, reads, writes, pages, pageSizeBytes } = info;
  const origin = Object.entries(info.provenance).map(([key, value]) => [
    key,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  const facts = [
    ['trace', info.file],
    ...origin,
    ['references', count(references)],
    ['reads', `${count(reads)} (${percent(reads, references)})`],
    ['writes', `${count(writes)} (${percent(writes, references)})`],
    ['repeats', `${count(info.immediateRepeats)} (${percent(info.immediateRepeats, references)})`],
    [
      'footprint',
      `${count(pages)} pages of ${bytes(pageSizeBytes)}, ${bytes(info.footprintBytes)}`,
    ],
    ['only read', `${count(info.pagesOnlyRead)} pages (${percent(info.pagesOnlyRead, pages)})`],
    ['only written', `${count(info.pagesOnlyWritten)} pages`],
    [
      'both',
      `${count(info.pagesReadAndWritten)} pages (${percent(info.pagesReadAndWritten, pages)})`,
    ],
  ];
  return [columns(['', ''], facts).trimStart(), '', localityTable(info)].join('\n');
}

/** Cumulative shares of re-references by rank, doubling from line to line. */
function localityTable({ all, reading, writing }: TraceInfo): string {
  const series = [
    shares(all.byRecency),
    shares(reading.byRecency),
    shares(writing.byRecency),
    shares(reading.byFrequency),
    shares(writing.byFrequency),
  ];
  const ranks = [...new Set(series.flatMap((byRank) => [...byRank.keys()]))].sort((a, b) => a - b);
  const last = series.map(() => 0);
  const rows = ranks.map((rank) => [
    count(rank),
    ...series.map((byRank, column) => {
      last[column] = byRank.get(rank) ?? last[column]!;
      return byRank.size === 0 ? '–' : `${(100 * last[column]!).toFixed(2)} %`;
    }),
  ]);
  const head = ['top pages', 'all, recency', 'reads, recency', 'writes, recency'];
  const title = 'Re-references caught by the top so many pages, of all that there are:';
  return `${title}\n${columns([...head, 'reads, frequency', 'writes, frequency'], rows, [0, 1, 2, 3, 4, 5])}`;
}

/** Upper rank of each bin to the share of re-references up to it. */
function shares(bins: readonly RankBin[]): Map<number, number> {
  const whole = bins.reduce((sum, bin) => sum + bin.count, 0);
  let sum = 0;
  return new Map(
    bins.map((bin) => {
      sum += bin.count;
      return [bin.rankTo, sum / whole];
    }),
  );
}

function asJson(info: TraceInfo): unknown {
  return {
    trace: info.file,
    provenance: info.provenance,
    page_size_bytes: info.pageSizeBytes,
    references: info.references,
    reads: info.reads,
    writes: info.writes,
    pages: info.pages,
    footprint_bytes: info.footprintBytes,
    pages_only_read: info.pagesOnlyRead,
    pages_only_written: info.pagesOnlyWritten,
    pages_read_and_written: info.pagesReadAndWritten,
    immediate_repeats: info.immediateRepeats,
    all: localityJson(info.all),
    reading: { ...localityJson(info.reading), by_frequency: binsJson(info.reading.byFrequency) },
    writing: { ...localityJson(info.writing), by_frequency: binsJson(info.writing.byFrequency) },
  };
}

function localityJson(locality: Locality): object {
  return {
    references: locality.references,
    first_references: locality.firstReferences,
    by_recency: binsJson(locality.byRecency),
  };
}

function binsJson(bins: readonly RankBin[]): unknown {
  return bins.map(({ rankFrom, rankTo, count: hits }) => ({
    rank_from: rankFrom,
    rank_to: rankTo,
    count: hits,
  }));
}
