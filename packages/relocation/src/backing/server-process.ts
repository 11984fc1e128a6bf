// A server of the host as a child process: started, waited for, ended. It stays in our process group,
// so that a terminal's Ctrl-C reaches it as well, whatever becomes of us.

import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { RelocationError } from '../errors.ts';

const START_SECONDS_MAX = 30;
const STOP_SECONDS_MAX = 20;
const POLL_MS = 20;
/** Of what it says, for messages. */
const SAID_CHARACTERS_MAX = 2000;

export interface ServerProcess {
  readonly pid: number;
  /** Ends it, by force where it does not end by itself. Never throws. */
  stop(): Promise<void>;
}

/**
 * Starts `words` and waits until `isReady` says so; it is given what came on stderr. Throws
 * RelocationError RELOCATION_LENDER with what it said, where it ends or takes too long.
 */
export async function startServer(
  name: string,
  words: readonly string[],
  isReady: (said: string) => boolean | Promise<boolean>,
): Promise<ServerProcess> {
  const [program, ...args] = words;
  const child = spawn(program!, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  let failure: string | null = null;
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-SAID_CHARACTERS_MAX);
  });
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      failure = error.message;
      resolve();
    });
    child.on('close', (status) => {
      failure ??= `ended with status ${status}`;
      resolve();
    });
  });
  const stop = (): Promise<void> => stopped(child, ended);
  const until = Date.now() + START_SECONDS_MAX * 1000;
  while (!(await isReady(said))) {
    if (failure === null && Date.now() > until) {
      await stop();
      failure = `not ready within ${START_SECONDS_MAX} s`;
    }
    if (failure !== null) {
      throw new RelocationError('RELOCATION_LENDER', `${name}: ${failure}: ${said.trim()}`);
    }
    await sleep(POLL_MS);
  }
  return { pid: child.pid!, stop };
}

async function stopped(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS_MAX * 1000);
  await ended;
  clearTimeout(timer);
}
