// Linux's multi-generation LRU, as policies.md section 4 simplifies it: generations from the oldest to
// the youngest, each a FIFO. Aging opens a generation; eviction empties the oldest.

import { Twin } from './twin.ts';

export class MglruTwin extends Twin {
  generations: number[][] = [[], []];
  readonly #generationsMax: number;
  readonly #promote: 'youngest' | 'next';
  readonly #referenced = new Set<number>();

  constructor(frames: number, generationsMax = 4, promote: 'youngest' | 'next' = 'youngest') {
    super(frames);
    this.#generationsMax = generationsMax;
    this.#promote = promote;
  }

  protected override hit(page: number): void {
    this.#referenced.add(page);
  }

  protected override fault(page: number): void {
    if (this.isFull) this.#evict();
    this.#youngest().push(page);
    this.#referenced.add(page);
  }

  #evict(): void {
    for (;;) {
      while (this.generations.length > 2 && this.generations[0]!.length === 0) {
        this.generations.shift();
      }
      if (this.#mustAge()) {
        this.#age();
        continue;
      }
      const page = this.generations[0]!.shift()!;
      if (!this.#referenced.delete(page)) {
        this.leave(page);
        return;
      }
      this.#youngest().push(page);
    }
  }

  #mustAge(): boolean {
    const sizes = this.generations.map((pages) => pages.length);
    if (sizes.length === 2) return true;
    if (sizes.length >= this.#generationsMax) return false;
    const [old, middle, young] = sizes as [number, number, number];
    const total = old + middle + young;
    return young > total / 2 || old < total / 4;
  }

  #age(): void {
    if (this.#promote === 'next') this.generations.push([]);
    const target = this.#youngest();
    for (const pages of this.generations) {
      if (pages === target) continue;
      for (const page of [...pages]) {
        if (!this.#referenced.delete(page)) continue;
        pages.splice(pages.indexOf(page), 1);
        target.push(page);
      }
    }
    for (const page of target) this.#referenced.delete(page);
    if (this.#promote === 'youngest') this.generations.push([]);
  }

  #youngest(): number[] {
    return this.generations.at(-1)!;
  }
}
