// The handshake as a server sees it. Whatever a client says: nothing throws, how its bytes are cut
// makes no difference, every answer is a whole reply to an option that was asked, and what is agreed
// on is an export that is offered.

import { Negotiation, OPTION_DATA_BYTES_MAX, type Step } from '@pagelend/nbd';
import {
  ABORT,
  decodeOptionReplies,
  EXPORT_NAME,
  EXPORTS,
  GO,
  hostOf,
  INFO,
  infoData,
  LIST,
  LIST_META_CONTEXT,
  metaData,
  option,
  SET_META_CONTEXT,
  STARTTLS,
  STRUCTURED_REPLY,
  u32,
} from '../../../packages/nbd/test/support/handshake.ts';
import { must, pieceSizes, type Target } from '../target.ts';

const TLS_MODES = ['off', 'offered', 'required'] as const;
/** The answer to EXPORT_NAME has no head: size and flags, and zeroes unless they were declined. */
const BARE_ANSWERS = [0, 10, 134];
const OPTION_HEAD_BYTES = 16;
const NOTHING = new Uint8Array(0);

interface Talk {
  readonly sent: Buffer;
  readonly last: Step;
  readonly taken: number;
}

/** Feeds a server in pieces until it leaves the negotiation. */
function talk(bytes: Uint8Array, host: ReturnType<typeof hostOf>, sizes: readonly number[]): Talk {
  const negotiation = new Negotiation(host);
  negotiation.greeting();
  const sent: Uint8Array[] = [];
  let last: Step = { state: 'negotiating', send: new Uint8Array(0) };
  let at = 0;
  for (let piece = 0; at < bytes.length && last.state === 'negotiating'; piece++) {
    const next = Math.min(bytes.length, at + sizes[piece % sizes.length]!);
    last = negotiation.receive(bytes.subarray(at, next));
    sent.push(last.send);
    at = next;
  }
  return { sent: Buffer.concat(sent), last, taken: at };
}

/** What a talk came to, and at which byte; what was sent too early is the rest of the input. */
function agreedIn({ last, taken }: Talk): string {
  const { send: _, leftover = NOTHING, ...agreed } = { leftover: NOTHING, ...last };
  return JSON.stringify([agreed, last.state === 'transmission' ? taken - leftover.length : 0]);
}

function isWhole(replies: Buffer): boolean {
  try {
    decodeOptionReplies(replies);
    return true;
  } catch {
    return false;
  }
}

function run(input: Uint8Array): void {
  const mode = input[0] ?? 0;
  const bytes = input.subarray(1);
  const host = hostOf(TLS_MODES[mode % 3]!, (mode & 4) === 0);
  const whole = talk(bytes, host, [Number.MAX_SAFE_INTEGER]);
  const cut = talk(bytes, host, pieceSizes(mode, 40));
  const { sent } = whole;
  must(cut.sent.equals(sent), 'the answers depend on how bytes are cut');
  // What comes in the clear behind STARTTLS ends the session, and the host that is cut short here
  // would have taken it for the beginning of TLS.
  const isUpgraded = cut.last.state === 'upgrade' && whole.last.state === 'closed';
  must(
    isUpgraded || agreedIn(cut) === agreedIn(whole),
    'what was agreed on depends on how bytes are cut',
  );
  const tails = whole.last.state === 'transmission' ? BARE_ANSWERS : [0];
  const tail = tails.find((bare) => isWhole(sent.subarray(0, sent.length - bare)));
  must(tail !== undefined, 'an answer is no whole reply');
  const asked = new Set<number>();
  const view = Buffer.from(bytes);
  for (let at = 0; at + OPTION_HEAD_BYTES <= view.length; at++) {
    if (view.toString('latin1', at, at + 8) === 'IHAVEOPT') asked.add(view.readUInt32BE(at + 8));
  }
  for (const reply of decodeOptionReplies(sent.subarray(0, sent.length - tail))) {
    must(asked.has(reply.option), `a reply to option ${reply.option}, which nobody asked`);
    must(reply.data.length <= OPTION_DATA_BYTES_MAX, 'a reply longer than an option may be');
  }
  if (whole.last.state === 'transmission') {
    must(TLS_MODES[mode % 3] !== 'required', 'transmission in the clear where TLS is required');
    const text = JSON.stringify(whole.last);
    must(
      EXPORTS.some(({ name }) => text.includes(JSON.stringify(name))),
      `what was agreed on is no export: ${text}`,
    );
  }
}

/** A client's flags and options; the byte before them says what the server offers. */
function session(mode: number, flags: number, ...options: Buffer[]): Uint8Array {
  return Buffer.concat([Buffer.from([mode]), u32(flags), ...options]);
}

export const target: Target = {
  bytesMax: 4096,
  words: ['IHAVEOPT', 'base:allocation', 'base:', 'web', 'dätabase', 'frozen'],
  seeds: () => [
    session(0, 3, option(LIST), option(ABORT)),
    session(0, 3, option(STRUCTURED_REPLY), option(GO, infoData('web', 1, 2, 3))),
    session(
      4,
      1,
      option(STRUCTURED_REPLY),
      option(LIST_META_CONTEXT, metaData('web')),
      option(SET_META_CONTEXT, metaData('web', 'base:allocation', 'base:')),
      option(INFO, infoData('frozen')),
      option(GO, infoData('web')),
    ),
    session(1, 3, option(STARTTLS), option(GO, infoData('web'))),
    session(2, 3, option(LIST), option(GO, infoData('web')), option(STARTTLS)),
    session(0, 3, option(EXPORT_NAME, Buffer.from('dätabase'))),
    session(0, 1, option(EXPORT_NAME)),
    session(0, 3, option(98, Buffer.alloc(300)), option(INFO, infoData('none'))),
  ],
  run,
};
