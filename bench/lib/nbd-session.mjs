// One connection of the load generator: keeps `depth` requests on whole pages in flight, parses
// replies where they were received, sends in one call what those replies made room for. All in one
// shared memory of WebAssembly, by address, so that the load costs little beside the server's work.

import { addressOf, closeDescriptor, receiveWaiting } from '@pagelend/linux';
import * as wire from './nbd-wire.mjs';

const PAGE_BYTES = 4096;
export const DEPTH_MAX = 32;
/** Room for a batch of requests, then for what is received. */
const SEND_BYTES = 64 * (wire.REQUEST_BYTES + PAGE_BYTES);
const RECEIVE_BYTES = 64 * (wire.REPLY_BYTES + PAGE_BYTES);
/** What one connection takes of the memory. */
export const SESSION_BYTES = Math.ceil((SEND_BYTES + RECEIVE_BYTES) / 65536) * 65536;
const LATENCIES_MAX = 1 << 22;

export class Session {
  #fd;
  #memory;
  #base;
  #bytes;
  #view;
  #send;
  #receive;
  #pagesAt;
  #written;
  #isBusy;
  #sendEnd = 0;
  #cookieTypes = new Uint8Array(DEPTH_MAX);
  #cookieSlots = new Uint32Array(DEPTH_MAX);
  #cookiePages = new Int32Array(DEPTH_MAX);
  #cookieTimes = new Float64Array(DEPTH_MAX);
  #latencies = new Float32Array(LATENCIES_MAX);
  #finished = 0;
  #failed = 0;
  #mismatched = 0;

  /**
   * `pagesAt` says where the payload lies in `memory`; `written` holds, slot by slot, which page was
   * written there last (shared by all sessions on an export), or is null where nothing is verified.
   */
  constructor({ socket, exportName, memory, at, pagesAt, written = null }) {
    this.#memory = memory;
    this.#base = addressOf(memory);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#send = at;
    this.#receive = at + SEND_BYTES;
    this.#pagesAt = pagesAt;
    this.#written = written;
    const opened = wire.openExport({ socket, exportName, memory, at });
    this.#fd = opened.fd;
    this.exportBytes = opened.exportBytes;
    this.#isBusy = new Uint8Array(opened.exportBytes / PAGE_BYTES);
  }

  /**
   * Runs requests from `source`, which returns the next as slot, or -1 at the end, and fills in
   * `type` and `page`; waits for all replies. A slot in flight is not asked for a second time: with
   * answers out of order nobody could say what a read beside a write shall return.
   */
  run(source, depth) {
    this.#finished = 0;
    this.#failed = 0;
    this.#mismatched = 0;
    let inFlight = 0;
    let now = performance.now();
    const start = now;
    while (inFlight < depth && this.#issue(source, inFlight, now)) inFlight++;
    this.#flush();
    let held = 0;
    while (inFlight > 0) {
      const room = RECEIVE_BYTES - held;
      const count = receiveWaiting(this.#fd, this.#base + this.#receive + held, room);
      if (count <= 0) throw new Error(`the server hung up (${count})`);
      held += count;
      now = performance.now();
      let at = this.#receive;
      const end = at + held;
      for (let bytes; (bytes = this.#reply(at, end, now)) > 0; at += bytes) {
        const cookie = this.#view.getUint32(at + 12);
        if (!this.#issue(source, cookie, now)) inFlight--;
      }
      held = end - at;
      if (held > 0 && at > this.#receive) this.#bytes.copyWithin(this.#receive, at, end);
      this.#flush();
    }
    return this.#figures(start, now);
  }

  close() {
    wire.putRequest(this.#view, this.#send, wire.DISCONNECT, 0, 0);
    wire.sendAll(this.#fd, this.#base + this.#send, wire.REQUEST_BYTES);
    closeDescriptor(this.#fd);
  }

  #issue(source, cookie, now) {
    let slot = source.next();
    while (slot >= 0 && this.#isBusy[slot] === 1) slot = source.next();
    if (slot < 0) return false;
    this.#isBusy[slot] = 1;
    const at = this.#send + this.#sendEnd;
    wire.putRequest(this.#view, at, source.type, cookie, slot);
    this.#sendEnd += wire.REQUEST_BYTES;
    if (source.type === wire.WRITE) {
      const page = this.#pagesAt + source.page * PAGE_BYTES;
      this.#bytes.copyWithin(at + wire.REQUEST_BYTES, page, page + PAGE_BYTES);
      this.#sendEnd += PAGE_BYTES;
    }
    this.#cookieTypes[cookie] = source.type;
    this.#cookieSlots[cookie] = slot;
    this.#cookiePages[cookie] = source.page;
    this.#cookieTimes[cookie] = now;
    return true;
  }

  #flush() {
    if (this.#sendEnd === 0) return;
    wire.sendAll(this.#fd, this.#base + this.#send, this.#sendEnd);
    this.#sendEnd = 0;
  }

  /** Takes the reply at `at`; returns its bytes, or 0 while it is not here in full. */
  #reply(at, end, now) {
    if (end - at < wire.REPLY_BYTES) return 0;
    if (this.#view.getUint32(at) !== wire.REPLY_MAGIC)
      throw new Error('no reply where one was due');
    const errno = this.#view.getUint32(at + 4);
    const cookie = this.#view.getUint32(at + 12);
    const isRead = this.#cookieTypes[cookie] === wire.READ;
    const bytes = wire.REPLY_BYTES + (isRead && errno === 0 ? PAGE_BYTES : 0);
    if (end - at < bytes) return 0;
    this.#isBusy[this.#cookieSlots[cookie]] = 0;
    if (errno !== 0) this.#failed++;
    else if (this.#written !== null) this.#verify(cookie, at + wire.REPLY_BYTES);
    this.#latencies[this.#finished++ % LATENCIES_MAX] = now - this.#cookieTimes[cookie];
    return bytes;
  }

  #verify(cookie, at) {
    const slot = this.#cookieSlots[cookie];
    const type = this.#cookieTypes[cookie];
    if (type === wire.WRITE) this.#written[slot] = this.#cookiePages[cookie];
    if (type === wire.TRIM) this.#written[slot] = -1;
    if (type !== wire.READ) return;
    const page = this.#written[slot];
    const got = Buffer.from(this.#memory.buffer, at, PAGE_BYTES);
    const wanted =
      page < 0
        ? ZEROES
        : Buffer.from(this.#memory.buffer, this.#pagesAt + page * PAGE_BYTES, PAGE_BYTES);
    if (!got.equals(wanted)) this.#mismatched++;
  }

  #figures(start, end) {
    const kept = this.#latencies.slice(0, Math.min(this.#finished, LATENCIES_MAX)).sort();
    const us = (ms) => Math.round(ms * 10_000) / 10;
    return {
      requests: this.#finished,
      failed: this.#failed,
      mismatched: this.#mismatched,
      ms: end - start,
      meanUs: us(kept.reduce((sum, ms) => sum + ms, 0) / Math.max(1, kept.length)),
      medianUs: us(kept[kept.length >> 1] ?? 0),
      p99Us: us(kept[Math.floor(kept.length * 0.99)] ?? 0),
    };
  }
}

const ZEROES = Buffer.alloc(PAGE_BYTES);
