// Orderly restarts and upgrades of the lender under a guest that swaps hard.

import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { type Attachment, kernelClient, qemuDisk, storageDaemonDisk } from './attachments.ts';
import { needsGuests } from './needs.ts';
import { survives } from './outages.ts';
import { expectIntact, setStage } from './stage.ts';
import { otherVersion } from './upgrade.ts';

const MINUTES = 60_000;

test('the other version is another one', () => {
  const { command, version } = otherVersion();
  const said = execFileSync(process.execPath, [command, '--version'], { encoding: 'utf8' });
  expect(said.trim()).toBe(version);
});

async function upgraded(attachment: Attachment): Promise<void> {
  const stage = await setStage({ attachment });
  const options = { count: 4, pagesBetween: 500, how: 'stop' } as const;
  const outages = await survives(stage, { ...options, upgrade: otherVersion().command });
  expect(outages).toHaveLength(4);
  await expectIntact(stage);
}

test(
  "QEMU's NBD disk: there and back between two versions, twice",
  async (context) => {
    needsGuests(context);
    await upgraded(qemuDisk);
  },
  20 * MINUTES,
);

test(
  'a user-mode Linux: there and back between two versions, twice',
  async (context) => {
    needsGuests(context, 'linux.uml', 'qemu-storage-daemon');
    await upgraded(storageDaemonDisk);
  },
  20 * MINUTES,
);

test(
  "the kernel's NBD client with nbd-keep: there and back, twice",
  async (context) => {
    needsGuests(context);
    await upgraded(await kernelClient());
  },
  20 * MINUTES,
);
