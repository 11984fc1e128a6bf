// For `node --import`: makes what instrumented modules report to, then has them instrumented.

import { register } from 'node:module';

/** Branches of all rooms together; checked as modules come. */
const COUNTERS_MAX = 2 ** 16;
const COMPARED_MAX = 256;

const counters = new Uint8Array(COUNTERS_MAX);
const compared = { lefts: new Array(COMPARED_MAX), rights: new Array(COMPARED_MAX), count: 0 };
const words = new Set();

/** What a comparison comes to, once its sides are noted. */
function noted(left, right, result) {
  if (left !== right) {
    const at = compared.count++ % COMPARED_MAX;
    compared.lefts[at] = left;
    compared.rights[at] = right;
  }
  return result;
}

globalThis.__pagelendFuzz = {
  counters,
  compared,
  words,
  used: 1,
  use(next, newWords) {
    if (next > COUNTERS_MAX) throw new RangeError(`${next} branches; make COUNTERS_MAX larger`);
    this.used = Math.max(this.used, next);
    for (const word of newWords) words.add(word);
  },
  same: (a, b) => noted(a, b, a === b),
  differs: (a, b) => noted(a, b, a !== b),
  below: (a, b) => noted(a, b, a < b),
  above: (a, b) => noted(a, b, a > b),
  atMost: (a, b) => noted(a, b, a <= b),
  atLeast: (a, b) => noted(a, b, a >= b),
};

register('./loader.mjs', import.meta.url);
