/** Mixes the bits of a word so that any of them moves all: MurmurHash3's finalizer. */
export function mix32(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The same of two words. */
export function mixPair(high: number, low: number): number {
  return mix32(low ^ Math.imul(high, 0x85ebca6b));
}
