// Operating errors of the tier, with stable codes.

/** Stable codes and what each means; the reference page of errors is made from this table. */
export const tierErrors = {
  TIER_OPEN: 'the file or device behind the pool cannot be opened or made, or is neither',
  TIER_IN_USE: 'another process holds the file or device behind the pool',
  TIER_FORMAT: 'the file or device holds something else, or a tier of another version',
  TIER_OWNER: 'the tier holds pages of another lender, or of a pool that is not this one',
  TIER_ENCRYPTION: "the tier's pages are encrypted and should not be, or the other way round",
  TIER_SIZE: 'the size is missing, too small, below what is there, or another than the head says',
  TIER_IO: 'reading or writing the file or device failed',
} as const;

export type TierErrorCode = keyof typeof tierErrors;

export class TierError extends Error {
  readonly code: TierErrorCode;
  /** The errno's name, as in ENOSPC; empty where no call failed. */
  readonly errno: string;

  constructor(code: TierErrorCode, message: string, errno = '') {
    super(message);
    this.name = 'TierError';
    this.code = code;
    this.errno = errno;
  }
}

/** The errno's name in an error of Node's; empty where it has none. */
export function errnoOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
