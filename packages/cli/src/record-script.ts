// Runs one of the scripts of experiments/ that record programs. What it says goes to stderr, since
// stdout is for the result.

import { spawn } from 'node:child_process';
import { CliError } from './failure.ts';
import { interruptible } from './interrupt.ts';

/** Runs `script folder`. Throws where it ends with another status than 0. */
export function runRecordScript(script: string, folder: string): Promise<void> {
  return interruptible(async (signal) => {
    const child = spawn('sh', [script, folder], { stdio: ['ignore', 2, 'inherit'] });
    // Ctrl-C reaches the script as well; a signal to us alone must be passed on.
    signal.addEventListener('abort', () => child.kill('SIGTERM'));
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (status === 0) return;
    const end = status === null ? 'was ended by a signal' : `ended with status ${status}`;
    throw new CliError('CLI_RECORDING', `${script} ${end}; what it lacks is said above`);
  });
}
