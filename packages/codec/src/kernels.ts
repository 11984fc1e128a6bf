// The WebAssembly kernels of assembly/, compiled once per thread and instantiated per memory. The
// module has no data and no state of its own: all it touches are the addresses that it is given.

import { kernelsBase64 } from './generated/kernels.ts';
import type { PageKernels } from './page-codec.ts';

/**
 * Bytes of memory that a codec needs for itself: its tables. Two codecs may share them if they never
 * work at the same time, that is, on one thread.
 */
export const SCRATCH_BYTES = 12_560;

/** What the module exports; addresses come back signed, which none of these results minds. */
export interface KernelExports extends PageKernels {
  compress(source: number, target: number, scratch: number): number;
  decompress(source: number, bytes: number, target: number, scratch: number): number;
  /** Prepares the scratch memory for `decompress`. */
  writeMasks(scratch: number): void;
  scratchBytes(): number;
}

let compiled: WebAssembly.Module | null = null;

export function instantiateKernels(memory: WebAssembly.Memory): KernelExports {
  compiled ??= new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64'));
  const instance = new WebAssembly.Instance(compiled, { env: { memory } });
  return instance.exports as unknown as KernelExports;
}

/** The kernels over a shared memory, whose maximum must be stated (at most 65,536 blocks). */
export function createKernels(memory: WebAssembly.Memory): PageKernels {
  const { isSameFilled, fillPage, copy } = instantiateKernels(memory);
  return {
    // WebAssembly has no booleans.
    isSameFilled: (source) => (isSameFilled(source) as unknown as number) !== 0,
    fillPage,
    copy,
  };
}
