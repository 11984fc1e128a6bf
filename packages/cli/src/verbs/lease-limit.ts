// pagelend lease limit: how much real memory a lease may take, changed while guests are attached.

import type { Command } from 'commander';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { sizeBytes } from '../numbers.ts';
import { bytes, print, printJson } from '../text.ts';

const TEACHES = `
Below what is stored nothing is lost: new pages are refused until the guest has freed enough. With a
tier behind the pool they are not refused: pages of this lease go behind as new ones come, and none
of another lease. What is behind does not count.`;

export function addLeaseLimit(lease: Command): void {
  const verb = lease
    .command('limit')
    .description('change how much real memory a lease may take, at once')
    .argument('<NAME>', 'a lease')
    .argument('<SIZE|none>', 'compressed bytes, or none for no limit but the pool', (text) =>
      text === 'none' ? text : sizeBytes(text),
    );
  addAskOptions(verb)
    .addHelpText('after', TEACHES)
    .action(async (name: string, size: number | 'none', options: AskOptions) => {
      const limit = size === 'none' ? null : size;
      const changed = await clientOf(options).change(name, { limit_bytes: limit });
      if (options.json === true) printJson(changed);
      else print(`lease ${name}: ${limit === null ? 'no limit' : `limit ${bytes(limit)}`}`);
    });
}
