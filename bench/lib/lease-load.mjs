// The load of one lease over one connection: a closed loop of so many requests in flight, drawn from a
// mix that is the same for all leases. Which version of which slot was acknowledged last is kept, so
// each page that is read is compared; slots in flight are not asked for a second time.

import { once } from 'node:events';
import { connect } from 'node:net';
import { Latencies } from './latencies.mjs';
import { READ, REQUEST_BYTES, TRIM, WRITE } from './nbd-wire.mjs';
import { randomBelow } from './random.mjs';
import { PAGE_BYTES } from './stamped-pages.mjs';

/** Requests by kind: what they do, on how many pages, in so many of a hundred requests. */
export const kinds = {
  read: { type: READ, pages: 1, share: 44 },
  write: { type: WRITE, pages: 1, share: 32 },
  'read 32 KiB': { type: READ, pages: 8, share: 12 },
  'write 32 KiB': { type: WRITE, pages: 8, share: 5 },
  'read 1 MiB': { type: READ, pages: 256, share: 1 },
  'write 1 MiB': { type: WRITE, pages: 256, share: 1 },
  trim: { type: TRIM, pages: 16, share: 5 },
};
const kindNames = Object.keys(kinds);
const FILL = { type: WRITE, pages: 8 };
const MAGIC = 0x25609513;
const REPLY_MAGIC = 0x67446698;
const REPLY_BYTES = 16;
const RECEIVE_BYTES = REPLY_BYTES + 256 * PAGE_BYTES + 2 ** 18;

export class LeaseLoad {
  #socket;
  #options;
  #below;
  #versions;
  #isBusy;
  #received = Buffer.alloc(RECEIVE_BYTES);
  #held = 0;
  /** By cookie, which is a place in the row of requests in flight. */
  #flights = [];
  #idle = [];
  #next = () => null;
  #settle = null;
  #figures = newFigures();

  /** `lease` is a number that its pages bear; `pages` makes and compares them. */
  constructor(options) {
    this.#options = options;
    this.#below = randomBelow(options.seed);
    this.#versions = new Uint32Array(options.slots);
    this.#isBusy = new Uint8Array(options.slots);
    this.#idle = Array.from({ length: options.depth }, (_, cookie) => cookie);
  }

