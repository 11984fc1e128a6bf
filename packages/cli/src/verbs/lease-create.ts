// pagelend lease create: a new lease of a running lender.

import type { Command } from 'commander';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { sizeBytes } from '../numbers.ts';
import { bytes, print, printJson } from '../text.ts';

interface CreateOptions extends AskOptions {
  readonly size: number;
  readonly limit?: number;
  readonly allowClient?: readonly string[];
}

const TEACHES = `
The size is what the guest sees: how much it may swap out, uncompressed. The limit is what that may
take of the lender's memory, compressed; without one the pool's own limit is the only one.

Clients that come by TLS are named as for pagelend lease clients.

Examples:
  pagelend lease create web --size 8GiB --limit 2GiB
  pagelend lease create web --size 8GiB --allow-client host7`;

export function addLeaseCreate(lease: Command): void {
  const verb = lease
    .command('create')
    .description('make a lease')
    .argument('<NAME>', 'letters, digits, dots, hyphens, underscores; 64 at most')
    .requiredOption('--size <SIZE>', 'virtual size, a multiple of 4096', sizeBytes)
    .option('--limit <SIZE>', 'real memory that it may take (default: no limit)', sizeBytes)
    .option(
      '--allow-client <CLIENT>',
      'who may use it over TCP, and nobody else; may be given several times (default: the certificate that bears its name)',
      (client: string, before: readonly string[] = []) => [...before, client],
    );
  addAskOptions(verb)
    .addHelpText('after', TEACHES)
    .action(async (name: string, options: CreateOptions) => {
      const { size, limit, allowClient, json } = options;
      const made = await clientOf(options).create(name, size, limit ?? null, allowClient ?? null);
      if (json === true) return printJson(made);
      const limited = limit === undefined ? 'no limit' : `limit ${bytes(limit)}`;
      print(
        `made lease ${name}: ${bytes(size)}, ${limited}; pagelend lease show ${name} attaches it`,
      );
    });
}
