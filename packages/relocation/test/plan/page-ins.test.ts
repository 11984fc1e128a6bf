// How often pages come back, against the simulator driven by hand.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthTrace } from '@pagelend/trace';
import { expect, onTestFinished, test } from 'vitest';
import { pageInsOf } from '../../src/plan/page-ins.ts';

async function loopTrace(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pagelend-plan-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const output = join(folder, 'loop.plt');
  const parts = [{ pattern: 'loop', pages: 100, writablePages: 1, writeShare: 1 }] as const;
  await synthTrace({ spec: { references: 1000, seed: 1, parts }, output });
  return output;
}

test('a loop larger than memory misses each time under LRU, and never where it fits', async () => {
  const path = await loopTrace();
  const short = await pageInsOf(path, 'lru', 0.5);
  expect(short).toMatchObject({ policy: 'lru', frames: 50, pages: 100, references: 1000 });
  // 1000 references, all faults, 100 of them first touches; each after the first 50 pushes one out.
  expect(short.page_ins_per_million_references).toBe(900_000);
  expect(short.page_outs_per_million_references).toBe(950_000);
  expect((await pageInsOf(path, 'lru', 1)).page_ins_per_million_references).toBe(0);
});

test('refuses policies that see the future or are none', async () => {
  const path = await loopTrace();
  await expect(pageInsOf(path, 'min', 0.5)).rejects.toThrow(/observes the future/);
  await expect(pageInsOf(path, 'nothing', 0.5)).rejects.toThrow(/no policy 'nothing'/);
});
