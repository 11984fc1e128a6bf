// The lender. What a command line needs before it starts one (settings, errors, the client of the
// API) is light; the daemon itself is loaded by `serve`.

export type { AdviceJson, LeaseAdviceJson } from './api/advice.ts';
export type {
  AttachmentJson,
  ConnectionJson,
  LeaseDetailJson,
  LeaseJson,
  LeasesJson,
  PoolJson,
  ShareJson,
} from './api/json.ts';
export type { TierJson } from './api/tier-json.ts';
export {
  type CheckRequest,
  checkLender,
  type Finding,
  type KindFound,
  type LeaseCheck,
  type LenderCheck,
} from './check.ts';
export type { LeaseChangeRequest } from './client.ts';
export { LenderClient } from './client.ts';
export type { ServeSettings } from './config.ts';
export type * from './contract.ts';
export { DaemonError, type DaemonErrorCode, daemonErrors, RemoteError } from './errors.ts';
export { daemonMetrics, leaseMetrics, type Metric, poolMetrics, tierMetrics } from './metrics.ts';
export { type EndReason, RECORD_KINDS } from './recording/stream-format.ts';
export { type RequestSink, RequestStreamParser } from './recording/stream-parser.ts';
export type { RunningLender, ServeHooks } from './serve.ts';
export {
  codecNames,
  defaultStateDir,
  fullErrors,
  logLevels,
  type Setting,
  type SettingKind,
  type SettingName,
  settings,
} from './settings.ts';
export { parseSize, sizeText } from './sizes.ts';
export { startLending } from './start-lending.ts';
export type { Restored, RestoreOptions, SavedPart } from './transfers/files.ts';
export type { MoveEvent } from './transfers/move-events.ts';
