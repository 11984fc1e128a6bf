// The four lists and the target that ARC and CAR share: T1 for pages seen once lately, T2 for pages
// seen again, B1 and B2 for the ghosts of what left them, and `p`, the size that T1 aims at.

import { assert } from '../errors.ts';
import type { Gauge } from '../policy.ts';
import { type PageQueue, PageQueues } from './page-queues.ts';

/** What `readGauges` writes; a policy's own gauges come after these. */
export const adaptiveGauges: readonly Gauge[] = [
  { name: 'T1', kind: 'pages', says: 'resident, seen once lately' },
  { name: 'T2', kind: 'pages', says: 'resident, seen again' },
  { name: 'B1', kind: 'pages', says: 'ghosts of what left T1' },
  { name: 'B2', kind: 'pages', says: 'ghosts of what left T2' },
  { name: 'p', kind: 'target', says: 'size that T1 aims at' },
  { name: 'B1 hits', kind: 'count', says: 'faults of pages in B1, each of which raises p' },
  { name: 'B2 hits', kind: 'count', says: 'faults of pages in B2, each of which lowers p' },
];

const P = 0;
const B1_HITS = 1;
const B2_HITS = 2;

export class AdaptiveLists {
  readonly family: PageQueues;
  readonly t1: PageQueue;
  readonly t2: PageQueue;
  readonly b1: PageQueue;
  readonly b2: PageQueue;
  /** `c` of the papers. */
  frames: number;
  /** The target and the counts, in an array because a field of real numbers costs an object each. */
  readonly #numbers = new Float64Array(3);

  constructor(pageCount: number, frames: number) {
    this.family = new PageQueues(pageCount, 4);
    const [t1, t2, b1, b2] = this.family.queues;
    this.t1 = t1!;
    this.t2 = t2!;
    this.b1 = b1!;
    this.b2 = b2!;
    this.frames = frames;
  }

  /** Target size of T1, in frames; a real number in 0 .. c. */
  get p(): number {
    return this.#numbers[P]!;
  }

  isGhost(page: number): boolean {
    return this.b1.has(page) || this.b2.has(page);
  }

  // x in B1: p = min(p + max(1, |B2|/|B1|), c)
  // x in B2: p = max(p - max(1, |B1|/|B2|), 0)
  /** Moves the target for a hit on a ghost, which still is in its list. */
  adapt(page: number, roundsRatio = false): void {
    const isInB1 = this.b1.has(page);
    const b1 = this.b1.count;
    const b2 = this.b2.count;
    const ratio = isInB1 ? b2 / b1 : b1 / b2;
    const step = Math.max(1, roundsRatio ? Math.floor(ratio) : ratio);
    this.#numbers[isInB1 ? B1_HITS : B2_HITS]!++;
    this.#numbers[P] = isInB1 ? Math.min(this.p + step, this.frames) : Math.max(this.p - step, 0);
  }

  // if |T1|+|B1| == c: discard LRU of B1
  // elif |T1|+|T2|+|B1|+|B2| == 2c: discard LRU of B2
  /** Makes room among the ghosts for a page that was in no list. */
  makeGhostRoom(): void {
    if (this.t1.count + this.b1.count >= this.frames && this.b1.count > 0) this.b1.shift();
    else if (this.#total() >= 2 * this.frames && this.b2.count > 0) this.b2.shift();
  }

  /** Drops ghosts past the limits, which only fewer frames than before can bring about. */
  fitGhosts(): void {
    while (this.t1.count + this.b1.count > this.frames && this.b1.count > 0) this.b1.shift();
    while (this.#total() > 2 * this.frames && this.b2.count > 0) this.b2.shift();
  }

  resize(frames: number): void {
    this.frames = frames;
    this.#numbers[P] = Math.min(this.p, frames);
    this.fitGhosts();
  }

  readGauges(into: Float64Array): void {
    into[0] = this.t1.count;
    into[1] = this.t2.count;
    into[2] = this.b1.count;
    into[3] = this.b2.count;
    into[4] = this.p;
    into[5] = this.#numbers[B1_HITS]!;
    into[6] = this.#numbers[B2_HITS]!;
  }

  check(residentCount: number): void {
    const [t1, t2, b1, b2] = [this.t1.count, this.t2.count, this.b1.count, this.b2.count];
    const c = this.frames;
    assert(t1 + t2 === residentCount && t1 + t2 <= c, '|T1|+|T2| <= c');
    assert(t1 + b1 <= c, '|T1|+|B1| <= c');
    assert(t2 + b2 <= 2 * c, '|T2|+|B2| <= 2c');
    assert(t1 + t2 + b1 + b2 <= 2 * c, 'all four lists hold at most 2c pages');
    assert(this.p >= 0 && this.p <= c, `0 <= p = ${this.p} <= c`);
  }

  #total(): number {
    return this.t1.count + this.t2.count + this.b1.count + this.b2.count;
  }
}
