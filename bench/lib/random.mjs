// Seeded randomness of the benches: a run can be repeated with the same requests in the same order.

/** Whole numbers below `bound`, by xorshift32; the same seed gives the same numbers. */
export function randomBelow(seed) {
  let state = seed | 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 0x1_0000_0000) * bound);
  };
}

/** Shuffles in place. */
export function shuffle(array, below) {
  for (let i = array.length - 1; i > 0; i--) {
    const j = below(i + 1);
    const held = array[i];
    array[i] = array[j];
    array[j] = held;
  }
  return array;
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
