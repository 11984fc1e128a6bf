// Handshakes cut into any pieces, cut off at any byte, changed at random, and pure garbage.

import { Negotiation, type Step } from '@pagelend/nbd';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pieces } from '../support/arbitraries.ts';
import {
  ABORT,
  decodeOptionReplies,
  GO,
  hostOf,
  INFO,
  infoData,
  LIST,
  LIST_META_CONTEXT,
  metaData,
  option,
  SET_META_CONTEXT,
  STRUCTURED_REPLY,
  u32,
} from '../support/handshake.ts';

/** Feeds a machine in pieces until it leaves the negotiation; all that it sent, and the last step. */
function feed(bytes: Uint8Array, sizes: readonly number[]): { sent: Buffer; last: Step } {
  const negotiation = new Negotiation(hostOf('offered'));
  const sent: Uint8Array[] = [];
  let last: Step = { state: 'negotiating', send: new Uint8Array(0) };
  for (let at = 0, piece = 0; at < bytes.length && last.state === 'negotiating'; piece++) {
    const next = at + sizes[piece % sizes.length]!;
    last = negotiation.receive(bytes.subarray(at, next));
    sent.push(last.send);
    at = next;
  }
  return { sent: Buffer.concat(sent), last };
}

/** Bytes of the answer to EXPORT_NAME: size and flags, and zeroes unless the client declined them. */
const EXPORT_NAME_ANSWERS = [10, 134];

function isWellFormed(replies: Uint8Array): boolean {
  try {
    decodeOptionReplies(replies);
    return true;
  } catch {
    return false;
  }
}

const sound = fc
  .array(
    fc.constantFrom(
      option(LIST),
      option(STRUCTURED_REPLY),
      option(INFO, infoData('web', 1, 2, 3)),
      option(INFO, infoData('no such')),
      option(LIST_META_CONTEXT, metaData('web')),
      option(SET_META_CONTEXT, metaData('web', 'base:allocation', 'base:')),
      option(99, Buffer.alloc(30)),
      option(98, Buffer.alloc(20_000)),
    ),
    { maxLength: 8 },
  )
  .chain((options) =>
    fc
      .constantFrom(option(GO, infoData('dätabase', 3)), option(ABORT), Buffer.alloc(0))
      .map((end) => Buffer.concat([u32(3), ...options, end])),
  );

test('how bytes are split makes no difference', () => {
  fc.assert(
    fc.property(sound, pieces, (bytes, sizes) => {
      const whole = feed(bytes, [Number.MAX_SAFE_INTEGER]);
      const split = feed(bytes, sizes);
      expect(split.sent.equals(whole.sent)).toBe(true);
      expect({ ...split.last, send: 0 }).toEqual({ ...whole.last, send: 0 });
      decodeOptionReplies(whole.sent);
    }),
    { numRuns: 200 },
  );
});

test('cut off at any byte a handshake just waits', () => {
  const bytes = Buffer.concat([
    u32(3),
    option(STRUCTURED_REPLY),
    option(SET_META_CONTEXT, metaData('web', 'base:allocation')),
    option(GO, infoData('web', 1, 2, 3)),
  ]);
  for (let length = 1; length < bytes.length; length++) {
    expect(feed(bytes.subarray(0, length), [length]).last.state).toBe('negotiating');
  }
  expect(feed(bytes, [1]).last).toMatchObject({ state: 'transmission', hasBaseAllocation: true });
});

test('changed handshakes and garbage never throw, and every reply is well-formed', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
  fc.assert(
    fc.property(sound, changes, pieces, (original, mutations, sizes) => {
      const bytes = Buffer.from(original);
      for (const [at, value] of mutations) bytes[at % bytes.length] = value;
      const { sent, last } = feed(bytes, sizes);
      // A change can make an option EXPORT_NAME: its answer has no frame, and is the last.
      const tails = last.state === 'transmission' ? [0, ...EXPORT_NAME_ANSWERS] : [0];
      expect(tails.some((tail) => isWellFormed(sent.subarray(0, sent.length - tail)))).toBe(true);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), pieces, (garbage, sizes) => {
      expect(feed(garbage, sizes).last.state).not.toBe('transmission');
      feed(Buffer.concat([u32(3), Buffer.from('IHAVEOPT'), garbage]), sizes);
    }),
    { numRuns: 300 },
  );
});
