// The pages of a lease as chunks, made in slices on the main thread: between two chunks everybody
// else has a turn, and whoever takes the chunks sets the pace.

import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { ChunkWriter, type LeaseCopy, type PageDigest, tierSlow } from '@pagelend/store';

/** A page of the tier is looked for so often, and given up after so long. */
const WAIT_STEP_MS = 1;
const WAIT_MS_MAX = 30_000;

export interface PageChunk {
  readonly bytes: Buffer;
  readonly pages: number;
  /** Share of the lease's slots that lie behind, 0 to 1. */
  readonly share: number;
}

/** All pages, or those of the slots that were noted as changed. Ends early once aborted. */
export async function* pageChunks(
  copy: LeaseCopy,
  digest: PageDigest,
  which: 'all' | 'changed',
  signal: AbortSignal,
): AsyncGenerator<PageChunk> {
  const writer = new ChunkWriter();
  let slot = 0;
  let sequence = 0;
  while (slot < copy.slotCount) {
    signal.throwIfAborted();
    slot =
      which === 'all' ? copy.takeOut(slot, writer, digest) : copy.takeChanged(slot, writer, digest);
    const isLast = slot >= copy.slotCount;
    // A go ends after so many slots, also where few of them have pages.
    if (writer.recordCount > 0 && (isLast || writer.isNearlyFull)) {
      const pages = writer.recordCount;
      const bytes = writer.finish(sequence++);
      yield { bytes, pages, share: slot / copy.slotCount };
    }
    await turn();
    await arrival(copy, signal);
  }
}

/** Waits until a page that was asked of the tier is here. */
async function arrival(copy: LeaseCopy, signal: AbortSignal): Promise<void> {
  const until = performance.now() + WAIT_MS_MAX;
  while (copy.isWaiting) {
    signal.throwIfAborted();
    if (performance.now() > until) throw tierSlow();
    await sleep(WAIT_STEP_MS);
  }
}
