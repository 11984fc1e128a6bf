// Pages of which some are far away until a test says that they have come, and a thread's loop that a
// test takes step by step, with peers at the other ends of socket pairs.

import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import {
  addressOf,
  Bell,
  closeDescriptor,
  receive,
  socketPair,
  transmit,
  WOULD_WAIT,
} from '@pagelend/linux';
import { DATA, type SlotState, WAIT } from '@pagelend/nbd';
import type { Serve } from '../src/data-plane/connection.ts';
import type { FromThread, ToThread } from '../src/data-plane/messages.ts';
import { ServeLoop } from '../src/data-plane/serve-loop.ts';
import type { ServedPages } from '../src/data-plane/waiting-pages.ts';

const PAGE_BYTES = 4096;
const MEMORY_PAGES = 64;
/** Where a test's own bytes lie in the memory, behind the buffers of the connections. */
const PEER_AT = 3 * 2 ** 20;
const PEER_BYTES = 2 ** 19;
/** Of a thread that has something to do; one that spins takes any number. */
const STEPS_MAX = 50;

export class FarPages implements ServedPages {
  readonly bytes = 2 ** 30;
  /** Slots that are not there. */
  readonly far = new Set<number>();
  readonly announced: number[] = [];
  readonly written: number[] = [];
  /** Calls that waited. */
  waitCount = 0;
  /** Called when a call waits, before it returns. */
  onWait = (_slot: number): void => {};
  onAbandon = (): void => {};
  isAbandoned = false;
  #awaited = -1;
  readonly #io: Uint8Array;

  constructor(io: Uint8Array) {
    this.#io = io;
  }

  get isWaiting(): boolean {
    return this.far.has(this.#awaited);
  }

  abandon(): void {
    this.onAbandon();
    this.isAbandoned = true;
  }

  announce(slot: number, count: number): void {
    for (let i = 0; i < count; i++) this.announced.push(slot + i);
  }

  /** A page is full of its slot's number. */
  read(slot: number, target: number): number {
    return this.readPart(slot, 0, PAGE_BYTES, target);
  }

  readPart(slot: number, _from: number, bytes: number, target: number): number {
    if (this.#waits(slot)) return WAIT;
    this.#io.fill(slot, target, target + bytes);
    return 0;
  }

  write(slot: number, _source: number): number {
    if (this.#waits(slot)) return WAIT;
    this.written.push(slot);
    return 0;
  }

  writePart(slot: number, _from: number, _bytes: number, source: number): number {
    return this.write(slot, source);
  }

  trim(): number {
    return 0;
  }

  zero(): number {
    return 0;
  }

  zeroPart(): number {
    return 0;
  }

  state(): SlotState {
    return DATA;
  }

  #waits(slot: number): boolean {
    if (this.isAbandoned) throw new Error(`slot ${slot} is asked for after the end`);
    if (!this.far.has(slot)) return false;
    this.#awaited = slot;
    this.waitCount += 1;
    this.onWait(slot);
    return true;
  }
}

export interface Peer {
  readonly id: number;
  readonly fd: number;
  readonly pages: FarPages;
}

export class SteppedLoop {
  readonly #memory = new WebAssembly.Memory({
    initial: MEMORY_PAGES,
    maximum: MEMORY_PAGES,
    shared: true,
  });
  readonly #io = new Uint8Array(this.#memory.buffer as SharedArrayBuffer);
  readonly #base = addressOf(this.#memory);
  readonly #channel = new MessageChannel();
  readonly #bell = new Bell();
  readonly #loop: ServeLoop;
  readonly #pages = new Map<number, FarPages>();
  readonly #open = new Set<number>();
  #nextId = 1;

