// Operating errors of the laboratory, with stable codes.

/** Stable codes and what each means; the reference page of errors is made from this table. */
export const labErrors = {
  LAB_FRAMES: 'a frame count is a number of pages, a percentage of the footprint, or a range',
  LAB_COSTS: 'costs are numbers; a page-in costs more than 0',
  LAB_MEDIUM: 'no storage medium has that name',
  LAB_WARMUP:
    'the warm-up is a number of references or a percentage, shorter than the trace, and none with a bound',
  LAB_MEMORY: 'the decoded trace would not fit in memory',
  LAB_EXPERIMENT: 'the configuration of an experiment cannot be read, or lacks something',
  LAB_RECORDINGS: 'a recording that an experiment replays is missing',
  LAB_POLICY_MISSING: 'there is no policy file of that name',
  LAB_POLICY_FILE: 'a policy file could not be loaded, or does not export a policy',
  LAB_POLICY_FAILED: 'a policy failed while it ran',
  LAB_WORKER: 'a worker thread failed or ended before its work was done',
} as const;

export type LabErrorCode = keyof typeof labErrors;

export class LabError extends Error {
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string) {
    super(message);
    this.name = 'LabError';
    this.code = code;
  }
}
