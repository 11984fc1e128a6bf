// Kernels that guests boot: Debian's cloud kernel, fetched once by apt-get without being
// installed; one that the user gives; and the one that the package of user-mode Linux brings.

import { existsSync } from 'node:fs';
import { readdir, readFile, realpath, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cachedFolder, cacheFolder } from '../cache.ts';
import type { GuestKind, KernelFiles } from '../contract.ts';
import { GuestError, reasonOf } from '../errors.ts';
import { needProgram, needPrograms } from '../needs.ts';
import { runProgram } from '../processes.ts';
import { unpackKernel } from './unpack.ts';

/** The package that always depends on Debian's newest kernel for virtual machines. */
const metaPackage = 'linux-image-cloud-amd64';
/** How long a fetched kernel is used before apt is asked, which takes it a second, for a newer. */
const KERNEL_DAYS_MAX = 7;

const umlModules = '/usr/lib/uml/modules';

/** The kernel for a guest of that kind; the given one, if any. */
export async function kernelFor(
  kind: GuestKind,
  given: KernelFiles | undefined,
): Promise<KernelFiles> {
  if (given !== undefined) return givenKernel(kind, given);
  return kind === 'uml' ? umlKernel() : debianKernel();
}

async function givenKernel(kind: GuestKind, given: KernelFiles): Promise<KernelFiles> {
  await stat(given.modules).catch((error: unknown) => cannotRead(given.modules, error));
  const image = await realpath(given.image).catch((error: unknown) =>
    cannotRead(given.image, error),
  );
  if (kind === 'uml') return { image, modules: given.modules };
  const { mtimeMs, size } = await stat(image);
  const name = `kernel-${basename(image)}-${size}-${Math.round(mtimeMs)}`;
  const folder = await cachedFolder(name, (aside) => unpackInto(aside, image));
  return { image: join(folder, 'vmlinux'), modules: given.modules };
}

async function umlKernel(): Promise<KernelFiles> {
  const image = needProgram('linux.uml');
  const releases = existsSync(umlModules) ? await readdir(umlModules) : [];
  const release = releases.sort().at(-1);
  if (release === undefined) {
    throw new GuestError(
      'GUEST_KERNEL',
      `${umlModules} has no modules for ${image}; install Debian's package user-mode-linux`,
    );
  }
  return { image, modules: join(umlModules, release) };
}

let debian: Promise<KernelFiles> | null = null;

/** Debian's newest cloud kernel, as the package lists of this machine know it. */
function debianKernel(): Promise<KernelFiles> {
  debian ??= fetchDebianKernel().catch((error: unknown) => {
    debian = null;
    throw error;
  });
  return debian;
}

async function fetchDebianKernel(): Promise<KernelFiles> {
  needPrograms(['apt-get', 'dpkg-deb']);
  const last = await newestCached();
  const folder =
    last !== null && last.ageDays < KERNEL_DAYS_MAX
      ? last.folder
      : await fetchedFolder().catch((error: unknown) => {
          // Without a network, or with old package lists, the one of last time is as good.
          if (last === null) throw error;
          return last.folder;
        });
  const modulesOf = existsSync(join(folder, 'lib/modules')) ? 'lib/modules' : 'usr/lib/modules';
  const [release] = await readdir(join(folder, modulesOf));
  return { image: join(folder, 'vmlinux'), modules: join(folder, modulesOf, release!) };
}

async function fetchedFolder(): Promise<string> {
  const name = await packageOfKernel();
  const folder = await cachedFolder(name, async (aside) => {
    await downloadInto(aside, name);
    const [image] = (await readdir(join(aside, 'boot'))).filter((file) => /^vmlinuz/.test(file));
    if (image === undefined) throw new GuestError('GUEST_KERNEL', `${name} has no kernel in /boot`);
    await unpackInto(aside, join(aside, 'boot', image));
  });
  const now = new Date();
  await utimes(folder, now, now);
  return folder;
}

/** The newest kernel that was fetched before, and when it was last the newest there is. */
async function newestCached(): Promise<{ folder: string; ageDays: number } | null> {
  const entries = await readdir(cacheFolder()).catch(() => []);
  const kernels = entries.filter((entry) => entry.startsWith('linux-image-'));
  kernels.sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
  const newest = kernels.at(-1);
  if (newest === undefined) return null;
  const folder = join(cacheFolder(), newest);
  const { mtimeMs } = await stat(folder);
  return { folder, ageDays: (Date.now() - mtimeMs) / 86_400_000 };
}

/** The package that the meta package depends on now, such as linux-image-6.1.0-44-cloud-amd64. */
async function packageOfKernel(): Promise<string> {
  const { stdout, stderr } = await runProgram('apt-cache', ['depends', metaPackage]);
  const found = /Depends: (linux-image-\S+)/.exec(stdout.toString())?.[1];
  if (found !== undefined) return found;
  throw new GuestError(
    'GUEST_KERNEL',
    `apt-cache knows no ${metaPackage} ${stderr.trim()}; run apt-get update, or give a kernel`,
  );
}

async function downloadInto(folder: string, name: string): Promise<void> {
  const { status, stderr } = await runProgram('apt-get', ['download', name], { cwd: folder });
  const [file] = (await readdir(folder)).filter((entry) => entry.endsWith('.deb'));
  if (status !== 0 || file === undefined) {
    throw new GuestError(
      'GUEST_KERNEL',
      `apt-get download ${name} failed: ${stderr.trim()}; run apt-get update, or give a kernel`,
    );
  }
  const unpacked = await runProgram('dpkg-deb', ['-x', file, '.'], { cwd: folder });
  if (unpacked.status === 0) return;
  throw new GuestError('GUEST_KERNEL', `dpkg-deb -x ${file} failed: ${unpacked.stderr.trim()}`);
}

async function unpackInto(folder: string, image: string): Promise<void> {
  const packed = await readFile(image).catch((error: unknown) => cannotRead(image, error));
  await writeFile(join(folder, 'vmlinux'), await unpackKernel(packed, image));
}

function cannotRead(path: string, error: unknown): never {
  throw new GuestError('GUEST_KERNEL', `${path} cannot be read: ${reasonOf(error)}`);
}
