// Operating errors of this room, with stable codes.

/** Stable codes and what each means; the reference page of errors is made from this table. */
export const relocationErrors = {
  RELOCATION_CONFIGURATION: 'the configuration of the experiment cannot be read or is wrong',
  RELOCATION_OPTION: 'an option of the experiment has a value that it cannot have',
  RELOCATION_MISSING: 'this machine lacks programs that the experiment needs',
  RELOCATION_LENDER: 'a lender or a swap device of the experiment did not start',
  RELOCATION_GUEST: 'a guest did not do what the experiment asks of it',
  RELOCATION_CONTENTS: 'the recording of page contents cannot be read, or is not one',
  RELOCATION_CONTENT: 'no page content has that name, or a ratio is out of range',
  RELOCATION_MODEL: 'a case of the model has inputs that do not go together',
  RELOCATION_MEASURED: 'a measured result cannot be read, or the model has no counterpart of it',
  RELOCATION_PLAN: 'sizes of a plan do not go together',
  RELOCATION_FAILED: 'no run of the experiment came to its end',
} as const;

export type RelocationErrorCode = keyof typeof relocationErrors;

export class RelocationError extends Error {
  readonly code: RelocationErrorCode;

  constructor(code: RelocationErrorCode, message: string) {
    super(message);
    this.name = 'RelocationError';
    this.code = code;
  }
}
