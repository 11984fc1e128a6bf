// The command `pagelend`: parse, run the verb, turn whatever failed into one line and a status.

import { report } from './failure.ts';
import { makeProgram } from './program.ts';

/** Runs the command line; sets the process's exit status rather than exiting, so output drains. */
export async function run(argv: readonly string[]): Promise<void> {
  // A reader that went away (`pagelend … | head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  try {
    await makeProgram().parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}
