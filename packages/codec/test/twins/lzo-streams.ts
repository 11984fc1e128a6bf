// Streams that no compressor would write: any instruction that the format allows where it stands,
// with lengths and distances at the borders of their fields, until a page is full.

import type { Random } from '../support/random.ts';

const PAGE_BYTES = 4096;
/** No instruction but the last comes nearer to the page's end. */
const LAST_BYTES = 16;

export function arbitraryStream(random: Random): Uint8Array {
  const writer = new StreamWriter(random);
  if (random(2) === 0) writer.firstLiterals(1 + random(238));
  while (PAGE_BYTES - writer.produced > LAST_BYTES) writer.instruction();
  writer.finish();
  return Uint8Array.from(writer.bytes);
}

class StreamWriter {
  readonly bytes: number[] = [];
  produced = 0;
  readonly #random: Random;
  #state = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  firstLiterals(count: number): void {
    this.bytes.push(17 + count);
    this.#literals(count);
    this.#state = Math.min(count, 4);
  }

  instruction(): void {
    const random = this.#random;
    const room = PAGE_BYTES - LAST_BYTES - this.produced;
    if (this.#state === 0 && (this.produced === 0 || random(3) === 0)) {
      this.#run(Math.min(this.#length(4, [18, 19, 272, 273, 274, 528]), Math.max(room, 4)));
      return;
    }
    const kind = random(4);
    if (kind === 0 && this.#state > 0 && this.#state < 4) {
      this.#near2(1 + random(Math.min(this.produced, 1024)));
    } else if (kind === 0 && this.#state === 4 && this.produced > 2048) {
      this.#far3(2049 + random(Math.min(this.produced - 2048, 1024)));
    } else if (kind <= 1) {
      this.#match(this.#distance(2048), 3 + random(6), true);
    } else {
      const length = this.#length(3, [8, 9, 16, 17, 32, 33, 34, 288, 289, 290]);
      this.#match(this.#distance(16384), Math.max(3, Math.min(length, room)), false);
    }
  }

  finish(): void {
    while (this.produced < PAGE_BYTES) {
      const room = PAGE_BYTES - this.produced;
      const trailing = this.#random(Math.min(3, room - 3) + 1);
      this.#match(this.#distance(16384), room - trailing, false, trailing);
    }
    this.bytes.push(0x11, 0, 0);
  }

  #distance(max: number): number {
    const reach = Math.min(this.produced, max);
    return 1 + this.#random(this.#random(2) === 0 ? Math.min(reach, 20) : reach);
  }

  /** Small mostly; else at a border of the encoding, or any up to a thousand. */
  #length(least: number, borders: readonly number[]): number {
    const kind = this.#random(8);
    if (kind === 0) return borders[this.#random(borders.length)]!;
    if (kind === 1) return least + this.#random(1000);
    return least + this.#random(30);
  }

  #literals(count: number): void {
    for (let i = 0; i < count; i++) this.bytes.push(this.#random(256));
    this.produced += count;
  }

  #run(count: number): void {
    if (count <= 18) this.bytes.push(count - 3);
    else this.#extended(0, count - 18);
    this.#literals(count);
    this.#state = 4;
  }

  #extended(tag: number, rest: number): void {
    this.bytes.push(tag);
    while (rest > 255) {
      this.bytes.push(0);
      rest -= 255;
    }
    this.bytes.push(rest);
  }

  #near2(distance: number): void {
    const trailing = this.#random(4);
    this.bytes.push((((distance - 1) & 3) << 2) | trailing, (distance - 1) >> 2);
    this.#trail(2, trailing);
  }

  #far3(distance: number): void {
    const trailing = this.#random(4);
    this.bytes.push((((distance - 2049) & 3) << 2) | trailing, (distance - 2049) >> 2);
    this.#trail(3, trailing);
  }

  #match(distance: number, length: number, isShort: boolean, trailing = this.#trailing(length)) {
    const far = distance - 1;
    if (isShort) {
      this.bytes.push(((length - 1) << 5) | ((far & 7) << 2) | trailing, far >> 3);
    } else {
      if (length <= 33) this.bytes.push(32 | (length - 2));
      else this.#extended(32, length - 33);
      this.bytes.push(((far & 63) << 2) | trailing, far >> 6);
    }
    this.#trail(length, trailing);
  }

  /** Trailing literals that leave room for a last instruction. */
  #trailing(length: number): number {
    const room = PAGE_BYTES - this.produced - length - 3;
    return Math.max(0, Math.min(this.#random(4), room));
  }

  #trail(length: number, trailing: number): void {
    this.produced += length;
    this.#literals(trailing);
    this.#state = trailing;
  }
}
