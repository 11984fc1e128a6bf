export { compressPage, decompressPage } from './compress-page.ts';
export { createCodec } from './create-codec.ts';
export { CodecError, codecErrors } from './errors.ts';
export { createKernels, SCRATCH_BYTES } from './kernels.ts';
export {
  COMPRESSED_BYTES_MAX,
  type CodecName,
  codecIds,
  PAGE_BYTES,
  type PageCodec,
  type PageKernels,
} from './page-codec.ts';
