// The handshake, server side, fixed newstyle: bytes in, bytes and a state out, no I/O. The host
// bounds its time; this bounds its length. A client that breaks the protocol gets its own session
// closed and nothing else.

import { assert } from '../assert.ts';
import {
  FLAG_FIXED_NEWSTYLE,
  FLAG_NO_ZEROES,
  INIT_MAGIC,
  OPT_ABORT,
  OPT_EXPORT_NAME,
  OPT_GO,
  OPT_INFO,
  OPT_LIST,
  OPT_LIST_META_CONTEXT,
  OPT_SET_META_CONTEXT,
  OPT_STARTTLS,
  OPT_STRUCTURED_REPLY,
  OPTION_COUNT_MAX,
  OPTION_DATA_BYTES_MAX,
  OPTION_MAGIC,
  OPTION_SKIP_BYTES_MAX,
  REP_ERR_TLS_REQD,
  REP_ERR_TOO_BIG,
  REP_ERR_UNSUP,
} from '../constants.ts';
import { ByteQueue } from './byte-queue.ts';
import type { ExportDescription, ExportDirectory, NegotiationHost } from './exports.ts';
import { OptionReader } from './option-reader.ts';
import { concat, OptionReplies, u16, u32 } from './option-replies.ts';
import { exportName } from './options/export-name.ts';
import { info } from './options/info.ts';
import { metaContext } from './options/meta-context.ts';
import { abort, list, startTls, structuredReply } from './options/no-data.ts';
import { ANSWERED, HandshakeSession, type Outcome } from './session.ts';

/** What a call of `receive` led to. `send` goes to the client first, whatever the state. */
export type Step =
  | { readonly state: 'negotiating'; readonly send: Uint8Array }
  /** After `send` the host begins TLS, and calls `secured` when it is up. */
  | { readonly state: 'upgrade'; readonly send: Uint8Array }
  | {
      readonly state: 'transmission';
      readonly send: Uint8Array;
      readonly export: ExportDescription;
      readonly isStructured: boolean;
      readonly hasBaseAllocation: boolean;
      /** What the client sent after its last option: the first bytes of the transmission. */
      readonly leftover: Uint8Array;
    }
  /** The reason is `aborted`, `refused: …` or `protocol: …`. */
  | { readonly state: 'closed'; readonly send: Uint8Array; readonly reason: string };

const CLIENT_FLAGS_BYTES = 4;
const OPTION_HEADER_BYTES = 16;

const HANDLERS = new Map([
  [OPT_EXPORT_NAME, exportName],
  [OPT_ABORT, abort],
  [OPT_LIST, list],
  [OPT_STARTTLS, startTls],
  [OPT_INFO, info],
  [OPT_GO, info],
  [OPT_STRUCTURED_REPLY, structuredReply],
  [OPT_LIST_META_CONTEXT, metaContext],
  [OPT_SET_META_CONTEXT, metaContext],
]);

export class Negotiation {
  readonly #session: HandshakeSession;
  readonly #input = new ByteQueue();
  readonly #replies = new OptionReplies();
  #hasClientFlags = false;
  #isFixed = false;
  #optionCount = 0;
  /** Bytes of an oversized option that are still to come and be ignored. */
  #skipBytes = 0;
  #isUpgrading = false;
  #end: Exclude<Outcome, { kind: 'answered' | 'upgrade' }> | null = null;

  constructor(host: NegotiationHost) {
    this.#session = new HandshakeSession(host.exports, host.tls);
  }

  /** The server speaks first: this goes to the client as soon as it is connected. */
  greeting(): Uint8Array {
    return concat([
      u32(...INIT_MAGIC),
      u32(...OPTION_MAGIC),
      // "FIXED_NEWSTYLE; MUST be set by servers that support the fixed newstyle protocol"
      u16(FLAG_FIXED_NEWSTYLE | FLAG_NO_ZEROES),
    ]);
  }

