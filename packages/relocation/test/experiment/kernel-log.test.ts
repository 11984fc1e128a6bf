// Which lines of a kernel's log are complaints.

import { expect, it } from 'vitest';
import { complaintsIn } from '../../src/experiment/kernel-log.ts';

it('finds failed input and output, killed processes and the kernel’s own warnings', () => {
  const bad = [
    '[   12.3] blk_update_request: I/O error, dev vda, sector 8 op 0x1:(WRITE) flags 0x0',
    '[   12.4] Write-error on swap-device (254:0:16)',
    '[   12.5] Read-error on swap-device (254:0:24)',
    '[   13.0] Out of memory: Killed process 77 (cc1) total-vm:1kB',
    '[   14.0] WARNING: CPU: 0 PID: 1 at mm/page_alloc.c:4000',
  ];
  const good = [
    '[    0.1] Linux version 6.1.0',
    '[    2.0] Adding 262140k swap on /dev/zram0.  Priority:-2 extents:1 across:262140k SSDsc',
    '[    2.1] EXT4-fs (ubda): mounted filesystem without journal. Quota mode: none.',
  ];
  expect(complaintsIn([...good, ...bad].join('\n'))).toEqual(bad);
  expect(complaintsIn(good.join('\n'))).toEqual([]);
  expect(complaintsIn([...bad, ...good].join('\n'), bad.join('\n'))).toEqual([]);
  expect(complaintsIn([...good, bad[0]].join('\n'), good.join('\n'))).toEqual([bad[0]]);
  expect(complaintsIn(Array(99).fill(bad[0]).join('\n')).length).toBeLessThan(10);
});
