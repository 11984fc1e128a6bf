// What a session of the load generator asks for: every slot once in order, or random slots for some
// time. `next` returns a slot and leaves the request's type and payload in `type` and `page`.

import { READ, TRIM, WRITE } from './nbd-wire.mjs';

/** Writes page i to slot i, for all slots from `from` up to `to`. */
export class Fill {
  type = WRITE;
  page = -1;
  #slot;
  #to;
  #pageCount;

  constructor({ from, to, pageCount }) {
    this.#slot = from;
    this.#to = to;
    this.#pageCount = pageCount;
  }

  next() {
    if (this.#slot === this.#to) return -1;
    this.page = this.#slot % this.#pageCount;
    return this.#slot++;
  }
}

/** How often the clock is read: requests are far shorter than what a run takes. */
const REQUESTS_PER_LOOK = 16;

/**
 * Random slots from `from` up to `to` until `ms` are over or `requests` were made. Of the writes a
 * share of `trims` frees the slot instead.
 */
export class RandomRequests {
  type = READ;
  page = -1;
  #state;
  #from;
  #count;
  #pageCount;
  #writeShare;
  #trimShare;
  #left;
  #end;
  #turn = 0;

  constructor({ op, from, to, pageCount, seed, ms = Infinity, requests = Infinity, trims = 0 }) {
    this.#state = seed | 0 || 1;
    this.#from = from;
    this.#count = to - from;
    this.#pageCount = pageCount;
    this.#writeShare = { read: 0, write: 1, mix: 0.3 }[op] * 0x1_0000_0000;
    this.#trimShare = trims * 0x1_0000_0000;
    this.#left = requests;
    this.#end = performance.now() + ms;
  }

  next() {
    if (this.#left-- <= 0) return -1;
    if (this.#turn++ % REQUESTS_PER_LOOK === 0 && performance.now() > this.#end) return -1;
    const slot = this.#from + (this.#random() % this.#count);
    const draw = this.#random();
    this.type = draw < this.#writeShare ? WRITE : READ;
    if (this.type === WRITE && this.#random() < this.#trimShare) this.type = TRIM;
    if (this.type === WRITE) this.page = this.#random() % this.#pageCount;
    return slot;
  }

  #random() {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }
}
