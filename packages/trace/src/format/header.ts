// The header and the trailer of a trace, both ways. The parsers trust nothing: each check names
// the byte at which it failed.
import { quote, TraceError } from '../errors.ts';
import { COUNT_LIMIT, PAGE_SIZE_BYTES_MAX, PROVENANCE_BYTES_MAX } from '../limits.ts';
import {
  type BlockCodec,
  FORMAT_VERSION,
  HEADER_FIXED_BYTES,
  MAGIC,
  type Provenance,
  TRAILER_BYTES,
  TRAILER_CHECKSUM_AT,
  TRAILER_TAG,
  type TraceHeader,
  type TraceSummary,
} from './layout.ts';

export function encodeHeader(
  pageSizeBytes: number,
  provenance: Provenance,
  codec: BlockCodec,
): Uint8Array {
  checkPageSize(pageSizeBytes);
  const json = new TextEncoder().encode(JSON.stringify(provenance));
  if (json.length > PROVENANCE_BYTES_MAX) {
    throw new TraceError('TRACE_LIMIT', 'the provenance is too long', {
      found: `${json.length} bytes`,
      expected: `at most ${PROVENANCE_BYTES_MAX}`,
    });
  }
  const bytes = new Uint8Array(HEADER_FIXED_BYTES + json.length + 4);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint16(8, FORMAT_VERSION, true);
  view.setUint32(12, pageSizeBytes, true);
  view.setUint32(16, json.length, true);
  bytes.set(json, HEADER_FIXED_BYTES);
  const end = HEADER_FIXED_BYTES + json.length;
  view.setUint32(end, codec.crc32(bytes.subarray(0, end)), true);
  return bytes;
}

/** Checks the fixed part and returns how many bytes the whole header has. */
export function headerBytes(fixed: Uint8Array, file: string): number {
  const magicBytes = Math.min(fixed.length, MAGIC.length);
  for (let at = 0; at < magicBytes; at++) {
    if (fixed[at] !== MAGIC[at]) {
      throw new TraceError('TRACE_NOT_A_TRACE', 'not a pagelend trace', {
        file,
        offset: 0,
        found: quote(new TextDecoder('latin1').decode(fixed.subarray(0, MAGIC.length))),
        expected: 'the magic bytes 89 "PLT" 0d 0a 1a 0a',
        hint: 'other formats come in through `pagelend trace import`',
      });
    }
  }
  if (fixed.length < HEADER_FIXED_BYTES) {
    throw truncated(file, fixed.length, `a header of at least ${HEADER_FIXED_BYTES + 4} bytes`);
  }
  const view = new DataView(fixed.buffer, fixed.byteOffset, fixed.byteLength);
  const version = view.getUint16(8, true);
  if (version !== FORMAT_VERSION) {
    throw new TraceError('TRACE_VERSION', 'unknown format version', {
      file,
      offset: 8,
      found: `version ${version}`,
      expected: `version ${FORMAT_VERSION}`,
      hint: 'the trace may come from a newer release',
    });
  }
  const provenanceBytes = view.getUint32(16, true);
  if (provenanceBytes > PROVENANCE_BYTES_MAX) {
    throw damaged(
      file,
      16,
      `${provenanceBytes} bytes of provenance`,
      `at most ${PROVENANCE_BYTES_MAX}`,
    );
  }
  return HEADER_FIXED_BYTES + provenanceBytes + 4;
}

/** Parses a whole header, whose length `headerBytes` has told. */
export function parseHeader(bytes: Uint8Array, codec: BlockCodec, file: string): TraceHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 4;
  const checksum = view.getUint32(end, true);
  const actual = codec.crc32(bytes.subarray(0, end));
  if (checksum !== actual)
    throw damaged(file, end, `header checksum ${hex(checksum)}`, hex(actual));
  if (view.getUint16(10, true) !== 0) throw damaged(file, 10, 'reserved bits that are set', 'zero');
  const pageSizeBytes = view.getUint32(12, true);
  if (!isPageSize(pageSizeBytes)) {
    throw damaged(file, 12, `a page size of ${pageSizeBytes} bytes`, pageSizeExpected);
  }
  const provenance = parseProvenance(bytes.subarray(HEADER_FIXED_BYTES, end), file);
  return { version: view.getUint16(8, true), pageSizeBytes, provenance };
}

