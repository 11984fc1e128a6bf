// Many simulations over one trace in one pass. Between two faults of a simulation nothing happens in
// it but hits, and a hit whose page was hit by the same operation since the last fault finds its bits
// set and its trap gone: it changes nothing. So one word per page and operation keeps, a bit for each
// member, who has nothing to do there. Mostly that is everybody, and a reference costs one load for
// all members together instead of one for each.
//
// The argument asks one thing of a policy: that it does nothing on a hit that it did not trap. One
// that is told of every hit (LRU, ARC) runs alone, in the loops of simulation.ts.

import type { Simulation } from './simulation.ts';

/** A member is a bit of an int32. */
export const ENSEMBLE_MEMBERS_MAX = 32;

/** A member's idle references past these are not kept, and merely looked at again. */
const IDLE_MAX = 2 ** 15;

export class Ensemble {
  readonly #members: readonly Simulation[];
  /** By packed reference: the members that have nothing to do at it. */
  readonly #idle: Int32Array;
  readonly #everybody: number;
  /** By member: the references at which it is idle, to be taken back at its next fault. */
  readonly #idleOf: readonly Int32Array[];
  readonly #idleCounts: Int32Array;
  /** Index of the member that acted last: who failed, where one did. */
  acting = 0;

  /** Members must have `actsOnHits` false and tables over the same pages. */
  constructor(members: readonly Simulation[]) {
    const pageCount = members[0]?.table.pageCount ?? 0;
    if (members.length > ENSEMBLE_MEMBERS_MAX || members.some(({ actsOnHits }) => actsOnHits)) {
      throw new Error(`${members.length} members, of which none may act on hits`);
    }
    this.#members = members;
    this.#idle = new Int32Array(2 * pageCount);
    this.#everybody = members.length === ENSEMBLE_MEMBERS_MAX ? -1 : (1 << members.length) - 1;
    const idleMax = Math.min(2 * pageCount, IDLE_MAX);
    this.#idleOf = members.map(() => new Int32Array(idleMax));
    this.#idleCounts = new Int32Array(members.length);
  }

  /** Replays `references[from .. to)`, packed as `page << 1 | op`, in every member. */
  run(references: Uint32Array, from: number, to: number): void {
    const idle = this.#idle;
    const everybody = this.#everybody;
    for (let i = from; i < to; i++) {
      const reference = references[i]!;
      const resting = idle[reference]!;
      if (resting !== everybody) this.#wake(reference, everybody & ~resting, i - from);
    }
    for (const member of this.#members) member.advance(to - from);
  }

  #wake(reference: number, members: number, offset: number): void {
    for (let rest = members; rest !== 0; rest &= rest - 1) {
      const member = 31 - Math.clz32(rest & -rest);
      this.acting = member;
      if (this.#members[member]!.step(reference, offset)) this.#rest(reference, member);
      else this.#rouse(member);
    }
  }

  #rest(reference: number, member: number): void {
    const mine = this.#idleOf[member]!;
    const count = this.#idleCounts[member]!;
    if (count === mine.length) return;
    mine[count] = reference;
    this.#idleCounts[member] = count + 1;
    this.#idle[reference]! |= 1 << member;
  }

  /** After a fault or a trapped hit the policy may have changed any page's bits. */
  #rouse(member: number): void {
    const idle = this.#idle;
    const mine = this.#idleOf[member]!;
    const keep = ~(1 << member);
    for (let i = this.#idleCounts[member]! - 1; i >= 0; i--) idle[mine[i]!]! &= keep;
    this.#idleCounts[member] = 0;
  }
}