  /** TLS is up: from now on `receive` gets what was decrypted, and this client sees `exports`. */
  secured(exports: ExportDirectory = this.#session.exports): void {
    assert(this.#isUpgrading, 'TLS comes up after the step said upgrade');
    this.#isUpgrading = false;
    this.#session.isSecured = true;
    this.#session.exports = exports;
  }

  receive(bytes: Uint8Array): Step {
    assert(this.#end?.kind !== 'chosen', 'the handshake ended in transmission');
    if (this.#end !== null) return this.#step();
    this.#input.push(bytes);
    // "After an ACK reply has been sent, … all further data MUST be sent and received over TLS."
    if (this.#isUpgrading && bytes.length > 0) this.#plaintextAfterTls();
    else while (this.#advance());
    return this.#step();
  }

  /** Takes the next message if it is there in full; false if nothing more can be done now. */
  #advance(): boolean {
    if (!this.#hasClientFlags) {
      if (this.#input.length < CLIENT_FLAGS_BYTES) return false;
      this.#takeClientFlags();
      return this.#end === null;
    }
    this.#skipBytes -= this.#input.drop(this.#skipBytes);
    if (this.#skipBytes > 0 || this.#input.length < OPTION_HEADER_BYTES) return false;
    const header = this.#input.peek(OPTION_HEADER_BYTES);
    if (header.getUint32(0) !== OPTION_MAGIC[0] || header.getUint32(4) !== OPTION_MAGIC[1]) {
      return this.#close('protocol: an option has not the magic number IHAVEOPT');
    }
    const option = header.getUint32(8);
    const dataBytes = header.getUint32(12);
    if (dataBytes <= OPTION_DATA_BYTES_MAX) {
      if (this.#input.length < OPTION_HEADER_BYTES + dataBytes) return false;
    } else if (dataBytes > OPTION_SKIP_BYTES_MAX) {
      return this.#close(`protocol: an option of ${dataBytes} bytes`);
    }
    this.#optionCount++;
    if (this.#optionCount > OPTION_COUNT_MAX) {
      return this.#close(`protocol: more than ${OPTION_COUNT_MAX} options`);
    }
    this.#input.drop(OPTION_HEADER_BYTES);
    this.#replies.option = option;
    return this.#follow(this.#takeOption(option, dataBytes));
  }

  #takeClientFlags(): void {
    const flags = this.#input.peek(CLIENT_FLAGS_BYTES).getUint32(0);
    this.#input.drop(CLIENT_FLAGS_BYTES);
    this.#hasClientFlags = true;
    this.#isFixed = (flags & FLAG_FIXED_NEWSTYLE) !== 0;
    this.#session.hasNoZeroes = (flags & FLAG_NO_ZEROES) !== 0;
    // "The server MUST drop the TCP connection if the client sets an unknown flag."
    if ((flags & ~(FLAG_FIXED_NEWSTYLE | FLAG_NO_ZEROES)) !== 0) {
      this.#close('protocol: the client set unknown flags');
    }
  }

  #takeOption(option: number, dataBytes: number): Outcome {
    const isTooBig = dataBytes > OPTION_DATA_BYTES_MAX;
    if (isTooBig) this.#skipBytes = dataBytes;
    const data = isTooBig ? new Uint8Array(0) : this.#input.take(dataBytes);
    // "[EXPORT_NAME] is the only valid option in nonfixed newstyle negotiation."
    if (!this.#isFixed && option !== OPT_EXPORT_NAME) {
      return closed('protocol: the client is not fixed newstyle and sent another option');
    }
    const { tls, isSecured } = this.#session;
    if (tls === 'required' && !isSecured && option !== OPT_STARTTLS && option !== OPT_ABORT) {
      // "If the server receives a request to enter transmission mode via EXPORT_NAME when TLS has
      // not been initiated, then as this request cannot error, it MUST terminate the session."
      if (option === OPT_EXPORT_NAME) return closed('refused: EXPORT_NAME before TLS');
      // "If the server receives any other option, including INFO and unsupported options, it MUST
      // reply with ERR_TLS_REQD if TLS has not been initiated."
      this.#replies.error(REP_ERR_TLS_REQD, 'start TLS first');
      return ANSWERED;
    }
    const handler = HANDLERS.get(option);
    if (handler === undefined) {
      // "Servers that receive messages which they do not implement MUST reply to them with
      // ERR_UNSUP, and MUST NOT fail to parse the next message received."
      this.#replies.error(REP_ERR_UNSUP, 'this option is not known here');
      return ANSWERED;
    }
    if (isTooBig && option !== OPT_ABORT) {
      if (option === OPT_EXPORT_NAME) return closed('protocol: a name longer than any string');
      // "ERR_TOO_BIG: The request or the reply is too large to process."
      this.#replies.error(REP_ERR_TOO_BIG, `at most ${OPTION_DATA_BYTES_MAX} bytes of data`);
      // "Issuing [SET_META_CONTEXT] replaces all previously-set metadata contexts (including when
      // this command fails)."
      if (option === OPT_SET_META_CONTEXT) this.#session.contextName = null;
      return ANSWERED;
    }
    return handler(this.#session, new OptionReader(data), this.#replies);
  }

  /** Draws the consequence of an option; true if there may be another. */
  #follow(outcome: Outcome): boolean {
    if (outcome.kind === 'answered') return true;
    if (outcome.kind === 'upgrade') {
      this.#isUpgrading = true;
      // What came in the clear before TLS must never be taken for what came through it.
      if (this.#input.length > 0) this.#plaintextAfterTls();
      return false;
    }
    this.#end = outcome;
    return false;
  }

  #plaintextAfterTls(): void {
    this.#close('protocol: plaintext after STARTTLS');
  }

  #close(reason: string): false {
    this.#end = { kind: 'closed', reason };
    return false;
  }

  #step(): Step {
    const send = this.#replies.take();
    const end = this.#end;
    if (end === null) return { state: this.#isUpgrading ? 'upgrade' : 'negotiating', send };
    if (end.kind === 'closed') return { state: 'closed', send, reason: end.reason };
    const { isStructured, contextName } = this.#session;
    return {
      state: 'transmission',
      send,
      export: end.export,
      isStructured,
      // "… the final time it was sent, it referred to the same export name that was ultimately
      // selected for transmission phase".
      hasBaseAllocation: isStructured && contextName === end.name,
      leftover: this.#input.takeAll(),
    };
  }
}

function closed(reason: string): Outcome {
  return { kind: 'closed', reason };
}
