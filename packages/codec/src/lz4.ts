// LZ4 by the system's library: quicker to read than LZO, and less dense. Bare blocks, no frames.

import { addressOf, sharedLibrary } from '@pagelend/linux';
import { CodecError } from './errors.ts';
import { COMPRESSED_BYTES_MAX, PAGE_BYTES, type PageCodec } from './page-codec.ts';

type Transform = (source: number, target: number, bytes: number, room: number) => number;

export function createLz4(memory: WebAssembly.Memory): PageCodec {
  const library = sharedLibrary('liblz4.so.1', 'liblz4-1');
  const compress = library.func<Transform>(
    'int LZ4_compress_default(intptr_t from, intptr_t to, int bytes, int room)',
  );
  const decompress = library.func<Transform>(
    'int LZ4_decompress_safe(intptr_t from, intptr_t to, int bytes, int room)',
  );
  const base = addressOf(memory);
  return {
    name: 'lz4',
    compress: (source, target) => {
      const bytes = compress(base + source, base + target, PAGE_BYTES, COMPRESSED_BYTES_MAX);
      if (bytes > 0) return bytes;
      throw new CodecError('CODEC_LIBRARY', 'lz4 could not compress a page');
    },
    decompress: (source, bytes, target) =>
      decompress(base + source, base + target, bytes, PAGE_BYTES) === PAGE_BYTES,
  };
}
