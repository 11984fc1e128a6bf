// Pages of a codec whose library is missing can't be looked at, and a check says so.

import type * as Codecs from '@pagelend/codec';
import { expect, test, vi } from 'vitest';
import { checkKept, keep } from './kept.ts';

let isMissing = false;
vi.mock('@pagelend/codec', async (original) => {
  const codecs = await original<typeof Codecs>();
  return {
    ...codecs,
    createCodec: (...given: Parameters<typeof Codecs.createCodec>) => {
      if (isMissing) throw new Error('there is no such library; install it');
      return codecs.createCodec(...given);
    },
  };
});

test('is told of once, with how many pages it concerns', async () => {
  const kept = await keep('plain');
  isMissing = true;
  const { grave, pool } = await checkKept(kept);
  expect(grave).toMatchObject([{ kind: 'codec', lease: null }]);
  expect(grave[0]!.says).toMatch(/^\d+ pages of lzo were not checked: there is no such library; /);
  const [one, two] = pool.leases;
  const pages = [one!, two!].reduce((sum, lease) => sum + lease.pagesInPool + lease.pagesBehind, 0);
  const unchecked = Number.parseInt(grave[0]!.says, 10);
  expect(unchecked).toBeGreaterThan(pages / 4);
  expect(unchecked).toBeLessThan(pages);
  expect(one!.damagedPages).toBe(0);
});
