// All leases of a lender, judged live. The host tells of the references of its guests (all of them,
// or those alone that `isSampled` lets through under the lease's threshold) and from time to time of
// what is in memory; it asks for verdicts when somebody wants to see them.

import type { Op } from '@pagelend/policies';
import { LeaseJudge } from './lease-judge.ts';
import { thresholdOf } from './sample.ts';
import { type JudgePlan, type JudgeSettings, judgePlan } from './settings.ts';
import { type LeaseVerdict, verdictOf } from './verdict.ts';

export class Judge {
  readonly plan: JudgePlan;
  readonly #leases = new Map<number, LeaseJudge>();

  constructor(settings: JudgeSettings) {
    this.plan = judgePlan(settings);
  }

  /** `slot` is a whole number from 0, below 2^31; so is `lease`. */
  reference(lease: number, slot: number, op: Op): void {
    this.#judgeOf(lease).reference(slot, op);
  }

  free(lease: number, slot: number): void {
    this.#leases.get(lease)?.free(slot);
  }

  /**
   * What of the lease is in memory now: pages, and the bytes that they take. `references`, where the
   * host counts them: its pages read and written since it began, in the sample or not.
   */
  facts(lease: number, residentPages: number, residentBytes: number, references?: number): void {
    this.#judgeOf(lease).facts(residentPages, residentBytes, references);
  }

  forgetLease(lease: number): void {
    this.#leases.delete(lease);
  }

  /** What threads that serve the lease give to `isSampled`; it changes with the sample. */
  thresholdOf(lease: number): number {
    return this.#leases.get(lease)?.threshold ?? thresholdOf(0);
  }

  /** Null for a lease that nobody has told of. */
  verdict(lease: number): LeaseVerdict | null {
    const judge = this.#leases.get(lease);
    return judge === undefined ? null : verdictOf(judge);
  }

  verdicts(): LeaseVerdict[] {
    return [...this.#leases.values()].map(verdictOf);
  }

  #judgeOf(lease: number): LeaseJudge {
    let judge = this.#leases.get(lease);
    if (judge === undefined) {
      judge = new LeaseJudge(lease, this.plan);
      this.#leases.set(lease, judge);
    }
    return judge;
  }
}
