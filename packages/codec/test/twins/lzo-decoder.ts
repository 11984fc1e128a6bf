// The decoder as the description of the format reads (Linux, Documentation/staging/lzo.rst), a byte
// at a time, with every access checked: the oracle of the fast one.

const PAGE_BYTES = 4096;

class Damaged extends Error {}

/** The page, or null where the stream is not sound or not of exactly one page. */
export function twinDecompress(stream: Uint8Array): Uint8Array | null {
  try {
    return decode(stream);
  } catch (error) {
    if (error instanceof Damaged) return null;
    throw error;
  }
}

function decode(stream: Uint8Array): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES);
  let from = 0;
  let to = 0;
  const read = () => {
    if (from >= stream.length) throw new Damaged();
    return stream[from++]!;
  };
  const write = (byte: number) => {
    if (to >= PAGE_BYTES) throw new Damaged();
    page[to++] = byte;
  };
  const literals = (count: number) => {
    for (let i = 0; i < count; i++) write(read());
  };
  const match = (distance: number, length: number) => {
    if (distance > to) throw new Damaged();
    for (let i = 0; i < length; i++) write(page[to - distance]!);
  };
  /** A length: the field, or if that is 0 its largest value and what follows. */
  const length = (field: number, largest: number) => {
    if (field !== 0) return field;
    let sum = largest;
    for (;;) {
      const byte = read();
      if (byte !== 0) return sum + byte;
      sum += 255;
    }
  };

  // "the 'state' is the number of literals copied last: 0, 1, 2, 3, or 4 for a run of 4 and more"
  let state = 0;
  if ((stream[0] ?? 0) > 17) {
    const count = read() - 17;
    literals(count);
    state = Math.min(count, 4);
  }
  for (;;) {
    const tag = read();
    if (tag < 16 && state === 0) {
      // 0 0 0 0 L L L L: copy a run of literals.
      literals(3 + length(tag, 15));
      state = 4;
      continue;
    }
    if (tag < 16) {
      // 0 0 0 0 D D S S, H: 2 bytes within 1 KiB, or 3 bytes between 2 and 3 KiB after a run.
      const distance = (read() << 2) + (tag >> 2) + 1;
      if (state < 4) match(distance, 2);
      else match(distance + 2048, 3);
      state = tag & 3;
    } else if (tag < 32) {
      // 0 0 0 1 H L L L, D D D D D D S S, D...: between 16 and 48 KiB; at 16 KiB it ends the stream.
      const count = 2 + length(tag & 7, 7);
      const operand = read() | (read() << 8);
      const distance = 16384 + ((tag & 8) << 11) + (operand >> 2);
      if (distance !== 16384) throw new Damaged();
      // The marker is these three bytes; other ways to say the same are not accepted.
      if (tag !== 0x11 || count !== 3 || operand !== 0) throw new Damaged();
      break;
    } else if (tag < 64) {
      // 0 0 1 L L L L L, D D D D D D S S, D...: within 16 KiB.
      const count = 2 + length(tag & 31, 31);
      const operand = read() | (read() << 8);
      match((operand >> 2) + 1, count);
      state = operand & 3;
    } else {
      // 0 1 L D D D S S, H and 1 L L D D D S S, H: 3 to 8 bytes within 2 KiB.
      match((read() << 3) + ((tag >> 2) & 7) + 1, (tag >> 5) + 1);
      state = tag & 3;
    }
    literals(state);
  }
  if (from !== stream.length || to !== PAGE_BYTES) throw new Damaged();
  return page;
}
