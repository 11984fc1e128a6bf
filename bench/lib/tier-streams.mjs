// What is asked of a lender, as streams of page reads and writes: two that were recorded of real
// guests, and two that are derived from recordings of programs. A recording of a program names every
// reference to its memory, and a lender never sees those: it sees what a guest swaps. So each program
// runs in a guest whose memory holds a twentieth of its pages by CLOCK; a page that leaves changed, or for
// the first time, is a write, and one that is touched again is a read. Several such guests share the
// lender, each a little later than the one before.

import { fileURLToPath } from 'node:url';
import { openTrace } from '@pagelend/trace';

const GUEST_MEMORY_SHARE = 0.05;
/** A guest's requests and references at most: its program's later part is left out. */
const REQUESTS_MAX = 12_000;
const REFERENCES_MAX = 30_000_000;
/** By how much of its length a guest begins after the one before. */
const STAGGER = 0.05;

const WRITE = 1;

/** By name: recordings of guests, or of programs and how many guests run each. */
const streams = {
  hog: { guests: 'guests/hog' },
  sqlite3: { guests: 'guests/sqlite3' },
  desktop: { programs: ['game', 'images', 'player', 'viewer'].map((p) => `desktop/${p}`), each: 3 },
  samples: { programs: ['awk', 'diff', 'perl', 'sort', 'sqlite3'], each: 4 },
};

export const streamNames = Object.keys(streams);

/** A stream's requests as `slot << 1 | op`, slots dense, and how many slots there are. */
export async function streamOf(name) {
  const { guests, programs, each } = streams[name];
  if (guests !== undefined) return recorded(guests);
  const parts = [];
  for (const program of programs) {
    const part = await swapOf(program);
    for (let copy = 0; copy < each; copy++) parts.push(part);
  }
  return merged(parts);
}

async function recorded(path) {
  const reader = await open(path);
  const blocks = [];
  for await (const block of reader.blocks()) blocks.push(Uint32Array.from(block));
  await reader.close();
  return { requests: joined(blocks), slotCount: reader.summary.pages };
}

/** What a guest swaps that runs this program. */
async function swapOf(path) {
  const reader = await open(path);
  const pageCount = reader.summary.pages;
  const guest = new GuestMemory(pageCount, Math.max(16, pageCount * GUEST_MEMORY_SHARE) | 0);
  let references = 0;
  for await (const block of reader.blocks()) {
    guest.run(block);
    references += block.length;
    if (references >= REFERENCES_MAX || guest.count >= REQUESTS_MAX) break;
  }
  await reader.close();
  return { requests: guest.requests.subarray(0, guest.count), slotCount: guest.slotCount };
}

function open(path) {
  return openTrace(fileURLToPath(new URL(`../../recordings/${path}.plt`, import.meta.url)));
}

/** A guest's memory by CLOCK, and what goes between it and its swap device. */
class GuestMemory {
  requests = new Uint32Array(REQUESTS_MAX);
  count = 0;
  slotCount = 0;
  #frames;
  #frameOf;
  #isReferenced;
  #isDirty;
  /** Where in the swap a page is, plus one; 0 while it never left. */
  #slotOf;
  #hand = 0;
  #used = 0;

  constructor(pageCount, frameCount) {
    this.#frames = new Int32Array(frameCount);
    this.#frameOf = new Int32Array(pageCount).fill(-1);
    this.#isReferenced = new Uint8Array(frameCount);
    this.#isDirty = new Uint8Array(frameCount);
    this.#slotOf = new Int32Array(pageCount);
  }

  run(references) {
    for (let i = 0; i < references.length && this.count < REQUESTS_MAX; i++) {
      const page = references[i] >>> 1;
      let frame = this.#frameOf[page];
      if (frame < 0) {
        frame = this.#freeFrame();
        this.#frames[frame] = page;
        this.#frameOf[page] = frame;
        this.#isDirty[frame] = this.#slotOf[page] === 0 ? 1 : 0;
        if (this.#slotOf[page] !== 0) this.#ask(page, 0);
      }
      this.#isReferenced[frame] = 1;
      this.#isDirty[frame] |= references[i] & WRITE;
    }
  }

  #freeFrame() {
    if (this.#used < this.#frames.length) return this.#used++;
    while (this.#isReferenced[this.#hand] === 1) {
      this.#isReferenced[this.#hand] = 0;
      this.#hand = (this.#hand + 1) % this.#frames.length;
    }
    const frame = this.#hand;
    this.#hand = (frame + 1) % this.#frames.length;
    const page = this.#frames[frame];
    this.#frameOf[page] = -1;
    if (this.#slotOf[page] === 0) this.#slotOf[page] = ++this.slotCount;
    if (this.#isDirty[frame] === 1) this.#ask(page, WRITE);
    return frame;
  }

  #ask(page, op) {
    if (this.count === REQUESTS_MAX) return;
    this.requests[this.count++] = ((this.#slotOf[page] - 1) << 1) | op;
  }
}

/** All parts in one stream, each in its own slots, spread over the time that they take together. */
function merged(parts) {
  let slotCount = 0;
  const guests = parts.map(({ requests, slotCount: own }, index) => {
    const from = slotCount;
    slotCount += own;
    return { requests, from, at: 0, due: index * STAGGER };
  });
  const requests = new Uint32Array(parts.reduce((sum, part) => sum + part.requests.length, 0));
  for (let i = 0; i < requests.length; i++) {
    let next = null;
    for (const guest of guests) {
      const hasMore = guest.at < guest.requests.length;
      if (hasMore && (next === null || guest.due < next.due)) next = guest;
    }
    requests[i] = next.requests[next.at++] + (next.from << 1);
    next.due += 1 / next.requests.length;
  }
  return { requests, slotCount };
}

function joined(blocks) {
  const all = new Uint32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}
