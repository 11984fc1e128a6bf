// Saved leases on the side of whoever calls the lender: checked as they come out, checked as they go
// in, a chunk at a time.

import {
  encodeLeaseEnd,
  encodeLeaseHead,
  type LeaseFileHead,
  type LeaseFileTotals,
  readLeaseFile,
} from '@pagelend/store';
import { DaemonError } from '../errors.ts';
import { TargetLender } from './target.ts';

/** A part of a saved lease; the last one has the totals. */
export interface SavedPart {
  readonly bytes: Uint8Array;
  readonly totals: LeaseFileTotals | null;
}

export interface RestoreOptions {
  /** What the file is called in messages. */
  readonly label: string;
  /** Another name than the one in the file. */
  readonly name: string | null;
  readonly signal: AbortSignal;
  readonly onProgress: (chunkBytes: number) => void;
}

export interface Restored {
  readonly name: string;
  readonly size: number;
  readonly limit_bytes: number | null;
  readonly pages: number;
  readonly saved_at: string;
}

/** What the lender sends, once it has been checked: a file that is written of it is sound. */
export async function* savedParts(
  source: AsyncIterable<Uint8Array>,
  label: string,
): AsyncGenerator<SavedPart> {
  for await (const part of readLeaseFile(source, label)) {
    if (part.kind === 'head') yield { bytes: encodeLeaseHead(part.head), totals: null };
    else if (part.kind === 'chunk') yield { bytes: part.chunk, totals: null };
    else yield { bytes: encodeLeaseEnd(part.totals), totals: part.totals };
  }
}

/** Restores a lease; where anything is wrong, up to the file's last byte, no lease appears. */
export async function restoreLease(
  adminSocket: string,
  source: AsyncIterable<Uint8Array>,
  options: RestoreOptions,
): Promise<Restored> {
  const { label, signal, onProgress } = options;
  const lender = new TargetLender(adminSocket);
  let coming: { readonly token: string; readonly lenderId: string } | null = null;
  let head: LeaseFileHead | null = null;
  try {
    for await (const part of readLeaseFile(source, label)) {
      signal.throwIfAborted();
      if (part.kind === 'head') {
        head = part.head;
        const { bytes, limitBytes } = part.head;
        const name = options.name ?? part.head.name;
        coming = await lender.begin({
          name,
          bytes,
          limitBytes,
          key: null,
          clients: null,
          share: null,
        });
      } else if (part.kind === 'chunk') {
        await lender.pages(coming!.token, part.chunk).catch((error: unknown) => {
          throw atPlace(error, part.where);
        });
        onProgress(part.chunk.length);
      } else {
        const { token, lenderId } = coming!;
        await lender.seal(token, part.totals.pages, part.totals.digest);
        await lender.commit(token, lenderId);
        coming = null;
        await lender.settle(token).catch(() => {});
        return restored(options.name, head!, part.totals);
      }
    }
    throw new DaemonError('DAEMON_ANSWER', `${label}: has no end`);
  } catch (error) {
    if (coming !== null) await lender.drop(coming.token, coming.lenderId).catch(() => {});
    throw error;
  } finally {
    lender.close();
  }
}

function restored(name: string | null, head: LeaseFileHead, { pages }: LeaseFileTotals): Restored {
  return {
    name: name ?? head.name,
    size: head.bytes,
    limit_bytes: head.limitBytes,
    pages,
    saved_at: head.savedAt.toISOString(),
  };
}

/** The lender knows the chunk and not the file. */
function atPlace(error: unknown, where: string): unknown {
  if (error instanceof Error) error.message = `${where}: ${error.message}`;
  return error;
}
