// The live view as text: what stands where, what has no room, and rates over a restart.

import type { LeaseJson, PoolJson } from '@pagelend/daemon';
import { describe, expect, it } from 'vitest';
import { ratesBetween, type Sample } from '../src/top/rates.ts';
import { renderTop } from '../src/top/render.ts';

const NO_RATES = { leases: new Map(), tier: { fetches: 0, writes: 0 } };
const PLAIN = { width: 0, rows: 0, hasColor: false };

function lease(name: string, figures: Partial<LeaseJson> = {}): LeaseJson {
  return {
    name,
    id: name,
    size: 1 << 30,
    limit_bytes: null,
    clients: null,
    share: { weight: 1, floor_bytes: 0, cap_bytes: null },
    state: 'lending',
    moves_to: null,
    connections: 1,
    created_at: '2026-01-01T00:00:00Z',
    socket: `/run/pagelend/leases/${name}.sock`,
    orig_data_size: 4 << 20,
    compr_data_size: 900_000,
    mem_used_total: 1 << 20,
    same_pages: 12,
    huge_pages: 3,
    stored_pages: 1024,
    num_reads: 0,
    num_writes: 0,
    failed_reads: 0,
    failed_writes: 0,
    trimmed_pages: 0,
    behind_pages: 0,
    fetched_pages: 0,
    written_behind_pages: 0,
    clean_leavings: 0,
    ...figures,
  };
}

const tier: NonNullable<PoolJson['tier']> = {
  state: 'ok',
  reason: null,
  path: '/var/lib/pagelend/tier',
  policy: 'craw-rm',
  size: 63 << 20,
  free_bytes: 48 << 20,
  is_encrypted: false,
  is_direct: true,
  read_us: 80,
  write_us: 8,
  device_reads: 0,
  device_read_bytes: 0,
  device_writes: 0,
  device_write_bytes: 0,
  failed_device_reads: 0,
  failed_device_writes: 0,
  asked_pages: 0,
  window_hits: 0,
  promoted_pages: 0,
  damaged_pages: 0,
  cleaned_extents: 0,
  cleaned_pages: 0,
  idle_pages: 0,
  room_wishes: 0,
  room_refusals: 0,
};

function sample(atMs: number, leases: readonly LeaseJson[], used = 1 << 20): Sample {
  const pool: PoolJson = {
    ...lease('pool', { orig_data_size: 4 << 20, mem_used_total: used }),
    schema: 'pagelend.pool/1',
    codec: 'lzo',
    mem_limit: 4 << 20,
    table_bytes: 0,
    idle_bytes: 0,
    pages_compacted: 0,
    leases: leases.length,
    connections: leases.length,
    state_dir: '/run/pagelend',
    pool_dir: '/dev/shm/x',
    full_error: 'EIO',
    listen: null,
    http: null,
    pid: 1,
    version: '0.1.0',
    started_at: '2026-01-01T00:00:00Z',
    tier: null,
  };
  return { atMs, pool, leases, advice: null };
}

describe('top', () => {
  it('shows the pool, and leases by what they take', () => {
    const small = lease('small', { mem_used_total: 4096, limit_bytes: 1 << 20, failed_writes: 2 });
    const now = sample(1000, [small, lease('large')]);
    expect(renderTop(now, NO_RATES, PLAIN).split('\n')).toEqual([
      'pool  ██████░░░░░░░░░░░░░░░░░░ 1.0 MiB of 4.0 MiB (25.0 %)',
      'stored 4.0 MiB, ratio 4.00, saved 3.0 MiB, lzo, 2 leases, 2 clients',
      '',
      'lease     size   stored  behind     used    limit    ratio  same  huge  reads/s  writes/s  errors  clients',
      'large  1.0 GiB  4.0 MiB       –  1.0 MiB        –     4.00    12     3        0         0       0        1',
      'small  1.0 GiB  4.0 MiB       –  4.0 KiB  1.0 MiB  1024.00    12     3        0         0       2        1',
    ]);
  });

  it('shows the tier, what is behind, and a ratio of what is in memory', () => {
    const behind = { behind_pages: 512, fetched_pages: 1000, written_behind_pages: 200 };
    const web = lease('web', behind);
    const before = sample(0, [web]);
    const { pool, ...rest } = sample(2000, [web]);
    const now = { ...rest, pool: { ...pool, ...behind, fetched_pages: 1500, tier } };
    const rates = ratesBetween({ ...before, pool: { ...pool, ...behind, tier } }, now);
    expect(renderTop(now, rates, PLAIN).split('\n')).toEqual([
      'pool  ██████░░░░░░░░░░░░░░░░░░ 1.0 MiB of 4.0 MiB (25.0 %)',
      'stored 4.0 MiB, ratio 2.00, saved 1.0 MiB, lzo, 1 lease, 1 client',
      'tier  ok, behind 2.0 MiB, 48.0 MiB of 63.0 MiB free, craw-rm, 250 fetches/s, 0 writes/s',
      '',
      'lease     size   stored   behind     used  limit  ratio  same  huge  reads/s  writes/s  errors  clients',
      'web    1.0 GiB  4.0 MiB  2.0 MiB  1.0 MiB      –   2.00    12     3        0         0       0        1',
    ]);
    const failing = { ...now.pool, tier: { ...tier, state: 'failing', reason: 'EIO' } as const };
    expect(renderTop({ ...now, pool: failing }, NO_RATES, PLAIN)).toMatch(
      /^tier {2}failing, behind .* 0 fetches\/s, 0 writes\/s: EIO$/m,
    );
  });

  it('stays within the terminal, and tells what has no room', () => {
    const now = sample(
      0,
      Array.from({ length: 30 }, (_, index) => lease(`guest-${index}`)),
    );
    const lines = renderTop(now, NO_RATES, { width: 60, rows: 10, hasColor: false }).split('\n');
    expect(lines.length).toBeLessThanOrEqual(10);
    expect(lines.at(-1)).toBe('… and 25 more');
    for (const line of lines.slice(3)) expect(line.length).toBeLessThanOrEqual(60);
  });

  it('colours the bar by how full the pool is', () => {
    const colorAt = (used: number) =>
      /\x1b\[(\d+)m/.exec(
        renderTop(sample(0, [], used), NO_RATES, { ...PLAIN, hasColor: true }),
      )![1];
    expect([1, 3.3, 3.9].map((mib) => colorAt(mib * 2 ** 20))).toEqual(['32', '33', '31']);
  });
});

describe('rates', () => {
  it('are pages a second, and nothing at first, for a new lease, or after a restart', () => {
    const before = sample(0, [lease('a', { num_reads: 100, num_writes: 900 })]);
    const now = sample(2000, [lease('a', { num_reads: 300, num_writes: 10 }), lease('b')]);
    expect(ratesBetween(before, now).leases).toEqual(
      new Map([
        ['a', { reads: 100, writes: 0 }],
        ['b', { reads: 0, writes: 0 }],
      ]),
    );
    expect(ratesBetween(null, now).leases.get('a')).toEqual({ reads: 0, writes: 0 });
  });
});
