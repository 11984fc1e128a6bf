// A lease as a stream of bytes that makes a file: held still from the first byte to the last. Whoever
// reads the stream has so long to do it; past that, and wherever the reader goes away, the lease's
// clients are served again and the file is not finished.

import {
  encodeLeaseEnd,
  encodeLeaseFailure,
  encodeLeaseHead,
  PageDigest,
  type Pool,
} from '@pagelend/store';
import { codeOf, DaemonError } from '../errors.ts';
import { checkLending, type Entry, hold, occupy, release } from '../lease-entry.ts';
import type { Log } from '../logs.ts';
import { pageChunks } from './page-chunks.ts';

/** How long requests that were begun may take until the lease is still. */
export const HOLD_MS_MAX = 5000;

export interface SaveParts {
  readonly pool: Pool;
  readonly log: Log;
}

/** Holds the lease, and returns the file; to be read to its end or cancelled. */
export async function saveLease(
  { pool, log }: SaveParts,
  entry: Entry,
  pauseMs: number,
): Promise<ReadableStream<Uint8Array>> {
  checkLending(entry);
  occupy(entry);
  const { name } = entry.definition;
  const giveUp = new AbortController();
  const began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let hasLeft = false;
  const leave = (): void => {
    clearTimeout(timer);
    if (hasLeft) return;
    hasLeft = true;
    entry.isBusy = false;
    release(entry);
    log.info({ lease: name, milliseconds: performance.now() - began }, 'lease held for a save');
  };
  try {
    await hold(entry, HOLD_MS_MAX);
  } catch (error) {
    entry.isBusy = false;
    throw error;
  }
  timer = setTimeout(() => {
    giveUp.abort(tooLong(name, pauseMs));
    leave();
  }, pauseMs);
  const parts = fileOf(pool, entry, giveUp.signal);
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      let isOver = true;
      try {
        const { done, value } = await parts.next();
        isOver = done === true;
        if (isOver) controller.close();
        else controller.enqueue(value as Uint8Array);
      } finally {
        // Also where it failed for a reason that no reader can be told.
        if (isOver) leave();
      }
    },
    cancel: async () => {
      giveUp.abort(new DaemonError('DAEMON_LEASE_HELD', 'nobody takes what is saved'));
      leave();
      await parts.return(undefined);
    },
  });
}

/** Head, chunks and end; what fails on the way ends it with a chunk that says so. */
async function* fileOf(
  pool: Pool,
  { definition }: Entry,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const digest = new PageDigest();
  let chunks = 0;
  let chunkBytes = 0;
  const { name, bytes, limitBytes, id } = definition;
  yield encodeLeaseHead({
    name,
    bytes,
    limitBytes,
    codec: pool.options.codec,
    savedAt: new Date(),
  });
  try {
    for await (const chunk of pageChunks(pool.copyOf(id), digest, 'all', signal)) {
      chunks++;
      chunkBytes += chunk.bytes.length;
      yield chunk.bytes;
    }
    signal.throwIfAborted();
  } catch (error) {
    const code = codeOf(error);
    if (code === null) throw error;
    yield encodeLeaseFailure(chunks, code, (error as Error).message);
    return;
  }
  yield encodeLeaseEnd({ chunks, pages: digest.pages, chunkBytes, digest: digest.text });
}

function tooLong(name: string, pauseMs: number): DaemonError {
  return new DaemonError(
    'DAEMON_LEASE_HELD',
    `lease ${name} was held for ${pauseMs / 1000} s and is not saved yet; give more --pause, or save ` +
      'to a faster place',
  );
}
