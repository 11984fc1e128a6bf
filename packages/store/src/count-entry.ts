// What an entry adds to the figures of its lease.

import {
  BEHIND_PAGES,
  CHARGED_BYTES,
  COMPR_DATA_BYTES,
  HUGE_PAGES,
  SAME_PAGES,
  STORED_PAGES,
} from './counters.ts';
import { HOLE, isBehind, isSame, kindIn, lengthIn, PATTERN } from './entry.ts';
import { PAGE_BYTES } from './layout.ts';
import type { PageStore } from './page-store.ts';

/** Adds what an entry names to the figures at `at`, or takes it away. */
export function countEntry(
  store: PageStore,
  counters: Float64Array,
  at: number,
  entry: number,
  by: 1 | -1,
): void {
  if (entry === HOLE) return;
  counters[at + STORED_PAGES]! += by;
  if (isSame(entry)) {
    counters[at + SAME_PAGES]! += by;
    return;
  }
  if (isBehind(entry)) {
    counters[at + BEHIND_PAGES]! += by;
    return;
  }
  counters[at + CHARGED_BYTES]! += by * store.placeBytes(entry);
  const header = store.header(entry);
  counters[at + COMPR_DATA_BYTES]! += by * (header < 0 ? PAGE_BYTES : lengthIn(header));
  if (header < 0) counters[at + HUGE_PAGES]! += by;
  else if (kindIn(header) === PATTERN) counters[at + SAME_PAGES]! += by;
}
