// The frequency rank of each reference: one more than the number of pages that were referenced more
// often before it. Pages stand in an array by descending count; pages of equal count form a bucket,
// and a reference moves its page to the front of its bucket and so into the next one, in constant time.

export class FrequencyRanks {
  /** Position -> page, by descending count. */
  #pageAt = new Int32Array(0);
  /** Page -> position, -1 before the first reference. */
  #positionOf = new Int32Array(0);
  /** Page -> bucket. */
  #bucketOf = new Int32Array(0);
  /** Bucket -> position of its first page. */
  #start = new Int32Array(0);
  /** Bucket -> how often each of its pages was referenced. */
  #count = new Float64Array(0);
  /** Buckets that were emptied, to be used again. */
  #free = new Int32Array(0);
  #freeBuckets = 0;
  #buckets = 0;
  #pages = 0;

  /** Makes room for dense ids below `pages`. */
  reserve(pages: number): void {
    const old = this.#pageAt.length;
    if (pages <= old) return;
    const length = Math.max(pages, old * 2);
    this.#positionOf = grown(this.#positionOf, length).fill(-1, old);
    this.#pageAt = grown(this.#pageAt, length);
    this.#bucketOf = grown(this.#bucketOf, length);
    // One bucket more than pages, because a new one is made before the old one is found empty.
    this.#start = grown(this.#start, length + 1);
    this.#free = grown(this.#free, length + 1);
    const count = new Float64Array(length + 1);
    count.set(this.#count);
    this.#count = count;
  }

  /** References a page; returns its rank before, or 0 if this is its first reference. */
  touch(page: number): number {
    const position = this.#positionOf[page]!;
    if (position < 0) {
      this.#append(page);
      return 0;
    }
    const bucket = this.#bucketOf[page]!;
    const front = this.#start[bucket]!;
    const other = this.#pageAt[front]!;
    this.#pageAt[position] = other;
    this.#positionOf[other] = position;
    this.#pageAt[front] = page;
    this.#positionOf[page] = front;
    this.#bucketOf[page] = this.#bucketFor(front, this.#count[bucket]! + 1);
    this.#start[bucket] = front + 1;
    const isEmpty =
      front + 1 === this.#pages || this.#bucketOf[this.#pageAt[front + 1]!] !== bucket;
    if (isEmpty) this.#free[this.#freeBuckets++] = bucket;
    return front + 1;
  }

  #append(page: number): void {
    const position = this.#pages++;
    this.#pageAt[position] = page;
    this.#positionOf[page] = position;
    this.#bucketOf[page] = this.#bucketFor(position, 1);
  }

  /** The bucket of `count` that ends right before `position`, or a new one that starts there. */
  #bucketFor(position: number, count: number): number {
    if (position > 0) {
      const before = this.#bucketOf[this.#pageAt[position - 1]!]!;
      if (this.#count[before] === count) return before;
    }
    const bucket = this.#freeBuckets > 0 ? this.#free[--this.#freeBuckets]! : this.#buckets++;
    this.#start[bucket] = position;
    this.#count[bucket] = count;
    return bucket;
  }
}

function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(array);
  return longer;
}
