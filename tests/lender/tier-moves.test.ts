// A lease of which pages stand behind is saved, restored and moved as any other is: what is written
// to the file or sent is read back from the tier on the way.

import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { type Lender, startLender } from './daemon.ts';
import { adminSocket } from './moving.ts';
import { Random } from './pages.ts';
import { Model, poolOf, startTiered, TEST_MS_MAX, tierFolder } from './tier.ts';

vi.setConfig({ testTimeout: TEST_MS_MAX, hookTimeout: TEST_MS_MAX });

const SLOTS = 1024;
const SIZE = `${SLOTS * 4}KiB`;
const scratch = tierFolder();
const model = new Model(SLOTS);
let lender: Lender;
/** Who has the lease now. */
let holder: Lender;
/** Others, of which one has a tier, and no room without it; and one has room for all. */
const others: Record<string, Lender> = {};

beforeAll(async () => {
  ({ lender } = await startTiered({ web: SIZE }, '--tier-encrypt'));
  holder = lender;
  const client = await lender.connect('web');
  await model.fill(client, new Random(2));
  for (let slot = 0; slot < 40; slot++) await model.free(client, slot * 3);
  await client.disconnect();
  expect((await poolOf(lender)).behind_pages).toBeGreaterThan(SLOTS / 4);
  ({ lender: others.tiered! } = await startTiered({}, '--promote', 'second'));
  others.roomy = await startLender({ leases: {}, memory: '32MiB' });
});

test('is saved and restored, where there is a tier and where there is none', async () => {
  const file = join(scratch, 'web.lease');
  lender.verb('lease', 'save', 'web', '-o', file);
  for (const other of Object.values(others)) {
    other.verb('lease', 'restore', file, '--name', 'copy');
    await model.check(other, 'copy');
    other.verb('lease', 'delete', 'copy');
  }
  await model.check(lender, 'web');
});

describe('is moved', () => {
  test.each(['tiered', 'roomy', 'back'])('while it is used: %s', async (name) => {
    const from = holder;
    const to = name === 'back' ? lender : others[name]!;
    // What is left here is the way to where it went first.
    if (name === 'back') lender.verb('lease', 'delete', 'web');
    const client = await from.connect('web');
    const random = new Random(name.length);
    const using = model.use(client, random, () => false);
    from.verb('lease', 'move', 'web', '--to', adminSocket(to));
    await using;
    client.destroy();
    holder = to;
    await model.check(to, 'web');
    expect((await poolOf(to)).failed_reads).toBe(0);
  });
});
