// Runs the command in a folder of its own, outside the repository, with stdout and stderr kept apart:
// as a user's shell would, or, where starting a process each time would only cost time, line after
// line through the same entry in one child process.

import { type ChildProcess, fork, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SimResult } from '@pagelend/lab';
import { afterAll, expect } from 'vitest';

export const PAGELEND = fileURLToPath(new URL('../bin/pagelend.js', import.meta.url));

const ENTRY = new URL('../dist/main.js', import.meta.url).href;
const DRIVER = fileURLToPath(new URL('./fixtures/driver.mjs', import.meta.url));

export interface Ran {
  /** As a shell has it: 128 + n where signal n ended the process. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Stdout as it came. */
  readonly bytes: Buffer;
}

export interface Folder {
  readonly path: string;
  /** Runs a command line in the folder's driver. */
  readonly run: (...args: string[]) => Promise<Ran>;
  /** Runs a command line as a process of its own. */
  readonly spawn: (...args: string[]) => Promise<Ran>;
  /** Runs a line of bash in which `pagelend` is a function. */
  readonly shell: (line: string, input?: string) => Promise<Ran>;
  /** Runs, must succeed and prints nothing but JSON. */
  readonly json: <T = SimResult>(...args: string[]) => Promise<T>;
  readonly write: (name: string, content: string | Uint8Array) => string;
  readonly names: () => string[];
}

/** A temporary folder that is gone after the tests of the file. */
export function folder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'pagelend-e2e-'));
  let driver: ChildProcess | null = null;
  let last: Promise<unknown> = Promise.resolve();
  afterAll(() => {
    driver?.disconnect();
    rmSync(path, { recursive: true, force: true });
  });
  const ask = async (words: readonly string[]): Promise<Ran> => {
    driver ??= fork(DRIVER, [ENTRY], { cwd: path });
    driver.send(words);
    const [{ status, stdout, stderr }] = await once(driver, 'message');
    const bytes = Buffer.from(stdout, 'base64');
    return { status, bytes, stdout: bytes.toString(), stderr: decoded(stderr) };
  };
  const run = (...args: string[]): Promise<Ran> => {
    const answer = last.then(() => ask(args));
    last = answer.catch(() => {});
    return answer;
  };
  return {
    path,
    run,
    spawn: (...args) => collect(process.execPath, [PAGELEND, ...args], path),
    shell: (line, input) => collect('bash', ['-c', `${FUNCTION}\n${line}`], path, input),
    async json<T>(...args: string[]) {
      const { status, stdout, stderr } = await run(...args);
      expect({ status, stderr: stderr.replaceAll(/^wrote .*\n/gm, '') }).toEqual({
        status: 0,
        stderr: '',
      });
      return JSON.parse(stdout) as T;
    },
    write(name, content) {
      writeFileSync(join(path, name), content);
      return name;
    },
    names: () => readdirSync(path).sort(),
  };
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}

const FUNCTION = `pagelend() { "${process.execPath}" "${PAGELEND}" "$@"; }`;

/** A failure is one line that starts with the command's name, an empty stdout and no stack. */
export function expectComplaint(ran: Ran, status: 1 | 2, says: RegExp | string): void {
  expect(ran.stderr).toMatch(/^pagelend: [^\n]+ \[[A-Z]+_[A-Z_]+\]\n$/);
  expect(ran.stderr).not.toMatch(/ at .*\.[jt]s:\d|a bug in pagelend|undefined|NaN/);
  if (typeof says === 'string') expect(ran.stderr).toContain(says);
  else expect(ran.stderr).toMatch(says);
  expect({ status: ran.status, stdout: ran.stdout }).toEqual({ status, stdout: '' });
}

/** CSV with one reference a word: `1` or `1r` reads page 1, `1w` writes it. */
export function csvOf(references: string): string {
  const lines = references.split(' ').map((word) => {
    const op = word.endsWith('w') ? 'w' : 'r';
    return `${Number.parseInt(word, 10)},${op}`;
  });
  return `page,op\n${lines.join('\n')}\n`;
}

export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

export function collect(
  command: string,
  args: readonly string[],
  cwd: string,
  input?: string,
  options: SpawnOptions = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: 'pipe', ...options });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout!.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr!.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin!.on('error', () => {});
    child.stdin!.end(input ?? '');
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const bytes = Buffer.concat(out);
      resolve({
        status: code ?? 128 + (SIGNAL_NUMBERS[signal ?? ''] ?? 0),
        stdout: bytes.toString(),
        stderr: Buffer.concat(err).toString(),
        bytes,
      });
    });
  });
}
