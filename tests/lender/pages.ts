// Contents for the tests: seeded, of all kinds that a store treats apart.

export const PAGE_BYTES = 4096;

export type PageKind = 'zero' | 'same' | 'text' | 'noise' | 'half';
const kinds: readonly PageKind[] = ['zero', 'same', 'text', 'noise', 'half'];

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  /** A whole number from 0 below `bound`. */
  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}

/** A page of the kind, or of any: one repeated word, text that compresses, noise that does not. */
export function makePage(random: Random, kind: PageKind = random.pick(kinds)): Buffer {
  if (kind === 'zero') return Buffer.alloc(PAGE_BYTES);
  if (kind === 'same') return Buffer.alloc(PAGE_BYTES, noise(random, 8));
  if (kind === 'text') return text(random);
  if (kind === 'noise') return noise(random, PAGE_BYTES);
  return Buffer.concat([noise(random, PAGE_BYTES / 2), Buffer.alloc(PAGE_BYTES / 2, 7)]);
}

/**
 * A page that says of each of its eighths which version of which slot it is, so that a page put
 * together of two versions shows; noise between them sets its compressed size.
 */
export function stampedPage(slot: number, version: number, noiseBytes = 24): Buffer {
  const page = Buffer.alloc(PAGE_BYTES);
  const random = new Random(slot * 7919 + version * 104_729 + 1);
  for (let at = 0; at < PAGE_BYTES; at += PAGE_BYTES / 8) {
    page.writeUInt32LE(slot, at);
    page.writeUInt32LE(version, at + 4);
    noise(random, noiseBytes).copy(page, at + 8);
  }
  return page;
}

/** The version of a stamped page; throws where the page is not one whole page of this slot. */
export function versionOf(page: Buffer, slot: number, noiseBytes = 24): number {
  const version = page.readUInt32LE(4);
  if (!page.equals(stampedPage(slot, version, noiseBytes))) {
    throw new Error(`slot ${slot} holds no whole page of its own (it claims version ${version})`);
  }
  return version;
}

function noise(random: Random, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  for (let i = 0; i + 4 <= bytes; i += 4) buffer.writeUInt32LE(random.below(2 ** 32 - 1), i);
  return buffer;
}

function text(random: Random): Buffer {
  const words = ['page', 'slot', 'frame', 'lease', 'borrow', 'lend', '\n', '{ "key": ', 'null, '];
  let line = '';
  while (line.length < PAGE_BYTES) line += `${random.pick(words)} ${random.below(10_000)} `;
  return Buffer.from(line.slice(0, PAGE_BYTES), 'latin1');
}
