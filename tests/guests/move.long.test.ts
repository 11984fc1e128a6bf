// A lease goes to another lender and comes back while its guest runs and swaps hard.

import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Lender, startLender } from '../lender/daemon.ts';
import { type Attachment, LEASE, qemuDisk, storageDaemonDisk } from './attachments.ts';
import { guideWords } from './guide.ts';
import { needsGuests } from './needs.ts';
import { expectIntact, setStage } from './stage.ts';

const MINUTES = 60_000;

async function move(from: Lender, to: Lender): Promise<void> {
  const words = guideWords('settings.md#move', { '/run/pagelend-new': to.stateDir });
  const { status, stdout, stderr } = await from.run(...words.slice(1), '--json').ended;
  expect(`${status} ${stderr}`).toMatch(/^0 /);
  const file = process.env.PAGELEND_TEST_FIGURES;
  if (file !== undefined) appendFileSync(file, stdout.replaceAll(/\s+/g, ' ').concat('\n'));
}

async function thereAndBack(attachment: Attachment): Promise<void> {
  const other = await startLender({ leases: {} });
  const stage = await setStage({ attachment });
  const { lender, pressure } = stage;
  for (const [from, to] of [
    [lender, other],
    [other, lender],
    [lender, other],
  ] as const) {
    await pressure.goesOn(500);
    await move(from, to);
    await pressure.goesOn(500);
    expect(to.figures(LEASE).num_reads).toBeGreaterThan(0);
  }
  await expectIntact(stage);
}

test(
  "QEMU's NBD disk",
  async (context) => {
    needsGuests(context);
    await thereAndBack(qemuDisk);
  },
  20 * MINUTES,
);

test(
  'a user-mode Linux',
  async (context) => {
    needsGuests(context, 'linux.uml', 'qemu-storage-daemon');
    await thereAndBack(storageDaemonDisk);
  },
  20 * MINUTES,
);
