// LIRS: pages with a low inter-reference recency (LIR), by far most of memory, are kept; all others
// (HIR) pass through a small queue. Stack S orders LIR pages, and HIR pages referenced since the
// least recent LIR page, by recency; queue Q holds the resident HIR pages. A HIR page that is
// referenced while it is in S has the lower inter-reference recency of the two, and changes places
// with the LIR page at the bottom of S.
//
// S is one log; a second family of queues holds Q and the absent pages of S, so that "LIR" is "in S
// and in neither". Pages enter Q in the order in which they enter S and leave it from the front,
// so the absent ones stand in the order of S as well, and the bound on them needs no search.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import type { PageTable } from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE } from '../reference.ts';

/** The fewest frames for HIR pages, as in the authors' own code. */
const HIR_MIN = 2;

export const lirs: PolicyDefinition = {
  name: 'lirs',
  summary: 'Keeps pages whose last two references lay close together; others pass through 1 %.',
  source:
    'Jiang, Zhang, LIRS: An efficient low inter-reference recency set replacement policy, SIGMETRICS 2002',
  departures: [
    'the bound on absent pages in the stack is ours; the code of the authors bounds the stack, so high that it never acts (nonresident=2500)',
    'a reference to the page that was referenced last changes nothing, as in the code of the authors; repeats=count takes every reference as the description does',
    'one frame at least is for a LIR page, unless there is no other',
    'freed LIR pages leave room that the next faults fill with LIR pages, as at the start',
    'where no HIR page is resident, the LIR page at the bottom of the stack leaves',
  ],
  observes: 'every-reference',
  options: {
    hir: {
      kind: 'number',
      default: 0.01,
      min: 0,
      max: 1,
      says: 'share of the frames for HIR pages, rounded down; at least two frames',
    },
    nonresident: {
      kind: 'number',
      default: 3,
      min: 0,
      max: 2500,
      says: 'absent pages that the stack holds at most, as a multiple of the frames',
    },
    repeats: {
      kind: 'choice',
      default: 'ignore',
      choices: ['ignore', 'count'],
      says: 'whether a reference to the page that was referenced last counts',
    },
  },
  gauges: [
    { name: 'lir', kind: 'pages', says: 'resident pages with a low inter-reference recency' },
    { name: 'hir', kind: 'pages', says: 'resident pages in the queue' },
    { name: 'nonresident', kind: 'pages', says: 'absent pages in the stack' },
    { name: 'lir-target', kind: 'target', says: 'frames for LIR pages' },
    { name: 'promoted', kind: 'count', says: 'HIR pages that took the place of a LIR page' },
    { name: 'returned', kind: 'count', says: 'faults on pages that the stack still held' },
  ],
  create: (settings) => new Lirs(settings),
};

class Lirs implements Policy {
  readonly #table: PageTable;
  readonly #stack: PageQueue;
  readonly #stackFamily: PageQueues;
  readonly #hirFamily: PageQueues;
  readonly #queue: PageQueue;
  readonly #absent: PageQueue;
  readonly #hirShare: number;
  readonly #absentPerFrame: number;
  readonly #ignoresRepeats: boolean;
  #lirMax = 0;
  #absentMax = 0;
  #lirCount = 0;
  /** The page of the last reference. */
  #last = NO_PAGE;
  /** Promotions, and returns. */
  readonly #counts = new Float64Array(2);

  constructor({ table, frames, options }: PolicySettings) {
    this.#table = table;
    this.#stackFamily = new PageQueues(table.pageCount, 1);
    this.#stack = this.#stackFamily.queues[0]!;
    this.#hirFamily = new PageQueues(table.pageCount, 2);
    this.#queue = this.#hirFamily.queues[0]!;
    this.#absent = this.#hirFamily.queues[1]!;
    this.#hirShare = Number(options.hir);
    this.#absentPerFrame = Number(options.nonresident);
    this.#ignoresRepeats = options.repeats === 'ignore';
    this.resize(frames);
  }

