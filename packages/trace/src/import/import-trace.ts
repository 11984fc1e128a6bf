// Another format in, a trace out, in one pass and with memory that depends on the number of pages
// but not on the number of references.
import { TraceError } from '../errors.ts';
import type { Provenance, TraceSummary } from '../format/layout.ts';
import { openInput } from '../io/input.ts';
import { TraceWriter } from '../io/trace-writer.ts';
import { PAGE_SIZE_BYTES_DEFAULT } from '../limits.ts';
import { type LongWork, ProgressMeter } from '../progress.ts';
import type { CsvOptions } from './csv-columns.ts';
import { type ImportFormat, importFormats, makeParser } from './formats.ts';

export interface ImportOptions extends LongWork {
  readonly format: ImportFormat;
  /** Path, or `-` for stdin. `.gz` and `.zst` are decompressed. */
  readonly input: string;
  /** Path of the trace, or `-` for stdout. */
  readonly output: string;
  /** Power of two; 4096 unless given. */
  readonly pageSizeBytes?: number | undefined;
  readonly csv?: CsvOptions | undefined;
  /** oracleGeneral: number object ids by first appearance instead of taking them for pages. */
  readonly renumber?: boolean | undefined;
  /** Added to what the trace says about its origin. */
  readonly provenance?: Provenance | undefined;
}

export interface ImportResult {
  readonly summary: TraceSummary;
  /** Lines or records that the format defines and that are no references. */
  readonly skipped: number;
}

export async function importTrace(options: ImportOptions): Promise<ImportResult> {
  const info = importFormats.find(({ name }) => name === options.format);
  if (info === undefined) {
    const expected = importFormats.map(({ name }) => name).join(', ');
    const data = { found: String(options.format), expected };
    throw new TraceError('TRACE_OPTION', 'the format is unknown', data);
  }
  const pageSizeBytes = options.pageSizeBytes ?? PAGE_SIZE_BYTES_DEFAULT;
  const input = await openInput(options.input, info.isText);
  const provenance = { source: input.name, format: info.name, ...options.provenance };
  const writer = await TraceWriter.open(options.output, { pageSizeBytes, provenance });
  try {
    const parser = makeParser(info.name, input.name, writer.encoder, {
      pageSizeBytes,
      csv: options.csv,
      renumber: options.renumber,
    });
    const meter = new ProgressMeter(options);
    for await (const chunk of input.chunks) {
      parser.push(chunk);
      await writer.drain();
      const share = input.sizeBytes === null ? null : input.bytesRead() / input.sizeBytes;
      meter.tick(writer.encoder.references, writer.encoder.pages, share);
    }
    parser.end();
    if (writer.encoder.references === 0) {
      const data = { file: input.name, expected: info.description };
      throw new TraceError('TRACE_EMPTY', 'there is no reference in the input', data);
    }
    return { summary: await writer.finish(), skipped: parser.skipped };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
