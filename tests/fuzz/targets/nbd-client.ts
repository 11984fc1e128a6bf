// The handshake as a relay's client sees it, which asks another lender: whatever that one answers,
// nothing throws, how it is cut makes no difference, and what is agreed on was both asked and told.

import { ClientNegotiation, type ClientStep, Negotiation } from '@pagelend/nbd';
import { must, pieceSizes, type Target } from '../target.ts';

const EXPORT_BYTES = 5 * 2 ** 40 + 4096;

function wishOf(mode: number) {
  return { exportName: 'web', isStructured: (mode & 1) !== 0, hasBaseAllocation: (mode & 2) !== 0 };
}

function talk(bytes: Uint8Array, mode: number, sizes: readonly number[]) {
  const client = new ClientNegotiation(wishOf(mode));
  const said: Uint8Array[] = [];
  let last: ClientStep = { state: 'negotiating', send: new Uint8Array(0) };
  for (let at = 0, piece = 0; at < bytes.length && last.state === 'negotiating'; piece++) {
    const next = at + sizes[piece % sizes.length]!;
    last = client.receive(bytes.subarray(at, next));
    said.push(last.send);
    at = next;
  }
  return { said: Buffer.concat(said), last };
}

function run(input: Uint8Array): void {
  const mode = input[0] ?? 0;
  const bytes = input.subarray(1);
  const whole = talk(bytes, mode, [Number.MAX_SAFE_INTEGER]);
  const cut = talk(bytes, mode, pieceSizes(mode, 30));
  must(cut.last.state === whole.last.state, 'the outcome depends on how bytes are cut');
  if (whole.last.state === 'refused') {
    must(whole.last.reason.length > 0, 'it is refused without a reason');
    return;
  }
  must(cut.said.equals(whole.said), 'what is said depends on how bytes are cut');
  if (whole.last.state !== 'transmission') return;
  const { bytes: size, flags } = whole.last;
  must(Number.isSafeInteger(size) && size >= 0, `an export of ${size} bytes`);
  must(flags >= 0 && flags <= 0xffff, `flags ${flags}`);
}

/** All that a server of ours says to that wish. */
function answersTo(mode: number): Uint8Array {
  const client = new ClientNegotiation(wishOf(mode));
  const server = new Negotiation({
    tls: 'off',
    exports: {
      list: () => ['web'],
      find: (name) => (name === 'web' ? { name, bytes: EXPORT_BYTES } : undefined),
    },
  });
  const said: Uint8Array[] = [Uint8Array.of(mode)];
  for (let next = server.greeting(); next.length > 0; ) {
    said.push(next);
    const step = client.receive(next);
    if (step.state !== 'negotiating') break;
    next = server.receive(step.send).send;
  }
  return Buffer.concat(said);
}

export const target: Target = {
  bytesMax: 2048,
  words: ['NBDMAGIC', 'IHAVEOPT', 'base:allocation'],
  seeds: () => [0, 1, 3].map(answersTo),
  run,
};
