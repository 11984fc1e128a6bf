// Groups of the system by name. Node has no getgrnam; the file is where local groups are, and a
// group from elsewhere (LDAP) can be given by number.

import { readFileSync } from 'node:fs';
import { DaemonError } from './errors.ts';

const GROUP_FILE = '/etc/group';

/** The number of a group, given by name or number. */
export function groupId(group: string, file = GROUP_FILE): number {
  if (/^\d{1,9}$/.test(group)) return Number(group);
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [name, , id] = line.split(':');
    if (name === group && id !== undefined) return Number(id);
  }
  throw new DaemonError(
    'DAEMON_CONFIG',
    `--socket-group ${group}: no such group in ${file}; give one that is there, or its number`,
  );
}
