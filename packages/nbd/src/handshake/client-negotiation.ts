// The handshake, client side, for a relay: it asks for what was agreed with its own client already,
// and nothing else. Bytes in, bytes and a state out, no I/O.

import {
  FLAG_FIXED_NEWSTYLE,
  FLAG_NO_ZEROES,
  INFO_EXPORT,
  INIT_MAGIC,
  OPT_GO,
  OPT_SET_META_CONTEXT,
  OPT_STRUCTURED_REPLY,
  OPTION_DATA_BYTES_MAX,
  OPTION_MAGIC,
  OPTION_REPLY_MAGIC,
  REP_ACK,
  REP_INFO,
  REP_META_CONTEXT,
} from '../constants.ts';
import { ByteQueue } from './byte-queue.ts';
import { concat, u16, u32 } from './option-replies.ts';

/** What is to be agreed on. */
export interface ClientWish {
  readonly exportName: string;
  readonly isStructured: boolean;
  readonly hasBaseAllocation: boolean;
}

/** What a call of `receive` led to; `send` goes to the server. */
export type ClientStep =
  | { readonly state: 'negotiating'; readonly send: Uint8Array }
  | {
      readonly state: 'transmission';
      readonly send: Uint8Array;
      /** Size and transmission flags of the export. */
      readonly bytes: number;
      readonly flags: number;
    }
  | { readonly state: 'refused'; readonly send: Uint8Array; readonly reason: string };

const GREETING_BYTES = 18;
const REPLY_HEADER_BYTES = 20;
const EXPORT_INFO_BYTES = 12;
const CONTEXT_NAME = 'base:allocation';
const NOTHING = new Uint8Array(0);

export class ClientNegotiation {
  readonly #input = new ByteQueue();
  readonly #options: { readonly option: number; readonly data: Uint8Array }[];
  #hasGreeting = false;
  #bytes = -1;
  #flags = 0;
  #hasContext = false;

  constructor({ exportName, isStructured, hasBaseAllocation }: ClientWish) {
    const name = new TextEncoder().encode(exportName);
    const context = new TextEncoder().encode(CONTEXT_NAME);
    const query = concat([u32(name.length), name, u32(1), u32(context.length), context]);
    this.#options = [
      ...(isStructured ? [{ option: OPT_STRUCTURED_REPLY, data: NOTHING }] : []),
      ...(hasBaseAllocation ? [{ option: OPT_SET_META_CONTEXT, data: query }] : []),
      { option: OPT_GO, data: concat([u32(name.length), name, u16(0)]) },
    ];
    this.#hasContext = !hasBaseAllocation;
  }

  receive(bytes: Uint8Array): ClientStep {
    this.#input.push(bytes);
    let send: Uint8Array = NOTHING;
    if (!this.#hasGreeting) {
      if (this.#input.length < GREETING_BYTES) return { state: 'negotiating', send };
      const greeting = this.#input.peek(GREETING_BYTES);
      const isNbd =
        greeting.getUint32(0) === INIT_MAGIC[0] && greeting.getUint32(8) === OPTION_MAGIC[0];
      if (!isNbd || (greeting.getUint16(16) & FLAG_FIXED_NEWSTYLE) === 0) {
        return refused('what answers is no server of the fixed newstyle');
      }
      this.#input.drop(GREETING_BYTES);
      this.#hasGreeting = true;
      send = concat([u32(FLAG_FIXED_NEWSTYLE | FLAG_NO_ZEROES), this.#nextOption()]);
    }
    return this.#follow(send);
  }

  #follow(first: Uint8Array): ClientStep {
    let send = first;
    while (this.#input.length >= REPLY_HEADER_BYTES) {
      const header = this.#input.peek(REPLY_HEADER_BYTES);
      const option = header.getUint32(8);
      const type = header.getUint32(12);
      const dataBytes = header.getUint32(16);
      const asked = this.#options[0]?.option;
      const isReply = header.getUint32(0) === OPTION_REPLY_MAGIC[0] && option === asked;
      if (!isReply || dataBytes > OPTION_DATA_BYTES_MAX) return refused('an answer is none');
      if (this.#input.length < REPLY_HEADER_BYTES + dataBytes) break;
      this.#input.drop(REPLY_HEADER_BYTES);
      const data = this.#input.take(dataBytes);
      if (type === REP_ACK) {
        this.#options.shift();
        if (this.#options.length === 0) return this.#end(send);
        send = concat([send, this.#nextOption()]);
      } else if (type === REP_INFO) this.#note(data);
      else if (type === REP_META_CONTEXT) this.#hasContext = true;
      else return refused(`option ${option} was answered with ${type.toString(16)}`);
    }
    return { state: 'negotiating', send };
  }

  #end(send: Uint8Array): ClientStep {
    if (this.#bytes < 0 || !this.#hasContext) return refused('not all that was asked for is there');
    // Past that numbers would no longer say it exactly, and no lease is as large.
    if (!Number.isSafeInteger(this.#bytes)) return refused('the export has too many bytes');
    return { state: 'transmission', send, bytes: this.#bytes, flags: this.#flags };
  }

  #note(data: Uint8Array): void {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    if (data.length < EXPORT_INFO_BYTES || view.getUint16(0) !== INFO_EXPORT) return;
    this.#bytes = view.getUint32(2) * 2 ** 32 + view.getUint32(6);
    this.#flags = view.getUint16(10);
  }

  #nextOption(): Uint8Array {
    const { option, data } = this.#options[0]!;
    return concat([u32(...OPTION_MAGIC, option, data.length), data]);
  }
}

function refused(reason: string): ClientStep {
  return { state: 'refused', send: NOTHING, reason };
}
