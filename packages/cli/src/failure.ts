// From an error to what the user sees: one line on stderr that says what happened and what to do,
// and an exit status. A bug alone shows a stack trace.

import { CommanderError } from 'commander';

export const FAILED = 1;
export const USAGE = 2;
const INTERRUPTED = 130;
const INTERRUPTED_CODES = new Set(['CLI_INTERRUPTED', 'TRACE_ABORTED']);

/** Codes that mean the command line was wrong rather than that the work failed. */
const USAGE_CODES = new Set([
  'CLI_USAGE',
  'POLICY_UNKNOWN',
  'POLICY_SYNTAX',
  'POLICY_OPTION_UNKNOWN',
  'POLICY_OPTION_VALUE',
  'POLICY_OBSERVES',
  'POLICY_FRAMES',
  'LAB_FRAMES',
  'LAB_COSTS',
  'LAB_MEDIUM',
  'LAB_WARMUP',
  'LAB_POLICY_MISSING',
  'TRACE_OPTION',
  'DAEMON_CONFIG',
  'DAEMON_LEASE_NAME',
  'DAEMON_LEASE_SIZE',
  'RELOCATION_OPTION',
  'RELOCATION_CONTENT',
  'RELOCATION_MODEL',
  'RELOCATION_PLAN',
]);

/** Stable codes of the command line itself; the reference page of errors is made from this table. */
export const cliErrors = {
  CLI_USAGE: 'the command line is wrong: a word, an option, a value, or two that contradict',
  CLI_OUTPUT: 'an output cannot be written',
  CLI_RECORDING: 'a script that records programs failed',
  CLI_DAMAGE: 'a check found damage, or could not look at all that it was asked to',
  CLI_INTERRUPTED: 'a signal ended the work; no output was left',
} as const;

export class CliError extends Error {
  readonly code: keyof typeof cliErrors;

  constructor(code: keyof typeof cliErrors, message: string) {
    super(message);
    this.name = 'CliError';
    this.code = code;
  }
}

/** Prints the failure and returns the exit status. */
export function report(error: unknown): number {
  // Commander has printed its own message by now.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  const code = codeOf(error);
  if (code === null) {
    const stack = error instanceof Error ? error.stack : String(error);
    process.stderr.write(`pagelend: a bug in pagelend, please report it: ${stack}\n`);
    return FAILED;
  }
  complain((error as Error).message, code);
  // Whoever caught the signal has set the status that belongs to it.
  if (INTERRUPTED_CODES.has(code)) return Number(process.exitCode ?? INTERRUPTED);
  return USAGE_CODES.has(code) ? USAGE : FAILED;
}

/** Says on one line of stderr what is wrong. */
export function complain(message: string, code: string): void {
  process.stderr.write(`pagelend: ${message.trim().replaceAll(/\s*[\r\n]\s*/g, ' ')} [${code}]\n`);
}

/** The stable code of an operating error, null for anything else. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' &&
    /^(TRACE|LAB|POLICY|CLI|DAEMON|STORE|TIER|CODEC|NBD|LINUX|GUEST|RELOCATION)_/.test(code)
    ? code
    : null;
}
