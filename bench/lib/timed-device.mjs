// A tier's device that counts what is done to it and how long that takes, from the call to the answer.

const US_PER_MS = 1000;

export class TimedDevice {
  reads = 0;
  readBytes = 0;
  readUs = 0;
  writes = 0;
  writeBytes = 0;
  writeUs = 0;
  /** Transfers that have begun and not ended. */
  pending = 0;
  #device;
  #waiting = [];

  constructor(device) {
    this.#device = device;
  }

  get path() {
    return this.#device.path;
  }

  get bytes() {
    return this.#device.bytes;
  }

  get blockBytes() {
    return this.#device.blockBytes;
  }

  async read(at, target) {
    const us = await this.#timed(this.#device.read(at, target));
    this.reads++;
    this.readBytes += target.length;
    this.readUs += us;
  }

  async write(at, source) {
    const us = await this.#timed(this.#device.write(at, source));
    this.writes++;
    this.writeBytes += source.length;
    this.writeUs += us;
  }

  readNow(at, target) {
    this.#device.readNow(at, target);
  }

  writeNow(at, source) {
    this.#device.writeNow(at, source);
  }

  discard(at, bytes) {
    this.#device.discard(at, bytes);
  }

  close() {
    this.#device.close();
  }

  /** Settles when a transfer ends, or after a turn of the event loop where none is under way. */
  turn() {
    return new Promise((resolve) => {
      if (this.pending === 0) setImmediate(resolve);
      else this.#waiting.push(resolve);
    });
  }

  async #timed(transfer) {
    const began = performance.now();
    this.pending++;
    try {
      await transfer;
      return (performance.now() - began) * US_PER_MS;
    } finally {
      this.pending--;
      for (const resolve of this.#waiting.splice(0)) setImmediate(resolve);
    }
  }
}
