// LZO1X compression of one page, one pass, greedy.

import { HASH_BITS, HASH_TABLE_BYTES, PAGE_BYTES } from './layout';

/** Compresses the page at `source` to `target`; returns the count of bytes. */
export function compress(source: u32, target: u32, scratch: u32): u32 {
  memory.fill(scratch, 0, HASH_TABLE_BYTES);
  const end = source + PAGE_BYTES;
  const limit = end - 16;
  let to = target;
  let literals = source;
  let at = source + 1;
  while (at < limit) {
    const word = load<u32>(at);
    const slot = scratch + hash(word);
    let match = source + load<u16>(slot);
    store<u16>(slot, at - source);
    if (load<u32>(match) != word) {
      at += 1 + ((at - literals) >> 5);
      continue;
    }
    // back
    while (at > literals && match > source && load<u8>(at - 1) == load<u8>(match - 1)) {
      at--;
      match--;
    }
    const distance = at - match;
    const start = at;
    at += 4;
    for (;;) {
      if (at + 8 > end) {
        while (at < end && load<u8>(at) == load<u8>(at - distance)) at++;
        break;
      }
      const difference = load<u64>(at) ^ load<u64>(at - distance);
      if (difference != 0) {
        at += (ctz(difference) >> 3) as u32;
        break;
      }
      at += 8;
    }
    to = writeLiterals(to, target, literals, start - literals, end);
    to = writeMatch(to, distance, at - start);
    literals = at;
    if (at < limit) {
      const inside = at - 2;
      store<u16>(scratch + hash(load<u32>(inside)), inside - source);
    }
  }
  to = writeLiterals(to, target, literals, end - literals, end);
  store<u16>(to, 0x0011);
  store<u8>(to, 0, 2);
  return to + 3 - target;
}

function hash(word: u32): u32 {
  return ((word * 0x9e3779b1) >>> (32 - HASH_BITS)) << 1;
}

function writeLiterals(to: u32, target: u32, from: u32, length: u32, end: u32): u32 {
  if (length == 0) return to;
  if (to == target && length <= 238) {
    store<u8>(to++, 17 + length);
  } else if (length <= 3) {
    store<u8>(to - 2, load<u8>(to - 2) | length);
  } else if (length <= 18) {
    store<u8>(to++, length - 3);
  } else {
    store<u8>(to++, 0);
    let rest = length - 18;
    while (rest > 255) {
      store<u8>(to++, 0);
      rest -= 255;
    }
    store<u8>(to++, rest);
  }
  const stop = to + length;
  if (from + length + 16 <= end) {
    for (;;) {
      v128.store(to, v128.load(from));
      to += 16;
      if (to >= stop) return stop;
      from += 16;
    }
  }
  memory.copy(to, from, length);
  return stop;
}

function writeMatch(to: u32, distance: u32, length: u32): u32 {
  if (length <= 8 && distance <= 2048) {
    store<u8>(to, ((length - 1) << 5) | (((distance - 1) & 7) << 2));
    store<u8>(to, (distance - 1) >> 3, 1);
    return to + 2;
  }
  if (length <= 33) {
    store<u8>(to++, 32 | (length - 2));
  } else {
    store<u8>(to++, 32);
    let rest = length - 33;
    while (rest > 255) {
      store<u8>(to++, 0);
      rest -= 255;
    }
    store<u8>(to++, rest);
  }
  store<u16>(to, (distance - 1) << 2);
  return to + 2;
}
