// One guest's memory as counts of frames: its kernel, its page cache, anonymous pages, the pool of its
// own zram where it has one, and what is free. They always sum to the guest's memory. Which
// anonymous page leaves is a replacement policy's choice, the same class that simulator and store
// run; when pages leave follows the kernel's watermarks.

import {
  admissionTraps,
  type Costs,
  createPolicy,
  NO_PAGE,
  type Op,
  type OptionValues,
  observationOf,
  PageTable,
  type Policy,
  type PolicyDefinition,
  RESIDENT,
} from '@pagelend/policies';
import type { Watermarks } from './watermarks.ts';

/** Where swapped-out pages go. Each answers in frames of the guest's own memory. */
export interface SwapPlace {
  /** Pages that it holds at most. */
  readonly slotCount: number;
  /** Keeps a page; the frames that this takes from the guest. */
  store(page: number, generation: number): number;
  /** Lets a page go; the frames that this gives back to the guest. */
  drop(page: number, generation: number): number;
}

export interface GuestMemorySettings {
  readonly totalPages: number;
  /** The kernel's own, and whatever else never leaves. */
  readonly kernelPages: number;
  /** Of the page cache, those that are there at the start and those that reclaim leaves alone. */
  readonly cachePages: number;
  readonly cacheFloorPages: number;
  readonly watermarks: Watermarks;
  /** Of every 200 pages that reclaim looks for, those it takes from anonymous memory. */
  readonly swappiness: number;
  readonly swap: SwapPlace | null;
  /** Anonymous pages are numbered below this. */
  readonly pageCount: number;
  readonly definition: PolicyDefinition;
  readonly options: OptionValues;
  readonly costs: Costs;
}

/** Of 200: what the kernel divides by swappiness. */
const SWAPPINESS_WHOLE = 200;
/** Looks at so many candidates for each page that is missing, then gives up, as the kernel does. */
const ATTEMPTS_PER_PAGE = 16;

export class GuestMemory {
  readonly totalPages: number;
  readonly kernelPages: number;
  cachePages: number;
  anonymousPages = 0;
  poolPages = 0;
  freePages: number;
  swappedPages = 0;
  swapOuts = 0;
  swapIns = 0;
  /** Pages never written to that left, as file pages do, and were read again. */
  fileReads = 0;
  /** Set when an allocation found nothing to take: the kernel would kill a process. */
  isOutOfMemory = false;
  readonly #settings: GuestMemorySettings;
  readonly #table: PageTable;
  readonly #policy: Policy;
  readonly #traps: number;
  readonly #isWritten: Uint8Array;
  readonly #isSwapped: Uint8Array;
  readonly #hasLeft: Uint8Array;
  readonly #generations: Uint16Array;
  #anonymousTurns = 0;

  constructor(settings: GuestMemorySettings) {
    const { totalPages, kernelPages, cachePages, pageCount, definition, options, costs } = settings;
    this.#settings = settings;
    this.totalPages = totalPages;
    this.kernelPages = kernelPages;
    this.cachePages = cachePages;
    this.freePages = totalPages - kernelPages - cachePages;
    this.#table = new PageTable(pageCount, { offers: observationOf(definition, options) });
    const frames = Math.max(1, totalPages - kernelPages - settings.cacheFloorPages);
    this.#policy = createPolicy(definition, { table: this.#table, frames, options, costs });
    this.#traps = admissionTraps(this.#policy);
    this.#isWritten = new Uint8Array(pageCount);
    this.#isSwapped = new Uint8Array(pageCount);
    this.#hasLeft = new Uint8Array(pageCount);
    this.#generations = new Uint16Array(pageCount);
  }

  /** A program reads (0) or writes (1) one of its pages. */
  reference(page: number, op: Op): void {
    if (this.isOutOfMemory) return;
    const table = this.#table;
    if ((table.bits[page]! & RESIDENT) !== 0) {
      if (table.reference(page, op)) this.#policy.touch!(page, op);
    } else if (!this.#fault(page, op)) {
      return;
    }
    if (op === 1) this.#isWritten[page] = 1;
  }

