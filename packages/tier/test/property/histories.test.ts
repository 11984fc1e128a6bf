// Random histories of the log, on a device of memory and on a real file.

import { join } from 'node:path';
import { openDevice } from '@pagelend/tier';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { DEVICE_BYTES, History, kinds, runHistories } from './histories.ts';

test.each(kinds)('histories, encrypted: $isEncrypted, bits flip: $isSilent', async (kind) => {
  await runHistories(kind, { firstSeed: 1, count: 12, operationCount: 250 });
});

test('a history on a real file', async () => {
  const device = openDevice(join(temporaryFolder(), 'tier'), DEVICE_BYTES);
  onTestFinished(() => device.close());
  const scenario = { seed: 77, operationCount: 200, isEncrypted: true, isSilent: false };
  const history = new History(scenario, device);
  await history.run();
  expect(history.seen.reads).toBeGreaterThan(0);
});
