// What the machine must have, by kind of guest and configuration.

import { afterEach, expect, it } from 'vitest';
import { checkNeeds, programsFor } from '../../src/experiment/needs.ts';

const PATH = process.env.PATH;
afterEach(() => {
  process.env.PATH = PATH;
});

it('asks for what is used and for nothing else', () => {
  expect(programsFor('tcg', ['lent', 'zram'])).not.toContain('nbdkit');
  expect(programsFor('tcg', ['nbdkit'])).toContain('nbdkit');
  expect(programsFor('tcg', ['disk'])).toContain('qemu-nbd');
  expect(programsFor('uml', ['lent'])).toContain('qemu-storage-daemon');
  expect(programsFor('uml', ['zram', 'none'])).not.toContain('qemu-storage-daemon');
});

it('names all that is missing in one line that installs it', () => {
  process.env.PATH = '/nowhere';
  expect(() => checkNeeds('uml', ['nbdkit', 'disk'])).toThrow(
    /^not installed: .*linux\.uml.*; this installs it: apt-get install -y --no-install-recommends .*user-mode-linux.*nbdkit.*qemu-utils/,
  );
});
