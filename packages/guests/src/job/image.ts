// The build job's disk: the compiler proper (cc1) of this machine's gcc, the libraries it is
// linked with, and preprocessed files of the kernel, on a file system of its own. In the guest's
// first file system all this would be the guest's memory.

import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cachedFolder } from '../cache.ts';
import { GuestError } from '../errors.ts';
import { librariesOf } from '../initramfs/libraries.ts';
import { needProgram, needPrograms } from '../needs.ts';
import { runProgram } from '../processes.ts';
import { type JobWeight, jobFiles, preprocessedName } from './files.ts';
import { type JobProgress, preprocessedSources } from './sources.ts';

export interface JobImageOptions {
  /** Default `full`; `light` for emulated guests, which compile some twenty times slower. */
  readonly weight?: JobWeight;
  /** How many files, in their order; default and at most all there are of that weight. */
  readonly fileCount?: number;
  readonly onProgress?: JobProgress;
}

export interface JobImage {
  /** An ext4 image, for a disk that is read only: several guests may have it at once. */
  readonly imagePath: string;
  readonly imageBytes: number;
  /** In the order they are compiled. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/** The loader and the folders on the image, which the job's command names. */
export const jobLoader = 'lib/ld-linux-x86-64.so.2';

/**
 * Builds the image, or finds the one built before. The first time fetches 150 MB of Debian's
 * packages. Throws GuestError GUEST_JOB or GUEST_PROGRAMS_MISSING.
 */
export async function buildJobImage(options: JobImageOptions = {}): Promise<JobImage> {
  const { weight = 'full', fileCount = jobFiles[weight].length, onProgress = () => {} } = options;
  const sources = jobFiles[weight];
  if (!Number.isInteger(fileCount) || fileCount < 1 || fileCount > sources.length) {
    throw new RangeError(`the ${weight} job has 1 to ${sources.length} files, not ${fileCount}`);
  }
  const names = sources.slice(0, fileCount).map(preprocessedName);
  needPrograms(['gcc', 'mke2fs']);
  const folder = await preprocessedSources(onProgress);
  const compiler = await compilerProper();
  const { size, mtimeMs } = await stat(compiler);
  const key = createHash('sha256')
    .update(JSON.stringify([basename(folder), names, compiler, size, mtimeMs]))
    .digest('hex')
    .slice(0, 12);
  const made = await cachedFolder(`job-image-${key}`, async (aside) => {
    onProgress(`making an image with ${names.length} files`);
    await makeImage(
      aside,
      compiler,
      names.map((name) => join(folder, name)),
    );
  });
  const imagePath = join(made, 'job.ext4');
  const files = names.map(async (name) => ({ name, bytes: (await stat(join(folder, name))).size }));
  return {
    imagePath,
    imageBytes: (await stat(imagePath)).size,
    files: await Promise.all(files),
  };
}

/** gcc is a driver; what compiles is cc1. */
async function compilerProper(): Promise<string> {
  const { stdout } = await runProgram(needProgram('gcc'), ['-print-prog-name=cc1']);
  const path = stdout.toString().trim();
  // Without one, gcc prints the name alone.
  if (path.startsWith('/')) return realpath(path);
  throw new GuestError('GUEST_JOB', `gcc has no cc1; this installs it: ${cpp}`);
}
const cpp = 'apt-get install -y --no-install-recommends cpp';

async function makeImage(folder: string, compiler: string, files: readonly string[]) {
  const tree = join(folder, 'tree');
  await mkdir(join(tree, 'lib'), { recursive: true });
  const libraries = await librariesOf(compiler);
  await copyFile(compiler, join(tree, 'cc1'));
  for (const library of libraries) await copyFile(library, join(tree, 'lib', basename(library)));
  for (const file of files) await copyFile(file, join(tree, basename(file)));
  await stat(join(tree, jobLoader)).catch(() => {
    throw new GuestError('GUEST_JOB', `${compiler} is not linked for this job's loader`);
  });
  const image = join(folder, 'job.ext4');
  const { status, stderr } = await runProgram(needProgram('mke2fs'), [
    ...['-q', '-t', 'ext4', '-m', '0', '-b', '4096', '-O', '^has_journal,^resize_inode'],
    ...['-L', 'job', '-d', tree, image, `${await kibibytesFor(tree)}k`],
  ]);
  if (status !== 0) throw new GuestError('GUEST_JOB', `mke2fs failed: ${stderr.trim()}`);
  await rm(tree, { recursive: true });
}

/** The content by whole blocks, and room for the tables of the file system. */
async function kibibytesFor(tree: string): Promise<number> {
  const entries = await readdir(tree, { recursive: true, withFileTypes: true });
  let blocks = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    blocks += Math.ceil((await stat(join(entry.parentPath, entry.name))).size / 4096);
  }
  return Math.ceil(blocks * 1.05) * 4 + 4096;
}
