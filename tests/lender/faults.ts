// System calls of a running daemon that fail, by strace, as those of a device that breaks do.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, type TestContext } from 'vitest';
import type { Lender } from './daemon.ts';

const PATIENTLY = { timeout: 60_000, interval: 20 };

/** Skips the test, with the line that installs it, where strace is missing or may not look on. */
export function needsStrace(context: TestContext): void {
  try {
    execFileSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'pipe' });
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const install = 'apt-get install -y --no-install-recommends strace';
    context.skip(isMissing ? `needs strace: ${install}` : 'strace may not look on here');
  }
}

export class Faults {
  readonly #child: ChildProcess;
  readonly #pid: number;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.#pid = pid;
  }

  /** From when this resolves, all threads' calls of that name fail, until `end`. */
  static async into({ pid }: Lender, call: string, errno: string): Promise<Faults> {
    const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:error=${errno}`];
    const words = ['-f', '-q', '-o', '/dev/null', ...inject, '-p', String(pid)];
    const faults = new Faults(spawn('strace', words, { stdio: 'ignore' }), pid);
    onTestFinished(() => faults.end());
    await expect.poll(() => areTraced(pid), PATIENTLY).toBe('all');
    return faults;
  }

  async end(): Promise<void> {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    await expect.poll(() => areTraced(this.#pid), PATIENTLY).toBe('none');
  }
}

/** Which threads of a process are traced; a process that has ended has none. */
function areTraced(pid: number): 'all' | 'some' | 'none' {
  const folder = `/proc/${pid}/task`;
  let threads: string[] = [];
  try {
    threads = readdirSync(folder);
  } catch {
    return 'none';
  }
  const traced = threads.filter((thread) => {
    try {
      return !/^TracerPid:\t0$/m.test(readFileSync(`${folder}/${thread}/status`, 'utf8'));
    } catch {
      return false;
    }
  });
  return traced.length === 0 ? 'none' : traced.length === threads.length ? 'all' : 'some';
}
