// LZO1X decompression of one page, from the description of the stream in Linux
// (Documentation/staging/lzo.rst). Two loops: a fast one while both sides have room for copies of
// whole 16-byte blocks, and a careful one, of one instruction a time, for everything else.
//
// Bounds. The last three bytes must be the end marker; what follows calls the address of the marker
// `end`. Every instruction before it that begins below `end` can read two more bytes without a
// check. All other lengths are compared with what is left on each side, as differences, which hold
// at the very end of a 4-GiB memory as well.

import { MASKS_AT, PAGE_BYTES } from './layout';

const MARKER_BYTES: u32 = 3;
/** A turn of the fast loop reads at most 33 bytes and writes at most 52. */
const FAST_INPUT_BYTES: u32 = 32;
const FAST_OUTPUT_BYTES: u32 = 64;

/** Whether the stream is sound and is one page; it then stands at `target`. */
export function decompress(source: u32, bytes: u32, target: u32, scratch: u32): bool {
  if (bytes < MARKER_BYTES) return false;
  const end = source + bytes - MARKER_BYTES;
  if (load<u8>(end) !== 0x11 || load<u16>(end, 1) !== 0) return false;
  const streamBytes = bytes - MARKER_BYTES;
  const masks = scratch + MASKS_AT;
  const targetEnd = target + PAGE_BYTES;
  const fastTarget = targetEnd - FAST_OUTPUT_BYTES;
  const fastEnd = bytes > FAST_INPUT_BYTES + MARKER_BYTES ? end - FAST_INPUT_BYTES : source;
  let from = source;
  let to = target;
  // Trailing literals of the last instruction; 4 after a run of literals, however long.
  let state: u32 = 0;

  const first: u32 = load<u8>(from);
  if (first > 17) {
    const count = first - 17;
    from++;
    if (count > end - from) return false;
    copyLiterals(from, to, count, end, targetEnd);
    from += count;
    to += count;
    state = min<u32>(count, 4);
  }

  for (;;) {
    while (from < fastEnd && to < fastTarget) {
      const tag: u32 = load<u8>(from);
      if (tag > 32) {
        // A match of at most 33 bytes: both forms are decoded, so that nothing is to be predicted.
        const operand: u32 = load<u16>(from, 1);
        const isNear = tag >= 64;
        const nearDistance = ((operand & 0xff) << 3) + ((tag >> 2) & 7) + 1;
        const length = select<u32>((tag >> 5) + 1, tag - 30, isNear);
        const distance = select<u32>(nearDistance, (operand >> 2) + 1, isNear);
        state = select<u32>(tag, operand, isNear) & 3;
        from += select<u32>(2, 3, isNear);
        if (distance > to - target) return false;
        const match = to - distance;
        const mask = v128.load(masks + (min<u32>(distance, 16) << 4));
        const block = i8x16.swizzle(v128.load(match), mask);
        v128.store(to, block);
        if (length > 16) {
          if (distance >= 16) {
            v128.store(to, v128.load(match, 16), 16);
            if (length > 32) v128.store(to, v128.load(match, 32), 32);
          } else {
            const step: u32 = 16 - (16 % distance);
            v128.store(to + step, block);
            if (length > step * 2) v128.store(to + step * 2, block);
            if (length > step * 3) v128.store(to + step * 3, block);
          }
        }
        to += length;
        store<u32>(to, load<u32>(from));
        from += state;
        to += state;
      } else if (tag < 16 && state === 0 && tag !== 0) {
        v128.store(to, v128.load(from, 1));
        v128.store(to, v128.load(from, 17), 16);
        from += tag + 4;
        to += tag + 3;
        state = 4;
      } else {
        break;
      }
    }
    if (from >= end) break;

    const tag: u32 = load<u8>(from++);
    let length: u32;
    let distance: u32;
    if (tag >= 64) {
      length = (tag >> 5) + 1;
      distance = ((load<u8>(from++) as u32) << 3) + ((tag >> 2) & 7) + 1;
      state = tag & 3;
    } else if (tag >= 32) {
      length = tag & 31;
      if (length === 0) {
        const zeros = countZeros(from, end);
        from += zeros;
        length = 31 + zeros * 255 + load<u8>(from++);
        if (length > PAGE_BYTES) return false;
      }
      length += 2;
      const operand: u32 = load<u16>(from);
      from += 2;
      distance = (operand >> 2) + 1;
      state = operand & 3;
    } else if (tag >= 16) {
      // Beyond 16 KiB, or a marker where none may be.
      return false;
    } else if (state === 0) {
      length = tag;
      if (length === 0) {
        const zeros = countZeros(from, end);
        from += zeros;
        length = 15 + zeros * 255 + load<u8>(from++);
      }
      length += 3;
      if (from - source > streamBytes || length > end - from) return false;
      if (length > targetEnd - to) return false;
      copyLiterals(from, to, length, end, targetEnd);
      from += length;
      to += length;
      state = 4;
      continue;
    } else {
      const operand: u32 = load<u8>(from++);
      distance = (operand << 2) + (tag >> 2) + 1;
      length = 2;
      if (state === 4) {
        distance += 2048;
        length = 3;
      }
      state = tag & 3;
    }
    if (distance > to - target || length + state > targetEnd - to) return false;
    if (from - source > streamBytes || state > end - from) return false;
    copyMatch(to, distance, length, targetEnd, masks);
    to += length;
    for (let i: u32 = 0; i < state; i++) store<u8>(to + i, load<u8>(from + i));
    from += state;
    to += state;
  }
  return from === end && to === targetEnd;
}

/** Counts zero bytes; each stands for 255. Stops at the marker, which is not zero. */
function countZeros(from: u32, end: u32): u32 {
  let at = from;
  while (at < end && load<u8>(at) === 0) at++;
  return at - from;
}

/** Copies a run whose length was checked, in blocks where both sides have room for them. */
function copyLiterals(from: u32, to: u32, length: u32, end: u32, targetEnd: u32): void {
  while (length >= 16) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
    length -= 16;
  }
  if (length === 0) return;
  if (end - from >= 16 && targetEnd - to >= 16) {
    v128.store(to, v128.load(from));
    return;
  }
  for (let i: u32 = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i));
}

/** Copies a match whose distance and length were checked; it may overlap itself. */
function copyMatch(to: u32, distance: u32, length: u32, targetEnd: u32, masks: u32): void {
  if (targetEnd - to >= 16) {
    let match = to - distance;
    if (distance >= 16) {
      while (length >= 16) {
        v128.store(to, v128.load(match));
        match += 16;
        to += 16;
        length -= 16;
      }
      if (length === 0) return;
      if (targetEnd - to >= 16) {
        v128.store(to, v128.load(match));
        return;
      }
    } else {
      const block = i8x16.swizzle(v128.load(match), v128.load(masks + (distance << 4)));
      const step: u32 = 16 - (16 % distance);
      while (length >= 16) {
        v128.store(to, block);
        to += step;
        length -= step;
      }
      if (length === 0) return;
      if (targetEnd - to >= 16) {
        v128.store(to, block);
        return;
      }
    }
  }
  const match = to - distance;
  for (let i: u32 = 0; i < length; i++) store<u8>(to + i, load<u8>(match + i));
}