  constructor() {
    this.#loop = new ServeLoop({
      io: this.#io,
      base: this.#base,
      bellFd: this.#bell.fd,
      port: this.#channel.port1,
      judge: null,
      openPages: ({ id }) => this.#pages.get(id)!,
    });
  }

  /** Begins a session in which pages are read in simple replies. */
  connect(...far: number[]): Peer {
    const [fd, served] = socketPair();
    const id = this.#nextId++;
    const pages = new FarPages(this.#io);
    for (const slot of far) pages.far.add(slot);
    this.#pages.set(id, pages);
    this.#open.add(fd);
    const agreed = { isStructured: false, hasBaseAllocation: false, isHeld: false };
    const table = { leaseIndex: 0 } as Serve['table'];
    const leftover = new Uint8Array(0);
    this.tell({ kind: 'serve', id, fd: served, buffer: id - 1, table, leftover, ...agreed });
    return { id, fd, pages };
  }

  /** Gives the thread a message, and lets it act on it. */
  tell(message: ToThread): void {
    this.#channel.port2.postMessage(message);
    this.ring();
  }

  /** Rings the bell, and lets the thread hear it. */
  ring(): void {
    this.ringOnly();
    this.#loop.step(0);
  }

  ringOnly(): void {
    this.#bell.ring();
  }

  /** Lets the thread do what there is to do, which it must come to an end with. */
  settle(): void {
    for (let i = 0; i < STEPS_MAX; i++) if (!this.#loop.step(0)) return;
    throw new Error('the thread spins');
  }

  /** What the thread has told since the last time. */
  takeTold(): FromThread[] {
    const told: FromThread[] = [];
    for (;;) {
      const message = receiveMessageOnPort(this.#channel.port2);
      if (message === undefined) return told;
      told.push(message.message as FromThread);
    }
  }

  /** Sends as much as the socket takes; returns how much that was. */
  send(peer: Peer, bytes: Uint8Array): number {
    this.#io.set(bytes, PEER_AT);
    const count = transmit(peer.fd, this.#base + PEER_AT, bytes.length);
    if (count < 0 && count !== WOULD_WAIT) throw new Error(`errno ${-count}`);
    return Math.max(0, count);
  }

  /** What has been answered: nothing if nothing was. */
  take(peer: Peer): Buffer {
    const count = receive(peer.fd, this.#base + PEER_AT, PEER_BYTES);
    if (count < 0 && count !== WOULD_WAIT) throw new Error(`errno ${-count}`);
    return Buffer.from(this.#io.slice(PEER_AT, PEER_AT + Math.max(0, count)));
  }

  hangUp(peer: Peer): void {
    this.#open.delete(peer.fd);
    closeDescriptor(peer.fd);
  }

  /** Leaves the descriptor to someone else, who closes it. */
  giveUp(peer: Peer): number {
    this.#open.delete(peer.fd);
    return peer.fd;
  }

  close(): void {
    this.#channel.port2.postMessage({ kind: 'stop' } satisfies ToThread);
    this.#bell.ring();
    this.#loop.run();
    for (const fd of this.#open) closeDescriptor(fd);
    this.#bell.close();
    this.#channel.port1.close();
  }
}

const READ = 0;
const WRITE = 1;

export function readRequest(slot: number, pages = 1): Buffer {
  return request(READ, slot, pages);
}

export function writeRequest(slot: number): Buffer {
  return Buffer.concat([request(WRITE, slot, 1), Buffer.alloc(PAGE_BYTES)]);
}

function request(type: number, slot: number, pages: number): Buffer {
  const header = Buffer.alloc(28);
  header.writeUInt32BE(0x25609513, 0);
  header.writeUInt16BE(type, 6);
  header.writeBigUInt64BE(BigInt(slot), 8);
  header.writeBigUInt64BE(BigInt(slot * PAGE_BYTES), 16);
  header.writeUInt32BE(pages * PAGE_BYTES, 24);
  return header;
}

/** The slots whose pages were read or written: their cookies, in order. */
export function slotsIn(replies: Buffer, dataBytes = PAGE_BYTES): number[] {
  const slots: number[] = [];
  for (let at = 0; at < replies.length; at += 16 + dataBytes) {
    if (replies.readUInt32BE(at) !== 0x67446698) throw new Error(`no reply at ${at}`);
    slots.push(Number(replies.readBigUInt64BE(at + 8)));
  }
  return slots;
}
