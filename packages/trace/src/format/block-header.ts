// The fixed fields in front of a block's payload, read with suspicion: lengths are bounded here,
// before anything is allocated for the payload.
import { BLOCK_REFERENCES_MAX, PAGE_NUMBER_LIMIT } from '../limits.ts';
import { damaged } from './header.ts';
import {
  BLOCK_CHECKSUM_AT,
  BLOCK_TAG,
  METHOD_DEFLATE,
  PAYLOAD_HEADER_BYTES,
  payloadBytesMax,
} from './layout.ts';

export interface BlockHeader {
  readonly index: number;
  readonly references: number;
  readonly writes: number;
  /** Dense id of the first page that is new in this block. */
  readonly firstPage: number;
  readonly newPages: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly isDeflated: boolean;
  readonly checksum: number;
}

/** Parses the 40 bytes of a block header that stand at byte `offset` of the file. */
export function parseBlockHeader(bytes: Uint8Array, offset: number, file: string): BlockHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const field = (at: number): number => view.getUint32(at * 4, true);
  const check = (isGood: boolean, at: number, found: string, expected: string): void => {
    if (!isGood) throw damaged(file, offset + at * 4, found, expected);
  };
  const tag = field(0);
  check(tag === BLOCK_TAG, 0, `tag 0x${tag.toString(16)}`, 'a block or the trailer');
  const references = field(2);
  const writes = field(3);
  const newPages = field(5);
  const rawBytes = field(6);
  const storedBytes = field(7);
  const method = field(8);
  const blockMax = `1 to ${BLOCK_REFERENCES_MAX}`;
  check(
    references >= 1 && references <= BLOCK_REFERENCES_MAX,
    2,
    `a block of ${references} references`,
    blockMax,
  );
  check(writes <= references, 3, `${writes} writes`, `at most ${references}`);
  check(newPages <= references, 5, `${newPages} new pages`, `at most ${references}`);
  const rawMax = payloadBytesMax(references, newPages);
  const rawIsGood = rawBytes > PAYLOAD_HEADER_BYTES && rawBytes <= rawMax;
  check(rawIsGood, 6, `a payload of ${rawBytes} bytes`, `at most ${rawMax}`);
  const isDeflated = method === METHOD_DEFLATE;
  check(method <= METHOD_DEFLATE, 8, `compression method ${method}`, '0 or 1');
  const storedIsGood = isDeflated ? storedBytes < rawBytes : storedBytes === rawBytes;
  const storedExpected = `${isDeflated ? 'fewer than ' : ''}${rawBytes}`;
  check(storedIsGood, 7, `${storedBytes} stored bytes`, storedExpected);
  return {
    index: field(1),
    references,
    writes,
    firstPage: field(4),
    newPages,
    rawBytes,
    storedBytes,
    isDeflated,
    checksum: field(BLOCK_CHECKSUM_AT / 4),
  };
}

/** Decodes page numbers into `target` from index `firstPage`; returns an error text or ''. */
export function decodePageNumbers(
  bytes: Uint8Array,
  target: Float64Array,
  firstPage: number,
  newPages: number,
): string {
  let at = 0;
  let previous = 0;
  for (let page = firstPage; page < firstPage + newPages; page++) {
    let value = 0;
    let scale = 1;
    let byte = 128;
    for (let length = 0; byte >= 128; length++) {
      if (at === bytes.length || length === 8) return 'a page number that does not end';
      byte = bytes[at++]!;
      value += (byte & 127) * scale;
      scale *= 128;
    }
    const delta = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    previous += delta;
    if (!(previous >= 0 && previous < PAGE_NUMBER_LIMIT)) return `page number ${previous}`;
    target[page] = previous;
  }
  return at === bytes.length ? '' : `${bytes.length - at} bytes behind the page numbers`;
}
