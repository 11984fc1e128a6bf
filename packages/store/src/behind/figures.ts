// What the keeper counts of the tier, in shared numbers that whoever shows them reads.

/** Whether pages can go behind. */
export const STATE = 0;
/** Requests to the device, and bytes. */
export const DEVICE_READS = 1;
export const DEVICE_READ_BYTES = 2;
export const DEVICE_WRITES = 3;
export const DEVICE_WRITE_BYTES = 4;
export const FAILED_DEVICE_READS = 5;
export const FAILED_DEVICE_WRITES = 6;
/** Pages asked for, and those of them that stood in a window that had been read before. */
export const ASKED_PAGES = 7;
export const WINDOW_HITS = 8;
/** Pages read back that came to stand in the pool again. */
export const PROMOTED_PAGES = 9;
export const DAMAGED_PAGES = 10;
export const FREE_EXTENTS = 11;
export const CLEANED_EXTENTS = 12;
/** Pages moved from one extent to another, so that the first could be written anew. */
export const CLEANED_PAGES = 13;
/** Pages written while they were idle, before they had to leave. */
export const IDLE_PAGES = 14;
/** Writes that waited for room, and those that got none. */
export const ROOM_WISHES = 15;
export const ROOM_REFUSALS = 16;
export const COST_READ_US = 17;
export const COST_WRITE_US = 18;
/** Pages that the policy knows, and ghosts of those that left. */
export const RESIDENT_PAGES = 19;
export const GHOST_PAGES = 20;
/** Bytes that idle pages may still be written with; infinite without a budget. */
export const BUDGET_BYTES = 21;
const FIGURE_COUNT = 22;

/** Values of STATE. */
export const TIER_OK = 0;
export const TIER_FULL = 1;
export const TIER_FAILING = 2;

export function makeFigures(): SharedArrayBuffer {
  return new SharedArrayBuffer(FIGURE_COUNT * Float64Array.BYTES_PER_ELEMENT);
}
