// The state directory as a check sees it: locked, and read without clearing what a killed daemon left.

import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lockFile } from '@pagelend/linux';
import type { CheckedLease, Findings } from '@pagelend/store';
import { DaemonError, reasonOf } from './errors.ts';
import {
  CAME,
  checkLeaseBytes,
  hasPages,
  type LeaseDefinition,
  readDefinition,
  SUFFIX,
} from './lease-definitions.ts';
import { LEASES, LOCK } from './state-dir.ts';

/** Keeps a lender from starting; returns what ends that. Throws DAEMON_RUNNING where one runs. */
export function lockStateDir(stateDir: string, findings: Findings): () => void {
  if (!isThere(stateDir)) {
    throw new DaemonError(
      'DAEMON_STATE_DIR',
      `${stateDir} is not there; give the --state-dir that the lender was served with`,
    );
  }
  const path = join(stateDir, LOCK);
  if (!isThere(path)) {
    findings.add('lock', `${path} is missing, and making it would be a change`);
    return () => {};
  }
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw cannotRead(path, error);
  }
  if (lockFile(fd)) return () => closeSync(fd);
  closeSync(fd);
  const holder = readFileSync(path, 'utf8').trim();
  throw new DaemonError(
    'DAEMON_RUNNING',
    `${stateDir}: a lender serves it${/^\d+$/.test(holder) ? ` (process ${holder})` : ''}; ` +
      '`pagelend lease list` shows what it lends, and a check is possible once it is stopped',
  );
}

/** Whether something is at a path; where nobody can tell, that is no answer. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function cannotRead(path: string, error: unknown): DaemonError {
  return new DaemonError(
    'DAEMON_STATE_DIR',
    `${path}: cannot be read: ${reasonOf(error)}; check it as the user who serves it`,
  );
}

/** The leases whose pages are here; what is wrong with a definition becomes a finding. */
export function readLeases(
  stateDir: string,
  findings: Findings,
): { leases: CheckedLease[]; knowsAll: boolean } {
  const folder = join(stateDir, LEASES);
  const leases: LeaseDefinition[] = [];
  let knowsAll = true;
  for (const file of isThere(folder) ? readdirSync(folder).sort() : []) {
    const path = join(folder, file);
    if (file.endsWith(CAME)) {
      findings.add('transit', `${path}: a lease came by a move whose sender does not know it yet`);
    } else if (file.startsWith('.') && file.endsWith(SUFFIX)) {
      findings.add('unfinished', `${path}: its writing was cut short; the next start removes it`);
    } else if (file.endsWith(SUFFIX)) {
      const definition = definitionIn(folder, file, leases, findings);
      if (definition === null) knowsAll = false;
      else if (hasPages(definition)) leases.push(definition);
    }
  }
  return { leases, knowsAll };
}

function definitionIn(
  folder: string,
  file: string,
  others: readonly LeaseDefinition[],
  findings: Findings,
): LeaseDefinition | null {
  const about = { lease: file.slice(0, -SUFFIX.length) };
  try {
    const definition = readDefinition(folder, file);
    checkLeaseBytes(definition.bytes);
    const twin = others.find(({ id }) => id === definition.id);
    if (twin !== undefined) {
      throw new Error(`${join(folder, file)}: it has the id of lease ${twin.name}, ${twin.id}`);
    }
    tellOfTransit(definition, findings);
    return definition;
  } catch (error) {
    findings.add('definition', error instanceof Error ? error.message : String(error), about);
    return null;
  }
}

function tellOfTransit({ name, transit, cameBy }: LeaseDefinition, findings: Findings): void {
  const about = { lease: name };
  if (transit?.phase === 'moving') {
    const says = `lease ${name} is moving to ${transit.to}, and its pages are here too`;
    findings.add('transit', says, about);
  } else if (transit !== undefined) {
    findings.add('transit', `lease ${name} has moved to ${transit.to}: its pages are there`, about);
  }
  if (cameBy !== undefined) {
    const says = `lease ${name} came by a move whose sender does not know it yet`;
    findings.add('transit', says, about);
  }
}
