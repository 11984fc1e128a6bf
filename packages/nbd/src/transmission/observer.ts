// What a host may be told of a session: which pages its requests are about, in the order in which
// they are begun. A request is told once, whatever becomes of it, and costs one check where nobody
// listens.

import { CMD_READ, CMD_TRIM, CMD_WRITE, CMD_WRITE_ZEROES } from '../constants.ts';
import { PAGE_BYTES } from '../page-device.ts';
import type { Request } from './request.ts';

export const PAGES_READ = 0;
export const PAGES_WRITTEN = 1;
/** Freed by TRIM. */
export const PAGES_TRIMMED = 2;
/** Made zeroes as a whole by WRITE_ZEROES. */
export const PAGES_ZEROED = 3;

export type RequestKind =
  | typeof PAGES_READ
  | typeof PAGES_WRITTEN
  | typeof PAGES_TRIMMED
  | typeof PAGES_ZEROED;

export interface RequestObserver {
  /** A request on `count` pages, from the one in `slot` on, is begun. */
  begun(kind: RequestKind, slot: number, count: number): void;
}

/** Tells of a request that was found good. Those that are about no page are passed over. */
export function observe(observer: RequestObserver, request: Request): void {
  const { type, slot, from, length } = request;
  if (length === 0) return;
  switch (type) {
    case CMD_READ:
      observer.begun(PAGES_READ, slot, Math.ceil((from + length) / PAGE_BYTES));
      return;
    case CMD_WRITE:
      observer.begun(PAGES_WRITTEN, slot, Math.ceil((from + length) / PAGE_BYTES));
      return;
    case CMD_TRIM:
      observeWhole(observer, PAGES_TRIMMED, request);
      return;
    case CMD_WRITE_ZEROES:
      observeZeroes(observer, request);
  }
}

/** The pages that lie inside of the range as a whole: of others TRIM keeps its hands off. */
function observeWhole(observer: RequestObserver, kind: RequestKind, request: Request): void {
  const first = firstWhole(request);
  const count = endOfWhole(request) - first;
  if (count > 0) observer.begun(kind, first, count);
}

/** A page of which a part is made zeroes is changed as by a write. */
function observeZeroes(observer: RequestObserver, request: Request): void {
  const { slot, from, length } = request;
  if (from !== 0) observer.begun(PAGES_WRITTEN, slot, 1);
  observeWhole(observer, PAGES_ZEROED, request);
  const end = endOfWhole(request);
  if ((from + length) % PAGE_BYTES !== 0 && end >= firstWhole(request)) {
    observer.begun(PAGES_WRITTEN, end, 1);
  }
}

function firstWhole({ slot, from }: Request): number {
  return from === 0 ? slot : slot + 1;
}

/** The slot after the last page that the range reaches to the end of. */
function endOfWhole({ slot, from, length }: Request): number {
  return slot + Math.floor((from + length) / PAGE_BYTES);
}
