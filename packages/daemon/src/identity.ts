// Who this lender is, whatever path it is reached by: a random id in its state directory. A lender
// that gave a lease away asks by it whether it still talks to the one that took it.

import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonError, reasonOf } from './errors.ts';
import { syncFolder } from './lease-definitions.ts';

const FILE = 'lender-id';

/** Reads the id, or makes it at the first start. */
export function lenderIdIn(stateDir: string): string {
  const path = join(stateDir, FILE);
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (reasonOf(error) !== 'ENOENT') throw cannotUse(path, error);
  }
  const id = randomUUID();
  try {
    writeFileSync(`${path}.new`, `${id}\n`, { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
    syncFolder(stateDir);
  } catch (error) {
    throw cannotUse(path, error);
  }
  return id;
}

function cannotUse(path: string, error: unknown): DaemonError {
  return new DaemonError('DAEMON_STATE_DIR', `${path}: cannot be used: ${reasonOf(error)}`);
}
