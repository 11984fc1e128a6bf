// A process that is part of a machine: in a process group of its own, with its words in a file
// and its end as a promise.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { killGroup } from './keeper.ts';

/** How much of a log an error shows. */
const TAIL_BYTES = 4096;

export class MachineProcess {
  readonly pid: number;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  /** The host's ends of file descriptors 3 and up. */
  readonly streams: readonly Duplex[];
  #isGone = false;

  private constructor(child: ChildProcess, program: string, streamCount: number) {
    this.pid = child.pid!;
    this.streams = Array.from({ length: streamCount }, (_, index) => {
      return child.stdio[index + 3] as Duplex;
    });
    this.ended = new Promise((resolve) => {
      child.on('exit', (status, signal) => {
        this.#isGone = true;
        resolve(signal === null ? `${program} ended with ${status}` : `${program} got ${signal}`);
      });
    });
  }

  /** Starts a program whose output goes to `log`. Rejects where it cannot be started. */
  static async start(
    program: string,
    args: readonly string[],
    options: {
      readonly log: string;
      readonly streamCount?: number;
      readonly env?: Readonly<Record<string, string | undefined>>;
    },
  ): Promise<MachineProcess> {
    const { log, streamCount = 0, env = {} } = options;
    const file = openSync(log, 'a');
    try {
      const child = spawn(program, args, {
        stdio: [
          'ignore',
          file,
          file,
          ...Array.from({ length: streamCount }, () => 'pipe' as const),
        ],
        env: { ...process.env, ...env },
        detached: true,
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      return new MachineProcess(child, program, streamCount);
    } finally {
      closeSync(file);
    }
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Ends its process group; resolves when the process is gone. */
  async kill(): Promise<void> {
    killGroup(this.pid);
    await this.ended;
  }
}

/** The last lines of a log; empty where there is none. */
export async function tailOf(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const bytes = Math.min(size, TAIL_BYTES);
      const { buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, size - bytes);
      // Emulated terminals are told in control sequences what logs need not have.
      return buffer
        .toString('utf8')
        .replace(/\u001b\[[0-9;?]*[A-Za-z]|\u001bc|\r/g, '')
        .trim();
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}
