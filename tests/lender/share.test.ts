// What a lease is to have of memory that is short: said, shown, kept over restarts and moves; and
// what the judge says of leases, over the API and the command line.

import { type LeaseAdviceJson, LenderClient, type ShareJson } from '@pagelend/daemon';
import { expect, test } from 'vitest';
import { NbdClient } from './client.ts';
import { type Lender, startLender } from './daemon.ts';
import { startTiered } from './tier.ts';

const PAGE_BYTES = 4096;

async function shareOf(lender: Lender, name: string): Promise<ShareJson> {
  return (await new LenderClient(lender.stateDir).lease(name)).lease.share;
}

async function adviceOf(lender: Lender, name: string): Promise<LeaseAdviceJson> {
  const { leases } = await new LenderClient(lender.stateDir).advice();
  return leases.find((lease) => lease.name === name)!;
}

test('a share is changed part by part, refused where it contradicts, and kept', async () => {
  const lender = await startLender({ leases: { web: '4MiB' } });
  expect(await shareOf(lender, 'web')).toEqual({ weight: 1, floor_bytes: 0, cap_bytes: null });
  const first = await lender.run('lease', 'share', 'web', '--weight', '2.5', '--floor', '1MiB')
    .ended;
  expect(first).toMatchObject({
    status: 0,
    stdout: 'lease web: weight 2.5, floor 1.0 MiB, no cap\n',
  });
  await lender.run('lease', 'share', 'web', '--cap', '2MiB').ended;
  const wanted = { weight: 2.5, floor_bytes: 2 ** 20, cap_bytes: 2 ** 21 };
  expect(await shareOf(lender, 'web')).toEqual(wanted);
  const refused = await lender.run('lease', 'share', 'web', '--cap', '512KiB').ended;
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('[DAEMON_LEASE_SHARE]');
  const nothing = await lender.run('lease', 'share', 'web').ended;
  expect(nothing.status).toBe(2);
  await lender.kill();
  await lender.start();
  expect(await shareOf(lender, 'web')).toEqual(wanted);
  const other = await startLender({ leases: {} });
  const moved = await lender.run('lease', 'move', 'web', '--to', other.stateDir).ended;
  expect(moved.status).toBe(0);
  expect(await shareOf(other, 'web')).toEqual(wanted);
});

test('without a tier there is nothing to advise, and that is said', async () => {
  const lender = await startLender({ leases: { web: '4MiB' } });
  const { status, stderr } = await lender.run('lease', 'advise').ended;
  expect(status).toBe(1);
  expect(stderr).toContain('[DAEMON_NO_TIER]');
});

test('the judge sees what a guest asks for, and says what it does not know', async () => {
  const { lender } = await startTiered({ web: '8MiB', idle: '1MiB' }, '--share', 'auto');
  const client = await NbdClient.connect(lender.socket('web'), 'web');
  const page = Buffer.alloc(PAGE_BYTES);
  for (let slot = 0; slot < 500; slot++) {
    page.writeUInt32LE(slot + 1);
    await client.write(slot * PAGE_BYTES, page);
  }
  // What is asked for before the judge first looks at what leases hold tells it nothing.
  const referencesAfterMore = async () => {
    for (let slot = 0; slot < 500; slot++) await client.read(slot * PAGE_BYTES, PAGE_BYTES);
    return (await adviceOf(lender, 'web')).references;
  };
  await expect.poll(referencesAfterMore, { timeout: 30_000 }).toBeGreaterThan(0);
  const web = await adviceOf(lender, 'web');
  expect(web).toMatchObject({ policy: 'craw-rm:link=lazy', sample_rate: 1 });
  const idle = await adviceOf(lender, 'idle');
  expect(idle.curve.every(({ unknown }) => unknown === 'warming-up')).toBe(true);
  const shown = await lender.run('lease', 'advise', 'idle').ended;
  expect(shown.stdout).toContain('not known yet');
  const unknown = await lender.run('lease', 'advise', 'nobody').ended;
  expect(unknown.status).toBe(2);
  await client.disconnect();
});
