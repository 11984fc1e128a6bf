// Thirty kills, by the rules by which pages come and go.

import { expect, test } from 'vitest';
import { survivesKills } from './tier-kills.ts';

test.each([
  ['always', '--promote', 'always'],
  ['second, encrypted', '--promote', 'second', '--tier-encrypt'],
  ['never, idle pages', '--promote', 'never', '--idle-after', '1', '--policy', 'lru'],
])(
  'ten kills, promoted %s',
  async (_, ...more) => {
    const { lender } = await survivesKills(7 * more.length + more[1]!.length, 10, more);
    expect(await lender.stop()).toBe(0);
  },
  1_800_000,
);
