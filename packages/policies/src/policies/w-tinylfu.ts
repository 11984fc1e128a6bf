// W-TinyLFU: new pages enter a small LRU window. A page that slips out of it goes to the probation
// segment of a segmented LRU and, once memory is full, contends with that segment's LRU page: the
// one that was referenced less often lately leaves. A hit moves a page of probation to the protected
// segment, whose LRU page falls back.
//
// "Lately" is a sample: all counters, and the sample's size, are halved when it is full. Halving is
// lazy: a page's counter holds the number of halvings that it has seen.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

const COUNT_BITS = 4;
const COUNT_MAX = 15;
/** Halvings are counted modulo this. */
const EPOCH_MASK = 0xfff_ffff;

export const wTinyLfu: PolicyDefinition = {
  name: 'w-tinylfu',
  summary: 'An LRU window before a segmented LRU that admits by frequency of use.',
  source:
    'Einziger, Friedman, Manes, TinyLFU: A highly efficient cache admission policy, ACM Transactions on Storage 13(4), 2017',
  departures: [
    'an exact counter of four bits per page instead of a count-min sketch, and no doorkeeper: page ids are dense, and a freed page leaves no trace',
    'a reference that finds its counter full does not count towards the sample, as in Caffeine by the same author',
    'admission is deterministic: on a tie the page from the window leaves, and none is admitted by chance',
    'the window has one page at least, since a page fault cannot be refused',
    'where the window has room, as after pages were freed, the least recent page of the main segments leaves uncontended',
  ],
  observes: 'every-reference',
  options: {
    window: {
      kind: 'number',
      default: 0.01,
      min: 0,
      max: 1,
      says: 'share of the frames for the window, rounded up; at least one frame',
    },
    protected: {
      kind: 'number',
      default: 0.8,
      min: 0,
      max: 1,
      says: 'share of the frames behind the window for the protected segment, rounded down',
    },
    sample: {
      kind: 'number',
      default: 10,
      min: 1,
      max: 1e6,
      says: 'increments, as a multiple of the frames, after which all counters are halved',
    },
  },
  gauges: [
    { name: 'window', kind: 'pages', says: 'pages in the window' },
    { name: 'probation', kind: 'pages', says: 'pages on probation' },
    { name: 'protected', kind: 'pages', says: 'pages in the protected segment' },
    { name: 'admitted', kind: 'count', says: 'pages from the window that displaced another page' },
    { name: 'rejected', kind: 'count', says: 'pages from the window that left instead' },
    { name: 'halved', kind: 'count', says: 'times that all counters were halved' },
  ],
  create: (settings) => new WTinyLfu(settings),
};

class WTinyLfu implements Policy {
  readonly #table: PageTable;
  readonly #family: PageQueues;
  readonly #window: PageQueue;
  readonly #probation: PageQueue;
  readonly #protected: PageQueue;
  readonly #windowShare: number;
  readonly #protectedShare: number;
  readonly #samplePerFrame: number;
  #windowMax = 1;
  #protectedMax = 0;
  #sampleMax = 1;
  #sample = 0;
  /** Halvings so far, modulo EPOCH_MASK + 1. */
  #epoch = 0;
  /** Per page: the epoch that the counter is of << COUNT_BITS | counter. */
  readonly #counters: Uint32Array;
  /** The fault that `victim` has already recorded. */
  #recordedFor = NO_PAGE;
  /** Admissions, rejections, halvings. */
  readonly #counts = new Float64Array(3);

  constructor({ table, frames, options }: PolicySettings) {
    this.#table = table;
    this.#family = new PageQueues(table.pageCount, 3);
    const [window, probation, kept] = this.#family.queues;
    this.#window = window!;
    this.#probation = probation!;
    this.#protected = kept!;
    this.#counters = new Uint32Array(table.pageCount);
    this.#windowShare = Number(options.window);
    this.#protectedShare = Number(options.protected);
    this.#samplePerFrame = Number(options.sample);
    this.resize(frames);
  }

  touch(page: number): void {
    this.#record(page);
    this.#renew(page);
  }

