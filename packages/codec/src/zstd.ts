// Zstandard by the system's library: denser than LZO and several times slower. Frames are bare: no
// magic number, no content size, no checksum, since a page's size is known and the store keeps
// track of what it stores.

import { addressOf, sharedLibrary } from '@pagelend/linux';
import { CodecError } from './errors.ts';
import { COMPRESSED_BYTES_MAX, PAGE_BYTES, type PageCodec } from './page-codec.ts';

/** Of the levels 1 to 3 the densest by 2 %, for 5 % more time (bench/codec.mjs). */
const LEVEL = 3;

/** Numbers of zstd.h; the two of the format are not in its stable part, and have not changed. */
const COMPRESSION_LEVEL = 100;
const CONTENT_SIZE_FLAG = 200;
const CHECKSUM_FLAG = 201;
const COMPRESSION_FORMAT = 10;
const DECOMPRESSION_FORMAT = 1000;
const FORMAT_MAGICLESS = 1;

/**
 * The shortest frame: two bytes of header, one empty block. Shorter input is refused here, because
 * libzstd 1.5.4 looks for a magic number in four bytes even where there are fewer.
 */
const FRAME_BYTES_MIN = 5;

type FreshContext = () => number;
type SetParameter = (context: number, parameter: number, value: number) => number;
type Transform = (
  context: number,
  target: number,
  room: number,
  source: number,
  bytes: number,
) => number;

/** The contexts, some 500 KiB, are never freed: a codec lives as long as its thread. */
export function createZstd(memory: WebAssembly.Memory): PageCodec {
  const library = sharedLibrary('libzstd.so.1', 'libzstd1');
  const compressing = library.func<FreshContext>('intptr_t ZSTD_createCCtx()')();
  const decompressing = library.func<FreshContext>('intptr_t ZSTD_createDCtx()')();
  if (compressing === 0 || decompressing === 0) {
    throw new CodecError('CODEC_LIBRARY', 'zstd has no memory for its contexts');
  }
  const setCompression = library.func<SetParameter>(
    'size_t ZSTD_CCtx_setParameter(intptr_t context, int parameter, int value)',
  );
  const setDecompression = library.func<SetParameter>(
    'size_t ZSTD_DCtx_setParameter(intptr_t context, int parameter, int value)',
  );
  mustSet(setCompression(compressing, COMPRESSION_LEVEL, LEVEL), 'level');
  mustSet(setCompression(compressing, CONTENT_SIZE_FLAG, 0), 'content size');
  mustSet(setCompression(compressing, CHECKSUM_FLAG, 0), 'checksum');
  mustSet(setCompression(compressing, COMPRESSION_FORMAT, FORMAT_MAGICLESS), 'format');
  mustSet(setDecompression(decompressing, DECOMPRESSION_FORMAT, FORMAT_MAGICLESS), 'format');

  const compress = library.func<Transform>(
    'size_t ZSTD_compress2(intptr_t context, intptr_t to, size_t room, intptr_t from, size_t bytes)',
  );
  const decompress = library.func<Transform>(
    'size_t ZSTD_decompressDCtx(intptr_t context, intptr_t to, size_t room, intptr_t from, size_t bytes)',
  );
  const base = addressOf(memory);
  return {
    name: 'zstd',
    compress: (source, target) => {
      const bytes = compress(
        compressing,
        base + target,
        COMPRESSED_BYTES_MAX,
        base + source,
        PAGE_BYTES,
      );
      // Errors are numbers near 2^64. None is possible here, short of memory for the context.
      if (bytes <= COMPRESSED_BYTES_MAX) return bytes;
      throw new CodecError('CODEC_LIBRARY', 'zstd could not compress a page');
    },
    decompress: (source, bytes, target) =>
      bytes >= FRAME_BYTES_MIN &&
      decompress(decompressing, base + target, PAGE_BYTES, base + source, bytes) === PAGE_BYTES,
  };
}

function mustSet(result: number, parameter: string): void {
  if (result <= COMPRESSED_BYTES_MAX) return;
  throw new CodecError('CODEC_LIBRARY', `this zstd does not know the parameter for ${parameter}`);
}
