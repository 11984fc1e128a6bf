// Linux's two lists, as policies.md section 4 has them: FIFOs from the oldest to the newest page, a
// reference bit (hardware's) and a mark (PG_referenced) a page, and the age at which each page left.

import { Twin } from './twin.ts';

export interface LinuxTwinOptions {
  readonly initial?: 'inactive' | 'active';
  readonly refault?: 'on' | 'off';
  /** 0: what the kernel derives from the size of memory, which is 1 below 1 GiB. */
  readonly ratio?: number;
  readonly init?: number;
}

export class LinuxTwin extends Twin {
  readonly active: number[] = [];
  readonly inactive: number[] = [];
  readonly #referenced = new Set<number>();
  readonly #marked = new Set<number>();
  readonly #leftAt = new Map<number, number>();
  readonly #options: Required<LinuxTwinOptions>;
  /** Evictions and activations so far. */
  #age = 0;

  constructor(frames: number, options: LinuxTwinOptions = {}) {
    super(frames);
    this.#options = { initial: 'inactive', refault: 'on', ratio: 0, init: 1, ...options };
  }

  protected override hit(page: number): void {
    this.#referenced.add(page);
  }

  protected override fault(page: number): void {
    if (this.isFull) this.#reclaim();
    if (this.#isRefault(page)) {
      this.active.push(page);
      this.#age++;
    } else if (this.#options.initial === 'active') {
      this.active.push(page);
    } else {
      this.inactive.push(page);
    }
    this.#leftAt.delete(page);
    if (this.#options.init === 1) this.#referenced.add(page);
  }

  #isRefault(page: number): boolean {
    const leftAt = this.#leftAt.get(page);
    if (leftAt === undefined || this.#options.refault === 'off') return false;
    return this.#age - leftAt <= this.active.length;
  }

  #reclaim(): void {
    const { active, inactive } = this;
    const ratio = this.#options.ratio === 0 ? 1 : this.#options.ratio;
    for (;;) {
      while (inactive.length * ratio < active.length) {
        const demoted = active.shift()!;
        this.#referenced.delete(demoted);
        inactive.push(demoted);
      }
      const page = inactive.shift()!;
      const wasMarked = this.#marked.delete(page);
      if (!this.#referenced.delete(page)) {
        this.#leftAt.set(page, this.#age);
        this.#age++;
        this.leave(page);
        return;
      }
      this.#marked.add(page);
      if (wasMarked) {
        active.push(page);
        this.#age++;
      } else {
        inactive.push(page);
      }
    }
  }
}
