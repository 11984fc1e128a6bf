// The build job inside a guest: compiles one file after the other, as a build with `make -j1` does.

import { GuestError } from '../errors.ts';
import { kernelFlags } from './files.ts';
import { type JobImage, jobLoader } from './image.ts';

export interface JobCommandOptions {
  /** The job's disk in the guest. */
  readonly device: string;
  readonly image: JobImage;
  /** Default /mnt/job; mounted unless it is. */
  readonly mountPoint?: string;
  /** Where assembly goes, such as a folder of a tmpfs. Default: nowhere. */
  readonly outputFolder?: string;
}

/** The command; prints a line for each file as it is done, for `parseJobOutput`. */
export function jobCommand(options: JobCommandOptions): string {
  const { device, image, mountPoint = '/mnt/job', outputFolder } = options;
  const output = outputFolder === undefined ? '/dev/null' : `${outputFolder}/$file.s`;
  const compiler = `${mountPoint}/${jobLoader} --library-path ${mountPoint}/lib ${mountPoint}/cc1`;
  const flags = ['-quiet', '-fpreprocessed', ...kernelFlags].join(' ');
  return [
    `mkdir -p ${[mountPoint, outputFolder ?? ''].join(' ')}`,
    `grep -q ' ${mountPoint} ' /proc/mounts ||`,
    `  mount -t ext4 -o ro ${device} ${mountPoint} || exit 1`,
    `for file in ${image.files.map((file) => file.name).join(' ')}; do`,
    `  said=$(time -p ${compiler} ${flags} ${mountPoint}/$file -o ${output} 2>&1)`,
    '  echo "compiled $file status $?" $said',
    'done',
  ].join('\n');
}

export interface CompiledFile {
  readonly name: string;
  readonly elapsedSeconds: number;
  /** User and system. */
  readonly cpuSeconds: number;
}

/** Throws GuestError GUEST_PROGRAM where a file was not compiled. */
export function parseJobOutput(output: string): CompiledFile[] {
  const lines = output.split('\n').filter((line) => line.startsWith('compiled '));
  if (lines.length === 0) {
    throw new GuestError('GUEST_PROGRAM', `the build job compiled nothing: ${output.trim()}`);
  }
  return lines.map((line) => {
    const found = /^compiled (\S+) status 0 real (\S+) user (\S+) sys (\S+)$/.exec(line);
    if (found === null) throw new GuestError('GUEST_PROGRAM', `the build job failed: ${line}`);
    const [, name, real, user, system] = found;
    return {
      name: name!,
      elapsedSeconds: Number(real),
      cpuSeconds: Math.round((Number(user) + Number(system)) * 100) / 100,
    };
  });
}
