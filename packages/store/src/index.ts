export type { DeskSeat } from './behind/fetch-desk.ts';
export * as tierFigures from './behind/figures.ts';
export type { IdleOptions } from './behind/idle-writes.ts';
export { Keeper, type KeeperOptions } from './behind/keeper.ts';
export { WAIT } from './behind/lease-tier.ts';
export type { KeeperLink } from './behind/link.ts';
export type { TierChoice } from './behind/open-behind.ts';
export type { PolicyChoice } from './behind/partition.ts';
export type { Damage, KeeperHooks } from './behind/parts.ts';
export { type PromotionRule, promotions } from './behind/promotion.ts';
export { checkPoolFiles } from './check/check-pool.ts';
export type { CheckedLease, LeaseCheck, PoolCheck, TierCheck } from './check/contract.ts';
export {
  type Finding,
  type FindingKind,
  Findings,
  findingKinds,
  type KindFound,
  type PoolPlace,
  type Severity,
  type TierPlace,
} from './check/findings.ts';
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
  BUFFERS_END,
  HOST_ROW_COUNT,
  IO_BYTES,
  LEASE_COUNT_MAX,
  POOL_BYTES_MAX,
  SLOT_COUNT_MAX,
  THREAD_COUNT_MAX,
} from './layout.ts';
export { CHUNK_BYTES_MAX, ChunkWriter } from './lease-chunks.ts';
export { LeaseCopy, tierSlow } from './lease-copy.ts';
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
export type { OpenLease, PoolAttachment } from './lent-lease.ts';
export { PageDigest } from './page-digest.ts';
export { PageStore } from './page-store.ts';
export { LentPool, openPool } from './pool.ts';
export type { BehindShare, PoolShare } from './pool-share.ts';
export type { TableShare } from './slot-table.ts';
export { leaseUsage, poolBytesToShare } from './usage.ts';
