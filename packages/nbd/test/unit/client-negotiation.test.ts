// The client side against the server side of the same room, in one piece and byte by byte.

import { describe, expect, test } from 'vitest';
import { transmissionFlags } from '../../src/capabilities.ts';
import { ClientNegotiation, type ClientStep } from '../../src/handshake/client-negotiation.ts';
import { Negotiation, type Step } from '../../src/handshake/negotiation.ts';

const BYTES = 5 * 2 ** 40 + 4096;

function talk(
  wish: { exportName: string; isStructured: boolean; hasBaseAllocation: boolean },
  pieceBytes: number,
): { client: ClientStep; server: Step } {
  const server = new Negotiation({
    tls: 'off',
    exports: {
      list: () => ['web'],
      find: (name) => (name === 'web' ? { name, bytes: BYTES } : undefined),
    },
  });
  const client = new ClientNegotiation(wish);
  let toClient = server.greeting();
  let last: { client: ClientStep; server: Step } | null = null;
  for (let turn = 0; turn < 10 && toClient.length > 0; turn++) {
    let clientStep: ClientStep = { state: 'negotiating', send: new Uint8Array() };
    const said: Uint8Array[] = [];
    for (let at = 0; at < toClient.length; at += pieceBytes) {
      clientStep = client.receive(toClient.subarray(at, at + pieceBytes));
      said.push(clientStep.send);
      if (clientStep.state === 'refused') return { client: clientStep, server: last!.server };
    }
    if (clientStep.state === 'transmission') return { client: clientStep, server: last!.server };
    const serverStep = server.receive(Buffer.concat(said));
    toClient = serverStep.send;
    last = { client: clientStep, server: serverStep };
  }
  throw new Error('the two talk and talk');
}

describe.each([1, 7, 4096])('in pieces of %d bytes', (pieceBytes) => {
  test.each([
    [false, false],
    [true, false],
    [true, true],
  ])('structured %s and base:allocation %s are agreed on', (isStructured, hasBaseAllocation) => {
    const wish = { exportName: 'web', isStructured, hasBaseAllocation };
    const { client, server } = talk(wish, pieceBytes);
    const flags = transmissionFlags(false, isStructured);
    expect(client).toMatchObject({ state: 'transmission', bytes: BYTES, flags });
    expect(server).toMatchObject({ state: 'transmission', isStructured, hasBaseAllocation });
  });

  test('an export that is not there is refused', () => {
    const wish = { exportName: 'other', isStructured: true, hasBaseAllocation: true };
    expect(talk(wish, pieceBytes).client.state).toBe('refused');
  });
});

test('what is no server of this protocol is refused', () => {
  const wish = { exportName: 'web', isStructured: false, hasBaseAllocation: false };
  const step = new ClientNegotiation(wish).receive(Buffer.alloc(64, 'HTTP/1.1 400 '));
  expect(step.state).toBe('refused');
});