  touchRun(references: Uint32Array, from: number, to: number): void {
    let last = NO_PAGE;
    for (let i = from; i < to; i++) {
      const page = references[i]! >>> 1;
      this.#record(page);
      // The page of the last hit is the newest of its segment already.
      if (page === last) continue;
      last = page;
      this.#renew(page);
    }
  }

  // In the window: to its most recent end. Else: to that of the protected segment.
  #renew(page: number): void {
    if (this.#window.has(page)) {
      this.#window.push(page);
    } else {
      this.#protected.push(page);
      this.#fitProtected();
    }
  }

  fault(page: number): void {
    if (page !== this.#recordedFor) this.#record(page);
    this.#recordedFor = NO_PAGE;
    this.#window.push(page);
    this.#fitWindow();
  }

  // The fault counts first. Its page will be the window's newest, so the window's oldest slips out of
  // a full window to probation, and contends with the oldest there.
  victim(incoming: number = NO_PAGE): number {
    if (incoming !== NO_PAGE && incoming !== this.#recordedFor) {
      this.#record(incoming);
      this.#recordedFor = incoming;
    }
    if (incoming === NO_PAGE || this.#window.count < this.#windowMax) return this.#leastRecent();
    const candidate = this.#window.oldest();
    this.#probation.push(candidate);
    const victim = this.#probation.oldest();
    const isAdmitted = this.#count(candidate) > this.#count(victim);
    this.#counts[isAdmitted ? 0 : 1]!++;
    const loser = isAdmitted ? victim : candidate;
    this.#family.remove(loser);
    return loser;
  }

  #leastRecent(): number {
    if (this.#probation.count > 0) return this.#probation.shift();
    if (this.#protected.count > 0) return this.#protected.shift();
    return this.#window.shift();
  }

  /** How often the page was referenced lately, up to COUNT_MAX. */
  #count(page: number): number {
    const counter = this.#counters[page]!;
    const halvings = (this.#epoch - (counter >>> COUNT_BITS)) & EPOCH_MASK;
    return halvings > COUNT_BITS ? 0 : (counter & COUNT_MAX) >> halvings;
  }

  #record(page: number): void {
    const count = this.#count(page);
    if (count === COUNT_MAX) return;
    this.#counters[page] = (this.#epoch << COUNT_BITS) | (count + 1);
    this.#sample++;
    this.#fitSample();
  }

  #fitSample(): void {
    while (this.#sample >= this.#sampleMax) {
      this.#sample >>>= 1;
      this.#epoch = (this.#epoch + 1) & EPOCH_MASK;
      this.#counts[2]!++;
    }
  }

  #fitWindow(): void {
    while (this.#window.count > this.#windowMax) this.#probation.push(this.#window.oldest());
  }

  #fitProtected(): void {
    while (this.#protected.count > this.#protectedMax) {
      this.#probation.push(this.#protected.oldest());
    }
  }

  forget(page: number): void {
    this.#family.remove(page);
    this.#counters[page] = 0;
    if (page === this.#recordedFor) this.#recordedFor = NO_PAGE;
  }

  resize(frames: number): void {
    const mainMax = Math.min(frames - 1, Math.floor(frames * (1 - this.#windowShare)));
    this.#windowMax = frames - mainMax;
    this.#protectedMax = Math.floor(mainMax * this.#protectedShare);
    this.#sampleMax = Math.max(1, Math.floor(frames * this.#samplePerFrame));
    this.#fitWindow();
    this.#fitProtected();
    this.#fitSample();
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#window.count;
    into[1] = this.#probation.count;
    into[2] = this.#protected.count;
    into.set(this.#counts, 3);
  }

  check(): void {
    const held = this.#window.count + this.#probation.count + this.#protected.count;
    assert(held === this.#table.residentCount, 'the segments hold all resident pages');
    assert(this.#window.count <= this.#windowMax, 'the window keeps its size');
    assert(this.#protected.count <= this.#protectedMax, 'the protected segment keeps its size');
    assert(this.#sample < this.#sampleMax, 'the sample is halved when it is full');
  }
}
