// Inputs as they are named on the command line.

import { CliError } from './failure.ts';

export const STDIN_ONCE = 'stdin (-) can be read only once; name a file';

/** Throws where stdin is named twice: the second reader would find it at its end. */
export function checkStdinOnce(paths: readonly string[]): void {
  if (paths.filter((path) => path === '-').length > 1) throw new CliError('CLI_USAGE', STDIN_ONCE);
}
