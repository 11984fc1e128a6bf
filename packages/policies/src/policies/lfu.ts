// LFU: the page that was referenced least often since its page-in leaves, among equals the least
// recently used one. Without aging, pages that were busy once stay for ever; so all counts are
// halved whenever their average passes a maximum, or, as in LFU-DA, new counts start above the count
// of the page that left last.
//
// Hits only count and note the page; notes are worked into the heap when a victim is wanted, each
// page once however often it was hit.

import { assert } from '../errors.ts';
import { PagePairHeap } from '../lists/page-pair-heap.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

export const lfu: PolicyDefinition = {
  name: 'lfu',
  summary: 'Evicts the page with the fewest references, where counts age by being halved.',
  source:
    'aging=average: Robinson, Devarakonda, Data cache management using frequency-based replacement, SIGMETRICS 1990; aging=dynamic: Arlitt, Cherkasova, Dilley, Friedrich, Jin, Evaluating content management techniques for web proxy caches, 1999',
  departures: [
    'LFU with the aging of the first source alone: neither its sections of the LRU list nor its limit of a single count',
    'the maximum of the average is ours (100)',
    'counts are those since the page-in: nothing is kept of absent pages',
    'among equal counts the least recently used page leaves',
  ],
  observes: 'every-reference',
  options: {
    aging: {
      kind: 'choice',
      default: 'average',
      choices: ['average', 'dynamic', 'none'],
      says: 'halve all counts at an average, start counts above those of victims (LFU-DA), or nothing',
    },
    average: {
      kind: 'number',
      default: 100,
      min: 2,
      max: 1e9,
      says: 'with aging=average: the average count past which all counts are halved, rounded up',
    },
  },
  gauges: [
    { name: 'once', kind: 'pages', says: 'resident pages with a count of one' },
    { name: 'halved', kind: 'count', says: 'times that all counts were halved' },
  ],
  create: (settings) => new Lfu(settings),
};

/** Indexes into the numbers, which are an array because a field of real numbers costs an object. */
const TIME = 0;
const SUM = 1;
const AGE = 2;
const HALVED = 3;

class Lfu implements Policy {
  readonly #table: PageTable;
  readonly #averageMax: number;
  readonly #isDynamic: boolean;
  /** References since the page-in, 0 for an absent page. */
  readonly #counts: Float64Array;
  readonly #last: Float64Array;
  /** By count plus age, and by last reference; but for noted pages. */
  readonly #heap: PagePairHeap;
  readonly #isNoted: Uint8Array;
  readonly #noted: Int32Array;
  #notedCount = 0;
  #residentCount = 0;
  /** Pages with a count of one. */
  #onceCount = 0;
  readonly #numbers = new Float64Array(4);

  constructor({ table, options }: PolicySettings) {
    this.#table = table;
    this.#averageMax = options.aging === 'average' ? Number(options.average) : Infinity;
    this.#isDynamic = options.aging === 'dynamic';
    this.#counts = new Float64Array(table.pageCount);
    this.#last = new Float64Array(table.pageCount);
    this.#heap = new PagePairHeap(table.pageCount);
    this.#isNoted = new Uint8Array(table.pageCount);
    this.#noted = new Int32Array(table.pageCount);
  }

  fault(page: number): void {
    this.#residentCount++;
    this.#refer(page);
  }

  touch(page: number): void {
    this.#refer(page);
  }

  touchRun(references: Uint32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.#refer(references[i]! >>> 1);
  }

  #refer(page: number): void {
    const numbers = this.#numbers;
    const count = ++this.#counts[page]!;
    if (count <= 2) this.#onceCount += count === 1 ? 1 : -1;
    this.#last[page] = ++numbers[TIME]!;
    if (this.#isNoted[page] === 0) this.#note(page);
    if (++numbers[SUM]! > this.#averageMax * this.#residentCount) this.#halve();
  }

  #note(page: number): void {
    this.#isNoted[page] = 1;
    this.#noted[this.#notedCount++] = page;
  }

  /** Halves every count; counts that were unequal may be equal then, so all pages are noted. */
  #halve(): void {
    for (let i = 0; i < this.#heap.count; i++) {
      const page = this.#heap.at(i);
      if (this.#isNoted[page] === 0) this.#note(page);
    }
    let sum = 0;
    let onceCount = 0;
    for (let i = 0; i < this.#notedCount; i++) {
      const page = this.#noted[i]!;
      const count = Math.ceil(this.#counts[page]! / 2);
      this.#counts[page] = count;
      sum += count;
      if (count === 1) onceCount++;
    }
    this.#numbers[SUM] = sum;
    this.#onceCount = onceCount;
    this.#numbers[HALVED]!++;
  }

  victim(): number {
    this.#workNotesIn();
    if (this.#heap.count === 0) return NO_PAGE;
    const page = this.#heap.takeMin();
    if (this.#isDynamic) this.#numbers[AGE] = this.#heap.firstOf(page);
    this.#drop(page);
    return page;
  }

  /** The age is that of the notes: it changes in `victim` alone, after they were worked in. */
  #workNotesIn(): void {
    const age = this.#numbers[AGE]!;
    for (let i = 0; i < this.#notedCount; i++) {
      const page = this.#noted[i]!;
      this.#isNoted[page] = 0;
      const count = this.#counts[page]!;
      // A page that was freed since it was noted has no count.
      if (count > 0) this.#heap.set(page, count + age, this.#last[page]!);
    }
    this.#notedCount = 0;
  }

  #drop(page: number): void {
    const count = this.#counts[page]!;
    this.#numbers[SUM]! -= count;
    if (count === 1) this.#onceCount--;
    this.#counts[page] = 0;
    this.#residentCount--;
  }

  forget(page: number): void {
    this.#heap.remove(page);
    if (this.#counts[page]! > 0) this.#drop(page);
  }

  resize(): void {}

  readGauges(into: Float64Array): void {
    into[0] = this.#onceCount;
    into[1] = this.#numbers[HALVED]!;
  }

  check(): void {
    assert(this.#residentCount === this.#table.residentCount, 'LFU counts all resident pages');
    let sum = 0;
    let onceCount = 0;
    for (const count of this.#counts) {
      sum += count;
      if (count === 1) onceCount++;
    }
    assert(sum === this.#numbers[SUM], 'the sum of the counts is kept');
    assert(onceCount === this.#onceCount, 'pages with a count of one are counted');
    let held = this.#heap.count;
    for (const page of this.#noted.subarray(0, this.#notedCount)) {
      if (!this.#heap.has(page) && this.#counts[page]! > 0) held++;
    }
    assert(held === this.#residentCount, 'the heap and the notes hold all resident pages');
  }
}
