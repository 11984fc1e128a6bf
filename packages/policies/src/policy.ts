// What a replacement policy is, and what a host owes it. The same class serves the simulator, the
// swap daemon's store and the guest agent; only who sets the bits differs.
//
// A host, on each reference to `page`:
//   resident   table.reference(page, op), and where that returns true, policy.touch(page, op)
//   otherwise  if no frame is free: v = policy.victim(page, op); if table.evict(v), write v back.
//              Then table.admit(page, op, admissionTraps(policy)) and policy.fault(page, op).
// When a page's owner frees it: table.evict(page) if it is resident, then policy.forget(page).
// When the host's memory changes: policy.resize(frames), then victims until what is resident fits.

import { PolicyError } from './errors.ts';
import { type Observation, offersEnough } from './observation.ts';
import type { OptionTable, OptionValues } from './options.ts';
import { type PageTable, TRAP_READ, TRAP_WRITE } from './page-table.ts';
import type { Op } from './reference.ts';

export interface Policy {
  /** Admits a page that the host has just given a frame; its bits show the faulting access. */
  fault(page: number, op: Op): void;

  /**
   * Names the resident page that leaves, and drops it from the policy's own lists. `incoming` and
   * `op` are the fault for whose sake it leaves: policies with ghosts look at it (ARC, CAR, CRAW).
   * NO_PAGE, the default, says that the host merely wants memory back. Returns NO_PAGE where no
   * page is resident.
   */
  victim(incoming?: number, op?: Op): number;

  /** The page, resident or not, was freed by its owner (a trimmed slot): no trace of it remains. */
  forget(page: number): void;

  /** A new frame count. While more pages are resident the host takes victims until they fit. */
  resize(frames: number): void;

  /** A hit that the policy asked for by a trap bit. The hit's bits are set already. */
  touch?(page: number, op: Op): void;

  /**
   * The same as `touch` for each of `references[from .. to)`, all hits, in one call. The bits of
   * the whole run may be set already; a policy whose `touch` depends on them must not have this.
   * `table.position` is that of the first of them.
   */
  touchRun?(references: Uint32Array, from: number, to: number): void;

  /**
   * The host's and the policy's work on `references[from .. to)` in one loop, adding to `counts`: for
   * simulators, which spend their time here. It must do exactly what a host would do with the rest
   * of the interface, and is worth having only where a bench shows it. `table.position` is that of
   * the first reference.
   */
  replay?(references: Uint32Array, from: number, to: number, counts: ReplayCounts): void;

  /** 'own': the policy sets its pages' trap bits itself. Otherwise every hit is trapped. */
  readonly traps?: 'own';

  /** Throws where an invariant is broken. Hosts call it after a run; it may be slow. */
  check?(): void;

  /** Writes the present value of each of the definition's `gauges`, in their order. */
  readGauges?(into: Float64Array): void;
}

/** Something that a policy shows of itself, for `sim --explain`. */
export interface Gauge {
  readonly name: string;
  /**
   * 'pages': how long a list is; 'target': what it aims at, in pages; 'count': events since the
   * start, which plots show per fault.
   */
  readonly kind: 'pages' | 'target' | 'count';
  readonly says: string;
}

/** What a replay adds to; exact, and never reset by policies. */
export interface ReplayCounts {
  faults: number;
  coldFaults: number;
  /** Of `coldFaults`, those at a write. */
  coldWriteFaults: number;
  writebacks: number;
}

/** What one page-in and one write-back cost, in any one unit. */
export interface Costs {
  readonly read: number;
  readonly write: number;
}

export interface PolicySettings {
  readonly table: PageTable;
  readonly frames: number;
  readonly options: OptionValues;
  readonly costs: Costs;
}

/** A policy as data: what `pagelend policies` prints, reports cite and hosts create from. */
export interface PolicyDefinition {
  readonly name: string;
  /** One sentence: the idea. */
  readonly summary: string;
  /** Where the algorithm is published. */
  readonly source: string;
  /** Each way in which this differs from the published algorithm, or is inferred. */
  readonly departures?: readonly string[];
  readonly observes: Observation | ((options: OptionValues) => Observation);
  readonly options?: OptionTable;
  /** True where decisions depend on the costs, so that counts differ from one cost pair to another. */
  readonly usesCosts?: boolean;
  /** What `readGauges` of its policies writes. */
  readonly gauges?: readonly Gauge[];
  create(settings: PolicySettings): Policy;
}

/** What the policy needs to see under these options. */
export function observationOf(definition: PolicyDefinition, options: OptionValues): Observation {
  const { observes } = definition;
  return typeof observes === 'function' ? observes(options) : observes;
}

/** Creates a policy over a table, or throws a PolicyError where the table shows too little. */
export function createPolicy(definition: PolicyDefinition, settings: PolicySettings): Policy {
  const { table, frames, options } = settings;
  if (!Number.isSafeInteger(frames) || frames < 1) {
    throw new PolicyError(
      'POLICY_FRAMES',
      `frame count ${frames}: expected a whole number of at least 1`,
    );
  }
  const observed = observationOf(definition, options);
  table.mustOffer(observed, definition.name);
  const policy: Policy | undefined = definition.create(settings);
  if (typeof policy?.fault !== 'function' || typeof policy.victim !== 'function') {
    throw new PolicyError(
      'POLICY_DEFINITION',
      `${definition.name}: create() returned no policy; expected an object with fault and victim`,
    );
  }
  // Being told of hits is observing them, whatever the definition says of itself.
  const isTold = policy.touch !== undefined || policy.touchRun !== undefined;
  if (isTold && !offersEnough(observed, 'every-reference')) {
    throw new PolicyError(
      'POLICY_OBSERVES',
      `${definition.name} declares ${observed} and has touch(), which observes every-reference`,
    );
  }
  return policy;
}

/** The trap bits that a host sets on each page it admits for this policy. */
export function admissionTraps(policy: Policy): number {
  return policy.touch !== undefined && policy.traps !== 'own' ? TRAP_READ | TRAP_WRITE : 0;
}
