// Operating errors of guests, with stable codes.

/** Stable codes and what each means; the reference page of errors is made from this table. */
export const guestErrors = {
  GUEST_COMPILER_MISSING: 'a program for guests must be compiled, and there is no C compiler',
  GUEST_BUILD_FAILED: 'a program for guests does not compile',
  GUEST_PROGRAMS_MISSING: 'programs that a guest needs on the host are not installed',
  GUEST_KERNEL: 'a kernel for guests, or one of its modules, cannot be had',
  GUEST_KIND: 'that kind of guest does not work on this machine',
  GUEST_CANNOT: 'that kind of guest cannot do what was asked of it',
  GUEST_NOT_BOOTED: 'a guest ended, or hung, before it took commands',
  GUEST_GONE: 'a guest ended while it was used',
  GUEST_COMMAND_FAILED: 'a command in a guest ended with another status than 0',
  GUEST_TIMEOUT: 'a command in a guest took longer than it was given',
  GUEST_PROGRAM: 'a program in a guest answered with something else than it should',
  GUEST_JOB: 'the build job for guests cannot be made on this machine',
  GUEST_LIMIT: 'a command for a guest, or its output, is longer than a guest takes',
} as const;

export type GuestErrorCode = keyof typeof guestErrors;

export class GuestError extends Error {
  readonly code: GuestErrorCode;

  constructor(code: GuestErrorCode, message: string) {
    super(message);
    this.name = 'GuestError';
    this.code = code;
  }
}

/** Why a call of Node's failed, in few words: the errno's name, which users can look up. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message ?? error);
}
