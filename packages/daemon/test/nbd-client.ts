// A client's side of the handshake, in bytes, and a socket that gathers what it gets.

import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';

const GREETING_BYTES = 18;
const OPT_LIST = 3;
const OPT_GO = 7;
const REPLY_HEADER_BYTES = 20;

export const REP_ACK = 1;
export const REP_SERVER = 2;
export const REP_INFO = 3;
export const REP_ERR_POLICY = 2 ** 31 + 2;
export const REP_ERR_UNKNOWN = 2 ** 31 + 6;

/** Fixed newstyle, no zeroes. */
export const CLIENT_FLAGS = Buffer.from([0, 0, 0, 3]);

export function goOption(name: string): Buffer {
  const text = Buffer.from(name);
  const data = Buffer.alloc(4 + text.length + 2);
  data.writeUInt32BE(text.length, 0);
  text.copy(data, 4);
  return option(OPT_GO, data);
}

export function listOption(): Buffer {
  return option(OPT_LIST, Buffer.alloc(0));
}

function option(number: number, data: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.write('IHAVEOPT', 0, 'latin1');
  header.writeUInt32BE(number, 8);
  header.writeUInt32BE(data.length, 12);
  return Buffer.concat([header, data]);
}

export interface Reply {
  readonly type: number;
  readonly data: Buffer;
}

export class NbdClient {
  readonly socket: Socket;
  #got = Buffer.alloc(0);
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(where: NetConnectOpts) {
    this.socket = connect(where);
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
    this.socket.on('data', (bytes) => {
      this.#got = Buffer.concat([this.#got, bytes]);
      this.#wake();
    });
  }

  /** Takes so many bytes; fewer where the connection ends before. */
  async take(bytes: number): Promise<Buffer> {
    while (this.#got.length < bytes && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#got.subarray(0, bytes);
    this.#got = this.#got.subarray(bytes);
    return taken;
  }

  greeting(): Promise<Buffer> {
    return this.take(GREETING_BYTES);
  }

  async reply(): Promise<Reply> {
    const header = await this.take(REPLY_HEADER_BYTES);
    if (header.length < REPLY_HEADER_BYTES) throw new Error('closed');
    return { type: header.readUInt32BE(12), data: await this.take(header.readUInt32BE(16)) };
  }

  /** Replies up to the one that ends an option. */
  async replies(): Promise<Reply[]> {
    const all: Reply[] = [];
    for (;;) {
      const one = await this.reply();
      all.push(one);
      if (one.type === REP_ACK || one.type >= 2 ** 31) return all;
    }
  }

  async closed(): Promise<void> {
    if (!this.#isClosed) await once(this.socket, 'close');
  }

  destroy(): void {
    this.socket.destroy();
  }
}
