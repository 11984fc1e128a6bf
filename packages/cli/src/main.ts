// The command `pagelend`: parse, run the verb, turn whatever failed into one line and a status.

import { complain, FAILED, report } from './failure.ts';
import { makeLenderProgram } from './lender-program.ts';

/** Runs the command line; sets the process's exit status rather than exiting, so output drains. */
export async function run(argv: readonly string[]): Promise<void> {
  let hasReported = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that went away (`pagelend … | head`) is no failure of ours.
    if (error.code === 'EPIPE') process.exit();
    void failToWrite(error, hasReported);
  });
  // Nobody is left to tell, and the work can still be done.
  process.stderr.on('error', () => {});
  try {
    const program =
      (await makeLenderProgram(argv[2])) ?? (await import('./program.ts')).makeProgram();
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
    hasReported = process.exitCode !== 0;
  }
}

async function failToWrite(error: Error, hasReported: boolean): Promise<void> {
  const { systemReason } = await import('@pagelend/trace');
  if (!hasReported) complain(`(stdout): cannot write: ${systemReason(error)}`, 'CLI_OUTPUT');
  process.exit(FAILED);
}
