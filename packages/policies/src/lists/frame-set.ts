// A set of frames that answers "which is the first at or after this one" in a handful of steps:
// a bit per frame, and over each 32 words a word that says which of them are not empty, and so on.

const BITS = 5;
const WORD = 32;

export class FrameSet {
  /** The lowest level has a bit per frame; each level above, a bit per word of the one below. */
  #levels: Int32Array[] = [];
  #capacity = 0;

  constructor(frameCount: number) {
    this.#grow(Math.max(1, frameCount));
  }

  add(frame: number): void {
    if (frame >= this.#capacity) this.#grow(2 * frame);
    let index = frame;
    for (const level of this.#levels) {
      level[index >> BITS]! |= 1 << (index & (WORD - 1));
      index >>= BITS;
    }
  }

  delete(frame: number): void {
    if (frame >= this.#capacity) return;
    let index = frame;
    for (const level of this.#levels) {
      const word = index >> BITS;
      level[word]! &= ~(1 << (index & (WORD - 1)));
      if (level[word] !== 0) return;
      index = word;
    }
  }

  /** The first frame in the set that is at least `from`, or -1. */
  firstFrom(from: number): number {
    let index = from;
    for (let depth = 0; depth < this.#levels.length; depth++) {
      const level = this.#levels[depth]!;
      const word = index >> BITS;
      if (word >= level.length) return -1;
      const rest = level[word]! & (-1 << (index & (WORD - 1)));
      if (rest !== 0) return this.#lowest(depth, (word << BITS) | lowestBit(rest));
      index = word + 1;
    }
    return -1;
  }

  /** Goes down from bit `index` of a level to the first frame under it. */
  #lowest(depth: number, index: number): number {
    let frame = index;
    for (let below = depth - 1; below >= 0; below--) {
      frame = (frame << BITS) | lowestBit(this.#levels[below]![frame]!);
    }
    return frame;
  }

  #grow(frameCount: number): void {
    const old = this.#levels[0];
    this.#levels = [];
    let words = frameCount;
    do {
      words = Math.ceil(words / WORD);
      this.#levels.push(new Int32Array(words));
    } while (words > 1);
    this.#capacity = this.#levels[0]!.length * WORD;
    if (old === undefined) return;
    for (let frame = 0; frame < old.length * WORD; frame++) {
      if (((old[frame >> BITS]! >>> (frame & (WORD - 1))) & 1) === 1) this.add(frame);
    }
  }
}

/** Index of the lowest bit that is set in a word that is not 0. */
function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
