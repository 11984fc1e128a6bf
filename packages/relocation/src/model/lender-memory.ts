// What the lender takes besides the pages it keeps, as SPECIFICATION.md has it measured; a test holds
// the two to each other.

/** The daemon's own memory after load, with its threads started; some of it is shared program text. */
export const DAEMON_BYTES: number = 87 * 2 ** 20;

/** Churn leaves the pool within this factor of what it takes after filling. */
export const CHURN_FACTOR = 1.1;
