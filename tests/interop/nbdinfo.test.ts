// nbdinfo: what the lender says of an export, its list of exports, the map of what is stored.

import { beforeAll, expect, test } from 'vitest';
import { type Lender, startLender } from '../lender/daemon.ts';
import { makePage, PAGE_BYTES, Random } from '../lender/pages.ts';
import { mustRun, needs } from './clients.ts';

const SIZE = 4 * 2 ** 20;
let lender: Lender;

beforeAll(async () => {
  lender = await startLender({ leases: { guest: String(SIZE) } });
});

interface Info {
  readonly protocol: string;
  readonly structured: boolean;
  readonly exports: readonly Readonly<Record<string, unknown>>[];
}

test('an export is described as it is', async (context) => {
  needs(context, 'nbdinfo', 'libnbd-bin');
  const info = JSON.parse(await mustRun('nbdinfo', ['--json', lender.uri('guest')])) as Info;
  expect(info).toMatchObject({ protocol: 'newstyle-fixed', structured: true });
  expect(info.exports[0]).toMatchObject({
    'export-name': 'guest',
    'export-size': SIZE,
    is_read_only: false,
    is_rotational: false,
    can_multi_conn: true,
    can_cache: true,
    can_flush: true,
    can_fua: true,
    can_trim: true,
    can_zero: true,
    can_df: true,
    block_size_minimum: 1,
    block_size_preferred: 4096,
    block_size_maximum: 32 * 2 ** 20,
  });
  expect(info.exports[0]!.contexts).toContain('base:allocation');
});

test('the list of a socket has its lease and no other', async (context) => {
  needs(context, 'nbdinfo', 'libnbd-bin');
  const list = JSON.parse(await mustRun('nbdinfo', ['--list', '--json', lender.uri('guest')]));
  expect((list as Info).exports.map((one) => one['export-name'])).toEqual(['guest']);
});

test('the map tells data from zeroes and holes', async (context) => {
  needs(context, 'nbdinfo', 'libnbd-bin');
  const client = await lender.connect('guest');
  const page = makePage(new Random(1), 'text');
  await client.write(4 * PAGE_BYTES, Buffer.concat([page, page]));
  await client.disconnect();
  const map = JSON.parse(await mustRun('nbdinfo', ['--map', '--json', lender.uri('guest')]));
  const extents = map as { offset: number; length: number; type: number }[];
  const data = extents.filter(({ type }) => type === 0);
  expect(data.map(({ offset, length }) => [offset, length])).toEqual([[16_384, 8192]]);
  const total = extents.reduce((sum, { length }) => sum + length, 0);
  expect(total).toBe(SIZE);
  expect(extents.every(({ type }) => type === 0 || type === 3)).toBe(true);
});

test('its size alone, and that it is alive', async (context) => {
  needs(context, 'nbdinfo', 'libnbd-bin');
  expect((await mustRun('nbdinfo', ['--size', lender.uri('guest')])).trim()).toBe(String(SIZE));
  await mustRun('nbdinfo', ['--can', 'connect', lender.uri('guest')]);
});
