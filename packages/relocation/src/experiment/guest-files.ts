// The programs that the experiment has in its guests.

import { buildProgram, hogProgram, sampleProgram } from '@pagelend/guests';

/** Path in the guest to path on the host. */
export async function guestFiles(): Promise<Record<string, string>> {
  return {
    [hogProgram]: await buildProgram('hog'),
    [sampleProgram]: await buildProgram('sample'),
  };
}
