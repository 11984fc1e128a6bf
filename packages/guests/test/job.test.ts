// The build job's command and what is read of its output, without its image.

import { describe, expect, it } from 'vitest';
import { jobCommand, parseJobOutput } from '../src/job/command.ts';
import { jobFiles, preprocessedName } from '../src/job/files.ts';
import { buildJobImage } from '../src/job/image.ts';

describe('the build job', () => {
  it('names preprocessed files so that no two are the same', () => {
    const names = Object.values(jobFiles).flat().map(preprocessedName);
    expect(new Set(names).size).toBe(names.length);
    expect(preprocessedName('mm/shmem.c')).toBe('mm_shmem.i');
  });

  it('compiles the files of the image in their order', () => {
    const image = {
      imagePath: '/nowhere',
      imageBytes: 0,
      files: [
        { name: 'b.i', bytes: 1 },
        { name: 'a.i', bytes: 1 },
      ],
    };
    const command = jobCommand({ device: '/dev/vdc', image, outputFolder: '/tmp/out' });
    expect(command).toContain('mount -t ext4 -o ro /dev/vdc /mnt/job');
    expect(command).toContain('for file in b.i a.i; do');
    expect(command).toContain('-o /tmp/out/$file.s');
    expect(jobCommand({ device: '/dev/vdc', image })).toContain('-o /dev/null');
  });

  it('reads the times, and takes nothing else for them', () => {
    const output = 'noise\ncompiled a.i status 0 real 1.20 user 1.00 sys 0.05\n';
    expect(parseJobOutput(output)).toEqual([
      { name: 'a.i', elapsedSeconds: 1.2, cpuSeconds: 1.05 },
    ]);
    const failed = 'compiled a.i status 1 cc1: out of memory real 1.20 user 1.00 sys 0.05';
    for (const wrong of ['', 'mount: no device', failed]) {
      expect(() => parseJobOutput(wrong)).toThrowError(
        expect.objectContaining({ code: 'GUEST_PROGRAM' }),
      );
    }
  });

  it('refuses more files than there are', async () => {
    await expect(buildJobImage({ fileCount: 100 })).rejects.toThrow('1 to 13 files, not 100');
    await expect(buildJobImage({ weight: 'light', fileCount: 0 })).rejects.toThrow('1 to 5 files');
  });
});
