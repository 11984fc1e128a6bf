// The laboratory: trace-driven simulation of page replacement, sweeps and their results.

export { LabError, type LabErrorCode, labErrors } from './errors.ts';
export { FRAME_COUNTS_MAX, type FrameRequest, parseFrames, resolveFrames } from './frames.ts';
export {
  type CostPair,
  checkCosts,
  DEFAULT_COSTS,
  type Medium,
  type MediumName,
  media,
  mediumCosts,
} from './media.ts';
export {
  loadTrace,
  type MemoryTrace,
  nextUseOf,
  WINDOW_REFERENCES,
  windowOf,
  writesOnly,
} from './memory-trace.ts';
export {
  renderCsv,
  renderReport,
  renderSummary,
  renderTable,
  type TableOptions,
  writeParquet,
} from './output/index.ts';
export { loadPolicy } from './policy-file.ts';
export type { ColdRead, SimResult, SimRow, SimTrace } from './result.ts';
export { type Counts, Simulation, type SimulationSettings } from './simulation.ts';
export { type SweepPlan, type SweepProgress, sweep } from './sweep.ts';
export { VERSION } from './version.ts';
export { parseWarmup, resolveWarmup, type WarmupRequest } from './warmup.ts';
