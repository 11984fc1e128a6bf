// Failures of system calls, with the call, the errno's name and what it was asked for.

import { constants } from 'node:os';

/** Stable codes and what each means; the reference page of errors is made from this table. */
export const linuxErrors = {
  LINUX_UNSUPPORTED: 'this is not Linux, or its C library cannot be called from here',
  LINUX_CALL: 'a system call failed',
} as const;

export class LinuxError extends Error {
  readonly code: keyof typeof linuxErrors;
  /** The errno's name, as in ENOSPC; empty where no call was made. */
  readonly errno: string;

  constructor(code: keyof typeof linuxErrors, message: string, errno = '') {
    super(message);
    this.name = 'LinuxError';
    this.code = code;
    this.errno = errno;
  }
}

/** The name of an errno number, as in ENOSPC. */
export function errnoName(errno: number): string {
  const found = Object.entries(constants.errno).find(([, value]) => value === errno);
  return found?.[0] ?? `errno ${errno}`;
}

export function callFailed(call: string, errno: number, about: string): LinuxError {
  const name = errnoName(errno);
  return new LinuxError('LINUX_CALL', `${about}: ${call} failed with ${name}`, name);
}
