// A min-heap of small ids by rank; of equal ranks, the id whose rank was set least recently comes
// first, so that the order never depends on how the heap happens to lie. An id's rank is changed in
// place.

const CAPACITY_MIN = 64;

export class RankHeap {
  /** Ids in the heap. */
  count = 0;
  #ids = new Int32Array(CAPACITY_MIN);
  /** Per id: its rank. Written by the owner, who then calls `update`. */
  readonly ranks: Float64Array;
  /** Per id: when its rank was set, as a count of all such changes. */
  readonly #stamps: Float64Array;
  /** Id to its index in `#ids`, plus 1; 0 for an id that is not in the heap. */
  readonly #indexes: Int32Array;
  readonly #changes = new Float64Array(1);

  /** A heap for the ids 0 .. `idCount` - 1. */
  constructor(idCount: number) {
    this.ranks = new Float64Array(idCount);
    this.#stamps = new Float64Array(idCount);
    this.#indexes = new Int32Array(idCount);
  }

  has(id: number): boolean {
    return this.#indexes[id] !== 0;
  }

  /** The id at `index` of `count`, in no order that means anything. */
  idAt(index: number): number {
    return this.#ids[index]!;
  }

  /** True where the rank of `a` was set before that of `b`. */
  isOlder(a: number, b: number): boolean {
    return this.#stamps[a]! < this.#stamps[b]!;
  }

  /**
   * Puts the id in, or moves it to where its rank in `ranks` belongs. The rank is not an argument,
   * because a real number that is one costs an object wherever the call is not inlined.
   */
  update(id: number): void {
    this.#stamps[id] = this.#changes[0]!++;
    let index = this.#indexes[id]! - 1;
    if (index < 0) {
      index = this.count++;
      if (index === this.#ids.length) this.#grow();
      this.#place(id, index);
    }
    this.#settle(index);
  }

  /** Takes out and returns the first id. The heap has one. */
  takeFirst(): number {
    const id = this.#ids[0]!;
    this.remove(id);
    return id;
  }

  remove(id: number): void {
    const index = this.#indexes[id]! - 1;
    if (index < 0) return;
    this.#indexes[id] = 0;
    const last = this.#ids[--this.count]!;
    if (last === id) return;
    this.#place(last, index);
    this.#settle(index);
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.ranks[a]! - this.ranks[b]!;
    return difference < 0 || (difference === 0 && this.isOlder(a, b));
  }

  /** Moves the id at `start` up or down to where it belongs. */
  #settle(start: number): void {
    const id = this.#ids[start]!;
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(id, this.#ids[parent]!)) break;
      this.#place(this.#ids[parent]!, index);
      index = parent;
    }
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.count) break;
      const right = child + 1;
      if (right < this.count && this.#isBefore(this.#ids[right]!, this.#ids[child]!)) child = right;
      if (!this.#isBefore(this.#ids[child]!, id)) break;
      this.#place(this.#ids[child]!, index);
      index = child;
    }
    this.#place(id, index);
  }

  #place(id: number, index: number): void {
    this.#ids[index] = id;
    this.#indexes[id] = index + 1;
  }

  #grow(): void {
    const wider = new Int32Array(this.#ids.length * 2);
    wider.set(this.#ids);
    this.#ids = wider;
  }
}
