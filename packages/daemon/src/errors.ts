// Operating errors of the lender's control side, with stable codes. The API answers with the same
// codes, so that whoever calls it can tell them apart.

import { LEASE_BYTES_MAX } from './sizes.ts';

/** Stable codes and what each means; the reference page of errors is made from this table. */
export const daemonErrors = {
  DAEMON_CONFIG: 'a setting of the daemon is unknown, missing, or has a value that it cannot have',
  DAEMON_CONFIG_FILE: 'the configuration file cannot be read, or is not TOML',
  DAEMON_STATE_DIR: 'the state directory, or the pool directory, cannot be made or used',
  DAEMON_RUNNING: 'another daemon has the state directory',
  DAEMON_LISTEN: 'an address or socket cannot be listened on',
  DAEMON_ABSENT: 'no daemon answers in that state directory',
  DAEMON_ANSWER: 'what answered on the admin socket did not answer as a daemon does',
  DAEMON_FAILED: 'a thread that serves pages failed; all that was acknowledged is kept',
  DAEMON_REQUEST: 'a request to the API is not understood',
  DAEMON_STOPPING: 'the daemon is stopping and takes no more orders',
  DAEMON_LEASE_NAME: 'a name of a lease has 1 to 64 letters, digits, dots, hyphens and underscores',
  DAEMON_NO_TIER: 'what was asked for needs a tier behind the pool',
  DAEMON_JUDGE: 'the thread that judges policies and memory sizes has failed',
  DAEMON_LEASE_SHARE: "a lease's weight, floor or cap is none, or they contradict",
  DAEMON_LEASE_SIZE: `a size is a multiple of 4096 bytes, from 4096 to ${LEASE_BYTES_MAX}`,
  DAEMON_LEASE_EXISTS: 'there is a lease of that name already',
  DAEMON_LEASE_UNKNOWN: 'there is no lease of that name',
  DAEMON_LEASE_ATTACHED: 'a client is attached to the lease',
  DAEMON_LEASE_MISMATCH: 'a lease is there with another size than the one asked for',
  DAEMON_LEASE_BUSY:
    'the lease is being changed, saved or moved, or its clients do not let go of it',
  DAEMON_LEASE_HELD: 'the lease could not be held still, or not for as long as it took',
  DAEMON_LEASE_MOVING:
    'the lease is on its way to another lender, and nobody is served until it is there',
  DAEMON_LEASE_MOVED: 'the lease has moved to another lender',
  DAEMON_MOVE_TARGET: 'the lender that a lease shall move to cannot be reached, or cannot take it',
  DAEMON_MOVE_UNKNOWN:
    'no lease is coming by that move; it was given up, or the lender was started anew',
  DAEMON_MOVE_DIFFERS: 'the pages that came are not those that were sent',
  DAEMON_MOVE_CANCELLED: 'a move was cancelled; the lease is where it was',
  DAEMON_MOVE_UNSURE: 'whether the other lender has taken the lease is not known',
  DAEMON_RECORDING: 'the lease is being recorded already, or is not, or too many leases are',
  DAEMON_LEASE_CLIENT: 'what shall name a client of a lease names none',
  DAEMON_TLS: 'a certificate, a key or a token cannot be read or used',
  DAEMON_LEASE_FILE: 'the definition of a lease cannot be read or written',
} as const;

export type DaemonErrorCode = keyof typeof daemonErrors;

/** Messages quote what was given, which may be anything: they stay one line, and steer no terminal. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, '?');
}

export class DaemonError extends Error {
  readonly code: DaemonErrorCode;

  constructor(code: DaemonErrorCode, message: string) {
    super(oneLine(message));
    this.name = 'DaemonError';
    this.code = code;
  }
}

/** What a daemon answered over its API: the error as it was thrown there. */
export class RemoteError extends Error {
  /** A code of any room: DAEMON_…, STORE_…, LINUX_…. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'RemoteError';
    this.code = code;
  }
}

/** The stable code of an error of any room, null for a bug. */
export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^(DAEMON|STORE|TIER|JUDGE|POLICY|CODEC|NBD|LINUX)_/.test(code)
    ? code
    : null;
}

/** Why a call of Node's failed, in few words: the errno's name, which users can look up. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message ?? error);
}
