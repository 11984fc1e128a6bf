// Operating errors of this room, with stable codes.

/** Stable codes and what each means; the reference page of errors is made from this table. */
export const judgeErrors = {
  JUDGE_POLICY: 'the policy cannot be judged live: it needs references yet to come',
  JUDGE_SETTINGS: 'a setting of the judge has a value that it cannot have',
  JUDGE_FLOORS: 'what leases are promised at least is more than the pool holds',
} as const;

export type JudgeErrorCode = keyof typeof judgeErrors;

export class JudgeError extends Error {
  readonly code: JudgeErrorCode;

  constructor(code: JudgeErrorCode, message: string) {
    super(message);
    this.name = 'JudgeError';
    this.code = code;
  }
}
