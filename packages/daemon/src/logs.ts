// Structured logs on stderr: JSON lines, or short lines where a person reads them. Writing never
// waits for the reader: a terminal that was stopped must not stop the daemon.

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
  /** Writes out what is still held. */
  flush(): void;
}

/** What is held for a reader that does not read; past this, lines are dropped. */
const HELD_BYTES_MAX = 1 << 20;
const RARELY_MS = 10_000;
const STDERR = 2;

export function openLog(level: LogLevel, isTerminal = process.stderr.isTTY === true): LogSink {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (isTerminal) {
    const log = pino(options, { write: (line) => void process.stderr.write(shortLine(line)) });
    return { log, flush: () => {} };
  }
  const destination = pino.destination({ fd: STDERR, sync: false, maxLength: HELD_BYTES_MAX });
  // Nobody reads any more; lending goes on.
  destination.on('error', () => {});
  return { log: pino(options, destination), flush: () => flushQuietly(destination) };
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

function flushQuietly(destination: { flushSync(): void }): void {
  try {
    destination.flushSync();
  } catch {
    // Stderr is gone, and with it whoever would want to know.
  }
}
