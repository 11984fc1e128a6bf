// Stack distances: how many distinct pages were referenced since a page's last reference, itself
// included (Mattson et al. 1970). A reference hits an LRU memory of C frames iff its distance is at
// most C, so one pass over a trace tells every size at once.
//
// Each page has the time of its last reference; one bit per time says whether a page is there, and a
// binary tree over words of 32 bits counts them (the idea of Olken 1981, Bennett and Kruskal 1975).
// Departure: a touch moves one page from its old time to the newest, which changes no count above the
// node where both paths meet. So it climbs to that node and no further: the cost is logarithmic in the
// time since the last reference, not in the number of pages, and most references meet in one word.
// Times are renumbered when they run out.

import { assert } from '@pagelend/policies';

/** Times per page: more of them make renumbering rarer and the tree larger. */
const TIMES_PER_PAGE = 4;
const TIMES_MIN = 4096;
const ABSENT = -1;

export class RecencyTree {
  /** Page to its time; ABSENT before its first reference. */
  readonly #timeOf: Int32Array;
  /** Time to the page that was referenced then; stale where the bit is not set. */
  readonly #pageAt: Int32Array;
  /** A bit per time: the last reference of a page. */
  readonly #bits: Int32Array;
  /** Bits below each node; node 1 is the root, those of the words begin at `#wordCount`. */
  readonly #counts: Int32Array;
  readonly #wordCount: number;
  #now = 0;
  #pages = 0;

  /** For the dense page ids 0 .. `pageCount` - 1, none of them referenced. */
  constructor(pageCount: number) {
    assert(pageCount <= 2 ** 27, `page count ${pageCount} past ${2 ** 27}`);
    let times = TIMES_MIN;
    while (times < pageCount * TIMES_PER_PAGE) times *= 2;
    this.#timeOf = new Int32Array(pageCount).fill(ABSENT);
    this.#pageAt = new Int32Array(times);
    this.#wordCount = times / 32;
    this.#bits = new Int32Array(this.#wordCount);
    this.#counts = new Int32Array(this.#wordCount * 2);
  }

  /** Pages referenced so far. */
  get pages(): number {
    return this.#pages;
  }

  /** References a page; returns its stack distance from 1 on, or 0 at its first reference. */
  touch(page: number): number {
    if (this.#now === this.#pageAt.length) this.#renumber();
    const now = this.#now++;
    const time = this.#timeOf[page]!;
    this.#timeOf[page] = now;
    this.#pageAt[now] = page;
    if (time === ABSENT) return this.#enter(now);
    const bits = this.#bits;
    const word = time >>> 5;
    const nowWord = now >>> 5;
    const held = bits[word]!;
    // The bits from the old time on; the old one counts, since the page itself is in the distance.
    let distance = bitCount(held >>> (time & 31));
    bits[word] = held & ~(1 << (time & 31));
    bits[nowWord] = bits[nowWord]! | (1 << (now & 31));
    if (word === nowWord) return distance;
    const counts = this.#counts;
    let left = this.#wordCount + word;
    let right = this.#wordCount + nowWord;
    // Nothing lies after now, so all that lies right of the left path is between the two.
    while ((left ^ right) !== 1) {
      if ((left & 1) === 0) distance += counts[left + 1]!;
      counts[left] = counts[left]! - 1;
      counts[right] = counts[right]! + 1;
      left >>>= 1;
      right >>>= 1;
    }
    distance += counts[right]!;
    counts[left] = counts[left]! - 1;
    counts[right] = counts[right]! + 1;
    return distance;
  }

  /** Each page in the LRU stack with its place: 1 for the one referenced last. */
  forStack(see: (page: number, place: number) => void): void {
    let place = 0;
    for (let time = this.#now - 1; time >= 0; time--) {
      if (((this.#bits[time >>> 5]! >>> (time & 31)) & 1) !== 0) see(this.#pageAt[time]!, ++place);
    }
  }

  /** A page's first reference: nothing left an older time, so the whole path counts one more. */
  #enter(now: number): 0 {
    const counts = this.#counts;
    this.#bits[now >>> 5]! |= 1 << (now & 31);
    for (let node = this.#wordCount + (now >>> 5); node > 0; node >>>= 1) counts[node]!++;
    this.#pages++;
    return 0;
  }

  /** Closes the gaps between the times that are in use. */
  #renumber(): void {
    const pageAt = this.#pageAt;
    const bits = this.#bits;
    const counts = this.#counts;
    const wordCount = this.#wordCount;
    let next = 0;
    for (let word = 0; word < wordCount; word++) {
      for (let left = bits[word]!; left !== 0; left &= left - 1) {
        const page = pageAt[word * 32 + (31 - Math.clz32(left & -left))]!;
        pageAt[next] = page;
        this.#timeOf[page] = next++;
      }
    }
    for (let word = 0; word < wordCount; word++) {
      const inWord = Math.max(0, Math.min(32, next - word * 32));
      bits[word] = inWord === 32 ? -1 : (1 << inWord) - 1;
      counts[wordCount + word] = inWord;
    }
    for (let node = wordCount - 1; node > 0; node--) {
      counts[node] = counts[node * 2]! + counts[node * 2 + 1]!;
    }
    this.#now = next;
  }
}

function bitCount(word: number): number {
  let count = word - ((word >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
