// pagelend reproduce relocation as users type it, where no guest is needed to answer.

import { describe, expect, it } from 'vitest';
import { expectComplaint, folder, PAGELEND } from './run.ts';

const here = folder();
const relocation = (...flags: string[]) => here.run('reproduce', 'relocation', ...flags);

describe('reproduce relocation', () => {
  it.each<[flags: string, says: RegExp]>([
    ['--configurations lent,floppy', /lent,floppy.*: expected names out of lent, zram, nbdkit/],
    ['--regime dirty', /'dirty' is invalid.*clean, pressure, both/],
    ['--guest-kind xen', /'xen' is invalid.*auto, kvm, uml, tcg/],
    ['--rounds 0', /expected a whole number of at least 1/],
    ['--memory much', /expected a size such as/],
    ['--memory 1000001', /--memory 1000001: expected a multiple of 4096/],
    ['--hog 5', /--hog 5: expected a multiple of 4096/],
    ['--hog 250MiB', /a hog of 250 MiB in a guest of 256 MiB.*\[RELOCATION_OPTION\]/],
    ['--compressible 101', /expected a whole number from 0 to 100/],
    ['--regime pressure --configurations none', /nothing to run.*\[RELOCATION_OPTION\]/],
    ['--html - --csv -', /twice/],
    ['extra', /too many arguments/],
  ])('%s is wrong usage', async (flags, says) => {
    expectComplaint(await relocation(...flags.split(' ')), 2, says);
  });

  it('finds out before the guests that an output cannot be written', async () => {
    expectComplaint(await relocation('--html', 'no/such/page.html'), 1, 'CLI_OUTPUT');
  });

  it('names what this machine lacks in the one line that installs it', async () => {
    const program = `'${process.execPath}' '${PAGELEND}'`;
    const ran = await here.shell(`PATH=/nowhere ${program} reproduce relocation --guest-kind tcg`);
    expectComplaint(
      ran,
      1,
      /not installed: .*qemu-system-x86_64.*this installs it: apt-get install -y --no-install-recommends .*\[RELOCATION_MISSING\]/,
    );
  });

  it('is a verb of the group, with help', async () => {
    const { stdout } = await relocation('--help');
    expect(stdout).toContain('Usage: pagelend reproduce relocation');
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(110);
  });
});
