// Codecs by name.

import { createLz4 } from './lz4.ts';
import { createLzo } from './lzo.ts';
import type { CodecName, PageCodec } from './page-codec.ts';
import { createZstd } from './zstd.ts';

const factories: Readonly<
  Record<CodecName, (memory: WebAssembly.Memory, scratch: number) => PageCodec>
> = { lzo: createLzo, zstd: createZstd, lz4: createLz4 };

/**
 * A codec over a shared memory, for the thread that asks. `scratch` is the address of SCRATCH_BYTES
 * bytes there that no other thread uses. zstd and lz4 need libraries of the system: where they are
 * missing, this throws LINUX_UNSUPPORTED and names the package that has them.
 */
export function createCodec(
  name: CodecName,
  memory: WebAssembly.Memory,
  scratch: number,
): PageCodec {
  return factories[name](memory, scratch);
}
