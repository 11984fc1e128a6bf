// Pages that look like those of programs and say what they are: each eighth begins with the lease, the
// slot and the version that was written, over text, records, pointers, or noise that does not compress.
// A page that comes back is compared whole.

import { randomBelow } from './random.mjs';

export const PAGE_BYTES = 4096;
const PART_BYTES = PAGE_BYTES / 8;
const KINDS = 64;
/** Of the kinds: the rest is noise, as pages of images and archives are. */
const COMPRESSIBLE_KINDS = 58;
const WORDS =
  'page slot frame lease guest return const while struct error value name 0x7fff null true'.split(
    ' ',
  );

export class StampedPages {
  #templates;
  #page = Buffer.alloc(PAGE_BYTES);

  constructor(seed = 1) {
    const below = randomBelow(seed);
    this.#templates = Array.from({ length: KINDS }, (_, kind) => templateOf(kind, below));
  }

  /** Puts the page that a version of a slot is; version 0 is a slot that was never written. */
  put(target, at, lease, slot, version) {
    if (version === 0) {
      target.fill(0, at, at + PAGE_BYTES);
      return;
    }
    const kind = (Math.imul(slot, 0x9e37_79b1) ^ Math.imul(version, 0x85eb_ca6b)) >>> 26;
    this.#templates[kind].copy(target, at);
    for (let part = at; part < at + PAGE_BYTES; part += PART_BYTES) {
      target.writeUInt32LE(lease, part);
      target.writeUInt32LE(slot, part + 4);
      target.writeUInt32LE(version, part + 8);
    }
  }

  /** Whether the page is that one, every byte of it. */
  isSame(bytes, at, lease, slot, version) {
    this.put(this.#page, 0, lease, slot, version);
    return this.#page.compare(bytes, at, at + PAGE_BYTES) === 0;
  }
}

function templateOf(kind, below) {
  const page = Buffer.alloc(PAGE_BYTES);
  if (kind >= COMPRESSIBLE_KINDS) {
    for (let at = 0; at < PAGE_BYTES; at++) page[at] = below(256);
  } else if (kind % 3 === 0) {
    let text = '';
    while (text.length < PAGE_BYTES) text += `${WORDS[below(WORDS.length)]} ${below(1000)} `;
    page.write(text.slice(0, PAGE_BYTES), 'latin1');
  } else if (kind % 3 === 1) {
    // Objects of a heap: addresses that share their upper halves, small counts.
    for (let at = 0; at < PAGE_BYTES; at += 16) {
      page.writeUInt32LE(below(2 ** 24) * 16, at);
      page.writeUInt32LE(0x7f3a, at + 4);
      page.writeUInt32LE(below(64), at + 8);
    }
  } else {
    for (let at = 0; at < PAGE_BYTES; at += 32) page.writeDoubleLE(below(100_000) / 8, at);
  }
  return page;
}
