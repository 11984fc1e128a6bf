// Linux's active and inactive lists, as far as anonymous pages and a single reclaimer show them. A page
// that is found referenced at the head of the inactive list is marked and goes round once more; found
// so again, it is activated. The active list feeds the inactive one where that has become too short.
// A page that faults soon after it left is activated at once, by refault distance.
//
// The reference bit is hardware's. The mark is the kernel's flag PG_referenced.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import { type PageTable, REFERENCED } from '../page-table.ts';
import type { Gauge, Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

/** The kernel reckons in GiB; this many pages of 4 KiB are one. */
const GIB_PAGES = 2 ** 18;
const NEVER_LEFT = 0;

const gauges = [
  { name: 'inactive', kind: 'pages', says: 'pages in the inactive list' },
  { name: 'active', kind: 'pages', says: 'pages in the active list' },
  { name: 'rotations', kind: 'count', says: 'pages marked and sent round the inactive list again' },
  { name: 'activations', kind: 'count', says: 'marked pages found referenced again' },
  {
    name: 'deactivations',
    kind: 'count',
    says: 'pages that went from the active list to the other',
  },
  { name: 'refaults', kind: 'count', says: 'faults soon enough after the eviction to activate' },
] as const satisfies readonly Gauge[];

const ROTATIONS = 0;
const ACTIVATIONS = 1;
const DEACTIVATIONS = 2;
const REFAULTS = 3;
/** Evictions and activations so far: the clock by which refault distances are told. */
const AGE = 4;

export const linux: PolicyDefinition = {
  name: 'linux',
  summary: "An approximation of Linux's active and inactive lists for anonymous pages.",
  source:
    'Linux 5.9 to 6.x without MGLRU: mm/vmscan.c (folio_check_references, shrink_active_list, inactive_is_low), mm/workingset.c',
  departures: [
    'an approximation: versions of the kernel differ, and this is none of them exactly',
    'no page is of a file: no executable pages that activate at once, no balance between anonymous and file pages',
    'reclaim takes one page a fault; no batches of 32, no watermarks, no kswapd, no priorities',
    'the active list is shortened whenever a page is reclaimed and the other list is too short, and its pages go over whether referenced or not, as anonymous ones do',
    'a dirty page leaves at once and its write-back is charged then; the kernel would write it first and come back',
    'a page has one mapping, and the age at which a page left is kept as long as the page exists',
  ],
  observes: 'reference',
  options: {
    initial: {
      kind: 'choice',
      default: 'inactive',
      choices: ['inactive', 'active'],
      says: 'list of a new page: inactive since Linux 5.9, active before',
    },
    refault: {
      kind: 'choice',
      default: 'on',
      choices: ['on', 'off'],
      says: 'on: a page is activated as it faults where no more evictions and activations lie between than the active list has pages (for anonymous pages since 5.9)',
    },
    ratio: {
      kind: 'number',
      default: 0,
      min: 0,
      max: 100,
      integer: true,
      says: "pages of the active list per page of the inactive one; 0: the kernel's, sqrt(10 x GiB of memory), 1 below 1 GiB",
    },
    init: {
      kind: 'number',
      default: 1,
      min: 0,
      max: 1,
      integer: true,
      says: 'reference bit of a new page: 1, the access that faulted sets it, as the kernel expects; 0, only later ones do',
    },
  },
  gauges,
  create: (settings) => new Linux(settings),
};

class Linux implements Policy {
  readonly #table: PageTable;
  readonly #family: PageQueues;
  readonly #inactive: PageQueue;
  readonly #active: PageQueue;
  /** PG_referenced of each page. */
  readonly #marks: Uint8Array;
  /** The age at which each page left memory, plus 1; NEVER_LEFT for a page that has not. */
  readonly #leftAt: Float64Array;
  readonly #events = new Float64Array(5);
  readonly #isActiveFirst: boolean;
  readonly #refaults: boolean;
  readonly #clearsNew: boolean;
  readonly #ratioAsked: number;
  #ratio = 1;

  constructor({ table, frames, options }: PolicySettings) {
    this.#table = table;
    this.#family = new PageQueues(table.pageCount, 2);
    const [inactive, active] = this.#family.queues;
    this.#inactive = inactive!;
    this.#active = active!;
    this.#marks = new Uint8Array(table.pageCount);
    this.#leftAt = new Float64Array(table.pageCount);
    this.#isActiveFirst = options.initial === 'active';
    this.#refaults = options.refault === 'on';
    this.#ratioAsked = Number(options.ratio);
    this.#clearsNew = options.init === 0;
    this.resize(frames);
  }

  // workingset_refault(): distance = age - age at which it left
  //                       if distance <= |active|: activate, age += 1
  fault(page: number): void {
    const events = this.#events;
    if (this.#clearsNew) this.#table.clearReferenced(page);
    const leftAt = this.#leftAt[page]!;
    this.#leftAt[page] = NEVER_LEFT;
    this.#marks[page] = 0;
    if (
      this.#refaults &&
      leftAt !== NEVER_LEFT &&
      events[AGE]! + 1 - leftAt <= this.#active.count
    ) {
      events[REFAULTS]!++;
      events[AGE]!++;
      this.#active.push(page);
    } else {
      (this.#isActiveFirst ? this.#active : this.#inactive).push(page);
    }
  }

  // folio_check_references() of the oldest inactive page:
  //   referenced, and marked:   activate; the mark stays, so that it is soon recovered if demoted
  //   referenced:               mark, keep for another trip round the list
  //   else:                     reclaim
  victim(): number {
    const table = this.#table;
    const events = this.#events;
    for (;;) {
      this.#feedInactive();
      const page = this.#inactive.oldest();
      if (page === NO_PAGE) return NO_PAGE;
      if ((table.bits[page]! & REFERENCED) === 0) {
        this.#leftAt[page] = ++events[AGE]!;
        this.#marks[page] = 0;
        return this.#inactive.shift();
      }
      table.clearReferenced(page);
      if (this.#marks[page] === 1) {
        events[ACTIVATIONS]!++;
        events[AGE]!++;
        this.#active.push(page);
      } else {
        events[ROTATIONS]!++;
        this.#marks[page] = 1;
        this.#inactive.push(page);
      }
    }
  }

  // inactive_is_low():   |inactive| * ratio < |active|
  // shrink_active_list(): move the oldest active page to the inactive list; its reference bit is cleared
  #feedInactive(): void {
    while (this.#inactive.count * this.#ratio < this.#active.count) {
      const page = this.#active.oldest();
      this.#table.clearReferenced(page);
      this.#inactive.push(page);
      this.#events[DEACTIVATIONS]!++;
    }
  }

  forget(page: number): void {
    this.#family.remove(page);
    this.#leftAt[page] = NEVER_LEFT;
    this.#marks[page] = 0;
  }

  resize(frames: number): void {
    const gibibytes = Math.floor(frames / GIB_PAGES);
    const derived = gibibytes === 0 ? 1 : Math.floor(Math.sqrt(10 * gibibytes));
    this.#ratio = this.#ratioAsked === 0 ? derived : this.#ratioAsked;
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#inactive.count;
    into[1] = this.#active.count;
    for (let i = 0; i < AGE; i++) into[2 + i] = this.#events[i]!;
  }

  check(): void {
    const held = this.#inactive.count + this.#active.count;
    assert(held === this.#table.residentCount, 'the two lists hold all resident pages');
  }
}
