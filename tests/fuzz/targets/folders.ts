// A folder for what a target needs, in memory where there is such a place. It goes with the process, or
// with whoever started that and named the place, since a process can be killed.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';
let made: string | undefined;

/** Where folders are made that shall be in memory. */
export function memoryRoot(): string {
  return (
    process.env.PAGELEND_FUZZ_SCRATCH ?? (existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir())
  );
}

export function sharedMemoryFolder(): string {
  if (made !== undefined) return made;
  made = mkdtempSync(join(memoryRoot(), 'pagelend-fuzz-'));
  process.on('exit', clearFolder);
  return made;
}

export function clearFolder(): void {
  if (made !== undefined) rmSync(made, { recursive: true, force: true });
}
