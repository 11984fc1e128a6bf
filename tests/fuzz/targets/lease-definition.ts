// The file that says what a lease is. Whatever stands in it: refused by a code that names the file, or
// a definition that is the same once it was written and read again.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LeaseDefinitions, newDefinition } from '../../../packages/daemon/src/lease-definitions.ts';
import { codeOf, must, type Target } from '../target.ts';
import { sharedMemoryFolder } from './folders.ts';

const NAME = 'web';

function run(bytes: Uint8Array): void {
  const folder = join(sharedMemoryFolder(), 'definitions');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const path = join(folder, `${NAME}.json`);
  writeFileSync(path, bytes);
  let found: LeaseDefinitions;
  try {
    found = new LeaseDefinitions(folder);
  } catch (error) {
    codeOf(error, 'DaemonError', ['DAEMON_LEASE_FILE']);
    const { message } = error as Error;
    must(message.startsWith(`${path}: `), `the message names no file: ${message}`);
    must(!/\p{Cc}/u.test(message), `the message steers a terminal: ${JSON.stringify(message)}`);
    return;
  }
  const definition = found.get(NAME);
  must(definition !== undefined && found.all().length === 1, 'it was read under another name');
  must(Number.isSafeInteger(definition.bytes) && definition.bytes % 4096 === 0, 'a size');
  must(/^[A-Za-z0-9-]{1,64}$/.test(definition.id), `an id that is no name of a file`);
  found.save(definition);
  const again = new LeaseDefinitions(folder).get(NAME);
  must(JSON.stringify(again) === JSON.stringify(definition), 'written and read it is another');
  must(readdirSync(folder).length === 1, 'it leaves other files behind');
}

function file(changes: object = {}): Uint8Array {
  const { id: _, createdAt: __, ...made } = newDefinition(NAME, 2 ** 20, 65_536, 'k'.repeat(22));
  const schema = 'pagelend.lease-definition/1';
  const fixed = { id: '0f-1', createdAt: '2026-01-01T00:00:00.000Z' };
  return Buffer.from(JSON.stringify({ schema, ...made, ...fixed, ...changes }));
}

export const target: Target = {
  bytesMax: 1024,
  words: ['"limitBytes":', '"clients":', '"transit":', '"cameBy":', 'null', '4096', '"moved"'],
  seeds: () => [
    file(),
    file({ limitBytes: null, clients: ['cn:web', 'psk'], cameBy: 't'.repeat(22) }),
    file({
      transit: {
        phase: 'moving',
        token: 't'.repeat(22),
        to: '/run/b',
        lenderId: 'x',
        socket: null,
      },
    }),
  ],
  run,
};
