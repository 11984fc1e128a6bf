// The reference host: drives a policy one reference at a time, exactly as the head comment of
// policy.ts tells a host to. It keeps its own record of which pages are dirty and fails where the
// page table disagrees, or where a policy asks for the write-back of a clean page.

import {
  admissionTraps,
  createPolicy,
  findPolicy,
  mustFindPolicy,
  NEVER,
  NO_PAGE,
  type Observation,
  type Op,
  type OptionValues,
  observationOf,
  optionsOf,
  PageTable,
  type Policy,
  type PolicyDefinition,
  parsePolicySpec,
  SEEN,
  WRITE,
} from '@pagelend/policies';
import type { Outcome } from './twins/twin.ts';

export type Reference = readonly [page: number, op: Op];

export interface HostSettings {
  readonly frames: number;
  /** Dense page ids are below this; by default one more than the largest of the trace. */
  readonly pageCount?: number;
  /** What the table shows; by default exactly what the policy observes. */
  readonly offers?: Observation;
  readonly costs?: { readonly read: number; readonly write: number };
  /** The references to come, which `min` needs and others ignore. */
  readonly trace?: readonly Reference[];
  /** False: a host that can do nothing on a hit but set bits. */
  readonly canTouch?: boolean;
}

/** A policy and its options from the users' notation, as in `clock:init=0`. */
export function resolve(spec: string): { definition: PolicyDefinition; options: OptionValues } {
  const parsed = parsePolicySpec(spec);
  const definition = findPolicy(parsed.name) ?? mustFindPolicy(parsed.name);
  return { definition, options: optionsOf(definition, parsed.options) };
}

export class Host {
  readonly table: PageTable;
  readonly policy: Policy;
  readonly dirty = new Set<number>();
  readonly evictions: number[] = [];
  frames: number;
  hits = 0;
  faults = 0;
  coldFaults = 0;
  writebacks = 0;
  readonly #traps: number;
  readonly #canTouch: boolean;
  #written: number[] = [];

  constructor(spec: string, settings: HostSettings) {
    const { definition, options } = resolve(spec);
    const { trace = [], frames, costs = { read: 1, write: 4 } } = settings;
    const pageCount = settings.pageCount ?? 1 + Math.max(-1, ...trace.map(([page]) => page));
    const offers = settings.offers ?? observationOf(definition, options);
    this.table = new PageTable(pageCount, {
      offers,
      onWriteback: (page) => this.#writeBack(page),
      ...(offers === 'future' ? { nextUse: nextUses(trace) } : {}),
    });
    this.frames = frames;
    this.policy = createPolicy(definition, { table: this.table, frames, options, costs });
    this.#canTouch = settings.canTouch ?? true;
    this.#traps = this.#canTouch ? admissionTraps(this.policy) : 0;
  }

  access(page: number, op: Op): Outcome {
    const { table, policy } = this;
    this.#written = [];
    let evicted = NO_PAGE;
    const hit = table.isResident(page);
    if (hit) {
      this.hits++;
      if (op === WRITE) this.dirty.add(page);
      if (table.reference(page, op) && this.#canTouch) policy.touch!(page, op);
    } else {
      this.faults++;
      if ((table.bits[page]! & SEEN) === 0) this.coldFaults++;
      if (table.residentCount === this.frames) evicted = this.takeVictim(page, op);
      table.admit(page, op, this.#traps);
      if (op === WRITE) this.dirty.add(page);
      policy.fault(page, op);
    }
    table.position++;
    return { hit, evicted, written: this.#written };
  }

  run(trace: Iterable<Reference>): this {
    for (const [page, op] of trace) this.access(page, op);
    this.policy.check?.();
    return this;
  }

  /** Takes one page out of memory, for the sake of a fault or of nobody. */
  takeVictim(incoming?: number, op?: Op): number {
    const { table, policy } = this;
    const victim = incoming === undefined ? policy.victim() : policy.victim(incoming, op);
    const isDirty = table.evict(victim);
    if (isDirty !== this.dirty.has(victim)) {
      throw new Error(`page ${victim} is ${isDirty ? 'dirty' : 'clean'} in the table alone`);
    }
    this.evictions.push(victim);
    if (isDirty) this.#writeBack(victim);
    return victim;
  }

  /** The page's owner freed it: it leaves without a write-back. */
  forget(page: number): void {
    this.policy.forget(page);
    if (this.table.isResident(page)) this.table.evict(page);
    this.dirty.delete(page);
  }

  resize(frames: number): void {
    this.frames = frames;
    this.policy.resize(frames);
    while (this.table.residentCount > frames) this.takeVictim();
  }

  #writeBack(page: number): void {
    if (!this.dirty.delete(page)) throw new Error(`clean page ${page} is written back`);
    this.writebacks++;
    this.#written.push(page);
  }
}

/** For each reference the position of the next one to the same page, NEVER for none. */
export function nextUses(trace: readonly Reference[]): Int32Array {
  const next = new Int32Array(trace.length).fill(NEVER);
  const seen = new Map<number, number>();
  for (let i = trace.length - 1; i >= 0; i--) {
    const page = trace[i]![0];
    next[i] = seen.get(page) ?? NEVER;
    seen.set(page, i);
  }
  return next;
}
