// What threads tell the keeper, in one ring of shared memory: pages that came and went, and what they
// want. Any thread may write, one reads. Places carry the number of their turn (D. Vyukov's bounded
// queue), so that a writer and the reader agree on each place without a lock.

/** A page came to stand in the pool; the keeper finds it in its slot. */
export const ADMIT = 1;
/** A slot was freed, or needs no place any more. */
export const FORGET = 2;
/** A hit that the policy asked to be told of; the value is the operation. */
export const TOUCH = 3;
/** A page is wanted from the tier; the value is the cell, its row in the upper bits. */
export const FETCH = 4;
/** A write found no room; the value is its row, whose words tell the size class. */
export const ROOM = 5;
export type EventKind = 1 | 2 | 3 | 4 | 5;

/** Control words: turns taken by writers; the word that the keeper sleeps on; whether it sleeps; lost. */
const TAIL = 0;
const BELL = 1;
const IS_ASLEEP = 2;
const LOST = 3;
const CONTROL_WORDS = 16;
/** A place: turn, kind and lease, slot, value. */
const WORDS = 4;
const LEASE_SHIFT = 8;
const KIND_MASK = 2 ** LEASE_SHIFT - 1;
export const RING_PLACES = 2 ** 16;
const MASK = RING_PLACES - 1;
export const RING_BYTES = (CONTROL_WORDS + RING_PLACES * WORDS) * Int32Array.BYTES_PER_ELEMENT;

const RETRY_MS = 1;
/**
 * To be woken costs the keeper more than an event does. So many pages take no more than the least
 * that it keeps free, so that they have room although it has not heard of them.
 */
const EVENTS_PER_WAKE = 16;

export function makeRing(buffer: SharedArrayBuffer, at: number): void {
  const words = viewRing(buffer, at);
  for (let turn = 0; turn < RING_PLACES; turn++) words[CONTROL_WORDS + turn * WORDS] = turn;
}

function viewRing(buffer: SharedArrayBuffer, at: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(buffer, at, RING_BYTES / Int32Array.BYTES_PER_ELEMENT);
}

export class EventWriter {
  readonly #words: Int32Array<SharedArrayBuffer>;
  /** Of the event that was told last. */
  #turn = 0;

  constructor(buffer: SharedArrayBuffer, at: number) {
    this.#words = viewRing(buffer, at);
  }

  /**
   * Tells what can be found out later too: where the ring is full it is lost, and that is noted. Some
   * such events wait for each other, or for whatever else wakes the keeper.
   */
  tell(kind: EventKind, lease: number, slot: number, value = 0): void {
    const isTold = this.#push(kind, lease, slot, value);
    if (!isTold) Atomics.store(this.#words, LOST, 1);
    if (!isTold || this.#turn % EVENTS_PER_WAKE === 0) this.ring();
  }

  /** Tells what somebody waits for. The keeper empties the ring quickly, so a full one is waited for. */
  ask(kind: EventKind, lease: number, slot: number, value: number): void {
    while (!this.#push(kind, lease, slot, value)) {
      this.ring();
      Atomics.wait(this.#words, CONTROL_WORDS - 1, 0, RETRY_MS);
    }
    this.ring();
  }

  /** Wakes the keeper if it sleeps. */
  ring(): void {
    const words = this.#words;
    if (Atomics.load(words, IS_ASLEEP) === 0) return;
    Atomics.store(words, IS_ASLEEP, 0);
    Atomics.add(words, BELL, 1);
    Atomics.notify(words, BELL);
  }

  #push(kind: EventKind, lease: number, slot: number, value: number): boolean {
    const words = this.#words;
    for (;;) {
      const turn = Atomics.load(words, TAIL);
      const at = CONTROL_WORDS + (turn & MASK) * WORDS;
      const behind = (Atomics.load(words, at) - turn) | 0;
      if (behind < 0) return false;
      if (behind > 0) continue;
      if (Atomics.compareExchange(words, TAIL, turn, (turn + 1) | 0) !== turn) continue;
      words[at + 1] = kind | (lease << LEASE_SHIFT);
      words[at + 2] = slot;
      words[at + 3] = value;
      Atomics.store(words, at, (turn + 1) | 0);
      this.#turn = turn;
      return true;
    }
  }
}

export class EventReader {
  kind: EventKind = ADMIT;
  lease = 0;
  slot = 0;
  value = 0;
  readonly #words: Int32Array<SharedArrayBuffer>;
  #turn = 0;

  constructor(buffer: SharedArrayBuffer, at: number) {
    this.#words = viewRing(buffer, at);
  }

  /** Puts the next event into this object's fields; false where there is none. */
  next(): boolean {
    const words = this.#words;
    const at = CONTROL_WORDS + (this.#turn & MASK) * WORDS;
    if (Atomics.load(words, at) !== ((this.#turn + 1) | 0)) return false;
    this.kind = (words[at + 1]! & KIND_MASK) as EventKind;
    this.lease = words[at + 1]! >>> LEASE_SHIFT;
    this.slot = words[at + 2]!;
    this.value = words[at + 3]!;
    Atomics.store(words, at, (this.#turn + RING_PLACES) | 0);
    this.#turn = (this.#turn + 1) | 0;
    return true;
  }

  /** Whether events were lost since this was last asked. */
  takeLost(): boolean {
    return Atomics.exchange(this.#words, LOST, 0) === 1;
  }

  /** Waits for the next event, or for the bell; others on this thread go on meanwhile. */
  async sleep(): Promise<void> {
    const words = this.#words;
    const bell = Atomics.load(words, BELL);
    Atomics.store(words, IS_ASLEEP, 1);
    const at = CONTROL_WORDS + (this.#turn & MASK) * WORDS;
    // Who wrote before it was said that the keeper sleeps has not rung.
    if (Atomics.load(words, at) === ((this.#turn + 1) | 0)) {
      Atomics.store(words, IS_ASLEEP, 0);
      // Events that never end must not keep the device's answers out.
      await new Promise((resolve) => setImmediate(resolve));
      return;
    }
    const { async: isAsync, value } = Atomics.waitAsync(words, BELL, bell);
    if (isAsync) await value;
  }
}
