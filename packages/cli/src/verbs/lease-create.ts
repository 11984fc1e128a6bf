// pagelend lease create: a new lease of a running lender.

import type { Command } from 'commander';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { sizeBytes } from '../numbers.ts';
import { bytes, print, printJson } from '../text.ts';

interface CreateOptions extends AskOptions {
  readonly size: number;
  readonly limit?: number;
}

const TEACHES = `
The size is what the guest sees: how much it may swap out, uncompressed. The limit is what that may
take of the lender's memory, compressed; without one the pool's own limit is the only one.

Example:
  pagelend lease create web --size 8GiB --limit 2GiB`;

export function addLeaseCreate(lease: Command): void {
  const verb = lease
    .command('create')
    .description('make a lease')
    .argument('<NAME>', 'letters, digits, dots, hyphens, underscores; 64 at most')
    .requiredOption('--size <SIZE>', 'virtual size, a multiple of 4096', sizeBytes)
    .option('--limit <SIZE>', 'real memory that it may take (default: no limit)', sizeBytes);
  addAskOptions(verb)
    .addHelpText('after', TEACHES)
    .action(async (name: string, options: CreateOptions) => {
      const { size, limit, json } = options;
      const made = await clientOf(options).create(name, size, limit ?? null);
      if (json === true) return printJson(made);
      const limited = limit === undefined ? 'no limit' : `limit ${bytes(limit)}`;
      print(
        `made lease ${name}: ${bytes(size)}, ${limited}; pagelend lease show ${name} attaches it`,
      );
    });
}
