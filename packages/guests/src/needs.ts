// Programs of the host that guests need, and the Debian packages that have them. All that is
// missing is named at once, in the one line that installs it.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { GuestKind } from './contract.ts';
import { GuestError } from './errors.ts';

/** Program to the Debian package that has it. */
export const hostPackages = {
  busybox: 'busybox-static',
  'dpkg-deb': 'dpkg',
  'apt-get': 'apt',
  xz: 'xz-utils',
  zstd: 'zstd',
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-storage-daemon': 'qemu-utils',
  'linux.uml': 'user-mode-linux',
  'nbd-client': 'nbd-client',
  gcc: 'gcc libc6-dev',
  mke2fs: 'e2fsprogs',
  tar: 'tar',
} as const;

export type HostProgram = keyof typeof hostPackages;

/** What each kind cannot do without. Further programs are asked for where they are used. */
export const programsOfKind: Readonly<Record<GuestKind, readonly HostProgram[]>> = {
  kvm: ['busybox', 'qemu-system-x86_64'],
  tcg: ['busybox', 'qemu-system-x86_64'],
  uml: ['busybox', 'linux.uml'],
};

/** The path of a program, looked for where shells look and where root's programs are. */
export function findProgram(program: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    if (folder === '') continue;
    const path = join(folder, program);
    if (canExecute(path)) return path;
  }
  return null;
}

export function missingPrograms(programs: readonly HostProgram[]): HostProgram[] {
  return programs.filter((program) => findProgram(program) === null);
}

/** The one line that installs the packages of these programs. */
export function installLine(programs: readonly HostProgram[]): string {
  const names = [...new Set(programs.map((program) => hostPackages[program]))];
  return `apt-get install -y --no-install-recommends ${names.join(' ')}`;
}

/** Throws GuestError GUEST_PROGRAMS_MISSING unless all of them are there. */
export function needPrograms(programs: readonly HostProgram[]): void {
  const missing = missingPrograms(programs);
  if (missing.length === 0) return;
  throw new GuestError(
    'GUEST_PROGRAMS_MISSING',
    `not installed: ${missing.join(', ')}; this installs it: ${installLine(missing)}`,
  );
}

/** The path of a program. Throws GuestError GUEST_PROGRAMS_MISSING without it. */
export function needProgram(program: HostProgram): string {
  const path = findProgram(program);
  if (path === null) needPrograms([program]);
  return path!;
}

function canExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
