// The build job for real: its image made from Debian's packages (150 MB the first time), looked
// into by debugfs, run on the host and in a guest.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  bootGuest,
  buildJobImage,
  findProgram,
  guestKindsHere,
  type JobImage,
  jobCommand,
  parseJobOutput,
} from '@pagelend/guests';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kernelFlags } from '../src/job/files.ts';

const run = promisify(execFile);
const missing = ['apt-get', 'dpkg-deb', 'gcc', 'mke2fs', 'debugfs', 'xz', 'tar'].filter(
  (program) => findProgram(program) === null,
);
const umlReason = (await guestKindsHere()).find(({ kind }) => kind === 'uml')?.reason ?? null;
const skipped = missing.length > 0 ? ` [skipped: ${missing.join(', ')} absent]` : '';
const generous = { timeout: 600_000 };

describe.skipIf(missing.length > 0)(`the image of the build job${skipped}`, generous, () => {
  let image: JobImage;
  let folder = '';
  const steps: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pagelend-job-'));
    image = await buildJobImage({ fileCount: 2, onProgress: (step) => steps.push(step) });
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is a sound file system with the right files', async () => {
    expect((await stat(image.imagePath)).size).toBe(image.imageBytes);
    await run(findProgram('e2fsck')!, ['-fn', image.imagePath]);
    await run(findProgram('debugfs')!, ['-R', `rdump / ${folder}`, image.imagePath]);
    const names = (await readdir(folder)).filter((name) => name !== 'lost+found');
    expect(names.sort()).toEqual(['cc1', 'lib', 'mm_shmem.i', 'mm_swapfile.i']);
    for (const { name, bytes } of image.files) {
      expect((await stat(join(folder, name))).size).toBe(bytes);
      expect(bytes).toBeGreaterThan(1_000_000);
    }
  });

  it('its compiler runs with nothing but its own libraries, and compiles', async () => {
    const output = join(folder, 'output.s');
    await run(join(folder, 'lib/ld-linux-x86-64.so.2'), [
      ...['--inhibit-cache', '--library-path', join(folder, 'lib'), join(folder, 'cc1')],
      ...['-quiet', '-fpreprocessed', join(folder, 'mm_shmem.i'), ...kernelFlags, '-o', output],
    ]);
    const { stdout } = await run('grep', ['-c', '^shmem_', output]);
    expect(Number(stdout)).toBeGreaterThan(20);
  });

  it('is found again, without any step', async () => {
    const again = await buildJobImage({ fileCount: 2, onProgress: (step) => steps.push(step) });
    expect(again).toEqual(image);
    expect(steps.filter((step) => step.startsWith('making')).length).toBeLessThanOrEqual(1);
  });

  it.skipIf(umlReason !== null)(
    'compiles in a guest [skipped where UML does not run]',
    async () => {
      const guest = await bootGuest({
        name: 'job',
        kind: 'uml',
        memoryBytes: 256 * 1024 * 1024,
        folder,
        disks: [{ kind: 'file', path: image.imagePath, isReadOnly: true }],
      });
      try {
        const device = guest.devices[0]!;
        const options = { device, image, outputFolder: '/tmp/out' };
        const files = parseJobOutput(await guest.mustRun(jobCommand(options)));
        expect(files.map(({ name }) => name)).toEqual(image.files.map(({ name }) => name));
        for (const { cpuSeconds } of files) expect(cpuSeconds).toBeGreaterThan(0.1);
        // Once more: the disk is mounted already.
        expect(parseJobOutput(await guest.mustRun(jobCommand(options)))).toHaveLength(2);
        const labels = await guest.mustRun("grep -c '^shmem_' /tmp/out/mm_shmem.i.s");
        expect(Number(labels)).toBeGreaterThan(20);
      } finally {
        await guest.stop();
      }
    },
  );
});
