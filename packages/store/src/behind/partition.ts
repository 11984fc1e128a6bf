// Pages among which one policy picks who leaves: those of all leases together, or of one that has a
// limit or a share of its own.
//
// A policy counts frames, and a pool has bytes. So frames follow what is there: they grow when a page
// is admitted past them, since there was room for it, and shrink to what is resident when one must
// leave although frames are free. Policies size their ghosts and targets by that.

import {
  admissionTraps,
  type Costs,
  createPolicy,
  NO_PAGE,
  type Op,
  type OptionValues,
  observationOf,
  PageTable,
  type Policy,
  type PolicyDefinition,
  TRAP_READ,
} from '@pagelend/policies';
import { RunList } from './number-runs.ts';

/** Which policy the pool has. */
export interface PolicyChoice {
  readonly definition: PolicyDefinition;
  readonly options: OptionValues;
  readonly costs: Costs;
}

const FRAMES_MIN = 16;
/** Frames grow, and are off the mark before they shrink, by this share of the resident pages. */
const SLACK_SHIFT = 5;
/** Admissions after which a policy begins anew: some count them in 31 bits. */
const ADMISSIONS_MAX = 2 ** 30;

export class Partition {
  /** From which its pages are numbered: its arrays take memory where their numbers are. */
  readonly numbers = new RunList();
  readonly #choice: PolicyChoice;
  readonly #bits: Uint8Array;
  #table: PageTable;
  #policy: Policy;
  #traps: number;
  #frames = FRAMES_MIN;
  #admissions = 0;

  constructor(choice: PolicyChoice, bits: Uint8Array) {
    this.#choice = choice;
    this.#bits = bits;
    this.#table = this.#newTable();
    this.#policy = this.#newPolicy();
    this.#traps = admissionTraps(this.#policy);
  }

  get residentCount(): number {
    return this.#table.residentCount;
  }

  /** Whether its policy has counted so far that it is better made anew; see `renew`. */
  get isWornOut(): boolean {
    return this.#admissions > ADMISSIONS_MAX;
  }

  has(id: number): boolean {
    return this.#table.isResident(id);
  }

  /** A page came to stand in the pool. */
  admit(id: number, op: Op): void {
    const count = this.#table.residentCount;
    if (count >= this.#frames) this.#resize(count + slackOf(count));
    this.#admissions++;
    this.#table.admit(id, op, this.#traps);
    this.#policy.fault(id, op);
  }

  /** Who leaves; NO_PAGE where nobody is left. The policy has it no longer. */
  victim(): number {
    const count = this.#table.residentCount;
    if (this.#frames - count > slackOf(count)) this.#resize(Math.max(FRAMES_MIN, count));
    const id = this.#policy.victim();
    if (id !== NO_PAGE) this.#table.evict(id);
    return id;
  }

  /** Throws where the policy's own lists contradict each other. */
  check(): void {
    this.#policy.check?.();
  }

  /** A hit that was trapped; the policy may have taken the trap away since, having heard enough. */
  touch(id: number, op: Op): void {
    const isTrapped = (this.#bits[id]! & (TRAP_READ << op)) !== 0;
    if (isTrapped && this.#table.isResident(id)) this.#policy.touch?.(id, op);
  }

  /** The page's owner freed it, or its ghost is given up. */
  forget(id: number): void {
    if (this.#table.isResident(id)) this.#table.evict(id);
    this.#policy.forget(id);
    this.#bits[id] = 0;
  }

  /** Makes the policy anew; the caller admits again what is resident. */
  renew(): void {
    this.#admissions = 0;
    this.#table = this.#newTable();
    this.#policy = this.#newPolicy();
    this.#traps = admissionTraps(this.#policy);
  }

  #resize(frames: number): void {
    this.#frames = frames;
    this.#policy.resize(frames);
  }

  #newTable(): PageTable {
    const { definition, options } = this.#choice;
    return new PageTable(this.#bits.length, {
      offers: observationOf(definition, options),
      bits: this.#bits,
    });
  }

  #newPolicy(): Policy {
    const { definition, options, costs } = this.#choice;
    return createPolicy(definition, { table: this.#table, frames: this.#frames, options, costs });
  }
}

function slackOf(count: number): number {
  return FRAMES_MIN + (count >> SLACK_SHIFT);
}
