// FIFO: evicts the oldest resident page. policies.md section 4.

import { Twin } from './twin.ts';

export class FifoTwin extends Twin {
  readonly #queue: number[] = [];

  protected override hit(): void {}

  protected override fault(page: number): void {
    if (this.isFull) this.leave(this.#queue.shift()!);
    this.#queue.push(page);
  }
}
