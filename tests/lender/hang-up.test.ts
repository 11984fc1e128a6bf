// A client that hangs up at every byte of the handshake and of a request (there qemu-nbd 7.2 dies):
// it loses its own session and nothing else.

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { goMessage, type NbdClient, READ, requestHeader, WRITE } from './client.ts';
import { type Lender, startLender } from './daemon.ts';
import { PAGE_BYTES, stampedPage } from './pages.ts';

let lender: Lender;
let witness: NbdClient;

beforeAll(async () => {
  lender = await startLender({ leases: { guest: '1MiB' } });
  witness = await lender.connect('guest');
  await witness.write(0, stampedPage(0, 1));
});

/** The one who was attached all the time is served on, and so is one who comes now. */
afterEach(async () => {
  expect(lender.isRunning).toBe(true);
  expect(await witness.read(0, PAGE_BYTES)).toEqual(stampedPage(0, 1));
  const newcomer = await lender.connect('guest');
  expect(await newcomer.read(0, PAGE_BYTES)).toEqual(stampedPage(0, 1));
  await newcomer.disconnect();
});

type HangUp = 'end' | 'destroy';

/** Says the first `bytes` of a message and goes; waits until the server has gone too. */
async function sayAndLeave(message: Buffer, bytes: number, how: HangUp): Promise<void> {
  const socket = connect(lender.socket('guest'));
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  if (bytes > 0) socket.write(message.subarray(0, bytes));
  if (how === 'end') socket.end();
  else socket.destroy();
  await closed;
}

describe.each(['end', 'destroy'] as const)('a hang-up (%s)', (how) => {
  test('at every byte of the handshake', async () => {
    const message = goMessage('guest');
    for (let bytes = 0; bytes <= message.length; bytes++) await sayAndLeave(message, bytes, how);
  });

  test('at every byte of a request and here and there in its payload', async () => {
    const request = { type: WRITE, flags: 0, cookie: 1n, offset: PAGE_BYTES, bytes: PAGE_BYTES };
    const payload = Buffer.alloc(PAGE_BYTES, 0xee);
    const message = Buffer.concat([goMessage('guest'), requestHeader(request), payload]);
    const start = goMessage('guest').length;
    for (let bytes = start; bytes < message.length; bytes += bytes < start + 30 ? 1 : 509) {
      await sayAndLeave(message, bytes, how);
    }
    await sayAndLeave(message, message.length - 1, how);
    // A write of which not all came was not carried out.
    const slot = await witness.read(PAGE_BYTES, PAGE_BYTES);
    expect(slot.every((byte) => byte === 0)).toBe(true);
  });

  test('with answers unread', async () => {
    for (let turn = 0; turn < 20; turn++) {
      const client = await lender.connect('guest');
      const lost = Array.from({ length: 64 }, (_, i) => client.read((i % 16) * 65_536, 65_536));
      for (const answer of lost) answer.catch(() => {});
      if (how === 'end') client.socket.end();
      client.destroy();
    }
  });
});

test('bytes that are no NBD end only their own session', async () => {
  for (const first of [0x00, 0x16, 0x47, 0xff]) {
    await sayAndLeave(Buffer.alloc(4096, first), 4096, 'end');
  }
  const magic = requestHeader({ type: READ, flags: 0, cookie: 1n, offset: 0, bytes: 4096 });
  magic[0] = 0;
  await sayAndLeave(Buffer.concat([goMessage('guest'), magic]), 1 << 16, 'end');
  const huge = requestHeader({ type: WRITE, flags: 0, cookie: 1n, offset: 0, bytes: 2 ** 32 - 1 });
  await sayAndLeave(Buffer.concat([goMessage('guest'), huge]), 1 << 16, 'end');
});
