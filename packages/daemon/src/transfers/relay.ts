// Clients of a lease that has moved where no path leads: they come in here, and their bytes go to the
// other lender's socket and back, for as long as this daemon runs. The client has had its handshake
// here; the same one is had there on its behalf, and must come out the same.

import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ClientNegotiation, transmissionFlags } from '@pagelend/nbd';
import type { ServedConnection } from '../contract.ts';
import { DaemonError } from '../errors.ts';
import type { LeaseDefinition } from '../lease-definitions.ts';
import type { Negotiated } from '../lender-types.ts';
import { TargetLender } from './target.ts';

/** Relayed sessions have numbers of their own, which those of the data plane never reach. */
const FIRST_ID = 1_000_000_000;
const HANDSHAKE_MS_MAX = 10_000;
let nextId = FIRST_ID;

export function relay(definition: LeaseDefinition, handover: Negotiated): ServedConnection {
  const client = new Socket({ fd: handover.fd, readable: true, writable: true });
  let settle: (reason: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    settle = resolve;
  });
  const end = (reason: string): void => {
    client.destroy();
    settle(reason);
  };
  client.on('error', () => {});
  client.on('close', () => end('closed'));
  connect(definition, handover).then(
    (stream) => join(client, stream, handover.leftover, end),
    (error: unknown) => end(`not relayed: ${String(error)}`),
  );
  return {
    id: nextId++,
    ended,
    hold: async () => {},
    release: () => {},
    end: () => end('relay ended'),
    cut: () => end('relay ended'),
  };
}

/** Connects to the lease where it is, up to the end of the handshake. */
async function connect(definition: LeaseDefinition, handover: Negotiated): Promise<Duplex> {
  const { isStructured, hasBaseAllocation } = handover;
  const { name, bytes, transit } = definition;
  const target = new TargetLender(transit!.to);
  const { stream, head } = await target.connect(name);
  const talk = new ClientNegotiation({ exportName: name, isStructured, hasBaseAllocation });
  const agreed = await negotiate(stream, head, talk);
  const flags = transmissionFlags(false, isStructured);
  if (agreed.bytes === bytes && agreed.flags === flags) return stream;
  stream.destroy();
  throw new DaemonError(
    'DAEMON_MOVE_TARGET',
    `lease ${name} at ${transit!.to} has ${agreed.bytes} bytes and flags ${agreed.flags}; the client ` +
      `was told ${bytes} and ${flags}`,
  );
}

function negotiate(
  stream: Duplex,
  head: Buffer,
  talk: ClientNegotiation,
): Promise<{ bytes: number; flags: number }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => stream.destroy(new Error('no handshake')), HANDSHAKE_MS_MAX);
    const fail = (error?: Error): void => {
      clearTimeout(timer);
      stream.destroy();
      reject(error ?? new Error('the lender there hung up'));
    };
    const hear = (bytes: Buffer): void => {
      const step = talk.receive(bytes);
      if (step.send.length > 0) stream.write(step.send);
      if (step.state === 'refused') fail(new Error(step.reason));
      if (step.state !== 'transmission') return;
      clearTimeout(timer);
      stream.pause();
      for (const [event, listener] of listeners) stream.off(event, listener);
      resolve(step);
    };
    const listeners = [
      ['data', hear],
      ['error', fail],
      ['close', () => fail()],
    ] as const;
    for (const [event, listener] of listeners) stream.on(event, listener as () => void);
    if (head.length > 0) hear(head);
  });
}

/** From here on every byte of the one side goes to the other. */
function join(
  client: Socket,
  stream: Duplex,
  leftover: Uint8Array,
  end: (reason: string) => void,
): void {
  if (client.destroyed) {
    stream.destroy();
    return;
  }
  stream.on('error', () => {});
  stream.on('close', () => end('the lender there hung up'));
  client.on('close', () => stream.destroy());
  if (leftover.length > 0) stream.write(leftover);
  client.pipe(stream);
  stream.pipe(client);
}