export function encodeTrailer(summary: TraceSummary, codec: BlockCodec): Uint8Array {
  const bytes = new Uint8Array(TRAILER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, TRAILER_TAG, true);
  view.setUint32(4, summary.blocks, true);
  view.setBigUint64(8, BigInt(summary.references), true);
  view.setBigUint64(16, BigInt(summary.reads), true);
  view.setBigUint64(24, BigInt(summary.writes), true);
  view.setUint32(32, summary.pages, true);
  view.setUint32(TRAILER_CHECKSUM_AT, codec.crc32(bytes.subarray(0, TRAILER_CHECKSUM_AT)), true);
  view.setUint32(TRAILER_CHECKSUM_AT + 4, TRAILER_TAG, true);
  return bytes;
}

/** Parses a trailer that stands at byte `offset` of the file. */
export function parseTrailer(
  bytes: Uint8Array,
  offset: number,
  codec: BlockCodec,
  file: string,
): TraceSummary {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (
    view.getUint32(0, true) !== TRAILER_TAG ||
    view.getUint32(TRAILER_CHECKSUM_AT + 4, true) !== TRAILER_TAG
  ) {
    throw new TraceError('TRACE_TRUNCATED', 'the trace is cut off or has bytes behind its end', {
      file,
      offset,
      found: 'other bytes',
      expected: `a trailer in the last ${TRAILER_BYTES} bytes`,
      hint: 'copy or record it again',
    });
  }
  const checksum = view.getUint32(TRAILER_CHECKSUM_AT, true);
  const actual = codec.crc32(bytes.subarray(0, TRAILER_CHECKSUM_AT));
  if (checksum !== actual) {
    const at = offset + TRAILER_CHECKSUM_AT;
    throw damaged(file, at, `trailer checksum ${hex(checksum)}`, hex(actual));
  }
  const count = (at: number): number => {
    const value = view.getBigUint64(at, true);
    if (value >= BigInt(COUNT_LIMIT))
      throw damaged(file, offset + at, `a count of ${value}`, 'less than 2^53');
    return Number(value);
  };
  const references = count(8);
  const reads = count(16);
  const writes = count(24);
  if (reads + writes !== references || view.getUint32(36, true) !== 0) {
    throw damaged(file, offset, `${reads} reads and ${writes} writes`, `${references} in all`);
  }
  const blocks = view.getUint32(4, true);
  return { references, reads, writes, pages: view.getUint32(32, true), blocks };
}

export function checkPageSize(pageSizeBytes: number): void {
  if (isPageSize(pageSizeBytes)) return;
  throw new TraceError('TRACE_OPTION', 'the page size is not usable', {
    found: `${pageSizeBytes} bytes`,
    expected: pageSizeExpected,
  });
}

export function truncated(file: string, offset: number, expected: string): TraceError {
  return new TraceError('TRACE_TRUNCATED', 'the trace is cut off', {
    file,
    offset,
    found: 'the end of the file',
    expected,
    hint: 'copy or record it again',
  });
}

export function damaged(file: string, offset: number, found: string, expected: string): TraceError {
  const data = { file, offset, found, expected };
  return new TraceError('TRACE_DAMAGED', 'the trace is damaged', data);
}

export function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

const pageSizeExpected = `a power of two up to ${PAGE_SIZE_BYTES_MAX}`;

function isPageSize(bytes: number): boolean {
  return (
    Number.isInteger(bytes) &&
    bytes >= 1 &&
    bytes <= PAGE_SIZE_BYTES_MAX &&
    (bytes & (bytes - 1)) === 0
  );
}

function parseProvenance(json: Uint8Array, file: string): Provenance {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Provenance;
    }
  } catch {
    // Falls through to the error below, which names the place.
  }
  throw damaged(file, HEADER_FIXED_BYTES, 'provenance that is not a JSON object', 'a JSON object');
}
