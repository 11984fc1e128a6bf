// nbd-client -l: the kernel client's user side lists the exports. Attaching a device needs the
// kernel's nbd module and root; the tests with guests do that.

import { beforeAll, expect, test } from 'vitest';
import { type Lender, startLender } from '../lender/daemon.ts';
import { needs, run } from './clients.ts';

let lender: Lender;

beforeAll(async () => {
  lender = await startLender({
    leases: { guest: '1MiB', second: '1MiB' },
  });
});

test('lists the lease of a socket', async (context) => {
  needs(context, 'nbd-client', 'nbd-client');
  const { stdout, stderr } = await run('nbd-client', ['-l', '-unix', lender.socket('guest')]);
  expect(stdout + stderr).toMatch(/^guest$/m);
  expect(stdout + stderr).not.toMatch(/^second$/m);
});
