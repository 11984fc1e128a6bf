// Seeds and kept inputs, run once each: what once broke a promise does so no more.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { corpusFolder, corpusOf } from './corpus.ts';
import { clearFolder } from './targets/folders.ts';
import { loadTarget, targetNames } from './targets.ts';

const CORPUS_BYTES_MAX = 300_000;

afterAll(clearFolder);

describe.each(targetNames)('%s', (name) => {
  test('holds for its seeds and for every kept input', async () => {
    const target = await loadTarget(name);
    const kept = corpusOf(name);
    const seeds = target.seeds();
    expect(seeds.length).toBeGreaterThan(0);
    for (const bytes of seeds) {
      expect(bytes.length).toBeLessThanOrEqual(target.bytesMax);
      await target.run(Uint8Array.from(bytes));
    }
    for (const { name: file, bytes } of kept) {
      await expect(Promise.resolve(target.run(bytes)), file).resolves.toBeUndefined();
    }
  });
});

test('kept inputs belong to a target, and are few', () => {
  const folders = readdirSync(corpusFolder);
  expect(folders.filter((folder) => !targetNames.includes(folder))).toEqual([]);
  const files = folders.flatMap((folder) =>
    readdirSync(join(corpusFolder, folder)).map((file) => join(corpusFolder, folder, file)),
  );
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  expect(bytes).toBeLessThan(CORPUS_BYTES_MAX);
});
