// The recency rank of each reference: 1 for the page that was referenced last, 2 for the one
// before, and so on (the LRU stack distance, Mattson et al. 1970). The first ranks are kept as a
// move-to-front list, which answers most references of a program. Behind it, after Olken 1981, a
// Fenwick tree counts the pages whose last reference lies later than a given time; times are
// renumbered when they run out. Only pages that fell off the list are in the tree.

const LIST_PAGES = 24;
const TIMES_MIN = 1024;
const ABSENT = -1;
const IN_LIST = -2;

export class RecencyRanks {
  readonly #list = new Int32Array(LIST_PAGES);
  #listed = 0;
  /** Page -> its time in the tree, IN_LIST or ABSENT. */
  #timeOf = new Int32Array(0);
  /** Time -> page, ABSENT where the page has moved on. */
  #pageAt = new Int32Array(TIMES_MIN).fill(ABSENT);
  #tree = new Int32Array(TIMES_MIN + 1);
  #now = 0;
  #inTree = 0;

  /** Makes room for dense ids below `pages`. */
  reserve(pages: number): void {
    if (pages <= this.#timeOf.length) return;
    const grown = new Int32Array(Math.max(pages, this.#timeOf.length * 2)).fill(ABSENT);
    grown.set(this.#timeOf);
    this.#timeOf = grown;
  }

  /** References a page; returns its rank before, or 0 if this is its first reference. */
  touch(page: number): number {
    const list = this.#list;
    const time = this.#timeOf[page]!;
    if (time === IN_LIST) {
      let at = 0;
      while (list[at] !== page) at++;
      const rank = at + 1;
      for (; at > 0; at--) list[at] = list[at - 1]!;
      list[0] = page;
      return rank;
    }
    let rank = 0;
    if (time !== ABSENT) {
      rank = LIST_PAGES + this.#inTree - this.#countBefore(time);
      this.#pageAt[time] = ABSENT;
      this.#inTree--;
      this.#change(time, -1);
    }
    this.#toFront(page);
    return rank;
  }

  #toFront(page: number): void {
    const list = this.#list;
    if (this.#listed === LIST_PAGES) this.#intoTree(list[LIST_PAGES - 1]!);
    else this.#listed++;
    for (let at = this.#listed - 1; at > 0; at--) list[at] = list[at - 1]!;
    list[0] = page;
    this.#timeOf[page] = IN_LIST;
  }

  /** The page that falls off the list is more recent than all in the tree, so it gets the next time. */
  #intoTree(page: number): void {
    if (this.#now === this.#pageAt.length) this.#renumber();
    const time = this.#now++;
    this.#pageAt[time] = page;
    this.#timeOf[page] = time;
    this.#inTree++;
    this.#change(time, 1);
  }

  /** Closes the gaps, with room for as many further times as there are pages. */
  #renumber(): void {
    const old = this.#pageAt;
    const times = Math.max(TIMES_MIN, 2 ** Math.ceil(Math.log2(this.#inTree + 1)) * 2);
    const pageAt = times === old.length ? old : new Int32Array(times).fill(ABSENT);
    let now = 0;
    for (let time = 0; time < old.length; time++) {
      const page = old[time]!;
      if (page === ABSENT) continue;
      pageAt[now] = page;
      this.#timeOf[page] = now++;
    }
    pageAt.fill(ABSENT, now);
    const tree = times === old.length ? this.#tree : new Int32Array(times + 1);
    // Every node of a Fenwick tree counts the times (node - lowest bit, node] below it.
    for (let node = 1; node <= times; node++) {
      tree[node] = Math.max(0, Math.min(node, now) - (node - (node & -node)));
    }
    this.#pageAt = pageAt;
    this.#tree = tree;
    this.#now = now;
  }

  /** Pages in the tree at earlier times. */
  #countBefore(time: number): number {
    const tree = this.#tree;
    let count = 0;
    for (let node = time; node > 0; node &= node - 1) count += tree[node]!;
    return count;
  }

  #change(time: number, by: number): void {
    const tree = this.#tree;
    for (let node = time + 1; node < tree.length; node += node & -node)
      tree[node] = tree[node]! + by;
  }
}
