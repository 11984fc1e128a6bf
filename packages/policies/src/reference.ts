// A page reference: which page, and whether it was read or written. On hot paths it is one
// uint32, `page << 1 | op`, so that a trace is a flat Uint32Array and no object exists per reference.

/** What a reference does to its page: 0 reads it, 1 writes it. */
export type Op = 0 | 1;

export const READ: Op = 0;
export const WRITE: Op = 1;

/** Stands for "no page" wherever a dense page id (>= 0) is expected. */
export const NO_PAGE = -1;

/** Dense page ids are below this, because a packed reference has 31 bits for the page. */
export const PAGE_COUNT_MAX = 2 ** 31;

/** Packs a dense page id and an operation into the uint32 that traces and replays hold. */
export function packReference(page: number, op: Op): number {
  return ((page << 1) | op) >>> 0;
}

/** The dense page id of a packed reference. */
export function pageOf(reference: number): number {
  return reference >>> 1;
}

/** The operation of a packed reference. */
export function opOf(reference: number): Op {
  return (reference & 1) as Op;
}
