// Processes of the host that end by themselves, and what they said.

import { spawn } from 'node:child_process';

/** How a program of the host ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Longest time that a program of the host may take; fetching a kernel is the longest. */
const PROGRAM_SECONDS_MAX = 600;

/** Runs a program to its end; `input` goes to its stdin. Rejects where it cannot be started. */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, input }: { readonly cwd?: string; readonly input?: Uint8Array } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: PROGRAM_SECONDS_MAX * 1000,
      env: { ...process.env, LC_ALL: 'C' },
      ...(cwd === undefined ? {} : { cwd }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (status) => {
      resolve({ status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() });
    });
    if (input !== undefined) {
      // A program may end before it has read all; its status says whether that was right.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    }
  });
}
