// pagelend reproduce relocation on real guests, as small as it still means something: one round of a
// fixed amount swapped out, compressed inside the guest and lent.

import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RelocationResult } from '@pagelend/relocation';
import { describe, expect, it } from 'vitest';
import { collect, folder, hasProgram, PAGELEND } from './run.ts';

const here = folder();
/** Root's programs are not on everybody's path. */
const programs = [
  'linux.uml',
  'busybox',
  'qemu-storage-daemon',
  'gcc',
  'xz',
  'dpkg-deb',
  'apt-get',
];
const missing = programs.filter((name) => !hasProgram(name));
const reason = missing.length === 0 ? '' : ` (skipped: no ${missing.join(', ')})`;
const MINUTES_10 = 600_000;

describe.skipIf(missing.length > 0)(`on user-mode Linux${reason}`, () => {
  it('gains with lent swap what the pool took inside the guest', {
    timeout: MINUTES_10,
  }, async () => {
    const flags = [
      '--configurations',
      'zram,lent',
      '--regime',
      'clean',
      '--rounds',
      '1',
      '--no-sweep',
    ];
    const kind = ['--guest-kind', 'uml', '--json'];
    const result = await here.json<RelocationResult>('reproduce', 'relocation', ...flags, ...kind);
    expect(result.failures).toEqual([]);
    expect(result.rows).toHaveLength(2);
    for (const row of result.rows) {
      expect(row.hog_words_wrong + row.companion_words_wrong).toBe(0);
      expect(row.hog_words).toBe(row.hog_bytes / 8);
      expect(row.kernel_complaints).toEqual([]);
      expect(row.swapped_out_pages * 4096).toBeGreaterThanOrEqual(row.hog_bytes * 0.95);
      expect(row.companion_looks).toBeGreaterThan(0);
    }
    const [gain] = result.gains;
    expect(gain!.measured_pages.median).toBeGreaterThan(0);
    const verdicts = Object.fromEntries(result.claims.map(({ id, verdict }) => [id, verdict]));
    expect(verdicts).toMatchObject({ 'more-free-clean': 'agrees', 'nothing-lost': 'agrees' });
    // Within 10 % on a quiet machine; here only that it is no other number altogether.
    expect(Math.abs(gain!.apart_percent)).toBeLessThan(40);
  });

  it('ends guests and lender at Ctrl-C, and leaves nothing', { timeout: MINUTES_10 }, async () => {
    const pools = () => readdirSync('/dev/shm').filter((name) => name.startsWith('pagelend-reloc'));
    const before = pools();
    const words = ['reproduce', 'relocation', '--guest-kind', 'uml', '--configurations', 'lent'];
    const line = `'${process.execPath}' '${PAGELEND}' ${words.join(' ')} --html page.html & echo $! > pid; wait $!`;
    const ended = collect('bash', ['-c', line], here.path);
    // Until the lender is up, and with it the first guests on their way.
    while (pools().length === before.length) await sleep(100);
    await sleep(4000);
    await here.shell('kill -INT $(cat pid)');
    const { status, stdout, stderr } = await ended;
    expect({ status, stdout }).toEqual({ status: 130, stdout: '' });
    expect(stderr).toContain('[CLI_INTERRUPTED]');
    expect(pools()).toEqual(before);
    expect(existsSync(`${here.path}/page.html`)).toBe(false);
  });
});
