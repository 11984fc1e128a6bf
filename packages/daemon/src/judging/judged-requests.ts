// Tells the judge of a connection's requests on pages that are in its sample, and whoever else
// listens of all of them.

import { isSampled } from '@pagelend/judge';
import { PAGES_READ, PAGES_WRITTEN, type RequestKind, type RequestObserver } from '@pagelend/nbd';
import { RingWriter } from '../recording/request-ring.ts';
import type { JudgeFeed } from './messages.ts';

export class JudgedRequests implements RequestObserver {
  readonly #lease: number;
  readonly #thresholds: Int32Array;
  readonly #writer: RingWriter;
  readonly #other: RequestObserver | null;

  constructor({ ring, thresholds }: JudgeFeed, lease: number, other: RequestObserver | null) {
    this.#lease = lease;
    this.#thresholds = new Int32Array(thresholds);
    this.#writer = new RingWriter(ring, lease);
    this.#other = other;
  }

  begun(kind: RequestKind, slot: number, count: number): void {
    this.#other?.begun(kind, slot, count);
    if (kind !== PAGES_READ && kind !== PAGES_WRITTEN) {
      this.#writer.begun(kind, slot, count);
      return;
    }
    const lease = this.#lease;
    const threshold = this.#thresholds[lease]!;
    for (let i = slot; i < slot + count; i++) {
      if (isSampled(lease, i, threshold)) this.#writer.begun(kind, i, 1);
    }
  }
}
