// Writing LZO1X instructions. Each function returns the address behind what it wrote; it may store
// up to 16 bytes more, which COMPRESSED_BYTES_MAX has room for.
//
//   first byte of a stream   17 + n           n literals, n at most 238
//   in the match before      .. .. SS         1 to 3 literals
//   0000LLLL                                  3 + L literals, after which comes a match
//   LLLDDDSS DDDDDDDD                         match of 3 to 8 bytes at a distance up to 2048
//   001LLLLL DDDDDDSS DDDDDDDD                match of 2 + L bytes at a distance up to 16384
//
// L = 0 means: the field's largest value, 255 for each zero byte that follows, and the next byte.

/** Literals of the first instruction. */
export function writeFirstLiterals(to: u32, from: u32, length: u32): u32 {
  if (length > 238) return copyBlocks(writeLongRun(to, length), from, length);
  store<u8>(to, 17 + length);
  return copyBlocks(to + 1, from, length);
}

/** Literals between two matches. Reads whole blocks: 15 bytes past the literals are in the page. */
export function writeLiterals(to: u32, from: u32, length: u32): u32 {
  return copyBlocks(writeCount(to, length), from, length);
}

/** Literals at the end of the page, where no byte past them may be read. */
export function writeLastLiterals(to: u32, from: u32, length: u32, isFirst: bool): u32 {
  if (length === 0) return to;
  if (isFirst) to = writeLongRun(to, length);
  else to = writeCount(to, length);
  memory.copy(to, from, length);
  return to + length;
}

export function writeMatch(to: u32, distance: u32, length: u32): u32 {
  const far = distance - 1;
  if (length <= 33) {
    // Both forms, and a choice without a branch: nobody could predict it. It must be `select`; of
    // `? :` the compiler makes a branch again, which costs 5 % of all time here, 15 in decompress.
    const isNear = (u32(length <= 8) & u32(distance <= 2048)) !== 0;
    const near = ((length - 1) << 5) | ((far & 7) << 2) | ((far >> 3) << 8);
    store<u32>(to, select<u32>(near, 32 | (length - 2) | (far << 10), isNear));
    return to + select<u32>(2, 3, isNear);
  }
  store<u8>(to, 32);
  to = writeRest(to + 1, length - 33);
  store<u16>(to, far << 2);
  return to + 2;
}

export function writeEnd(to: u32): u32 {
  store<u16>(to, 0x0011);
  store<u8>(to, 0, 2);
  return to + 3;
}

/** Says how many literals follow a match: in its last two bits, or in a byte or more of their own. */
function writeCount(to: u32, length: u32): u32 {
  if (length > 18) return writeLongRun(to, length);
  const isShort = length <= 3;
  store<u8>(to - 2, load<u8>(to - 2) | select<u32>(length, 0, isShort));
  store<u8>(to, length - 3);
  return to + select<u32>(0, 1, isShort);
}

function writeLongRun(to: u32, length: u32): u32 {
  store<u8>(to, 0);
  return writeRest(to + 1, length - 18);
}

function writeRest(to: u32, rest: u32): u32 {
  while (rest > 255) {
    store<u8>(to++, 0);
    rest -= 255;
  }
  store<u8>(to, rest);
  return to + 1;
}

function copyBlocks(to: u32, from: u32, length: u32): u32 {
  const stop = to + length;
  v128.store(to, v128.load(from));
  while (length > 16) {
    from += 16;
    to += 16;
    length -= 16;
    v128.store(to, v128.load(from));
  }
  return stop;
}
