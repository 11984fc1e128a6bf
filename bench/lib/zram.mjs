// The kernel's zram as a store of pages: a device of its own, added and removed again, written past
// the page cache. Needs root and the module.

import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const CONTROL = '/sys/class/zram-control';
const PAGE_BYTES = 4096;
/** What mm_stat gives, in its order. */
const FIGURES = [
  'orig_data_size',
  'compr_data_size',
  'mem_used_total',
  'mem_limit',
  'mem_used_max',
];

/** Null, or why zram cannot be used here. */
export function whyNoZram() {
  if (process.getuid() !== 0) return 'zram devices are made by root only';
  return existsSync(`${CONTROL}/hot_add`) ? null : 'the kernel module zram is not loaded';
}

export class Zram {
  #number;
  #fd;
  /** Direct input and output need an aligned buffer, which a WebAssembly memory is. */
  #page = new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer, 0, PAGE_BYTES);

  /** Adds a device of `bytes` that compresses by `algorithm`. */
  static async open(bytes, algorithm) {
    const zram = new Zram();
    zram.#number = Number(readFileSync(`${CONTROL}/hot_add`, 'utf8'));
    try {
      zram.#set('comp_algorithm', algorithm);
      zram.#set('disksize', String(bytes));
      zram.#fd = await opened(`/dev/zram${zram.#number}`);
    } catch (error) {
      zram.close();
      throw error;
    }
    return zram;
  }

  write(slot, page) {
    this.#page.set(page);
    writeSync(this.#fd, this.#page, 0, PAGE_BYTES, slot * PAGE_BYTES);
  }

  /** The sizes in bytes, by the names that the kernel's documentation gives them. */
  figures() {
    const numbers = readFileSync(`/sys/block/zram${this.#number}/mm_stat`, 'utf8')
      .trim()
      .split(/\s+/);
    return Object.fromEntries(FIGURES.map((name, i) => [name, Number(numbers[i])]));
  }

  /** Makes the kernel move places together, as it does by itself under pressure. */
  compact() {
    this.#set('compact', '1');
  }

  close() {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#set('reset', '1');
    writeFileSync(`${CONTROL}/hot_remove`, String(this.#number));
  }

  #set(name, value) {
    writeFileSync(`/sys/block/zram${this.#number}/${name}`, value);
  }
}

async function opened(path) {
  for (let attempt = 0; attempt < 50 && !existsSync(path); attempt++) await sleep(20);
  return openSync(path, constants.O_WRONLY | constants.O_DIRECT);
}
