// pagelend lease show: one lease, and how it is attached, ready to paste.

import type { LeaseDetailJson } from '@pagelend/daemon';
import type { Command } from 'commander';
import { behindText, bytesInMemory } from '../behind.ts';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { bytes, count, print, printJson, ratio } from '../text.ts';
import { clientsText } from './lease-clients.ts';

const TEACHES = `
What it prints can be pasted: facts are comments. One way of the four is enough for a guest; the
swapon lines are for the guest, and mkswap only for the first time.`;

export function addLeaseShow(lease: Command): void {
  const verb = lease
    .command('show')
    .description('show a lease and the lines that attach it: QEMU, libvirt, nbd-client, swapon')
    .argument('<NAME>', 'a lease');
  addAskOptions(verb)
    .addHelpText('after', TEACHES)
    .action(async (name: string, options: AskOptions) => {
      const shown = await clientOf(options).lease(name);
      if (options.json === true) printJson(shown);
      else print([facts(shown), ...ways(shown)].join('\n\n'));
    });
}

function facts({ lease, connections }: LeaseDetailJson): string {
  const limit = lease.limit_bytes === null ? 'no limit' : `limit ${bytes(lease.limit_bytes)}`;
  const errors = lease.failed_reads + lease.failed_writes;
  const clients = connections.map(
    ({ transport, peer, client, since }) =>
      `${peer ?? transport}${client === null ? '' : ` (${client})`} since ${since}`,
  );
  const state = lease.moves_to === null ? [] : [`${lease.state} to ${lease.moves_to}`];
  return [
    ...state,
    `lease ${lease.name}: ${bytes(lease.size)}, ${limit}`,
    `stored ${bytes(lease.orig_data_size)}, behind ${behindText(lease)}, used ${bytes(lease.mem_used_total)}, ratio ${ratio(bytesInMemory(lease), lease.mem_used_total)}`,
    `${count(lease.same_pages)} pages that repeat one word, ${count(lease.huge_pages)} that do not shrink`,
    `${count(lease.num_reads)} reads, ${count(lease.num_writes)} writes, ${count(errors)} failed`,
    `over TCP: ${clientsText(lease.clients)}`,
    `clients: ${clients.length === 0 ? 'none' : clients.join('; ')}`,
  ]
    .map((line) => `# ${line}`)
    .join('\n');
}

function ways({ attachment }: LeaseDetailJson): string[] {
  if (attachment === null) return [];
  const { qemu, libvirt_xml, nbd_client, nbd_client_tcp, swapon, qemu_tls, tls_psk } = attachment;
  return [
    `# QEMU: add to its command line\n${qemu}`,
    `# libvirt: virsh attach-device GUEST FILE --persistent, with this in FILE\n${libvirt_xml}`,
    `# In the guest, with one of the two above\n${swapon}`,
    `# Or this machine itself, by its kernel (as root)\n${nbd_client}`,
    ...(nbd_client_tcp === null
      ? []
      : [
          `# Or a guest's kernel, over TCP (as root; docs/guests/microvm.md says how it outlives a restart)\n${nbd_client_tcp}`,
        ]),
    ...(qemu_tls === null
      ? []
      : [`# Or QEMU on another machine, by TLS; DIR has the client's files\n${qemu_tls}`]),
    ...(tls_psk === null
      ? []
      : [`# Its line in the client's keys.psk; whoever has it has the lease\n# ${tls_psk}`]),
  ];
}
