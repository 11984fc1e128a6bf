// Errors of this room. Operating errors (a name or number that somebody typed, a host that cannot
// carry a policy) carry a stable code; a broken invariant is a bug and fails an assertion instead.

/** Stable codes and what each means; the reference page of errors is made from this table. */
export const policyErrors = {
  POLICY_UNKNOWN: 'no policy has that name',
  POLICY_SYNTAX: 'a policy is written NAME or NAME:key=value:key=value',
  POLICY_OPTION_UNKNOWN: 'the policy has no option of that name',
  POLICY_OPTION_VALUE: 'the value does not fit the option',
  POLICY_OBSERVES: 'the host does not show what the policy needs to see',
  POLICY_FRAMES: 'the frame count is not a whole number of at least 1',
  POLICY_VICTIM: 'the policy named a victim that is not resident',
  POLICY_DEFINITION: 'a policy definition lacks something',
} as const;

export type PolicyErrorCode = keyof typeof policyErrors;

export class PolicyError extends Error {
  readonly code: PolicyErrorCode;

  constructor(code: PolicyErrorCode, message: string) {
    super(message);
    this.name = 'PolicyError';
    this.code = code;
  }
}

/** Programmer errors: a condition that no input can break unless the code is wrong. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${what}`);
}
