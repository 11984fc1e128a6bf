// pagelend lease clients: which TLS clients may use a lease, changed while guests are attached.

import type { Command } from 'commander';
import { CliError } from '../failure.ts';
import { type AskOptions, addAskOptions, clientOf } from '../lender-options.ts';
import { print, printJson } from '../text.ts';

const DEFAULT = 'default';
const NONE = 'none';

const TEACHES = `
A client is named by what its certificate says, once the CA of --tls-certificates has signed it:
  NAME, cn:NAME        its common name
  dns:NAME, uri:URI    one of its alternative names
  sha256:FINGERPRINT   the certificate itself
  *                    every certificate of that CA
  default              no list: the certificate whose common name is the lease's, and
                       whoever has the lease's key
  none                 nobody

A list is for all of TCP: a lease that has one is reached by those whom it names, by who has its
pre-shared key (serve --tls-psk), and by nobody with NAME/KEY. Sessions of others end at once. The
lease's unix socket is not affected.

Examples:
  pagelend lease clients web host7 uri:spiffe://site/web
  pagelend lease clients web default`;

export function addLeaseClients(lease: Command): void {
  const verb = lease
    .command('clients')
    .description('change which TLS clients may use a lease, at once')
    .argument('<NAME>', 'a lease')
    .argument('<CLIENT...>', 'all that may use it from now on');
  addAskOptions(verb)
    .addHelpText('after', TEACHES)
    .action(async (name: string, given: readonly string[], options: AskOptions) => {
      const clients = clientsOf(given);
      const changed = await clientOf(options).change(name, { clients });
      if (options.json === true) printJson(changed);
      else print(`lease ${name}: ${clientsText(changed.lease.clients)}`);
    });
}

/** For people: who may use a lease over TCP. */
export function clientsText(clients: readonly string[] | null): string {
  if (clients === null) return 'the certificate of its name, or its key';
  return clients.length === 0 ? 'nobody over TCP' : clients.join(', ');
}

function clientsOf(given: readonly string[]): readonly string[] | null {
  const special = given.find((one) => one === DEFAULT || one === NONE);
  if (special === undefined) return given;
  if (given.length > 1) {
    throw new CliError('CLI_USAGE', `lease clients: ${special} stands alone; leave the others out`);
  }
  return special === DEFAULT ? null : [];
}
