// What a guest swaps to, on the host's side. zram and no swap at all need nothing there.

import type { GuestDisk } from '@pagelend/guests';

/** What keeps the pages says of them; null for what it does not tell. */
export interface StoredPages {
  readonly storedBytes: number | null;
  readonly compressedBytes: number | null;
  readonly usedBytes: number | null;
  readonly samePages: number | null;
  readonly hugePages: number | null;
}

export interface Backing {
  readonly disk: GuestDisk;
  stored(): Promise<StoredPages>;
  /** After the guest has ended. */
  close(): Promise<void>;
}

export const nothingTold: StoredPages = {
  storedBytes: null,
  compressedBytes: null,
  usedBytes: null,
  samePages: null,
  hugePages: null,
};
