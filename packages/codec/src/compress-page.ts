// LZO1X for callers who have bytes rather than a shared memory: copies in and out of a small memory
// of its own, made at the first use.

import { CodecError } from './errors.ts';
import { createLzo } from './lzo.ts';
import { PAGE_BYTES, type PageCodec } from './page-codec.ts';

const PAGE_AT = 0;
const STREAM_AT = PAGE_BYTES;
const SCRATCH_AT = STREAM_AT + 2 * PAGE_BYTES;

interface Workplace {
  readonly bytes: Uint8Array;
  readonly codec: PageCodec;
}

let workplace: Workplace | null = null;

/** Compresses 4096 bytes; the result, rarely longer than they are, is the caller's own. */
export function compressPage(page: Uint8Array): Uint8Array {
  if (page.length !== PAGE_BYTES) {
    throw new CodecError('CODEC_PAGE', `a page has ${PAGE_BYTES} bytes, this has ${page.length}`);
  }
  const { bytes, codec } = enter();
  bytes.set(page, PAGE_AT);
  const length = codec.compress(PAGE_AT, STREAM_AT);
  return Uint8Array.from(bytes.subarray(STREAM_AT, STREAM_AT + length));
}

/** Decompresses what `compressPage` or any LZO1X compressor made of a page. */
export function decompressPage(stream: Uint8Array): Uint8Array {
  const { bytes, codec } = enter();
  if (stream.length <= 2 * PAGE_BYTES) {
    bytes.set(stream, STREAM_AT);
    if (codec.decompress(STREAM_AT, stream.length, PAGE_AT)) {
      return Uint8Array.from(bytes.subarray(PAGE_AT, PAGE_AT + PAGE_BYTES));
    }
  }
  throw new CodecError(
    'CODEC_DAMAGED',
    `these ${stream.length} bytes are not an LZO1X stream of one page; compress the page again`,
  );
}

function enter(): Workplace {
  if (workplace === null) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    workplace = {
      bytes: new Uint8Array(memory.buffer),
      codec: createLzo(memory, SCRATCH_AT),
    };
  }
  return workplace;
}
