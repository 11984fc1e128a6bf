// Signals during work. Where there is something to clean up, the first Ctrl-C asks the work to stop
// and clean up and the second one quits; where there is not, the first one quits.

import { isatty } from 'node:tty';
import { CliError } from './failure.ts';

/** Exit statuses as a shell has them: 128 and the number of the signal. */
const STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type Caught = keyof typeof STATUS;
/** Stdin, stdout and stderr. nohup puts something else in place of each that is a terminal. */
const STREAMS = [0, 1, 2];

/** Runs `work` with a signal that Ctrl-C aborts. The work must then leave no output behind. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const release = onSignals((signal) => {
    if (controller.signal.aborted) quit(signal, release);
    process.exitCode = STATUS[signal];
    controller.abort();
    // Work that waits for stdin looks at the signal only once something comes.
    process.stdin.destroy();
  });
  try {
    return await work(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    throw new CliError('CLI_INTERRUPTED', 'interrupted; no output was left');
  } finally {
    release();
  }
}

/** Runs `work`, which leaves nothing half done; a signal calls `restore` and ends the process. */
export async function quittable<T>(restore: () => void, work: () => Promise<T>): Promise<T> {
  const release = onSignals((signal) => {
    restore();
    quit(signal, release);
  });
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * Settles at the first signal, for a server that then stops in order, which is no failure. A second
 * signal quits at once. SIGHUP is passed over unless `heedsHangUp`.
 */
export function firstSignal(heedsHangUp: boolean): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let hasCome = false;
    const release = onSignals((signal) => {
      if (signal === 'SIGHUP' && !heedsHangUp) return;
      if (hasCome) quit(signal, release);
      hasCome = true;
      resolve(signal);
    });
  });
}

/**
 * From now on a hang-up does not end a process that has no terminal to lose, as under nohup, setsid
 * and service managers. Returns whether it does. The streams tell, because Node does not: it resets
 * at its start the signals that nohup had set to be ignored.
 */
export function heedHangUp(): boolean {
  if (STREAMS.some((stream) => isatty(stream))) return true;
  process.off('SIGHUP', passOver);
  process.on('SIGHUP', passOver);
  return false;
}

/**
 * Ends by the signal itself: `process.exit` waits for threads, and one that opens a FIFO nobody
 * writes to waits for ever. As process 1 of a container nothing ends by a signal; hence the exit.
 */
function quit(signal: Caught, release: () => void): void {
  release();
  process.kill(process.pid, signal);
  process.exit(STATUS[signal]);
}

function passOver(): void {}

/** Calls `handle` at signals that end programs; returns what puts them back to what they were. */
function onSignals(handle: (signal: Caught) => void): () => void {
  const listener = (signal: NodeJS.Signals): void => handle(signal as Caught);
  const names = Object.keys(STATUS) as Caught[];
  for (const name of names) process.on(name, listener);
  return () => {
    for (const name of names) process.off(name, listener);
  };
}
