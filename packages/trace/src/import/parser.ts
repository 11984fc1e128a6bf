// What every importer is: a consumer of byte chunks that puts references into a sink.
import type { Op } from '@pagelend/policies';
import { quote, TraceError } from '../errors.ts';

export interface ReferenceSink {
  add(pageNumber: number, op: Op): void;
}

export interface ImportParser {
  push(chunk: Uint8Array): void;
  /** The input ended; throws if it ended inside a record. */
  end(): void;
  /** Lines or records that the format defines and that are no references. */
  readonly skipped: number;
}

/** Value of a hexadecimal digit by its byte, or NOT_HEX. */
export const NOT_HEX = 255;
export const HEX_VALUES: Uint8Array = hexValues();

export function parseError(
  file: string,
  line: number,
  what: string,
  found: string,
  expected: string,
): TraceError {
  const data = { file, line, found: quote(found), expected };
  return new TraceError('TRACE_PARSE', what, data);
}

export function pageRangeError(file: string, line: number, found: string): TraceError {
  return new TraceError('TRACE_PAGE_RANGE', 'the page number cannot be held exactly', {
    file,
    line,
    found: quote(found),
    expected: 'a page number below 2^52',
  });
}

function hexValues(): Uint8Array {
  const values = new Uint8Array(256).fill(NOT_HEX);
  for (let digit = 0; digit < 16; digit++) {
    const text = digit.toString(16);
    values[text.charCodeAt(0)] = digit;
    values[text.toUpperCase().charCodeAt(0)] = digit;
  }
  return values;
}
