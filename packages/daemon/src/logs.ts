// Structured logs on stderr: JSON lines, or short lines where a person reads them. Writing never
// waits for the reader: a terminal that was stopped (Ctrl-S) must not stop the daemon.

import { constants, fstatSync, openSync } from 'node:fs';
import { pino } from 'pino';
import type { LogLevel } from './settings.ts';

export interface Log {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

export interface LogSink {
  readonly log: Log;
  /** Writes out what is still held, as far as the reader takes it in a short time. */
  flush(): void;
}

/** What is held for a reader that does not read; past this, lines are dropped. */
const HELD_BYTES_MAX = 1 << 20;
const RARELY_MS = 10_000;
/** How long a flush waits for the reader. */
const FLUSH_MS_MAX = 200;
const STDERR = 2;

export function openLog(level: LogLevel, isTerminal = process.stderr.isTTY === true): LogSink {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  let flushEndsAt = Number.POSITIVE_INFINITY;
  const destination = pino.destination({
    fd: unwaitingStderr(),
    sync: false,
    maxLength: HELD_BYTES_MAX,
    // Asked when the reader takes no more: what is held is tried again, or given up.
    retryEAGAIN: () => Date.now() < flushEndsAt,
  });
  // Nobody reads any more; lending goes on.
  destination.on('error', () => {});
  const flushAll = destination.flushSync.bind(destination);
  // Put in place of its own, because it is called once more when the process exits.
  destination.flushSync = () => {
    flushEndsAt = Date.now() + FLUSH_MS_MAX;
    try {
      flushAll();
    } catch {
      // Stderr is gone or not read, and with it whoever would want to know.
    }
    flushEndsAt = Number.POSITIVE_INFINITY;
  };
  const flush = (): void => destination.flushSync();
  const short = { write: (line: string) => void destination.write(shortLine(line)) };
  return { log: pino(options, isTerminal ? short : destination), flush };
}

/**
 * Stderr for writes that do not wait. A terminal or pipe is opened once more for that, because the
 * flag is shared by all who have the same open file, as the shell does. Files do not wait anyway.
 */
function unwaitingStderr(): number {
  try {
    const status = fstatSync(STDERR);
    if (!status.isCharacterDevice() && !status.isFIFO()) return STDERR;
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    return openSync(`/proc/self/fd/${STDERR}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    // It is another user's, or closed.
    return STDERR;
  }
}

/** A log that says nothing, for tests and tools. */
export const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {} };

/** Logs a thing that may happen thousands of times a second, but seldom, with how often it did. */
export function rarely(
  log: (fields: object, message: string) => void,
  now: () => number = Date.now,
): (fields: object, message: string) => void {
  let nextAt = 0;
  let suppressed = 0;
  return (fields, message) => {
    if (now() < nextAt) {
      suppressed++;
      return;
    }
    log(suppressed === 0 ? fields : { ...fields, suppressed }, message);
    suppressed = 0;
    nextAt = now() + RARELY_MS;
  };
}

/**
 * Logs so many lines a second as they are and the rest at level debug, with a line now and then that
 * tells how many those were.
 */
export function busily(
  log: Log,
  linesPerSecond: number,
  now: () => number = Date.now,
): (fields: object, message: string) => void {
  const tellMore = rarely((fields, message) => log.info(fields, message), now);
  let second = 0;
  let count = 0;
  return (fields, message) => {
    const current = Math.floor(now() / 1000);
    if (current !== second) count = 0;
    second = current;
    if (++count <= linesPerSecond) return log.info(fields, message);
    log.debug(fields, message);
    tellMore(
      { lines_per_second_max: linesPerSecond },
      'more lines like the last are at level debug',
    );
  };
}

/** A JSON line as `12:00:00 message key=value`. */
function shortLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const facts = Object.entries(fields).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const clock = new Date(String(time)).toTimeString().slice(0, 8);
  const urgent = level === 'info' ? '' : `${level}: `;
  return `${clock} ${urgent}${msg}${facts.join('')}\n`;
}
