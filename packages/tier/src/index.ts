export * from './contract.ts';
export { measureCosts } from './costs.ts';
export { type DeviceShare, FileDevice } from './device.ts';
export { TierError, type TierErrorCode, tierErrors } from './errors.ts';
export { Extents } from './extents.ts';
export { POOL_ID_BYTES } from './head.ts';
export { ioMemory } from './io-memory.ts';
export {
  BLOCK_BYTES,
  byteAt,
  EXTENT_BYTES,
  EXTENT_COUNT_MIN,
  endOfLayout,
  extentAt,
  extentOf,
  layoutFor,
  PAYLOAD_BYTES_MAX,
  PLACE_COUNT_MAX,
  placeIn,
  RECORD_BYTES_MAX,
  type RecordWindow,
  release,
  retain,
  WINDOW_BYTES_MAX,
  windowOf,
} from './layout.ts';
export { type BeginOptions, type LogOptions, TierLog } from './log.ts';
export { fitFile, type OpenOptions, openDevice } from './open-device.ts';
export { openTierToRead, type TierToRead } from './read-only.ts';
export { nextRecord, type RecordHead, readRecord, writeRecord } from './record.ts';
export { SECRET_BYTES, Sealer } from './sealer.ts';
export { deviceOf, openTier, type Tier, type TierOptions, type TierShare } from './tier.ts';
