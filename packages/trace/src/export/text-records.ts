// One reference as a line of text, written digit by digit into a buffer: a string per reference
// would cost more than all the rest of an export.
import { opOf } from '@pagelend/policies';
import { TraceError } from '../errors.ts';

/** Writes one reference at `at` and returns where the next one goes. */
export interface RecordFormat {
  /** What stands before the first record. */
  readonly head: string;
  readonly recordBytesMax: number;
  write(target: Uint8Array, at: number, reference: number, pageNumber: number): number;
}

/** `page,op` with a decimal page number and `r` or `w`. */
export function csvRecords(): RecordFormat {
  return {
    head: 'page,op\n',
    recordBytesMax: 20,
    write(target, at, reference, pageNumber) {
      let next = writeDecimal(target, at, pageNumber);
      target[next++] = 44;
      target[next++] = opOf(reference) === 1 ? 119 : 114;
      target[next++] = 10;
      return next;
    },
  };
}

/** ` L address,1` and ` S address,1`: one byte at the start of the page. */
export function lackeyRecords(pageSizeBytes: number, file: string): RecordFormat {
  return {
    head: '',
    recordBytesMax: 23,
    write(target, at, reference, pageNumber) {
      // The page size is a power of two, so the product is exact whatever its length.
      const address = pageNumber * pageSizeBytes;
      const high = Math.floor(address / 4294967296);
      if (high > 0xffffffff) {
        throw new TraceError('TRACE_PAGE_RANGE', 'an address does not fit into 64 bits', {
          file,
          found: `page ${pageNumber} of ${pageSizeBytes} bytes`,
          expected: 'an address below 2^64',
        });
      }
      let next = at;
      target[next++] = 32;
      target[next++] = opOf(reference) === 1 ? 83 : 76;
      target[next++] = 32;
      if (high > 0) next = writeHex(target, next, high, Math.ceil((32 - Math.clz32(high)) / 4));
      next = writeHex(target, next, address % 4294967296, 8);
      target[next++] = 44;
      target[next++] = 49;
      target[next++] = 10;
      return next;
    },
  };
}

function writeDecimal(target: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  let rest = value;
  for (let place = at + digits - 1; place >= at; place--) {
    const quotient = Math.floor(rest / 10);
    target[place] = 48 + rest - quotient * 10;
    rest = quotient;
  }
  return at + digits;
}

function writeHex(target: Uint8Array, at: number, value: number, digits: number): number {
  for (let place = 0; place < digits; place++) {
    const digit = (value >>> ((digits - 1 - place) * 4)) & 15;
    target[at + place] = digit < 10 ? 48 + digit : 87 + digit;
  }
  return at + digits;
}
