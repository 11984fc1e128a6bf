// nbdcopy: an image into a lease over several connections, and out again.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startLender } from '../lender/daemon.ts';
import { makePage, PAGE_BYTES, Random } from '../lender/pages.ts';
import { mustRun, needs } from './clients.ts';

const SLOTS = 2048;
const scratch = mkdtempSync(join(tmpdir(), 'pagelend-interop-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('in and out over four connections, and from lease to lease', async (context) => {
  needs(context, 'nbdcopy', 'libnbd-bin');
  const size = String(SLOTS * PAGE_BYTES);
  const lender = await startLender({ leases: { guest: size, second: size } });
  const random = new Random(2);
  const image = Buffer.concat(Array.from({ length: SLOTS }, () => makePage(random)));
  writeFileSync(join(scratch, 'in.img'), image);
  const many = ['--connections=4', '--requests=64'];
  const [guest, second] = [lender.uri('guest'), lender.uri('second')];
  await mustRun('nbdcopy', [...many, join(scratch, 'in.img'), guest]);
  await mustRun('nbdcopy', [...many, guest, join(scratch, 'out.img')]);
  expect(readFileSync(join(scratch, 'out.img')).equals(image)).toBe(true);

  await mustRun('nbdcopy', [...many, '--flush', guest, second]);
  await mustRun('nbdcopy', ['--synchronous', second, join(scratch, 'second.img')]);
  expect(readFileSync(join(scratch, 'second.img')).equals(image)).toBe(true);
});
