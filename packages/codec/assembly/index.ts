// What the module exports. The build (scripts/kernels.mjs) starts here.

import { SCRATCH_BYTES } from './layout';

export { compress } from './compress';
export { decompress } from './decompress';
export { copy, fillPage, isSameFilled } from './page';
export { writeMasks } from './pattern';

/** Bytes of scratch memory that a thread must give. */
export function scratchBytes(): u32 {
  return SCRATCH_BYTES;
}
