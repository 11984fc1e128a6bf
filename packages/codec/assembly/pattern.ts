// A match at a distance below 16 repeats its first bytes. Mask d maps 16 bytes that begin with the
// d bytes of the pattern to 16 bytes of the repeated pattern: byte i comes from byte i % d. Mask 16
// changes nothing, so that all distances can take one path without a branch.

import { MASKS_AT } from './layout';

/** Writes the masks to the scratch memory, once before `decompress`. */
export function writeMasks(scratch: u32): void {
  for (let distance: u32 = 1; distance <= 16; distance++) {
    const mask = scratch + MASKS_AT + (distance << 4);
    for (let i: u32 = 0; i < 16; i++) store<u8>(mask + i, i % distance);
  }
}
