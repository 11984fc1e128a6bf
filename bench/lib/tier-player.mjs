// Plays a stream of page requests through a pool whose keeper is on the same thread. After each request
// it waits until the keeper has nothing to do, so that counts depend as little as can be on how fast
// the disk is. Every page that is read is compared with what was written last.

import { BUFFERS_AT, tierFigures, WAIT } from '@pagelend/store';
import { PAGE_BYTES } from './tier-pages.mjs';
import { EIO, LEASE } from './tier-run.mjs';

const WRITE = 1;
const US_PER_MS = 1000;
/** Turns of the event loop after which a keeper that sleeps has nothing to do. */
const CALM_TURNS = 2;
/** Words of the ring of events, as packages/store/src/behind/event-ring.ts has them. */
const TAIL = 0;
const IS_ASLEEP = 2;

/** Makes requests one after the other, as a guest with one request in flight does. */
export class TierPlayer {
  #reads = 0;
  #residents = 0;
  #latenciesUs = [];
  #lease;
  #io;
  #device;
  #figures;
  #ring;
  #heard = -1;
  #pages;
  #versions;

  constructor({ pool, device, behind }, pages, slotCount) {
    this.#pages = pages;
    this.#versions = new Uint32Array(slotCount);
    this.#lease = pool.pagesOf(LEASE, EIO);
    this.#io = pool.store.io;
    this.#device = device;
    this.#figures = new Float64Array(behind.figures);
    this.#ring = new Int32Array(behind.board);
  }

  async play(requests) {
    let counted = 0;
    for (const request of requests) {
      const slot = request >>> 1;
      if ((request & 1) === WRITE) await this.#write(slot);
      else await this.#read(slot);
      await this.#settled();
      // Until the first page has left there is room for all.
      if (this.#device.writes === 0) continue;
      this.#residents += this.#figures[tierFigures.RESIDENT_PAGES];
      counted++;
    }
    this.#residents /= counted;
  }

  counts() {
    const sorted = Float64Array.from(this.#latenciesUs).sort();
    const at = (share) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    return {
      reads: this.#reads,
      // Of reads that were not answered at once.
      waited: sorted.length,
      wait_us: sorted.reduce((sum, us) => sum + us, 0),
      wait_p50_us: at(0.5),
      wait_p99_us: at(0.99),
      resident_mean: this.#residents,
    };
  }

  async #write(slot) {
    const version = ++this.#versions[slot];
    this.#io.set(this.#pages.page(slot, version), BUFFERS_AT);
    const errno = await this.#answered(() => this.#lease.write(slot, BUFFERS_AT));
    if (errno !== 0) throw new Error(`slot ${slot} could not be written: ${errno}`);
  }

  async #read(slot) {
    this.#reads++;
    let errno = this.#lease.read(slot, BUFFERS_AT);
    if (errno === WAIT) {
      const began = performance.now();
      errno = await this.#answered(() => this.#lease.read(slot, BUFFERS_AT));
      this.#latenciesUs.push((performance.now() - began) * US_PER_MS);
    }
    if (errno !== 0) throw new Error(`slot ${slot} could not be read: ${errno}`);
    const version = this.#versions[slot];
    const got = this.#io.subarray(BUFFERS_AT, BUFFERS_AT + PAGE_BYTES);
    const isRight =
      version === 0 ? got.every((byte) => byte === 0) : this.#pages.page(slot, version).equals(got);
    if (!isRight) throw new Error(`slot ${slot} is not what was written last (${version})`);
  }

  async #answered(call) {
    for (;;) {
      const errno = call();
      if (errno !== WAIT) return errno;
      while (this.#lease.isWaiting) await this.#device.turn();
    }
  }

  /** Waits until the keeper sleeps and no transfer is under way. */
  async #settled() {
    // Most requests tell the keeper nothing.
    const isCalm = () => Atomics.load(this.#ring, IS_ASLEEP) === 1 && this.#device.pending === 0;
    if (this.#ring[TAIL] === this.#heard && isCalm()) return;
    for (let calm = 0; calm < CALM_TURNS; calm = isCalm() ? calm + 1 : 0) await this.#device.turn();
    this.#heard = this.#ring[TAIL];
  }
}
