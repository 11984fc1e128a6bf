// The simulator: a host that sets bits from a trace and asks a policy who leaves.
//
// `run` is the fast form of driving the policy's interface one reference at a time (the oracle is
// packages/policies/test/host.ts). Hits, by far the most references, take one load and one store in
// one byte array and call nothing, unless the policy asked to be told. A policy that is told of
// every hit gets runs of hits in one call, since nothing else changes until the next fault. CLOCK and
// LRU, the yardsticks of every comparison, bring a loop of their own (`replay`).

import {
  admissionTraps,
  type Costs,
  createPolicy,
  type Observation,
  type Op,
  type OptionValues,
  observationOf,
  PageTable,
  type Policy,
  type PolicyDefinition,
  RESIDENT,
  type ReplayCounts,
  SEEN,
  TRAP_READ,
} from '@pagelend/policies';

export interface SimulationSettings {
  readonly definition: PolicyDefinition;
  readonly options: OptionValues;
  readonly frames: number;
  readonly costs: Costs;
  /** Distinct pages of the trace. */
  readonly pageCount: number;
  /** Position of a reference to that of the page's next one; for policies that observe the future. */
  readonly nextUse?: Int32Array | undefined;
  /** What the host shows; by default just what the policy observes. */
  readonly offers?: Observation | undefined;
}

/** Exact counts since the start of the run. */
export interface Counts extends Readonly<ReplayCounts> {
  readonly references: number;
}

export class Simulation {
  readonly table: PageTable;
  readonly policy: Policy;
  readonly #frames: number;
  readonly #traps: number;
  #references = 0;
  readonly #counts: ReplayCounts = { faults: 0, coldFaults: 0, coldWriteFaults: 0, writebacks: 0 };

  constructor(settings: SimulationSettings) {
    const { definition, options, frames, costs, pageCount, nextUse } = settings;
    const observed = observationOf(definition, options);
    this.table = new PageTable(pageCount, {
      offers: settings.offers ?? observed,
      ...(nextUse === undefined ? {} : { nextUse }),
      onWriteback: () => {
        this.#counts.writebacks++;
      },
    });
    this.policy = createPolicy(definition, { table: this.table, frames, options, costs });
    this.#frames = frames;
    this.#traps = admissionTraps(this.policy);
  }

  get counts(): Counts {
    return { references: this.#references, ...this.#counts };
  }

  /** Replays `references[from .. to)`, packed as `page << 1 | op`. */
  run(references: Uint32Array, from = 0, to: number = references.length): void {
    if (this.policy.replay !== undefined) {
      this.table.position = this.#references;
      this.policy.replay(references, from, to, this.#counts);
    } else if (this.#traps !== 0 && this.policy.touchRun !== undefined) {
      this.#runInRuns(references, from, to);
    } else {
      this.#runByBits(references, from, to);
    }
    this.#references += to - from;
  }

  /** True where the policy is told of every hit, rather than of those alone that it traps itself. */
  get actsOnHits(): boolean {
    return this.#traps !== 0;
  }

  /**
   * Replays one packed reference, `offset` references after the last `advance`. True where it hit and
   * nobody was told: repeated before the next that returns false, it would change nothing.
   */
  step(reference: number, offset: number): boolean {
    const { table } = this;
    const page = reference >>> 1;
    const op = reference & 1;
    const pageBits = table.bits[page]!;
    if ((pageBits & (RESIDENT | (TRAP_READ << op))) === RESIDENT) {
      table.bits[page] = pageBits | (op === 0 ? table.readSets : table.writeSets);
      return true;
    }
    table.position = this.#references + offset;
    this.#slowly(page, op as Op, pageBits);
    return false;
  }

  /** Counts references that were replayed by `step`, or would have changed nothing. */
  advance(references: number): void {
    this.#references += references;
  }

  #runByBits(references: Uint32Array, from: number, to: number): void {
    const { table } = this;
    const { bits, readSets } = table;
    const writeAddsTo = table.writeSets - readSets;
    for (let i = from; i < to; i++) {
      const reference = references[i]!;
      const page = reference >>> 1;
      const op = reference & 1;
      const pageBits = bits[page]!;
      const sets = RESIDENT | (readSets + op * writeAddsTo);
      // Programs touch a page many times over: mostly there is nothing to set. Not storing spares
      // the next look at the same byte a wait for the store.
      if ((pageBits & (sets | (TRAP_READ << op))) === sets) continue;
      if ((pageBits & (RESIDENT | (TRAP_READ << op))) === RESIDENT) {
        bits[page] = pageBits | sets;
      } else {
        table.position = this.#references + (i - from);
        this.#slowly(page, op as Op, pageBits);
      }
    }
  }

  /** A trapped hit, or a fault. */
  #slowly(page: number, op: Op, pageBits: number): void {
    if ((pageBits & RESIDENT) === 0) {
      this.#fault(page, op, pageBits);
    } else if (this.table.reference(page, op)) {
      this.policy.touch!(page, op);
    }
  }

  #runInRuns(references: Uint32Array, from: number, to: number): void {
    const { table } = this;
    const { bits, readSets } = table;
    const writeAddsTo = table.writeSets - readSets;
    let start = from;
    for (let i = from; i < to; i++) {
      const reference = references[i]!;
      const page = reference >>> 1;
      const op = reference & 1;
      const pageBits = bits[page]!;
      const sets = RESIDENT | (readSets + op * writeAddsTo);
      if ((pageBits & sets) === sets) continue;
      if ((pageBits & RESIDENT) !== 0) {
        bits[page] = pageBits | sets;
        continue;
      }
      if (i > start) this.#tell(references, start, i, from);
      start = i + 1;
      table.position = this.#references + (i - from);
      this.#fault(page, op as Op, pageBits);
    }
    if (to > start) this.#tell(references, start, to, from);
  }

  #tell(references: Uint32Array, start: number, end: number, from: number): void {
    this.table.position = this.#references + (start - from);
    this.policy.touchRun!(references, start, end);
  }

  #fault(page: number, op: Op, pageBits: number): void {
    const { table, policy } = this;
    const counts = this.#counts;
    counts.faults++;
    if ((pageBits & SEEN) === 0) {
      counts.coldFaults++;
      counts.coldWriteFaults += op;
    }
    if (table.residentCount >= this.#frames && table.evict(policy.victim(page, op))) {
      counts.writebacks++;
    }
    table.admit(page, op, this.#traps);
    policy.fault(page, op);
  }

  /** Re-checks the invariants of the host and of the policy. Throws where one is broken. */
  check(): void {
    const { bits, residentCount } = this.table;
    let resident = 0;
    for (const pageBits of bits) {
      resident += pageBits & RESIDENT;
      if ((pageBits & RESIDENT) === 0 && (pageBits & ~SEEN) !== 0) {
        throw new Error('invariant broken: a page that left has bits set');
      }
    }
    if (resident !== residentCount || resident > this.#frames) {
      throw new Error(`invariant broken: ${resident} pages resident, ${residentCount} counted`);
    }
    this.policy.check?.();
  }
}
