// kill -9 of the lender, again and again, while guests swap hard.

import { expect, test } from 'vitest';
import { kernelClient, qemuDisk, storageDaemonDisk } from './attachments.ts';
import { needsGuests } from './needs.ts';
import { survives } from './outages.ts';
import { expectIntact, setStage } from './stage.ts';

const MINUTES = 60_000;

test(
  "QEMU's NBD disk outlives ten kills",
  async (context) => {
    needsGuests(context);
    const stage = await setStage({ attachment: qemuDisk });
    expect(await survives(stage, { count: 10, pagesBetween: 500, how: 'kill' })).toHaveLength(10);
    await expectIntact(stage);
  },
  20 * MINUTES,
);

test(
  'a user-mode Linux outlives ten kills',
  async (context) => {
    needsGuests(context, 'linux.uml', 'qemu-storage-daemon');
    const stage = await setStage({ attachment: storageDaemonDisk });
    expect(await survives(stage, { count: 10, pagesBetween: 500, how: 'kill' })).toHaveLength(10);
    await expectIntact(stage);
  },
  20 * MINUTES,
);

test(
  "the kernel's NBD client with nbd-keep outlives six kills",
  async (context) => {
    needsGuests(context);
    const stage = await setStage({ attachment: await kernelClient() });
    expect(await survives(stage, { count: 6, pagesBetween: 500, how: 'kill' })).toHaveLength(6);
    await expectIntact(stage);
  },
  20 * MINUTES,
);
