// A trace in, another format out. Text goes out in one pass; oracleGeneral needs the future of
// each reference and therefore a file that can be read backward.
import { TraceError } from '../errors.ts';
import type { TraceReader } from '../format/reader.ts';
import { ORACLE_RECORD_BYTES } from '../import/oracle-general.ts';
import { type ByteOutput, openOutput } from '../io/output.ts';
import { openTrace } from '../io/trace-file.ts';
import { type LongWork, ProgressMeter } from '../progress.ts';
import { ChunkBuffer } from './chunk-buffer.ts';
import { NEVER, NextAccessFile } from './next-access.ts';
import { csvRecords, lackeyRecords, type RecordFormat } from './text-records.ts';

export type ExportFormat = 'csv' | 'oracleGeneral' | 'lackey';

/** The formats that can be exported, for help text. */
export const exportFormats: readonly {
  readonly name: ExportFormat;
  readonly description: string;
}[] = [
  { name: 'csv', description: 'a header `page,op`, decimal page numbers, r or w' },
  {
    name: 'oracleGeneral',
    description: 'libCacheSim, 24 bytes a reference; reads and writes alike',
  },
  { name: 'lackey', description: 'text as of valgrind --tool=lackey: one byte a reference' },
];

export interface ExportOptions extends LongWork {
  readonly format: ExportFormat;
  /** Path of the trace, or `-` for stdin. */
  readonly input: string;
  /** Path, compressed if it ends in .gz, or `-` for stdout. */
  readonly output: string;
}

export interface ExportResult {
  readonly references: number;
}

export async function exportTrace(options: ExportOptions): Promise<ExportResult> {
  if (!exportFormats.some(({ name }) => name === options.format)) {
    const expected = exportFormats.map(({ name }) => name).join(', ');
    const data = { found: String(options.format), expected };
    throw new TraceError('TRACE_OPTION', 'the format is unknown', data);
  }
  const reader = await openTrace(options.input);
  try {
    const output = await openOutput(options.output, 'by-suffix');
    try {
      const references = await exportTo(reader, output, options);
      await output.finish();
      return { references };
    } catch (error) {
      await output.abort();
      throw error;
    }
  } finally {
    await reader.close();
  }
}

async function exportTo(
  reader: TraceReader,
  output: ByteOutput,
  options: ExportOptions,
): Promise<number> {
  const meter = new ProgressMeter(options);
  switch (options.format) {
    case 'csv':
      return exportText(reader, output, csvRecords(), meter);
    case 'lackey': {
      const records = lackeyRecords(reader.header.pageSizeBytes, reader.name);
      return exportText(reader, output, records, meter);
    }
    case 'oracleGeneral':
      return exportOracle(reader, output, options.output, meter);
  }
}

async function exportText(
  reader: TraceReader,
  output: ByteOutput,
  records: RecordFormat,
  meter: ProgressMeter,
): Promise<number> {
  const buffer = new ChunkBuffer(output);
  buffer.at = new TextEncoder().encodeInto(records.head, buffer.bytes).written;
  const total = reader.summary?.references ?? null;
  let done = 0;
  for await (const block of reader.blocks()) {
    const { pageNumbers } = reader;
    for (let at = 0; at < block.length; at++) {
      if (!buffer.fits(records.recordBytesMax)) await buffer.flush();
      const reference = block[at]!;
      buffer.at = records.write(buffer.bytes, buffer.at, reference, pageNumbers[reference >>> 1]!);
    }
    done += block.length;
    meter.tick(done, pageNumbers.length, total === null ? null : done / total);
  }
  await buffer.flush();
  return done;
}

/**
 * Record i has time i (as far as 32 bits count), and its next access is the 1-based index of the
 * next reference to the page, -1 for none. libCacheSim's own converter counts from 1 as well; its
 * reader takes -1 for "never".
 */
async function exportOracle(
  reader: TraceReader,
  output: ByteOutput,
  outputPath: string,
  meter: ProgressMeter,
): Promise<number> {
  if (!reader.isSeekable) {
    throw new TraceError('TRACE_NOT_SEEKABLE', 'oracleGeneral needs to read the trace backward', {
      file: reader.name,
      hint: 'write the trace to a file first',
    });
  }
  const total = reader.summary!.references;
  let walked = 0;
  const tick = (): void => meter.tick(walked, reader.pageNumbers.length, walked / (3 * total));
  for await (const block of reader.blocks()) {
    walked += block.length;
    tick();
  }
  const nextAccess = await NextAccessFile.open(outputPath);
  try {
    await nextAccess.fill(reader, (references) => {
      walked = total + references;
      tick();
    });
    const buffer = new ChunkBuffer(output);
    let index = 0;
    for await (const block of reader.blocks()) {
      const next = await nextAccess.take(block.length);
      const { pageNumbers } = reader;
      for (let at = 0; at < block.length; at++) {
        if (!buffer.fits(ORACLE_RECORD_BYTES)) await buffer.flush();
        const pageNumber = pageNumbers[block[at]! >>> 1]!;
        putOracleRecord(buffer, index++, pageNumber, reader.header.pageSizeBytes, next[at]!);
      }
      walked = 2 * total + index;
      tick();
    }
    await buffer.flush();
    return index;
  } finally {
    await nextAccess.close();
  }
}

function putOracleRecord(
  buffer: ChunkBuffer,
  index: number,
  pageNumber: number,
  pageSizeBytes: number,
  next: number,
): void {
  const { view, at } = buffer;
  view.setUint32(at, Math.min(index, 0xffffffff), true);
  view.setUint32(at + 4, pageNumber % 4294967296, true);
  view.setUint32(at + 8, Math.floor(pageNumber / 4294967296), true);
  view.setUint32(at + 12, pageSizeBytes, true);
  view.setUint32(at + 16, next === NEVER ? 0xffffffff : (next + 1) % 4294967296, true);
  view.setUint32(at + 20, next === NEVER ? 0xffffffff : Math.floor((next + 1) / 4294967296), true);
  buffer.at = at + ORACLE_RECORD_BYTES;
}
