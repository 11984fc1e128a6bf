// Output files appear under their name whole or not at all: they are written beside it and renamed.
// Whether they can be written is found out before the work, not after an hour of it.

import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CliError } from './failure.ts';

/** Throws where `path` could not be written later. `-` is stdout and always can. */
export function checkOutput(path: string): void {
  if (path === '-') return;
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch {
    throw new CliError('CLI_OUTPUT', `${path}: its folder does not exist or cannot be written to`);
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new CliError('CLI_OUTPUT', `${path}: is a folder; expected the name of a file`);
  }
}

/** Writes the file whole, or leaves nothing under its name. */
export function writeOutput(path: string, content: string | Uint8Array): void {
  if (path === '-') {
    process.stdout.write(content);
    return;
  }
  const partial = `${path}.partial-${process.pid}`;
  try {
    writeFileSync(partial, content);
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError('CLI_OUTPUT', `${path}: cannot be written: ${why}`);
  }
}
