export type {
  Lease,
  LeaseSpec,
  LeaseUsage,
  OpenReport,
  Pool,
  PoolOptions,
  PoolUsage,
} from './contract.ts';
export { StoreError, type StoreErrorCode, storeErrors } from './errors.ts';
export {
  BUFFERS_AT,
  IO_BYTES,
  LEASE_COUNT_MAX,
  POOL_BYTES_MAX,
  SLOT_COUNT_MAX,
  THREAD_COUNT_MAX,
} from './layout.ts';
export { CHUNK_BYTES_MAX, ChunkWriter } from './lease-chunks.ts';
export { LeaseCopy } from './lease-copy.ts';
export {
  encodeLeaseEnd,
  encodeLeaseFailure,
  encodeLeaseHead,
  LEASE_FILE_HEAD_BYTES,
  type LeaseFileHead,
  type LeaseFilePart,
  type LeaseFileTotals,
  readLeaseFile,
} from './lease-file.ts';
export { type LeaseLimits, LeasePages } from './lease-pages.ts';
export { PageDigest } from './page-digest.ts';
export { PageStore } from './page-store.ts';
export { LentPool, type OpenLease, openPool, type PoolAttachment } from './pool.ts';
export type { PoolShare } from './pool-share.ts';
export type { TableShare } from './slot-table.ts';
