// What tests of guests need of the machine. Guests themselves run wherever QEMU does, by emulation.

import { type HostProgram, installLine, missingPrograms, programsOfKind } from '@pagelend/guests';
import type { TestContext } from 'vitest';

/** Skips the test, with the line that installs it, where a program is missing. */
export function needsGuests(context: TestContext, ...programs: HostProgram[]): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    context.skip('guests run on Linux on x64');
  }
  const missing = missingPrograms([...programsOfKind.tcg, 'gcc', ...programs]);
  if (missing.length > 0) context.skip(`needs ${missing.join(', ')}: ${installLine(missing)}`);
}
