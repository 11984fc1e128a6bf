// What the module exports. The build (scripts/kernels.mjs) starts here.

export { compress } from './compress';
export { decompress } from './decompress';
export { copy, fillPage, isSameFilled } from './page';
export { writeMasks } from './pattern';
