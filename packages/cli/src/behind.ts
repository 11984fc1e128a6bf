// What stands in the tier behind the pool, as views show it: beside what is stored, and left out of
// the ratio, because it takes no memory.

import type { LeaseJson, PoolJson } from '@pagelend/daemon';
import { bytes } from './text.ts';

const PAGE_BYTES = 4096;

type Usage = Pick<LeaseJson | PoolJson, 'orig_data_size' | 'behind_pages'>;

export function behindBytes({ behind_pages }: Pick<Usage, 'behind_pages'>): number {
  return behind_pages * PAGE_BYTES;
}

/** Uncompressed bytes of the pages that stand in memory. */
export function bytesInMemory(usage: Usage): number {
  return usage.orig_data_size - behindBytes(usage);
}

export function behindText(usage: Usage): string {
  const behind = behindBytes(usage);
  return behind === 0 ? '–' : bytes(behind);
}
