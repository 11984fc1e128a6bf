// One of CRAW's two areas with its virtual area: pages linked in it, in the order in which its
// scan passes them, and the ghosts of pages that lost their link to it, oldest first. A page is
// never linked and a ghost of the same area at once.

import { assert } from '../errors.ts';
import { type PageQueue, PageQueues } from '../lists/page-queues.ts';
import { ScanQueue } from '../lists/scan-queue.ts';

const LINKED = 1;
const GHOST = 2;

export class Area {
  /** Per page: LINKED, GHOST or 0; a byte, so that most questions stay inside a core's cache. */
  readonly #states: Uint8Array;
  readonly #linked: ScanQueue;
  readonly #ghostFamily: PageQueues;
  readonly #ghosts: PageQueue;

  constructor(pageCount: number) {
    this.#states = new Uint8Array(pageCount);
    this.#linked = new ScanQueue(pageCount);
    this.#ghostFamily = new PageQueues(pageCount, 1);
    this.#ghosts = this.#ghostFamily.queues[0]!;
  }

  /** Pages linked in the area. */
  get count(): number {
    return this.#linked.count;
  }

  get ghostCount(): number {
    return this.#ghosts.count;
  }

  has(page: number): boolean {
    return this.#states[page] === LINKED;
  }

  hasGhost(page: number): boolean {
    return this.#states[page] === GHOST;
  }

  /** Links a page that is neither linked nor a ghost, at the tail. */
  link(page: number): void {
    this.#states[page] = LINKED;
    this.#linked.push(page);
  }

  /** The page that the scan looks at; NO_PAGE where the area is empty. */
  oldest(): number {
    return this.#linked.oldest();
  }

  /** Spares the page that `oldest` has just returned. */
  rotate(): void {
    this.#linked.rotate();
  }

  /** Takes the link from the page that `oldest` has just returned. */
  unlinkOldest(page: number, becomesGhost: boolean): void {
    this.#linked.dropOldest();
    this.#states[page] = becomesGhost ? GHOST : 0;
    if (becomesGhost) this.#ghosts.push(page);
  }

  removeGhost(page: number): void {
    this.#states[page] = 0;
    this.#ghostFamily.remove(page);
  }

  trimGhosts(countMax: number): void {
    while (this.#ghosts.count > countMax) this.#states[this.#ghosts.shift()] = 0;
  }

  forget(page: number): void {
    if (this.has(page)) this.#linked.remove(page);
    this.#states[page] = 0;
    this.#ghostFamily.remove(page);
  }

  /** Throws where the lists and the pages' states disagree. */
  check(): void {
    this.#linked.check();
    for (const page of this.#linked.pages()) assert(this.has(page), 'a linked page says so');
    for (const page of this.#ghosts.pages()) assert(this.hasGhost(page), 'a ghost says so');
  }

  /** The linked pages from the oldest to the newest. */
  pages(): Generator<number> {
    return this.#linked.pages();
  }
}
