// The relocation experiment on real guests, its model, and plans for hosts.

export { RelocationError, type RelocationErrorCode, relocationErrors } from './errors.ts';
export {
  loadConfiguration,
  type RelocationConfiguration,
} from './experiment/configuration.ts';
export { type GuestKindChoice, workingKind } from './experiment/kind.ts';
export {
  type Configuration,
  configurations,
  type ExperimentPlan,
  type PlanOptions,
  planOf,
  type Regime,
  regimes,
} from './experiment/plan.ts';
export { type ReproduceOptions, reproduceRelocation } from './experiment/reproduce.ts';
export type {
  RelocationAccount,
  RelocationCurve,
  RelocationFailure,
  RelocationGain,
  RelocationResult,
  RelocationRow,
  RelocationSetup,
  RelocationSummary,
  Spread,
} from './experiment/result.ts';
export type { Comparison, MeasuredComparison } from './model/compare.ts';
export {
  type Content,
  type Contents,
  contentOfRatio,
  findContents,
  loadContents,
} from './model/contents.ts';
export { renderModelCsv } from './model/csv.ts';
export { loadMeasurement, type Measurement, SHIPPED_MEASUREMENT } from './model/measurement.ts';
export {
  type CaseOptions,
  casesFor,
  defaultCase,
  type ModelCase,
  type ModelRegime,
  pressureCase,
} from './model/model-case.ts';
export { renderModelPage } from './model/model-page.ts';
export type {
  CaseResult,
  ModelResult,
  ModelRow,
  SchemeCurve,
  SchemeOutcome,
} from './model/result.ts';
export { type ModelPlan, runModel } from './model/run.ts';
export { type Axes, defaultAxes, gridCases, type SweptCase, sweepCases } from './model/sweeps.ts';
export { renderModel } from './model/text.ts';
export { makePlan } from './plan/make-plan.ts';
export { pageInsOf } from './plan/page-ins.ts';
export type { PlanRequest } from './plan/request.ts';
export type { PageIns, PlanResult } from './plan/result.ts';
export { renderPlan } from './plan/text.ts';
export { renderRelocationCsv } from './report/csv.ts';
export { renderRelocationPage } from './report/page.ts';
export { renderRelocation } from './report/text.ts';
