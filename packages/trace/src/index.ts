export {
  systemReason,
  TraceError,
  type TraceErrorCode,
  type TraceErrorData,
  traceErrors,
} from './errors.ts';
export {
  type ExportFormat,
  type ExportOptions,
  type ExportResult,
  exportFormats,
  exportTrace,
} from './export/export-trace.ts';
export { type ByteSource, bytesSource, chunksSource } from './format/byte-source.ts';
export { type EncoderOptions, TraceEncoder } from './format/encoder.ts';
export type {
  BlockCodec,
  JsonValue,
  Provenance,
  TraceHeader,
  TraceSummary,
} from './format/layout.ts';
export { nodeCodec } from './format/node-codec.ts';
export { PageNumbering } from './format/page-numbering.ts';
export { TraceReader } from './format/reader.ts';
export type { CsvColumn, CsvOptions } from './import/csv-columns.ts';
export {
  type ImportFormat,
  type ImportFormatInfo,
  importFormats,
  makeParser,
  type ParserOptions,
} from './import/formats.ts';
export { type ImportOptions, type ImportResult, importTrace } from './import/import-trace.ts';
export type { ImportParser, ReferenceSink } from './import/parser.ts';
export type { RankBin } from './info/rank-bins.ts';
export {
  type KindLocality,
  type Locality,
  readerInfo,
  type TraceInfo,
  traceInfo,
} from './info/trace-info.ts';
export { openTrace } from './io/trace-file.ts';
export { TraceWriter } from './io/trace-writer.ts';
export { PAGE_SIZE_BYTES_DEFAULT } from './limits.ts';
export type { LongWork, OnProgress, TraceProgress } from './progress.ts';
export { findExecutable, findValgrind } from './record/find-command.ts';
export { type RecordOptions, type RecordResult, recordTrace } from './record/record-trace.ts';
export {
  type ReduceMethod,
  type ReduceOptions,
  type ReduceResult,
  reduceMethods,
  reduceTrace,
} from './reduce/reduce-trace.ts';
export {
  benchSpec,
  type SynthPart,
  type SynthPatternName,
  type SynthSpec,
  synthPatterns,
} from './synth/spec.ts';
export { type SynthOptions, synthesize, synthTrace } from './synth/synthesize.ts';
