// `reproduce craw-rm`: the paper's evaluation from start to end. Each workload is a sweep at its own
// sizes; averages and verdicts are computed from its rows and from nothing else.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parsePolicyList } from '@pagelend/policies';
import { openTrace } from '@pagelend/trace';
import { LabError } from '../errors.ts';
import type { SimRow } from '../result.ts';
import { sweep } from '../sweep.ts';
import { VERSION } from '../version.ts';
import { claimsOf } from './claims.ts';
import type { Experiment, Workload } from './experiment.ts';
import { frameCountsFor } from './frame-counts.ts';
import { averagesOf, Rows } from './measures.ts';
import { type CrawRmResult, REPRODUCE_CRAW_RM_SCHEMA, type WorkloadResult } from './result.ts';

/** What decoding a reference takes, in references replayed in one cell of many; for progress alone. */
const DECODING_WEIGHT = 20;

export interface CrawRmPlan {
  readonly experiment: Experiment;
  /** The folder that holds NAME.plt for each workload. */
  readonly recordings: string;
  /** The paper's sizes only. */
  readonly isQuick: boolean;
  /** Worker threads; default, one per core. */
  readonly jobs?: number | undefined;
}

/** `share` is that of the whole work. */
export type CrawRmProgress = (workload: string, share: number) => void;

/** The paths of all recordings. Throws where one is missing. */
export function recordingsIn(folder: string, workloads: readonly Workload[]): string[] {
  const paths = workloads.map(({ name }) => join(folder, `${name}.plt`));
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length === 0) return paths;
  throw new LabError(
    'LAB_RECORDINGS',
    `no recording ${missing.join(', ')}; --record makes them, --recordings names another folder`,
  );
}

export async function reproduceCrawRm(
  plan: CrawRmPlan,
  onProgress: CrawRmProgress = () => {},
): Promise<CrawRmResult> {
  const { experiment } = plan;
  const works: Work[] = [];
  for (const [i, path] of recordingsIn(plan.recordings, experiment.workloads).entries()) {
    works.push(await workOf(path, experiment.workloads[i]!, plan));
  }
  const whole = works.reduce((sum, work) => sum + workIn(work), 0);
  const workloads: WorkloadResult[] = [];
  const rows: SimRow[] = [];
  let before = 0;
  for (const work of works) {
    const part = await replay(work, plan, (done) =>
      onProgress(work.workload.title, Math.min(1, (before + done) / whole)),
    );
    workloads.push(part.workload);
    rows.push(...part.rows);
    before += workIn(work);
  }
  return resultOf(experiment, workloads, rows);
}

/** From rows to the result; what tests give made-up rows to. */
export function resultOf(
  experiment: Experiment,
  workloads: readonly WorkloadResult[],
  rows: readonly SimRow[],
): CrawRmResult {
  const { published, writeCosts, policies, frames } = experiment;
  const measured = new Rows(workloads, rows, frames.paper);
  return {
    schema: REPRODUCE_CRAW_RM_SCHEMA,
    version: VERSION,
    says: experiment.says,
    published: {
      saved_over_clock_percent: published.savedOverClockPercent,
      saved_over_car_percent: published.savedOverCarPercent,
      beside_craw: published.besideCraw,
    },
    near_points: experiment.nearPoints,
    paper_frames: frames.paper,
    write_costs: writeCosts,
    policies,
    workloads,
    averages: averagesOf(measured, policies, writeCosts),
    claims: claimsOf(measured, experiment),
    rows,
  };
}

interface Work {
  readonly path: string;
  readonly workload: Workload;
  readonly frameCounts: readonly number[];
  readonly references: number;
}

async function workOf(path: string, workload: Workload, plan: CrawRmPlan): Promise<Work> {
  const reader = await openTrace(path);
  try {
    // Of a file, which a recording is, the summary is known from the start.
    const { pages, references } = reader.summary!;
    const { frames } = plan.experiment;
    const frameCounts = plan.isQuick ? frames.paper : frameCountsFor(pages, frames);
    return { path, workload, frameCounts, references };
  } finally {
    await reader.close();
  }
}

function workIn({ references, frameCounts }: Work): number {
  return references * (DECODING_WEIGHT + frameCounts.length);
}

async function replay(
  { path, workload, frameCounts, references }: Work,
  { experiment, jobs }: CrawRmPlan,
  onDone: (done: number) => void,
): Promise<{ workload: WorkloadResult; rows: SimRow[] }> {
  const result = await sweep(
    {
      traces: [path],
      policies: parsePolicyList(experiment.policies.join(',')),
      frames: frameCounts.map((value) => ({ value, isPercent: false })),
      costs: experiment.writeCosts.map((write) => ({ medium: null, read: 1, write })),
      jobs,
    },
    ({ stage, done, total }) => {
      if (stage === 'decode') onDone(done * DECODING_WEIGHT);
      else if (stage === 'replay') {
        const share = total === null ? 0 : done / total;
        onDone(references * (DECODING_WEIGHT + share * frameCounts.length));
      }
    },
  );
  const { name, title } = workload;
  return {
    workload: { ...result.traces[0]!, trace: name, title, frame_counts: frameCounts },
    rows: result.rows.map((row) => ({ ...row, trace: name })),
  };
}
