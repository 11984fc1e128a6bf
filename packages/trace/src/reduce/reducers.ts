// Which references of a trace may be left out. Each reducer is asked once per reference, in order.

export interface Reducer {
  /** Makes room for dense ids below `pages`. */
  reserve(pages: number): void;
  /** Whether this packed reference stays. */
  keeps(reference: number): boolean;
}

/**
 * `runs`: within a run of references to one page with no other page between, keeps the first
 * reference, then the first further read and the first further write.
 *
 * Why that is exact for every policy that looks at bits or recency. During a run no other page is
 * referenced, so nothing can fault but the first reference, and nothing is evicted or scanned
 * after it. Each further reference is a hit on a resident page. A hit sets bits by its kind, and
 * setting a bit twice is setting it once; or it moves the page to the most recent place, where
 * the second move finds it already. The first reference is kept apart from the further ones because
 * some policies treat the access that faults unlike a hit (a bit that is set only by a hit, as in CAR).
 * The order of the kept references is the order in which each kind of hit first happened.
 * It is not exact for a policy that counts hits.
 */
export function runsReducer(): Reducer {
  let page = -1;
  let kept = 0;
  return {
    reserve() {},
    keeps(reference) {
      if (reference >>> 1 !== page) {
        page = reference >>> 1;
        kept = 0;
        return true;
      }
      const bit = (reference & 1) + 1;
      if ((kept & bit) !== 0) return false;
      kept |= bit;
      return true;
    },
  };
}

/**
 * `window:N`: for each stay of a page in a stack of the N most recent pages, keeps the first two
 * references of each kind. Approximate: inside the window the order of later hits is lost. Two of a kind
 * and not one, because some policies need a hit after the fault to see that a page is used.
 */
export function windowReducer(windowPages: number): Reducer {
  // A doubly linked list by dense id, most recent first; -1 ends it.
  let newer = new Int32Array(0);
  let older = new Int32Array(0);
  /** Page -> 1 while in the stack, plus 2 per kept read (two bits), plus 8 per kept write. */
  let state = new Uint8Array(0);
  let newest = -1;
  let oldest = -1;
  let count = 0;

  const unlink = (page: number): void => {
    const before = newer[page]!;
    const after = older[page]!;
    if (before < 0) newest = after;
    else older[before] = after;
    if (after < 0) oldest = before;
    else newer[after] = before;
  };

  return {
    reserve(pages) {
      if (pages <= state.length) return;
      const length = Math.max(pages, state.length * 2);
      newer = grown(newer, new Int32Array(length));
      older = grown(older, new Int32Array(length));
      state = grown(state, new Uint8Array(length));
    },
    keeps(reference) {
      const page = reference >>> 1;
      if (page !== newest) {
        if ((state[page]! & 1) !== 0) {
          unlink(page);
        } else if (count === windowPages) {
          const gone = oldest;
          unlink(gone);
          state[gone] = 0;
        } else {
          count++;
        }
        newer[page] = -1;
        older[page] = newest;
        if (newest >= 0) newer[newest] = page;
        else oldest = page;
        newest = page;
        state[page] = state[page]! | 1;
      }
      const shift = (reference & 1) === 0 ? 1 : 3;
      const kept = (state[page]! >>> shift) & 3;
      if (kept === 2) return false;
      state[page] = state[page]! + (1 << shift);
      return true;
    },
  };
}

function grown<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