  async open() {
    const { socket: path, exportName } = this.#options;
    const socket = connect(path);
    this.#socket = socket;
    await greeted(socket, exportName);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error(`${exportName}: the lender hung up`)));
  }

  /** Writes every slot once. */
  fill() {
    let slot = 0;
    return this.#run(() => {
      if (slot >= this.#options.slots) return null;
      slot += FILL.pages;
      return { name: 'write 32 KiB', ...FILL, slot: slot - FILL.pages };
    });
  }

  /** Sends requests until `stop`; resolves when all are answered. */
  start() {
    return this.#run(() => this.#draw());
  }

  stop() {
    this.#next = () => null;
  }

  /** What was done since the last call. */
  takeFigures() {
    const figures = this.#figures;
    this.#figures = newFigures();
    return figures;
  }

  close() {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #run(next) {
    this.#next = next;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#issue();
    });
  }

  #draw() {
    let draw = this.#below(100);
    const name = kindNames.find((one) => (draw -= kinds[one].share) < 0);
    const { type, pages } = kinds[name];
    for (;;) {
      const slot = this.#below(this.#options.slots - pages + 1);
      if (!this.#isBusy.subarray(slot, slot + pages).includes(1))
        return { name, type, pages, slot };
    }
  }

  #issue() {
    this.#socket.cork();
    while (this.#idle.length > 0) {
      const request = this.#next();
      if (request === null) break;
      const cookie = this.#idle.pop();
      const { slot, pages } = request;
      this.#isBusy.fill(1, slot, slot + pages);
      this.#flights[cookie] = { ...request, sentAt: performance.now() };
      this.#send(request, cookie);
    }
    this.#socket.uncork();
    if (this.#idle.length === this.#options.depth) this.#settle?.resolve();
  }

  #send({ type, slot, pages }, cookie) {
    const bytes = Buffer.allocUnsafe(REQUEST_BYTES + (type === WRITE ? pages * PAGE_BYTES : 0));
    bytes.writeUInt32BE(MAGIC, 0);
    bytes.writeUInt32BE(type, 4);
    bytes.writeBigUInt64BE(BigInt(cookie), 8);
    bytes.writeBigUInt64BE(BigInt(slot) * BigInt(PAGE_BYTES), 16);
    bytes.writeUInt32BE(pages * PAGE_BYTES, 24);
    if (type === WRITE) {
      for (let page = 0; page < pages; page++) {
        const at = REQUEST_BYTES + page * PAGE_BYTES;
        this.#options.pages.put(
          bytes,
          at,
          this.#options.lease,
          slot + page,
          this.#newer(slot + page),
        );
      }
    }
    this.#socket.write(bytes);
  }

  /** The version that follows; after the last that a slot was given, also where that was freed. */
  #newer(slot) {
    return ((this.#versions[slot] & 0x7fff_ffff) + 1) >>> 0;
  }

  #take(chunk) {
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + RECEIVE_BYTES - this.#held);
      part.copy(this.#received, this.#held);
      this.#held += part.length;
      from += part.length;
      this.#parse();
    }
    this.#issue();
  }

  #parse() {
    const bytes = this.#received;
    let at = 0;
    while (this.#held - at >= REPLY_BYTES) {
      const cookie = Number(bytes.readBigUInt64BE(at + 8));
      const flight = this.#flights[cookie];
      if (bytes.readUInt32BE(at) !== REPLY_MAGIC || flight === undefined) {
        this.#fail(new Error(`${this.#options.exportName}: no reply where one was due`));
        return;
      }
      const errno = bytes.readUInt32BE(at + 4);
      const dataBytes = flight.type === READ && errno === 0 ? flight.pages * PAGE_BYTES : 0;
      if (this.#held - at < REPLY_BYTES + dataBytes) break;
      this.#answered(flight, errno, at + REPLY_BYTES);
      this.#flights[cookie] = undefined;
      this.#idle.push(cookie);
      at += REPLY_BYTES + dataBytes;
    }
    bytes.copyWithin(0, at, this.#held);
    this.#held -= at;
  }

  #answered({ name, type, slot, pages, sentAt }, errno, dataAt) {
    const figures = this.#figures;
    figures.latencies[name].add((performance.now() - sentAt) * 1000);
    figures.requests++;
    figures.pages += pages;
    this.#isBusy.fill(0, slot, slot + pages);
    if (errno !== 0) {
      figures.errors[errno] = (figures.errors[errno] ?? 0) + 1;
      return;
    }
    const versions = this.#versions;
    for (let page = 0; page < pages; page++) {
      const one = slot + page;
      if (type === WRITE) versions[one] = this.#newer(one);
      // The top bit: freed, and which version that was.
      else if (type === TRIM) versions[one] |= 0x8000_0000;
      else if (!this.#isRight(one, dataAt + page * PAGE_BYTES)) figures.wrongPages++;
    }
  }

  #isRight(slot, at) {
    const version = this.#versions[slot] > 0x7fff_ffff ? 0 : this.#versions[slot];
    return this.#options.pages.isSame(this.#received, at, this.#options.lease, slot, version);
  }

  #fail(error) {
    this.#settle?.reject(error);
    this.#settle = null;
  }
}

function newFigures() {
  const latencies = Object.fromEntries(kindNames.map((name) => [name, new Latencies()]));
  return { requests: 0, pages: 0, wrongPages: 0, errors: {}, latencies };
}

/** The handshake of a plain client: GO, and nothing else asked. */
async function greeted(socket, exportName) {
  await once(socket, 'connect');
  await taken(socket, 18);
  const name = Buffer.from(exportName);
  const go = Buffer.alloc(26 + name.length);
  go.writeUInt32BE(3, 0);
  go.write('IHAVEOPT', 4);
  go.writeUInt32BE(7, 12);
  go.writeUInt32BE(name.length + 6, 16);
  go.writeUInt32BE(name.length, 20);
  name.copy(go, 24);
  socket.write(go);
  for (;;) {
    const head = await taken(socket, 20);
    await taken(socket, head.readUInt32BE(16));
    if (head.readUInt32BE(12) === 1) return;
    if (head.readUInt32BE(12) !== 3) throw new Error(`${exportName}: GO was refused`);
  }
}

async function taken(socket, bytes) {
  if (bytes === 0) return Buffer.alloc(0);
  for (;;) {
    const part = socket.read(bytes);
    if (part !== null) return part;
    if (socket.readableEnded || socket.destroyed) throw new Error('the lender hung up');
    await once(socket, 'readable');
  }
}
