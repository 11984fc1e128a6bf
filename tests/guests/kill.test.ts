// kill -9 of the lender while a guest swaps hard: QEMU waits, the next lender has every page. And
// what the guest frees at the end, the lender gets back.

import { expect, test } from 'vitest';
import { LEASE, qemuDisk } from './attachments.ts';
import { needsGuests } from './needs.ts';
import { survives } from './outages.ts';
import { expectIntact, type Stage, setStage } from './stage.ts';

/** Less than in the long tests, and still more than the guest has room for. */
const HOG_BYTES = 56 * 1024 * 1024;

test("QEMU's NBD disk outlives kill -9 of the lender, and gives back what it frees", async (context) => {
  needsGuests(context);
  const stage = await setStage({ attachment: { ...qemuDisk, hogBytes: HOG_BYTES } });
  const outages = await survives(stage, { count: 2, pagesBetween: 500, how: 'kill' });
  await expectIntact(stage);
  expect(outages).toHaveLength(2);
  const storedBytes = storedBy(stage);
  await stage.hog.quit();
  // Linux discards in the background, and only clusters of slots that are free as a whole.
  await expect.poll(() => storedBy(stage), PATIENT_POLL).toBeLessThan(0.75 * storedBytes);
}, 600_000);

const PATIENT_POLL = { timeout: 120_000, interval: 1000 };

function storedBy({ lender }: Stage): number {
  return lender.figures(LEASE).orig_data_size!;
}
