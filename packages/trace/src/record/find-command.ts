// Looks a command up as the shell would, before Valgrind is started: Valgrind's own complaint would come
// on the program's stderr and leave no usable error.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { TraceError } from '../errors.ts';

/** The path of an executable, or null. A name with a slash is taken as a path. */
export function findExecutable(command: string): string | null {
  if (command === '') return null;
  if (command.includes('/')) return isExecutable(command) ? command : null;
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory === '' ? '.' : directory, command);
    if (isExecutable(path)) return path;
  }
  return null;
}

/** Throws TRACE_COMMAND unless the command can be run. */
export function checkCommand(command: string): void {
  if (findExecutable(command) !== null) return;
  throw new TraceError('TRACE_COMMAND', 'the command to record cannot be run', {
    found: command === '' ? 'an empty name' : `"${command}"`,
    expected: command.includes('/') ? 'an executable file' : 'an executable file in PATH',
  });
}

/** The path of Valgrind; throws TRACE_VALGRIND_MISSING with the line that installs it. */
export function findValgrind(command = 'valgrind'): string {
  const path = findExecutable(command);
  if (path !== null) return path;
  throw new TraceError('TRACE_VALGRIND_MISSING', 'recording needs Valgrind', {
    found: `no executable "${command}"`,
    hint: 'install it with: apt-get install -y valgrind',
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
