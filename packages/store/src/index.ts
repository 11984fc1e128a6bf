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
export { type LeaseLimits, LeasePages } from './lease-pages.ts';
export { PageStore } from './page-store.ts';
export { LentPool, type OpenLease, openPool, type PoolAttachment } from './pool.ts';
export type { PoolShare } from './pool-share.ts';
export type { TableShare } from './slot-table.ts';
