// Clients that say nothing, that read nothing, that ask for very much: others are served beside them.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { goMessage, type NbdClient, READ, requestHeader } from './client.ts';
import { type Lender, startLender } from './daemon.ts';
import { makePage, PAGE_BYTES, Random, stampedPage } from './pages.ts';

const MIB = 2 ** 20;

async function opened(lender: Lender, lease: string): Promise<Socket> {
  const socket = connect(lender.socket(lease));
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Comes in as soon as there is room again. */
async function persistent(lender: Lender, lease: string): Promise<NbdClient> {
  for (let turn = 0; ; turn++) {
    try {
      return await lender.connect(lease);
    } catch (error) {
      if (turn === 300) throw error;
      await sleep(100);
    }
  }
}

test('half-open handshakes keep nobody out once their time is over', async () => {
  const args = ['--negotiation-timeout', '1'];
  const lender = await startLender({ leases: { guest: '1MiB', other: '1MiB' }, args });
  const idle = await Promise.all(Array.from({ length: 100 }, () => opened(lender, 'guest')));
  for (const [i, socket] of idle.entries()) socket.write(goMessage('guest').subarray(0, i % 26));
  // Another lease's socket is not touched by that at all.
  const other = await lender.connect('other');
  await other.write(0, stampedPage(0, 1));
  const guest = await persistent(lender, 'guest');
  expect((await guest.read(0, PAGE_BYTES)).length).toBe(PAGE_BYTES);
  for (const socket of idle) socket.destroy();
  await guest.disconnect();
  await other.disconnect();
});

test('one that never reads its answers stops nobody else, on the same thread either', async () => {
  const leases = { greedy: '16MiB', guest: '1MiB' };
  const lender = await startLender({ leases, args: ['--threads', '1'] });
  const random = new Random(6);
  const greedy = await lender.connect('greedy');
  for (let at = 0; at < 4 * MIB; at += PAGE_BYTES) await greedy.write(at, makePage(random));
  const deaf = await opened(lender, 'greedy');
  deaf.pause();
  deaf.write(goMessage('greedy'));
  for (let turn = 0; turn < 200; turn++) {
    const fields = { type: READ, flags: 0, cookie: BigInt(turn), offset: 0, bytes: 4 * MIB };
    deaf.write(requestHeader(fields));
  }
  const guest = await lender.connect('guest');
  for (let slot = 0; slot < 256; slot++) {
    await guest.write(slot * PAGE_BYTES, stampedPage(slot, 5));
    expect(await guest.read(slot * PAGE_BYTES, PAGE_BYTES)).toEqual(stampedPage(slot, 5));
  }
  // Nor does it keep the lender from ending, nor from answering others of its own lease.
  expect((await greedy.read(0, PAGE_BYTES)).length).toBe(PAGE_BYTES);
  await guest.disconnect();
  await greedy.disconnect();
  expect(await lender.stop()).toBe(0);
  deaf.destroy();
});

test('one that never reads its answers loses its lease by force', async () => {
  const lender = await startLender({ leases: { deaf: '16MiB', guest: '1MiB' } });
  const deaf = await opened(lender, 'deaf');
  deaf.pause();
  deaf.write(goMessage('deaf'));
  for (let turn = 0; turn < 200; turn++) {
    const fields = { type: READ, flags: 0, cookie: BigInt(turn), offset: 0, bytes: 4 * MIB };
    deaf.write(requestHeader(fields));
  }
  const guest = await lender.connect('guest');
  while (lender.figures('deaf').connections !== 1) await sleep(50);
  expect(lender.verb('lease', 'delete', 'deaf', '--force')).toBe('deleted lease deaf\n');
  await guest.write(0, stampedPage(0, 1));
  expect(await guest.read(0, PAGE_BYTES)).toEqual(stampedPage(0, 1));
  await guest.disconnect();
  deaf.destroy();
});

test('large requests from many connections are all answered in full', async () => {
  const lender = await startLender({ leases: { guest: '64MiB' } });
  const clients = await Promise.all(Array.from({ length: 6 }, () => lender.connect('guest')));
  const random = new Random(7);
  const part = Buffer.concat(Array.from({ length: 257 }, () => makePage(random)));
  const work = clients.map(async (client, i) => {
    const offset = i * 8 * MIB + 100 * i;
    await client.write(offset, part);
    const answers = Array.from({ length: 8 }, () => client.read(offset, part.length));
    for (const answer of answers) expect((await answer).equals(part)).toBe(true);
    await client.disconnect();
  });
  await Promise.all(work);
});
