// The fuzzer finds what it is meant to find: a fault behind a magic number, a word, a length and a sum,
// from nothing but zeroes, whether the fault throws, hangs or ends the process.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { superviseFuzzing } from './engine/supervise.ts';

/** It takes some seconds; a busy machine may be much slower. */
const SECONDS = 100;
const HANG_SECONDS = 4;

async function fuzz(target: string): Promise<{ said: string; name: string; input: Buffer }> {
  const findings = mkdtempSync(join(tmpdir(), 'pagelend-planted-'));
  onTestFinished(() => rmSync(findings, { recursive: true, force: true }));
  const options = {
    target,
    seconds: SECONDS,
    seed: 4,
    findings,
    hangSeconds: HANG_SECONDS,
    enough: 1,
  };
  const { isSound, said } = await superviseFuzzing(options);
  expect(isSound, said).toBe(false);
  const names = readdirSync(findings);
  expect(names, said).toHaveLength(1);
  const path = join(findings, names[0]!);
  expect(said).toContain(path);
  return { said, name: names[0]!, input: readFileSync(path) };
}

test('a fault that throws is found and made small', async () => {
  const { name, input, said } = await fuzz('planted');
  expect(name).toMatch(/^finding-/);
  expect(said).toContain('planted: an index past the end');
  expect(input.toString('latin1', 4, 10)).toBe('secret');
  // What the fault does not need is zero, or gone.
  expect(input.subarray(15).every((byte) => byte === 0)).toBe(true);
});

test('an input on which it hangs is kept', async () => {
  const { name, input } = await fuzz('planted-hang');
  expect(name).toBe('planted-hang-hang');
  expect(input.toString('latin1', 4, 10)).toBe('secret');
});

test('an input that ends the process is kept', async () => {
  const { name, input } = await fuzz('planted-end');
  expect(name).toBe('planted-end-crash-SIGKILL');
  expect(input.toString('latin1', 4, 10)).toBe('secret');
});
