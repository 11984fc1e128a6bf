// Every way in which this room can fail in operation, each with a stable code. Messages are one
// line and name the file and the line or byte offset, because "invalid input" helps nobody who
// has a trace of a hundred million lines.

/** Code -> what it means, in one line. Reference pages are generated from this table. */
export const traceErrors = {
  TRACE_NOT_A_TRACE: 'The file does not begin with the magic bytes of a pagelend trace.',
  TRACE_VERSION: 'The trace was written in a format version that this release does not read.',
  TRACE_TRUNCATED: 'The file ends before its data does; nothing read from it can be trusted.',
  TRACE_DAMAGED: 'A checksum, count or structure in the file contradicts its data.',
  TRACE_EMPTY: 'The input or the recording holds no reference.',
  TRACE_PARSE: 'A line or record of an imported file is not in the format that was named.',
  TRACE_PAGE_RANGE: 'A page number or an address is too large to be held exactly.',
  TRACE_LIMIT: 'The input exceeds a stated limit of this program.',
  TRACE_OPTION: 'An option has a value outside its range, or two options contradict each other.',
  TRACE_IO: 'The operating system refused to read or write a file.',
  TRACE_NOT_SEEKABLE:
    'The operation reads the trace more than once, so it needs a file, not a pipe.',
  TRACE_ABORTED: 'The operation was interrupted; no output was left.',
  TRACE_VALGRIND_MISSING: 'Recording needs Valgrind and it is not installed.',
  TRACE_COMMAND: 'The command to record was not found or may not be executed.',
  TRACE_RECORDING: 'Valgrind could not run the command.',
} as const;

export type TraceErrorCode = keyof typeof traceErrors;

/** Where and what, for callers that want more than the message. */
export interface TraceErrorData {
  /** File as the user named it; `(stdin)` for `-`. */
  readonly file?: string;
  /** 1-based line of a text input. */
  readonly line?: number;
  /** 0-based byte offset; in a compressed input, of the compressed bytes. */
  readonly offset?: number;
  readonly found?: string;
  readonly expected?: string;
  /** What to do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
}

export class TraceError extends Error {
  override readonly name = 'TraceError';
  readonly code: TraceErrorCode;
  readonly data: TraceErrorData;

  /** `what` is said after the place and before what was found and expected. */
  constructor(code: TraceErrorCode, what: string, data: TraceErrorData = {}) {
    super(oneLine(what, data), data.cause === undefined ? undefined : { cause: data.cause });
    this.code = code;
    this.data = data;
  }
}

/** Turns a failed system call into a TraceError that names the file; passes TraceErrors through. */
export function ioError(file: string, action: string, cause: unknown): TraceError {
  if (cause instanceof TraceError) return cause;
  return new TraceError('TRACE_IO', `cannot ${action}: ${systemReason(cause)}`, { file, cause });
}

/** Shows untrusted bytes in a message: printable, quoted and short. */
export function quote(text: string): string {
  const short = text.length > QUOTED_CHARACTERS_MAX;
  const clean = text.slice(0, QUOTED_CHARACTERS_MAX).replace(/[^\x20-\x7e]/g, '?');
  return `"${clean}${short ? '…' : ''}"`;
}

const QUOTED_CHARACTERS_MAX = 60;

function oneLine(what: string, data: TraceErrorData): string {
  let place = data.file ?? '';
  if (data.line !== undefined) place += `:${data.line}`;
  if (data.offset !== undefined) place += `${place === '' ? '' : ': '}byte ${data.offset}`;
  const details = [
    what,
    data.found === undefined ? '' : `found ${data.found}`,
    data.expected === undefined ? '' : `expected ${data.expected}`,
  ].filter((part) => part !== '');
  const hint = data.hint === undefined ? '' : `; ${data.hint}`;
  const text = `${place === '' ? '' : `${place}: `}${details.join(', ')}${hint}`;
  return text.replace(/[\r\n]+/g, ' ');
}

/** Why a system call failed, in words; its path is left out, which the caller names better. */
export function systemReason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return SYSTEM_REASONS[code ?? ''] ?? message ?? String(error);
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'the operation is not permitted',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  ENAMETOOLONG: 'the name is too long',
  EPIPE: 'the reader went away',
};
