// pagelend lease list: all leases and what they hold.

import type { LeaseJson } from '@pagelend/daemon';
import type { Command } from 'commander';
import { behindText, bytesInMemory } from '../behind.ts';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { bytes, columns, count, print, printJson, ratio } from '../text.ts';

const TEACHES = `
stored: uncompressed; behind: what of it is in the tier behind the pool and takes no memory; used: real
memory that the rest takes; ratio: that rest by its memory. same: pages that repeat one word; huge:
pages that do not shrink; errors: failed reads and writes.`;

export function addLeaseList(lease: Command): void {
  addAskOptions(lease.command('list').description('list the leases and what they hold'))
    .addHelpText('after', TEACHES)
    .action(async (options: AskOptions) => {
      const answer = await clientOf(options).leases();
      if (options.json === true) printJson(answer);
      else if (answer.leases.length === 0)
        print('no leases; pagelend lease create NAME --size SIZE');
      else print(table(answer.leases));
    });
}

function table(leases: readonly LeaseJson[]): string {
  const head = ['lease', 'size', 'limit', 'stored', 'behind', 'used', 'ratio'];
  const rows = leases.map((lease) => [
    lease.name,
    bytes(lease.size),
    lease.limit_bytes === null ? '–' : bytes(lease.limit_bytes),
    bytes(lease.orig_data_size),
    behindText(lease),
    bytes(lease.mem_used_total),
    ratio(bytesInMemory(lease), lease.mem_used_total),
    count(lease.same_pages),
    count(lease.huge_pages),
    count(lease.num_reads),
    count(lease.num_writes),
    count(lease.failed_reads + lease.failed_writes),
    count(lease.connections),
    lease.moves_to === null ? lease.state : `${lease.state} to ${lease.moves_to}`,
  ]);
  const more = ['same', 'huge', 'reads', 'writes', 'errors', 'clients', 'state'];
  return columns([...head, ...more], rows, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
}
