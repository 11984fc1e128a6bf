// Output files appear under their name whole or not at all: they are written beside it and renamed.
// Whether they can be written is found out before the work, not after an hour of it.

import {
  accessSync,
  constants,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { systemReason } from '@pagelend/trace';
import { CliError } from './failure.ts';

/** Throws where `path` could not be written later. `-` is stdout and always can. */
export function checkOutput(path: string): void {
  if (path === '-') return;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new CliError('CLI_OUTPUT', `${path}: is a folder; expected the name of a file`);
  }
  try {
    accessSync(path === '' ? path : dirname(path), constants.W_OK);
  } catch (error) {
    const why = systemReason(error);
    throw new CliError('CLI_OUTPUT', `${path}: cannot be written: its folder: ${why}`);
  }
}

/** Throws where an output would overwrite an input or another output. Stdout is one file too. */
export function checkDistinct(outputs: readonly string[], inputs: readonly string[]): void {
  const read = new Set(inputs.filter((path) => path !== '-').map(identity));
  const written = new Set<string | null>();
  for (const path of outputs) {
    const id = path === '-' ? path : identity(path);
    if (id === null) continue;
    const clash = read.has(id) ? 'would overwrite what is read' : 'would be written twice';
    if (read.has(id) || written.has(id)) {
      const name = path === '-' ? 'stdout (-)' : path;
      throw new CliError('CLI_USAGE', `${name}: ${clash}; name another output`);
    }
    written.add(id);
  }
}

/** Writes the file whole, or leaves nothing under its name. */
export function writeOutput(path: string, content: string | Uint8Array): void {
  if (path === '-') {
    process.stdout.write(content);
    return;
  }
  const status = statSync(path, { throwIfNoEntry: false });
  // Through a symbolic link, so that it stays one; devices and FIFOs are written in place.
  const target = status === undefined ? path : status.isFile() ? realpathSync(path) : null;
  const partial = `${target}.partial-${process.pid}`;
  try {
    writeFileSync(target === null ? path : partial, content);
    if (target !== null) renameSync(partial, target);
  } catch (error) {
    if (target !== null) rmSync(partial, { force: true });
    throw new CliError('CLI_OUTPUT', `${path}: cannot be written: ${systemReason(error)}`);
  }
}

/** True where what is written to `path` can be read again: no stdout, device or pipe. */
export function isRegularOutput(path: string): boolean {
  if (path === '-') return false;
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

/** The same for two names of one file, whether or not it exists; null for devices and pipes. */
function identity(path: string): string | null {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status !== undefined) return status.isFile() ? `${status.dev}:${status.ino}` : null;
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  return folder === undefined ? resolve(path) : join(`${folder.dev}:${folder.ino}`, basename(path));
}
