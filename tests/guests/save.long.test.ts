// A guest is saved with what it has swapped out, everything that it ran on ends, and it goes on in
// another machine with another lender.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startLender } from '../lender/daemon.ts';
import { qemuDisk } from './attachments.ts';
import { guideWords } from './guide.ts';
import { needsGuests } from './needs.ts';
import { Pressure } from './pressure.ts';
import { Qmp } from './qmp.ts';
import { expectIntact, setStage, startGuest, temporaryFolder } from './stage.ts';

const MINUTES = 60_000;

test(
  'a guest and its lease are saved and go on elsewhere',
  async (context) => {
    needsGuests(context);
    const folder = temporaryFolder();
    const memory = join(folder, 'web.ram');
    const saved = join(folder, 'web.lease');
    const spec = { machineArguments: Qmp.arguments(join(folder, 'qmp')) };
    const { lender, guest, hog, pressure } = await setStage({ attachment: qemuDisk, spec });
    await pressure.goesOn(1000);
    await pressure.stop();
    const before = await pressure.figures();

    await guest.suspend();
    const qmp = await Qmp.connect(join(folder, 'qmp'));
    await qmp.execute('migrate', { uri: `exec:cat > ${memory}` });
    await qmp.until('query-migrate', 'completed', (status) => status === 'failed');
    qmp.close();
    await guest.stop();
    lender.verb(...guideWords('settings.md#save', { 'web.lease': saved }).slice(1));
    await lender.clear();

    const other = await startLender({ leases: {} });
    other.verb(...guideWords('settings.md#restore', { 'web.lease': saved }).slice(1));
    const disk = await qemuDisk.spec(other);
    const machineArguments = [
      ...[...(disk.machineArguments ?? []), ...Qmp.arguments(join(folder, 'again'))],
      ...['-incoming', `exec:cat ${memory}`],
    ];
    const again = await startGuest({ kind: 'tcg', ...disk, isRestored: true, machineArguments });
    // Before it is as it was when it was saved, it has no memory yet.
    const machine = await Qmp.connect(join(folder, 'again'));
    await machine.until('query-status', 'paused');
    machine.close();
    await again.resume();

    const restored = hog.in(again);
    const after = new Pressure(again, restored);
    after.start();
    const figures = await after.goesOn(1000);
    expect(figures.pagesIn).toBeGreaterThan(before.pagesIn);
    await expectIntact({ lender: other, guest: again, hog: restored, pressure: after });
  },
  20 * MINUTES,
);
