// A lock between threads in a word of shared memory: 0 free, 1 held, 2 held and waited for. It lives
// in memory that dies with the process, so a killed process leaves none held.

const SPIN_COUNT = 100;
/** A wait ends by itself now and then: a lost wake-up costs milliseconds and hangs nothing. */
const WAIT_MS = 10;

export function lock(words: Int32Array<SharedArrayBuffer>, index: number): void {
  if (Atomics.compareExchange(words, index, 0, 1) !== 0) lockContended(words, index);
}

export function unlock(words: Int32Array<SharedArrayBuffer>, index: number): void {
  if (Atomics.exchange(words, index, 0) === 2) Atomics.notify(words, index, 1);
}

function lockContended(words: Int32Array<SharedArrayBuffer>, index: number): void {
  for (let spin = 0; spin < SPIN_COUNT; spin++) {
    if (Atomics.load(words, index) === 0 && Atomics.compareExchange(words, index, 0, 1) === 0) {
      return;
    }
  }
  while (Atomics.exchange(words, index, 2) !== 0) Atomics.wait(words, index, 2, WAIT_MS);
}
