export {
  COMPRESSED_BYTES_MAX,
  type CodecName,
  codecIds,
  PAGE_BYTES,
  type PageCodec,
  type PageKernels,
} from './page-codec.ts';
