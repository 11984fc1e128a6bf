// The laboratory: trace-driven simulation of page replacement, sweeps and their results.

export type {
  CurveResult,
  CurveRow,
  CurveSampling,
  CurveTrace,
  LruKnots,
} from './curves/curve-result.ts';
export { type LruCurve, lruCurveOf } from './curves/lru-curve.ts';
export { type CurvePlan, type CurveProgress, measureCurves } from './curves/measure.ts';
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
  binaryBytes,
  type CurveTextOptions,
  capitalised,
  claimList,
  colourClass,
  compact,
  coordinate,
  counted,
  countedInWords,
  csvOf,
  dashAttribute,
  escaped,
  grouped,
  listed,
  type Mark,
  markerDefinitions,
  markSample,
  NO_NUMBER,
  PANEL,
  pageHead,
  percent,
  renderCrawRm,
  renderCrawRmPage,
  renderCsv,
  renderCurveCsv,
  renderCurvePage,
  renderCurves,
  renderExplanations,
  renderReport,
  renderSummary,
  renderTable,
  schemeControls,
  scriptJson,
  scriptWith,
  scrolledTable,
  type TableOptions,
  type TextColumn,
  textTable,
  tipScriptWith,
  typeset,
  writeParquet,
} from './output/index.ts';
export { loadPolicy } from './policy-file.ts';
export {
  type CrawRmPlan,
  type CrawRmProgress,
  recordingsIn,
  reproduceCrawRm,
} from './reproduce/craw-rm.ts';
export { type Experiment, loadExperiment } from './reproduce/experiment.ts';
export type { Average, Claim, ClaimCase, CrawRmResult, Verdict } from './reproduce/result.ts';
export type {
  ColdRead,
  ExplainedCount,
  ExplainedGauge,
  ExplainedSamples,
  ExplainedSize,
  SimExplanation,
  SimResult,
  SimRow,
  SimTrace,
} from './result.ts';
export { type Counts, Simulation, type SimulationSettings } from './simulation.ts';
export { type SweepPlan, type SweepProgress, sweep } from './sweep.ts';
export { VERSION } from './version.ts';
export { parseWarmup, resolveWarmup, type WarmupRequest } from './warmup.ts';
