// pagelend lease resize: another virtual size, while no client is attached.

import type { Command } from 'commander';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { sizeBytes } from '../numbers.ts';
import { bytes, print, printJson } from '../text.ts';

const TEACHES = `
A client is told the size once, when it attaches: detach it first. Pages past a smaller end are
freed. The guest needs mkswap again to use a larger one.`;

export function addLeaseResize(lease: Command): void {
  const verb = lease
    .command('resize')
    .description('change the virtual size of a lease that nobody is attached to')
    .argument('<NAME>', 'a lease')
    .argument('<SIZE>', 'a multiple of 4096', sizeBytes);
  addAskOptions(verb)
    .addHelpText('after', TEACHES)
    .action(async (name: string, size: number, options: AskOptions) => {
      const changed = await clientOf(options).change(name, { size });
      if (options.json === true) printJson(changed);
      else print(`lease ${name}: ${bytes(changed.lease.size)}`);
    });
}
