// The pages of a lease as chunks, made in slices on the main thread: between two chunks everybody
// else has a turn, and whoever takes the chunks sets the pace.

import { setImmediate as turn } from 'node:timers/promises';
import { ChunkWriter, type LeaseCopy, type PageDigest } from '@pagelend/store';

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
  }
}
