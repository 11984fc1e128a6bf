// Programs of the system that recordings and tests use. Missing ones are installed where that is
// plainly wanted (as root, on CI); elsewhere the one line that installs them is named, and what
// needs them says that it was skipped.

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { mustRun, say } from './setup.mjs';

/** Program, or shared library by its name, to the Debian package that has it. */
const packages = {
  valgrind: 'valgrind',
  zstd: 'zstd',
  chromium: 'chromium',
  nbdcopy: 'libnbd-bin',
  nbdinfo: 'libnbd-bin',
  nbdsh: 'python3-libnbd',
  nbdkit: 'nbdkit',
  fio: 'fio',
  strace: 'strace',
  openssl: 'openssl',
  'nbd-client': 'nbd-client',
  'qemu-img': 'qemu-utils',
  'qemu-io': 'qemu-utils',
  'qemu-storage-daemon': 'qemu-utils',
  'qemu-system-x86_64': 'qemu-system-x86',
  'linux.uml': 'user-mode-linux',
  busybox: 'busybox-static',
  gcc: 'gcc libc6-dev',
  mke2fs: 'e2fsprogs',
  lz4: 'lz4',
  cpio: 'cpio',
  'redis-server': 'redis-server',
  'liblzo2.so.2': 'liblzo2-2',
  'libzstd.so.1': 'libzstd1',
  'liblz4.so.1': 'liblz4-1',
};

/** Makes the programs available or says how; returns those that are still missing. */
export function needPrograms(programs) {
  const missing = programs.filter((program) => !hasProgram(program));
  if (missing.length === 0) return [];
  const names = [...new Set(missing.map((program) => packages[program]))];
  const line = `apt-get install -y --no-install-recommends ${names.join(' ')}`;
  if (process.env.CI === 'true' && process.getuid?.() === 0 && hasProgram('apt-get')) {
    say(`installing: ${line}`);
    spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2] });
    mustRun('apt-get', line.split(' ').slice(1), {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    return programs.filter((program) => !hasProgram(program));
  }
  say(`missing: ${missing.join(', ')}; this installs it: ${line}`);
  return missing;
}

export function hasProgram(program) {
  if (program.includes('.so.')) return hasLibrary(program);
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function hasLibrary(soname) {
  const { stdout } = spawnSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  return stdout?.includes(soname) ?? false;
}
