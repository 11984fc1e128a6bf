// kill -9 while pages go behind and come back loses none that was acknowledged.

import { test } from 'vitest';
import { survivesKills } from './tier-kills.ts';

test.each([
  { what: 'as they are', more: [] },
  { what: 'encrypted, and written while idle', more: ['--tier-encrypt', '--idle-after', '1'] },
])('two kills, with pages behind $what', async ({ more }) => {
  await survivesKills(31 + more.length, 2, more);
});
