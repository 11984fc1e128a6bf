// Processor time that a guest took of the host. A guest's own accounts cannot tell: user-mode Linux
// counts time that it did not get, and waits look like work on a host that has others to serve.

import { readdir, readFile } from 'node:fs/promises';

/** The kernel's unit of the times in /proc on all of Linux's platforms (USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Fields of /proc/PID/stat behind the program's name, which may hold blanks and brackets itself. */
const GROUP = 2;
const TIMES = [11, 12, 13, 14] as const;

/**
 * User and system seconds so far of all processes of a machine and of those that they have waited
 * for. A machine leads a process group of its own.
 */
export async function cpuSecondsOf(machinePid: number): Promise<number> {
  const entries = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const ticks = await Promise.all(entries.map((name) => ticksOf(name, machinePid)));
  return ticks.reduce((sum, value) => sum + value, 0) / TICKS_PER_SECOND;
}

/** 0 for a process of another group, and for one that ended meanwhile. */
async function ticksOf(pid: string, group: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (Number(fields[GROUP]) !== group) return 0;
  return TIMES.reduce((sum, index) => sum + Number(fields[index]), 0);
}
