// Clients that others wrote, run on a lender: found on this machine or skipped with the reason, and
// run with both outputs kept.

import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { TestContext } from 'vitest';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Skips the test where a program is missing, saying which Debian package has it. */
export function needs(context: TestContext, program: string, debianPackage: string): void {
  const { status } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]);
  if (status !== 0) context.skip(`needs ${program} (apt-get install -y ${debianPackage})`);
}

/** The Python that Debian's packages install their modules for. */
export const PYTHON = '/usr/bin/python3';

/** Skips the test where a module of Python is missing. */
export function needsPython(context: TestContext, module: string, debianPackage: string): void {
  const isThere = existsSync(PYTHON) && spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0;
  if (!isThere) {
    context.skip(`needs the Python module ${module} (apt-get install -y ${debianPackage})`);
  }
}

/** Runs a program to its end. */
export function run(
  command: string,
  args: readonly string[],
  input = '',
  options: SpawnOptions = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: 'pipe' });
    let [stdout, stderr] = ['', ''];
    child.stdout!.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr!.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ status: code ?? -1, stdout, stderr }));
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
  });
}

/** Runs a program that must succeed; returns its stdout. */
export async function mustRun(
  command: string,
  args: readonly string[],
  input = '',
): Promise<string> {
  const { status, stdout, stderr } = await run(command, args, input);
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}
