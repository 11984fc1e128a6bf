// The count of the lender's memory against a real pool that is given the same pages.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compressPage } from '@pagelend/codec';
import { BUFFERS_AT, openPool } from '@pagelend/store';
import { expect, onTestFinished, test } from 'vitest';
import {
  LenderPool,
  lenderClassOf,
  lenderTablePages,
  NO_PLACE_CLASS,
  PATTERN_CLASS,
  placeBytes,
} from '../../src/model/lender-pool.ts';
import { mixed } from '../../src/model/page-draw.ts';

const PAGE_BYTES = 4096;
const SLOTS = 24_000;
const ERRNO = 1000;

test('equals a real pool at every step, pages that repeat included', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pagelend-model-pool-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const { pool } = openPool(
    { directory, owner: 'a test', memoryBytes: 128 * 2 ** 20, codec: 'lzo', threadCountMax: 1 },
    [{ id: 'one', bytes: SLOTS * PAGE_BYTES, limitBytes: null }],
  );
  onTestFinished(() => pool.close());
  const pages = pool.pagesOf('one', ERRNO);
  const model = new LenderPool();
  for (let slot = 0; slot < SLOTS; slot++) {
    const { page, sizeClass } = pageOf(slot);
    pool.store.io.set(page, BUFFERS_AT);
    expect(pages.write(slot, BUFFERS_AT)).toBe(0);
    model.add(sizeClass);
    if (slot % 500 !== 0 && slot !== SLOTS - 1) continue;
    const tables = lenderTablePages(SLOTS, slot + 1);
    const expected = pool.usage().memUsedBytes / PAGE_BYTES;
    expect(model.pages + tables, `after ${slot + 1} pages`).toBe(expected);
  }
});

test('what leaves gives back what it took', () => {
  const model = new LenderPool();
  const classes = Array.from(
    { length: 3000 },
    (_, i) => 1 + (mixed(1, i, 0) % (placeBytes.length - 1)),
  );
  let taken = 0;
  for (const sizeClass of classes) taken += model.add(sizeClass);
  expect(model.pages).toBe(taken);
  for (const sizeClass of classes) taken -= model.remove(sizeClass);
  expect([model.pages, taken, model.placeCount]).toEqual([0, 0, 0]);
});

/** Pages of all sizes: some random bytes, the rest one byte; every sixteenth repeats a word. */
function pageOf(slot: number): { page: Uint8Array; sizeClass: number } {
  const page = new Uint8Array(PAGE_BYTES);
  if (slot % 16 === 0) {
    const isLong = slot % 32 === 0;
    for (let at = 0; at < PAGE_BYTES; at++) page[at] = isLong ? (at % 8) + 1 : slot % 200;
    return { page, sizeClass: isLong ? PATTERN_CLASS : NO_PLACE_CLASS };
  }
  const random = 8 + (mixed(2, slot, 0) % (PAGE_BYTES - 8));
  for (let at = 0; at < random; at++) page[at] = mixed(3, slot, at);
  return { page, sizeClass: lenderClassOf(compressPage(page).length) };
}