  /** A file's page is read into the page cache; where memory is short it takes an older one's frame. */
  readFilePage(): void {
    if (this.isOutOfMemory || !this.#takeFrame()) return;
    this.cachePages++;
  }

  /** Writes so many pages out now, by the policy's choice, as `memory.reclaim` does. */
  swapOut(pages: number): void {
    for (let i = 0; i < pages && this.#canSwap(); i++) if (!this.#reclaimAnonymous()) return;
  }

  /** The pages `from .. to) of a process that ended. What comes under their numbers is new. */
  free(from: number, to: number): void {
    const table = this.#table;
    for (let page = from; page < to; page++) {
      if ((table.bits[page]! & RESIDENT) !== 0) {
        table.evict(page);
        this.anonymousPages--;
        this.freePages++;
      }
      if (this.#isSwapped[page] === 1) this.#dropSwapped(page);
      this.#policy.forget(page);
      this.#isWritten[page] = 0;
      this.#hasLeft[page] = 0;
      this.#generations[page]!++;
    }
  }

  isResident(page: number): boolean {
    return this.#table.isResident(page);
  }

  isSwapped(page: number): boolean {
    return this.#isSwapped[page] === 1;
  }

  /** Throws where frames were lost or made. */
  check(): void {
    const { kernelPages, cachePages, anonymousPages, poolPages, freePages, totalPages } = this;
    const sum = kernelPages + cachePages + anonymousPages + poolPages + freePages;
    if (sum !== totalPages || freePages < 0 || anonymousPages !== this.#table.residentCount) {
      throw new Error(`invariant broken: ${sum} of ${totalPages} frames, ${freePages} free`);
    }
  }

  #fault(page: number, op: Op): boolean {
    if (!this.#takeFrame()) return false;
    this.anonymousPages++;
    if (this.#isSwapped[page] === 1) {
      // The slot is given up at once, so the page has to be written again when it leaves.
      this.swapIns++;
      this.#dropSwapped(page);
    } else if (this.#hasLeft[page] === 1) {
      this.fileReads++;
    }
    this.#hasLeft[page] = 0;
    this.#table.admit(page, op, this.#traps);
    this.#policy.fault(page, op);
    return true;
  }

  #takeFrame(): boolean {
    if (this.freePages <= this.#settings.watermarks.lowPages) this.#reclaim();
    if (this.freePages <= 0) {
      this.isOutOfMemory = true;
      return false;
    }
    this.freePages--;
    return true;
  }

  /** kswapd, which here always keeps up: from the low watermark to the high one. */
  #reclaim(): void {
    const { watermarks, swappiness, cacheFloorPages } = this.#settings;
    const missing = watermarks.highPages - this.freePages;
    for (let i = 0; i < missing * ATTEMPTS_PER_PAGE; i++) {
      if (this.freePages >= watermarks.highPages) return;
      const hasCache = this.cachePages > cacheFloorPages;
      this.#anonymousTurns += swappiness;
      const isAnonymousTurn = this.#anonymousTurns >= SWAPPINESS_WHOLE || !hasCache;
      if (this.#anonymousTurns >= SWAPPINESS_WHOLE) this.#anonymousTurns -= SWAPPINESS_WHOLE;
      if (isAnonymousTurn && this.#canSwap() && this.#reclaimAnonymous()) continue;
      if (!hasCache) return;
      this.cachePages--;
      this.freePages++;
    }
  }

  #canSwap(): boolean {
    const { swap } = this.#settings;
    return swap !== null && this.swappedPages < swap.slotCount;
  }

  /** One anonymous page leaves. False where none can, or where keeping it would take what is not there. */
  #reclaimAnonymous(): boolean {
    const page = this.#policy.victim();
    if (page === NO_PAGE) return false;
    this.#table.evict(page);
    this.anonymousPages--;
    this.freePages++;
    this.#hasLeft[page] = 1;
    if (this.#isWritten[page] === 0) return true;
    const taken = this.#settings.swap!.store(page, this.#generations[page]!);
    this.#isSwapped[page] = 1;
    this.swappedPages++;
    this.swapOuts++;
    this.poolPages += taken;
    this.freePages -= taken;
    if (this.freePages >= 0) return true;
    // zram found no memory for what it was to keep.
    this.isOutOfMemory = true;
    this.poolPages += this.freePages;
    this.freePages = 0;
    return false;
  }

  #dropSwapped(page: number): void {
    const given = this.#settings.swap!.drop(page, this.#generations[page]!);
    this.#isSwapped[page] = 0;
    this.swappedPages--;
    this.poolPages -= given;
    this.freePages += given;
  }
}
