// Fuzzes one target in a process of its own, and outlives it: an input on which it hangs, or that ends
// it, is a finding like one that breaks a promise.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memoryRoot } from '../targets/folders.ts';

/** Without a run for so long it hangs; the slowest input of any target takes a thousandth. */
const HANG_SECONDS = 60;
const LOOK_MS = 500;
const FINDINGS_MAX = 10;
const HEAD_BYTES = 16;

export interface FuzzOptions {
  readonly target: string;
  readonly seconds: number;
  readonly seed: number;
  /** Where findings are written; made when there is one. */
  readonly findings: string;
  readonly hangSeconds?: number;
  /** Ends at so many findings; 10 unless given: what is broken breaks in many ways. */
  readonly enough?: number;
}

export interface FuzzOutcome {
  /** What the process said at its end; empty if it did not come to that. */
  readonly summary: string;
  /** What broke, with the files of the inputs; empty if all held. */
  readonly said: string;
  readonly isSound: boolean;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const register = fileURLToPath(new URL('register.mjs', import.meta.url));
const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** The command that repeats a search or replays an input. */
export function commandOf(target: string, ...words: string[]): string {
  const own = [register, main].map((path) => `./${path.slice(root.length)}`);
  return ['node', '--import', own[0], own[1], target, ...words].join(' ');
}

export async function superviseFuzzing(options: FuzzOptions): Promise<FuzzOutcome> {
  const { target, seconds, seed, findings, hangSeconds = HANG_SECONDS } = options;
  const enough = String(options.enough ?? FINDINGS_MAX);
  const scratch = mkdtempSync(join(memoryRoot(), 'pagelend-fuzz-run-'));
  const current = join(scratch, 'current');
  writeFileSync(current, '');
  const words = ['--seconds', String(seconds), '--seed', String(seed), '--enough', enough];
  const places = ['--findings', findings, '--current', current];
  const child = spawn(
    process.execPath,
    ['--import', register, main, target, ...words, ...places],
    // Its scratch files lie where they are cleared away even if it is killed.
    {
      cwd: root,
      env: { ...process.env, PAGELEND_FUZZ_SCRATCH: scratch },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  try {
    const { said, summary, ending } = await watch(child, current, hangSeconds);
    if (ending === '') return { summary, said, isSound: child.exitCode === 0 };
    const kept = keepCurrent(current, join(findings, `${target}-${ending}`), findings);
    return { summary, said: `${said}\n${target}: ${ending}; input: ${kept}`, isSound: false };
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Waits for the end; `ending` is empty for one of its own, else how it ended. */
async function watch(
  child: ChildProcess,
  current: string,
  hangSeconds: number,
): Promise<{ said: string; summary: string; ending: string }> {
  let [said, summary] = ['', ''];
  child.stdout!.on('data', (chunk: Buffer) => (summary += chunk));
  child.stderr!.on('data', (chunk: Buffer) => (said += chunk));
  let lastRuns = -1;
  let lastAt = performance.now();
  let isHanging = false;
  const timer = setInterval(() => {
    const runs = headOf(current)?.runs ?? 0;
    if (runs !== lastRuns) [lastRuns, lastAt] = [runs, performance.now()];
    else if (performance.now() - lastAt > hangSeconds * 1000) {
      isHanging = true;
      child.kill('SIGKILL');
    }
  }, LOOK_MS);
  await once(child, 'close');
  clearInterval(timer);
  if (isHanging) return { said, summary, ending: 'hang' };
  const isOwnEnd = child.exitCode === 0 || (child.exitCode === 1 && summary !== '');
  return { said, summary, ending: isOwnEnd ? '' : `crash-${child.signalCode ?? child.exitCode}` };
}

function headOf(current: string): { runs: number; input: Uint8Array } | null {
  const bytes = readFileSync(current);
  if (bytes.length < HEAD_BYTES) return null;
  const length = bytes.readUInt32LE(8);
  return { runs: bytes.readDoubleLE(0), input: bytes.subarray(HEAD_BYTES, HEAD_BYTES + length) };
}

function keepCurrent(current: string, path: string, folder: string): string {
  const head = headOf(current);
  if (head === null) return '(none had run)';
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, head.input);
  return path;
}
