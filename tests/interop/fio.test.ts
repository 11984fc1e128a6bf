// fio's engine for NBD, with verification: everything that it writes it reads again and compares.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, type TestContext, test } from 'vitest';
import { startLender } from '../lender/daemon.ts';
import { mustRun, needs } from './clients.ts';

const SIZE = 16 * 2 ** 20;
const scratch = mkdtempSync(join(tmpdir(), 'pagelend-interop-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function needsEngine(context: TestContext): void {
  needs(context, 'fio', 'fio');
  const { stdout } = spawnSync('fio', ['--enghelp'], { encoding: 'utf8' });
  if (!/^\s*nbd\s*$/m.test(stdout)) context.skip('needs a fio that was built with libnbd');
}

const loads: readonly (readonly [string, readonly string[]])[] = [
  ['random writes of 4 KiB', ['--rw=randwrite', '--bs=4k', '--iodepth=16']],
  ['random writes of parts of pages', ['--rw=randwrite', '--bs=1536', '--iodepth=8']],
  ['random trims and writes', ['--rw=randtrimwrite', '--bs=64k', '--iodepth=1']],
  ['large blocks in order', ['--rw=write', '--bs=1m', '--iodepth=4']],
];

test.for(loads)('%s come back as they were written', async ([, args], context) => {
  needsEngine(context);
  const lender = await startLender({ leases: { guest: String(SIZE) } });
  const said = await mustRun('fio', [
    ...['--name=verify', '--ioengine=nbd', `--uri=${lender.uri('guest')}`, `--size=${SIZE}`],
    ...['--verify=crc32c', '--verify_fatal=1', '--do_verify=1', '--buffer_compress_percentage=50'],
    ...['--refill_buffers', '--randseed=7', `--aux-path=${scratch}`, '--output-format=json'],
    ...args,
  ]);
  const { jobs } = JSON.parse(said.slice(said.indexOf('{'))) as { jobs: FioJob[] };
  expect(jobs[0]!.error).toBe(0);
  expect(jobs[0]!.write.total_ios).toBeGreaterThan(0);
});

interface FioJob {
  readonly error: number;
  readonly write: { readonly total_ios: number };
}
