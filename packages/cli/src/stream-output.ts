// Output that comes in parts: beside its name, to the disk, then under its name; or straight to
// stdout, a device or a pipe, at the reader's pace.

import { once } from 'node:events';
import { constants, realpathSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemReason } from '@pagelend/trace';
import { CliError } from './failure.ts';

/** Pages of a guest are for nobody else. */
const PRIVATE = 0o600;

/** Writes all parts; a file appears whole, for its owner alone, or not at all. */
export async function writeParts(path: string, parts: AsyncIterable<Uint8Array>): Promise<void> {
  if (path === '-') return toStdout(parts);
  const status = statSync(path, { throwIfNoEntry: false });
  // Through a symbolic link, so that it stays one; devices and FIFOs are written in place.
  const target = status === undefined ? path : status.isFile() ? realpathSync(path) : null;
  const written = target === null ? path : `${target}.partial-${process.pid}`;
  try {
    await toFile(written, target === null ? constants.O_WRONLY : CREATE, parts);
    if (target === null) return;
    await rename(written, target);
    await syncFolder(dirname(target));
  } catch (error) {
    if (target !== null) await rm(written, { force: true });
    throw failure(path, error);
  }
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;

async function toFile(
  path: string,
  flags: number,
  parts: AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await open(path, flags, PRIVATE);
  try {
    for await (const part of parts) {
      // One call may write less than all of it.
      for (let at = 0; at < part.length; ) at += (await file.write(part, at)).bytesWritten;
    }
    if ((await file.stat()).isFile()) await file.sync();
  } finally {
    await file.close();
  }
}

async function toStdout(parts: AsyncIterable<Uint8Array>): Promise<void> {
  const { stdout } = process;
  let broken: unknown = null;
  const fail = (error: unknown): void => {
    broken = error;
  };
  stdout.on('error', fail);
  try {
    for await (const part of parts) {
      if (broken === null && !stdout.write(part)) await once(stdout, 'drain');
      if (broken !== null) throw broken;
    }
  } catch (error) {
    throw failure('stdout', error);
  } finally {
    stdout.off('error', fail);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Errors of the system are about the output; all others are whose parts those are. */
function failure(path: string, error: unknown): unknown {
  if ((error as { syscall?: unknown }).syscall === undefined) return error;
  return new CliError('CLI_OUTPUT', `${path}: cannot be written: ${systemReason(error)}`);
}
