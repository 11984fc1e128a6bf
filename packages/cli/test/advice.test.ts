// What `top` says of a lease in few words: only what is much, and surely more than noise.

import type { LeaseAdviceJson } from '@pagelend/daemon';
import { describe, expect, test } from 'vitest';
import { adviceText } from '../src/top/advice.ts';

const MIB = 2 ** 20;

function advice(
  more: readonly (readonly [bytes: number, percent: number | null, error: number | null])[],
  others: readonly (readonly [policy: string, percent: number | null, error: number | null])[],
): LeaseAdviceJson {
  const nothing = { fewer_writes_percent: null, fewer_writes_error: null } as const;
  return {
    name: 'web',
    policy: 'craw-rm:link=lazy',
    resident_bytes: 8 * MIB,
    references: 1e6,
    sample_rate: 0.5,
    sampled_pages: 4000,
    more_memory: more.map(([bytes, fewer_faults_percent, fewer_faults_error]) => ({
      bytes,
      unknown: fewer_faults_percent === null ? 'warming-up' : null,
      fewer_faults_percent,
      fewer_faults_error,
    })),
    other_policies: others.map(([policy, less_device_time_percent, less_device_time_error]) => ({
      policy,
      unknown: less_device_time_percent === null ? 'too-few-events' : null,
      ...nothing,
      fewer_reads_percent: null,
      fewer_reads_error: null,
      less_device_time_percent,
      less_device_time_error,
    })),
    curve: [],
  };
}

describe('advice in few words', () => {
  test('names the least memory that spares many faults, and the best policy', () => {
    const said = adviceText(
      advice(
        [
          [2 * MIB, 4, 0.1],
          [4 * MIB, 41.4, 1],
          [8 * MIB, 90, 1],
        ],
        [
          ['clock', 6, 0.5],
          ['wager', 12.3, 2],
          ['lru', -4, 0.1],
        ],
      ),
    );
    expect(said).toBe('+4.0 MiB: -41 % faults, wager: -12 % device time');
  });

  test('says nothing of noise, of little, and of what is not known', () => {
    expect(adviceText(advice([[MIB, 12, 8]], [['wager', 5.5, 4]]))).toBe('');
    expect(adviceText(advice([[MIB, 9, 0]], [['wager', 4, 0]]))).toBe('');
    expect(adviceText(advice([[MIB, null, null]], [['wager', null, null]]))).toBe('');
    expect(adviceText(undefined)).toBe('');
  });
});
