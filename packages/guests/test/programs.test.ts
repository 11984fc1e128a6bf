// The other programs on the host: how they are built and kept, what the sampler prints, and that
// the check of vector registers finds none damaged under a kernel that keeps them.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findProgram } from '../src/needs.ts';
import { buildProgram, programNames } from '../src/programs/build.ts';
import { parseSamples } from '../src/programs/sampler.ts';

const run = promisify(execFile);
const hasGcc = findProgram('gcc') !== null;

describe.skipIf(!hasGcc)('building programs [skipped where gcc is absent]', () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'pagelend-guests-'));
    vi.stubEnv('XDG_CACHE_HOME', cache);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true, force: true });
  });

  it('compiles each once, also when asked for twice at a time', async () => {
    for (const name of programNames) {
      const [one, other] = await Promise.all([buildProgram(name), buildProgram(name)]);
      expect(other).toBe(one);
    }
    const folder = join(cache, 'pagelend/guests/programs');
    expect(readdirSync(folder)).toHaveLength(programNames.length);
  });

  it('guest programs need no library', async () => {
    for (const name of ['hog', 'sample'] as const) {
      const { stderr } = await run('ldd', [await buildProgram(name)]).catch((error) => error);
      expect(stderr).toContain('not a dynamic executable');
    }
  });

  it('says what installs the compiler where there is none', async () => {
    vi.stubEnv('PATH', cache);
    await expect(buildProgram('hog')).rejects.toMatchObject({
      code: 'GUEST_COMPILER_MISSING',
      message: expect.stringContaining('apt-get install -y --no-install-recommends gcc libc6-dev'),
    });
  });
});

describe.skipIf(!hasGcc)('the sampler [skipped where gcc is absent]', () => {
  it('prints lines that parse, in steps of time, until it is ended', async () => {
    const child = spawn(await buildProgram('sample'), ['20', 'MemFree', 'pswpout', 'MemTotal']);
    let text = '';
    let isAsked = false;
    const exited = once(child, 'exit');
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.split('\n').length <= 6 || isAsked) return;
      isAsked = true;
      child.kill('SIGTERM');
    });
    expect((await exited)[0]).toBe(0);
    const { names, timesMs, values } = parseSamples(text);
    expect(names).toEqual(['MemFree', 'pswpout', 'MemTotal']);
    expect(timesMs.length).toBeGreaterThan(4);
    for (let row = 1; row < timesMs.length; row++) {
      expect(timesMs[row]).toBeGreaterThanOrEqual(timesMs[row - 1]!);
      expect(values[2]![row]).toBe(values[2]![0]);
      expect(values[0]![row]).toBeLessThan(values[2]![row]!);
      expect(values[1]![row]).toBeGreaterThanOrEqual(values[1]![row - 1]!);
    }
  });

  it('refuses fields that the kernel does not have', async () => {
    const program = await buildProgram('sample');
    await expect(run(program, ['20', 'MemFrei'])).rejects.toMatchObject({
      code: 2,
      stderr: 'sample: neither meminfo nor vmstat has MemFrei\n',
    });
    await expect(run(program, ['0', 'MemFree'])).rejects.toMatchObject({ code: 2 });
  });
});

describe('parseSamples', () => {
  it('throws for what is not samples', () => {
    for (const text of ['', 'sample: mlockall', 'time_ms MemFree\n1 x', 'time_ms MemFree\n1 2 3']) {
      expect(() => parseSamples(text)).toThrowError(/samples? /);
    }
    expect(parseSamples('time_ms MemFree\n').timesMs).toHaveLength(0);
  });
});

describe.skipIf(!hasGcc)('the check of vector registers [skipped where gcc is absent]', () => {
  it('finds them kept under this kernel, with signals', async () => {
    const { stdout } = await run(await buildProgram('vector-check'), ['1000', '4', '1000']);
    expect(stdout).toMatch(/^sse kept 4000 signals \d+$/m);
    expect(stdout).not.toContain('damaged');
  });
});
