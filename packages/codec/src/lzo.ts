// LZO1X by our own kernels: streams as liblzo2 and the Linux kernel read and write them, without the
// latter's extension for runs (lzo-rle).

import { instantiateKernels } from './kernels.ts';
import type { PageCodec } from './page-codec.ts';

export function createLzo(memory: WebAssembly.Memory, scratch: number): PageCodec {
  const { compress, decompress, writeMasks } = instantiateKernels(memory);
  writeMasks(scratch);
  return {
    name: 'lzo',
    compress: (source, target) => compress(source, target, scratch),
    decompress: (source, bytes, target) => decompress(source, bytes, target, scratch) !== 0,
  };
}
