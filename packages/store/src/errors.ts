// Operating errors of the store, with stable codes.

/** Stable codes and what each means; the reference page of errors is made from this table. */
export const storeErrors = {
  STORE_DIRECTORY: "the pool's directory cannot be made, opened or written",
  STORE_IN_USE: "another process holds the pool's directory",
  STORE_OWNER: "the pool's directory holds the pages of another lender",
  STORE_FORMAT: 'the files of a pool are of another version, or none of ours',
  STORE_DAMAGED: 'the slots of a lease contradict the pool',
  STORE_TIER: 'the pool names pages in a tier that was not given',
  STORE_TIER_SLOW: 'the device behind the pool has not answered in time',
  STORE_MEMORY: 'the memory asked for is below what is stored, or past what a pool can hold',
  STORE_FULL: 'the pool, or the limit of a lease, has no room for pages that are copied into it',
  STORE_LEASE_FILE: 'a saved lease is truncated, damaged, of another version, or none',
  STORE_LEASE: 'a lease has a size or an id that cannot be, or is there already, or is not',
} as const;

export type StoreErrorCode = keyof typeof storeErrors;

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
  }
}
