// An NBD client that is plain and obviously right, as the oracle of the fast server: GO, simple
// replies, a promise per request.

import { connect, type NetConnectOpts, type Socket } from 'node:net';

export const READ = 0;
export const WRITE = 1;
export const DISCONNECT = 2;
export const FLUSH = 3;
export const TRIM = 4;
export const CACHE = 5;
export const WRITE_ZEROES = 6;
export const FUA = 1;

export const EIO = 5;
export const EINVAL = 22;
export const ENOSPC = 28;

const GO = 7;
const INFO = 3;
const ACKNOWLEDGED = 1;
const REPLY_MAGIC = 0x67446698;
const OPTION_HEADER_BYTES = 20;
const REPLY_BYTES = 16;
const FLAGS_BYTES = 4;

/** A request that the server answered with an error, as `errno`. */
export class NbdError extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(`the server answered with error ${errno}`);
    this.errno = errno;
  }
}

interface Pending {
  readonly readBytes: number;
  readonly resolve: (data: Buffer) => void;
  readonly reject: (error: Error) => void;
}

export class NbdClient {
  readonly socket: Socket;
  /** Size of the export and its transmission flags, as GO gave them. */
  bytes = 0;
  flags = 0;
  readonly #incoming: Incoming;
  readonly #pending = new Map<bigint, Pending>();
  #nextCookie = 1n;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#incoming = new Incoming(socket);
  }

  /** `where` is the path of a unix socket, or a host and port. */
  static async connect(where: string | NetConnectOpts, exportName: string): Promise<NbdClient> {
    const options = typeof where === 'string' ? { path: where } : where;
    const client = new NbdClient(connect(options));
    try {
      await client.#negotiate(exportName);
    } catch (error) {
      client.destroy();
      throw error;
    }
    void client.#receive();
    return client;
  }

  /** Over a socket on which greeting and flags are exchanged already, as after STARTTLS. */
  static async over(socket: Socket, exportName: string): Promise<NbdClient> {
    const client = new NbdClient(socket);
    try {
      socket.write(goMessage(exportName).subarray(FLAGS_BYTES));
      await client.#chosen(exportName);
    } catch (error) {
      client.destroy();
      throw error;
    }
    void client.#receive();
    return client;
  }

  read(offset: number, bytes: number): Promise<Buffer> {
    return this.request({ type: READ, offset, bytes });
  }

  async write(offset: number, data: Uint8Array, flags = 0): Promise<void> {
    await this.request({ type: WRITE, offset, bytes: data.length, data, flags });
  }

  async trim(offset: number, bytes: number): Promise<void> {
    await this.request({ type: TRIM, offset, bytes });
  }

  async zero(offset: number, bytes: number, flags = 0): Promise<void> {
    await this.request({ type: WRITE_ZEROES, offset, bytes, flags });
  }

  async flush(): Promise<void> {
    await this.request({ type: FLUSH, offset: 0, bytes: 0 });
  }

  /** Sends any request; resolves with what a read returned. */
  request(options: {
    type: number;
    offset: number;
    bytes: number;
    data?: Uint8Array;
    flags?: number;
  }): Promise<Buffer> {
    const { type, offset, bytes, data, flags = 0 } = options;
    const cookie = this.#nextCookie++;
    const header = requestHeader({ type, flags, cookie, offset, bytes });
    this.socket.write(data === undefined ? header : Buffer.concat([header, data]));
    return new Promise((resolve, reject) => {
      this.#pending.set(cookie, { readBytes: type === READ ? bytes : 0, resolve, reject });
      if (this.socket.destroyed) this.#failAll(new Error('the connection is closed'));
    });
  }

  /** Ends the session as the protocol has it. */
  async disconnect(): Promise<void> {
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.end(requestHeader({ type: DISCONNECT, flags: 0, cookie: 0n, offset: 0, bytes: 0 }));
    if (!this.socket.destroyed) await closed;
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #negotiate(exportName: string): Promise<void> {
    await this.#incoming.take(18);
    this.socket.write(goMessage(exportName));
    await this.#chosen(exportName);
  }

  async #chosen(exportName: string): Promise<void> {
    for (;;) {
      const header = await this.#incoming.take(OPTION_HEADER_BYTES);
      const type = header.readUInt32BE(12);
      const data = await this.#incoming.take(header.readUInt32BE(16));
      if (type === ACKNOWLEDGED) return;
      if (type !== INFO) throw new Error(`GO ${exportName} was refused (${type.toString(16)})`);
      if (data.readUInt16BE(0) !== 0) continue;
      this.bytes = Number(data.readBigUInt64BE(2));
      this.flags = data.readUInt16BE(10);
    }
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const reply = await this.#incoming.take(REPLY_BYTES);
        const cookie = reply.readBigUInt64BE(8);
        const pending = this.#pending.get(cookie);
        if (reply.readUInt32BE(0) !== REPLY_MAGIC || pending === undefined) {
          throw new Error('the server sent what is no reply to any request');
        }
        this.#pending.delete(cookie);
        const errno = reply.readUInt32BE(4);
        if (errno !== 0) pending.reject(new NbdError(errno));
        else pending.resolve(await this.#incoming.take(pending.readBytes));
      }
    } catch (error) {
      this.#failAll(error as Error);
      this.socket.destroy();
    }
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

/** Bytes of a socket in the portions that are asked for. */
class Incoming {
  #held: Buffer = Buffer.alloc(0);
  #wanted = 0;
  #wake: (() => void) | null = null;
  #ended: Error | null = null;

  constructor(socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
      if (this.#held.length >= this.#wanted) this.#wake?.();
    });
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the server hung up')));
  }

  async take(bytes: number): Promise<Buffer> {
    while (this.#held.length < bytes) {
      if (this.#ended !== null) throw this.#ended;
      this.#wanted = bytes;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#held.subarray(0, bytes);
    this.#held = this.#held.subarray(bytes);
    return taken;
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#wake?.();
  }
}

/** Client flags (fixed newstyle, no zeroes) and the option GO: all that a client has to say. */
export function goMessage(exportName: string): Buffer {
  const name = Buffer.from(exportName);
  const message = Buffer.alloc(26 + name.length);
  message.writeUInt32BE(3, 0);
  message.write('IHAVEOPT', 4);
  message.writeUInt32BE(GO, 12);
  message.writeUInt32BE(name.length + 6, 16);
  message.writeUInt32BE(name.length, 20);
  name.copy(message, 24);
  return message;
}

export function requestHeader(fields: {
  readonly type: number;
  readonly flags: number;
  readonly cookie: bigint;
  readonly offset: number;
  readonly bytes: number;
}): Buffer {
  const header = Buffer.alloc(28);
  header.writeUInt32BE(0x25609513, 0);
  header.writeUInt16BE(fields.flags, 4);
  header.writeUInt16BE(fields.type, 6);
  header.writeBigUInt64BE(fields.cookie, 8);
  header.writeBigUInt64BE(BigInt(fields.offset), 16);
  header.writeUInt32BE(fields.bytes, 24);
  return header;
}
