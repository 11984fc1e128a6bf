// pagelend lease delete: gives up a lease and all its pages.

import type { Command } from 'commander';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { print, printJson } from '../text.ts';

interface DeleteOptions extends AskOptions {
  readonly force?: boolean;
}

export function addLeaseDelete(lease: Command): void {
  const verb = lease
    .command('delete')
    .description('give up a lease and all its pages; their memory is free at once')
    .argument('<NAME>', 'a lease')
    .option('--force', 'even while clients are attached: their guests lose what they swapped out');
  addAskOptions(verb).action(async (name: string, options: DeleteOptions) => {
    await clientOf(options).delete(name, options.force === true);
    if (options.json === true) printJson({ schema: 'pagelend.lease-deleted/1', name });
    else print(`deleted lease ${name}`);
  });
}