  touch(page: number): void {
    if (page === this.#last && this.#ignoresRepeats) return;
    this.#last = page;
    if (this.#queue.has(page)) this.#touchHir(page);
    else this.#touchLir(page);
  }

  touchRun(references: Uint32Array, from: number, to: number): void {
    const skips = this.#ignoresRepeats;
    const queue = this.#queue;
    let last = this.#last;
    for (let i = from; i < to; i++) {
      const page = references[i]! >>> 1;
      if (page === last && skips) continue;
      last = page;
      if (queue.has(page)) this.#touchHir(page);
      else this.#touchLir(page);
    }
    this.#last = last;
  }

  // A LIR page goes to the top of S; where it was at the bottom, S is pruned.
  #touchLir(page: number): void {
    const wasBottom = this.#stack.oldest() === page;
    this.#stack.push(page);
    if (wasBottom) this.#prune();
  }

  // A resident HIR page goes to the top of S. Was it in S, it becomes LIR and leaves Q; else it goes
  // to the end of Q.
  #touchHir(page: number): void {
    const wasInStack = this.#stack.has(page);
    this.#stack.push(page);
    if (wasInStack) {
      this.#hirFamily.remove(page);
      this.#promote();
    } else {
      this.#queue.push(page);
    }
    this.#prune();
  }

  // An absent page goes to the top of S. While there are too few LIR pages it becomes one; so it
  // does where it still was in S, in place of the one at the bottom. Else it is HIR: end of Q.
  fault(page: number): void {
    this.#last = page;
    const wasInStack = this.#absent.has(page);
    if (wasInStack) this.#counts[1]!++;
    this.#stack.push(page);
    if (this.#lirCount < this.#lirMax || wasInStack) {
      this.#hirFamily.remove(page);
      this.#promote();
    } else {
      this.#queue.push(page);
    }
    this.#prune();
    this.#trim();
  }

  // The front of Q leaves; where it is in S, it stays there as an absent page.
  victim(incoming: number = NO_PAGE): number {
    let page = this.#queue.oldest();
    if (page === NO_PAGE) {
      page = this.#stack.shift();
      if (page === NO_PAGE) return NO_PAGE;
      this.#lirCount--;
      this.#prune();
    } else if (this.#stack.has(page)) {
      this.#absent.push(page);
      // The incoming page must be found in S by `fault`, which trims after that.
      if (incoming === NO_PAGE) this.#trim();
    } else {
      this.#queue.shift();
    }
    return page;
  }

  /** Counts the page at the top of S as LIR; demotes the one at the bottom if that is one too many. */
  #promote(): void {
    this.#lirCount++;
    if (this.#lirCount <= this.#lirMax) return;
    this.#counts[0]!++;
    this.#demote();
  }

  /** The LIR page at the bottom of S becomes HIR: it leaves S and goes to the end of Q. */
  #demote(): void {
    this.#prune();
    const bottom = this.#stack.shift();
    this.#queue.push(bottom);
    this.#lirCount--;
  }

  /** Takes HIR pages from the bottom of S until a LIR page sits there. */
  #prune(): void {
    for (;;) {
      const bottom = this.#stack.oldest();
      if (bottom === NO_PAGE || this.#hirFamily.queueOf(bottom) === 0) return;
      this.#stack.shift();
      if (this.#absent.has(bottom)) this.#hirFamily.remove(bottom);
    }
  }

  #trim(): void {
    while (this.#absent.count > this.#absentMax) this.#stackFamily.remove(this.#absent.shift());
  }

  forget(page: number): void {
    if (this.#stack.has(page) && this.#hirFamily.queueOf(page) === 0) this.#lirCount--;
    this.#stackFamily.remove(page);
    this.#hirFamily.remove(page);
    this.#prune();
  }

  resize(frames: number): void {
    const wanted = Math.max(HIR_MIN, Math.floor(this.#hirShare * frames));
    this.#lirMax = frames - Math.max(1, Math.min(wanted, frames - 1));
    this.#absentMax = Math.floor(this.#absentPerFrame * frames);
    while (this.#lirCount > this.#lirMax) this.#demote();
    this.#prune();
    this.#trim();
  }

  readGauges(into: Float64Array): void {
    into[0] = this.#lirCount;
    into[1] = this.#queue.count;
    into[2] = this.#absent.count;
    into[3] = this.#lirMax;
    into.set(this.#counts, 4);
  }

  check(): void {
    const held = this.#lirCount + this.#queue.count;
    assert(held === this.#table.residentCount, 'LIR pages and Q are all resident pages');
    assert(this.#lirCount <= this.#lirMax, 'no more LIR pages than frames for them');
    assert(this.#absent.count <= this.#absentMax, 'the absent pages in S are bounded');
    let lirCount = 0;
    for (const page of this.#stack.pages()) {
      if (this.#hirFamily.queueOf(page) === 0) lirCount++;
      assert(lirCount > 0, 'a LIR page sits at the bottom of S');
    }
    assert(lirCount === this.#lirCount, 'S holds all LIR pages');
    for (const page of this.#absent.pages()) {
      assert(this.#stack.has(page) && !this.#table.isResident(page), 'an absent page is in S');
    }
  }
}
