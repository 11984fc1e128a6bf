// Keeps a guest from outliving the process that started it, however that ends: a shell of its own
// holds one end of a pipe and ends the guest's process groups when the other end is gone.

import { spawn } from 'node:child_process';

/** Ends the process groups when standard input ends without a line. */
const script = 'read -r line && exit; kill -s KILL -- "$@"';

/** Watches process groups; the function that comes back lets them go. */
export function keepGroups(groups: readonly number[]): () => void {
  const negative = groups.map((group) => String(-group));
  const child = spawn('/bin/sh', ['-c', script, 'pagelend-guest-keeper', ...negative], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Not in the group that a terminal's interrupt goes to.
    detached: true,
  });
  child.unref();
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  // The pipe must not keep this process from ending.
  const pipe = child.stdin as unknown as { unref?: () => void };
  pipe.unref?.();
  return () => child.stdin.end('done\n');
}

/** Ends a process group; one that is gone already is no error. */
export function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ESRCH') throw error;
  }
}
