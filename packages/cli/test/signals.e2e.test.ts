// Signals during long work, and pipes whose other end goes away.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { folder, PAGELEND } from './run.ts';

const here = folder();
const LINE = /^pagelend: interrupted; no output was left \[CLI_INTERRUPTED\]\n$/;

beforeAll(async () => {
  await here.run('trace', 'synth', 'zipf:pages=2000', '-n', '60k', '-o', 'z.plt');
  await here.run('trace', 'synth', 'zipf:pages=9000', '-n', '900k', '-o', 'big.plt');
});

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [PAGELEND, ...args], { cwd: here.path });
  const said = { stdout: '', stderr: '' };
  child.stdout!.on('data', (chunk) => (said.stdout += chunk));
  child.stderr!.on('data', (chunk) => (said.stderr += chunk));
  child.stdin!.on('error', () => {});
  const ended = once(child, 'close').then(([status, signal]) => ({ status, signal, ...said }));
  return { child, ended };
}

/** Waits until the partial file of the child shows that it is at work. */
async function untilAtWork(child: ChildProcess, output: string): Promise<void> {
  while (!existsSync(`${here.path}/${output}.partial-${child.pid}`)) {
    expect(child.exitCode).toBeNull();
    await sleep(20);
  }
}

function expectNothingLeft(output: string): void {
  expect(here.names().filter((name) => name.startsWith(output))).toEqual([]);
}

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s during synth leaves nothing: status %i', async (signal, status) => {
    const { child, ended } = start('trace', 'synth', 'zipf:pages=5000', '-n', '900M', '-o', signal);
    await untilAtWork(child, signal);
    child.kill(signal);
    expect(await ended).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(LINE) });
    expectNothingLeft(signal);
  });

  it('SIGTERM during an import that waits for stdin leaves nothing', async () => {
    const { child, ended } = start('trace', 'import', '-F', 'csv', '-', '-o', 'waits');
    await untilAtWork(child, 'waits');
    child.stdin!.write('page,op\n1,r\n');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ status: 143, stderr: expect.stringMatching(LINE) });
    expectNothingLeft('waits');
  });

  it('SIGINT during an import that never ends leaves nothing', async () => {
    const { child, ended } = start('trace', 'import', '-F', 'csv', '-', '-o', 'endless');
    child.stdin!.write('page,op\n');
    const feed = setInterval(() => child.stdin!.write('1,r\n2,w\n'.repeat(10_000)), 5);
    await untilAtWork(child, 'endless');
    await sleep(100);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ status: 130, stderr: expect.stringMatching(LINE) });
    clearInterval(feed);
    expectNothingLeft('endless');
  });

  it('SIGINT during sim ends it at once, without a result', async () => {
    const { child, ended } = start('sim', '-', '--json', '--csv', 'sim.csv');
    // More than a pipe holds, so that the child is at work once it is gone.
    const part = readFileSync(`${here.path}/big.plt`).subarray(0, 1_000_000);
    await new Promise((resolve) => child.stdin!.write(part, resolve));
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ signal: 'SIGINT', stdout: '', stderr: '' });
    expectNothingLeft('sim.csv');
  });

  it('SIGTERM ends it even while it waits for a FIFO that nobody writes to', async () => {
    await here.shell('mkfifo quiet');
    const { child, ended } = start('sim', 'quiet');
    await sleep(1000);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ signal: 'SIGTERM', stdout: '', stderr: '' });
  });
});

describe('pipes', () => {
  it.each([
    'sim z.plt',
    'sim z.plt --json --frames 1..40:1 --policy clock',
    'trace export -F csv z.plt -o - 2>/dev/null',
    'trace synth zipf:pages=900 -n 900M -o - 2>/dev/null',
  ])('pagelend %s | head -1 ends quietly', async (line) => {
    const { status, stderr } = await here.shell(`pagelend ${line} | head -1 > /dev/null`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('a full disk behind stdout is one line, not a stack trace', async () => {
    for (const line of ['sim z.plt --frames 9', 'trace export -F csv z.plt -o -', '--help']) {
      const { status, stderr } = await here.shell(`pagelend ${line} > /dev/full`);
      expect(stderr).toBe(
        'pagelend: (stdout): cannot write: no space left on the device [CLI_OUTPUT]\n',
      );
      expect(status).toBe(1);
    }
  });

  it('a closed stderr hinders nobody', async () => {
    const { status, stdout } = await here.shell('pagelend sim z.plt --csv a.csv --json 2>&-');
    expect(status).toBe(0);
    expect(JSON.parse(stdout).schema).toBe('pagelend.sim/1');
  });
});
