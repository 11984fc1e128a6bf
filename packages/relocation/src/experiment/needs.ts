// What the experiment needs of the machine beside Node: all that is missing is named at once, in the
// one line that installs it.

import { findProgram, type GuestKind, hostPackages, programsOfKind } from '@pagelend/guests';
import { RelocationError } from '../errors.ts';
import type { Configuration } from './plan.ts';

/** Debian packages of programs that the guests' room does not know. */
const ownPackages: Readonly<Record<string, string>> = {
  nbdkit: 'nbdkit',
  'qemu-nbd': 'qemu-utils',
};

const jobPrograms = ['gcc', 'mke2fs', 'apt-get', 'dpkg-deb', 'xz'];

/** Programs by kind of guest and configuration, each once. */
export function programsFor(
  kind: GuestKind,
  configurations: readonly Configuration[],
): readonly string[] {
  const hasDevices = configurations.some((one) => one !== 'zram' && one !== 'none');
  return [
    ...new Set([
      ...programsOfKind[kind],
      ...jobPrograms,
      ...(configurations.includes('nbdkit') ? ['nbdkit'] : []),
      ...(configurations.includes('disk') ? ['qemu-nbd'] : []),
      ...(kind === 'uml' && hasDevices ? ['qemu-storage-daemon'] : []),
    ]),
  ];
}

/** Throws RelocationError RELOCATION_MISSING with the line that installs what is not there. */
export function checkNeeds(kind: GuestKind, configurations: readonly Configuration[]): void {
  const missing = programsFor(kind, configurations).filter(
    (program) => findProgram(program) === null,
  );
  if (missing.length === 0) return;
  const known: Readonly<Record<string, string>> = { ...hostPackages, ...ownPackages };
  const packages = [...new Set(missing.map((program) => known[program] ?? program))];
  throw new RelocationError(
    'RELOCATION_MISSING',
    `not installed: ${missing.join(', ')}; this installs it: ` +
      `apt-get install -y --no-install-recommends ${packages.join(' ')}`,
  );
}
