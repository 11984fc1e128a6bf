// Stops and continues a user-mode Linux. Its kernel is a process that traces those of the guest's
// programs: one that runs would run on while the kernel is stopped, until its next system call. So
// each also gets SIGALRM, at which it stops for its tracer; the tracer takes it for the timer's
// tick that it uses itself, and passes over it when it goes on. SIGSTOP to the whole group would be
// fatal instead: to UML it is a signal that the guest's program got.

import { readdir, readFile } from 'node:fs/promises';

/** Stops the kernel and all that it traces. */
export async function stopProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  for (const traced of await tracedBy(pid)) send(traced, 'SIGALRM');
}

export async function continueProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGCONT');
}

async function tracedBy(pid: number): Promise<number[]> {
  const entries = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const traced: number[] = [];
  for (const entry of entries) {
    const status = await readFile(`/proc/${entry}/status`, 'utf8').catch(() => '');
    if (Number(/^TracerPid:\s*(\d+)/m.exec(status)?.[1]) === pid) traced.push(Number(entry));
  }
  return traced;
}

/** One that has ended meanwhile needs no stop. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ESRCH') throw error;
  }
}
