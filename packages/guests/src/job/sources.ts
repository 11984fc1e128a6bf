// Preprocessed files of the Linux kernel, from Debian's packages of its sources and of the
// headers that fit its configuration. The packages are unpacked, not installed, and only the
// preprocessed files are kept: a kernel's sources are 139 MB packed and 1.3 GB unpacked.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder, cacheFolder } from '../cache.ts';
import { GuestError } from '../errors.ts';
import { needPrograms } from '../needs.ts';
import { runProgram } from '../processes.ts';
import { jobFiles, kernelFlags, preprocessedName } from './files.ts';

/** Depends on the headers of Debian's newest kernel for virtual machines. */
const metaPackage = 'linux-headers-cloud-amd64';

/** Told once before each long step, such as `fetching linux-source-6.1 (139 MB)`. */
export type JobProgress = (step: string) => void;

/** A folder with every file of `jobFiles`, preprocessed. */
export async function preprocessedSources(onProgress: JobProgress): Promise<string> {
  const release = await usedRelease();
  return cachedFolder(`job-sources-${release}-${filesKey}`, async (aside) => {
    needPrograms(['apt-get', 'dpkg-deb', 'tar', 'xz', 'gcc']);
    const unpacked = join(aside, 'unpacked');
    await mkdir(unpacked);
    const [version] = /^\d+\.\d+/.exec(release)!;
    const headers = [`linux-headers-${release}-cloud-amd64`, `linux-headers-${release}-common`];
    for (const name of [...headers, `linux-source-${version}`]) {
      await unpackPackage(unpacked, name, onProgress);
    }
    onProgress(`unpacking the sources of Linux ${version}`);
    const sources = `linux-source-${version}`;
    const archive = join(unpacked, `usr/src/${sources}.tar.xz`);
    await mustRun('tar', [
      '--use-compress-program=xz -dT0',
      ...['-xf', archive, '-C', unpacked, `${sources}/mm`],
    ]);
    onProgress('preprocessing files of the kernel');
    const flags = preprocessorFlags(join(unpacked, 'usr/src'), release);
    for (const file of Object.values(jobFiles).flat()) {
      const output = join(aside, preprocessedName(file));
      const input = join(unpacked, sources, file);
      await mustRun('gcc', [...flags, ...nameFlags(file), '-E', '-P', '-o', output, input]);
    }
    await rm(unpacked, { recursive: true });
  });
}

/** Other files, or other flags, are another folder. */
const filesKey = createHash('sha256')
  .update(JSON.stringify([jobFiles, kernelFlags]))
  .digest('hex')
  .slice(0, 8);

let newest: Promise<string> | null = null;

/** The newest release; without package lists, the one used last. */
async function usedRelease(): Promise<string> {
  newest ??= newestRelease();
  try {
    return await newest;
  } catch (error) {
    newest = null;
    const last = await cachedRelease();
    if (last === null) throw error;
    return last;
  }
}

/** Such as 6.1.0-44, by this machine's package lists. */
async function newestRelease(): Promise<string> {
  needPrograms(['apt-get']);
  const { stdout, stderr } = await runProgram('apt-cache', ['depends', metaPackage]);
  const found = /Depends: linux-headers-(\S+)-cloud-amd64/.exec(stdout.toString())?.[1];
  if (found !== undefined) return found;
  throw new GuestError(
    'GUEST_JOB',
    `apt-cache knows no ${metaPackage} ${stderr.trim()}; run apt-get update (the job needs ` +
      "Debian's packages for amd64)",
  );
}

async function cachedRelease(): Promise<string | null> {
  const entries = await readdir(cacheFolder()).catch(() => []);
  const pattern = new RegExp(`^job-sources-(.+)-${filesKey}$`);
  const releases = entries.flatMap((entry) => pattern.exec(entry)?.[1] ?? []);
  releases.sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
  return releases.at(-1) ?? null;
}

async function unpackPackage(folder: string, name: string, onProgress: JobProgress) {
  const { stdout } = await runProgram('apt-cache', ['show', '--no-all-versions', name]);
  const bytes = Number(/^Size: (\d+)$/m.exec(stdout.toString())?.[1] ?? 0);
  onProgress(`fetching ${name} (${(bytes / 1e6).toFixed(0)} MB)`);
  await mustRun('apt-get', ['download', name], folder);
  const file = (await readdir(folder)).find((entry) => entry.endsWith('.deb'));
  if (file === undefined) throw new GuestError('GUEST_JOB', `apt-get fetched no ${name}`);
  await mustRun('dpkg-deb', ['-x', file, '.'], folder);
  await rm(join(folder, file));
}

/** As the kernel's own Makefiles give them, with headers of two packages. */
function preprocessorFlags(packages: string, release: string): string[] {
  const common = join(packages, `linux-headers-${release}-common`);
  const configured = join(packages, `linux-headers-${release}-cloud-amd64`);
  const folders = [
    join(common, 'arch/x86/include'),
    join(configured, 'arch/x86/include/generated'),
    join(common, 'include'),
    join(configured, 'include'),
    join(common, 'arch/x86/include/uapi'),
    join(configured, 'arch/x86/include/generated/uapi'),
    join(common, 'include/uapi'),
    join(configured, 'include/generated/uapi'),
  ];
  const first = ['compiler-version.h', 'kconfig.h', 'compiler_types.h'];
  return [
    ...kernelFlags,
    '-nostdinc',
    ...folders.map((folder) => `-I${folder}`),
    ...first.flatMap((header) => {
      const path = join(common, 'include/linux', header);
      return existsSync(path) ? ['-include', path] : [];
    }),
    '-D__KERNEL__',
    '-DCC_USING_FENTRY',
  ];
}

function nameFlags(file: string): string[] {
  const name = preprocessedName(file).replace(/\.i$/, '');
  return [
    `-DKBUILD_MODFILE="${name}"`,
    `-DKBUILD_BASENAME="${name}"`,
    `-DKBUILD_MODNAME="${name}"`,
    `-D__KBUILD_MODNAME=${name}`,
  ];
}

async function mustRun(program: string, args: readonly string[], cwd?: string): Promise<void> {
  const { status, stderr } = await runProgram(program, args, cwd === undefined ? {} : { cwd });
  if (status === 0) return;
  const what = [program, args.at(-1)].join(' … ');
  throw new GuestError('GUEST_JOB', `${what} failed: ${stderr.trim().slice(0, 500)}`);
}
