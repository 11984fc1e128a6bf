// A shadow: one policy over a page table and so many frames, to which a sample of references is told
// and which moves no page. It is a host as the head of policies' policy.ts asks for, one reference at
// a time; its oracle is packages/policies/test/host.ts.

import {
  admissionTraps,
  type Costs,
  createPolicy,
  mustFindPolicy,
  type Op,
  type OptionValues,
  observationOf,
  optionsOf,
  PageTable,
  type Policy,
  type PolicyDefinition,
  parsePolicySpec,
  RESIDENT,
} from '@pagelend/policies';
import { JudgeError } from './errors.ts';

/** What a shadow counts, and where in `counts` it stands. */
export const READ_FAULTS = 0;
export const WRITE_FAULTS = 1;
export const DEVICE_WRITES = 2;
export const COUNTS = 3;

/** A shadow that never fills is known after so many references per frame: it would have by then. */
const WARM_REFERENCES_PER_FRAME = 8;
/** A memory that grew by more than this share must fill again before its counts mean anything. */
const GROWTH_MAX = 1 / 8;

/** A policy as asked for, resolved once for all shadows. */
export interface ShadowPolicy {
  readonly asked: string;
  readonly definition: PolicyDefinition;
  readonly options: OptionValues;
}

/** Resolves NAME[:key=value…]. Throws where it needs the future, which no live stream shows. */
export function shadowPolicy(asked: string): ShadowPolicy {
  const spec = parsePolicySpec(asked);
  const definition = mustFindPolicy(spec.name);
  const options = optionsOf(definition, spec.options);
  if (observationOf(definition, options) === 'future') {
    throw new JudgeError(
      'JUDGE_POLICY',
      `policy ${asked} needs references yet to come; name one that sees only those that were`,
    );
  }
  return { asked, definition, options };
}

export class Shadow {
  readonly table: PageTable;
  readonly policy: Policy;
  /** Exact, since the start or since somebody cleared them. Read faults are device reads. */
  readonly counts = new Float64Array(COUNTS);
  frames: number;
  /** True where memory has been filled, so that what leaves is what would have left all along. */
  isWarm = false;
  /** Frames when it was found warm. */
  #warmFrames = 0;
  /** References since it was last cold. */
  #seen = 0;
  readonly #traps: number;

  /** Page ids are below `pageCount`. */
  constructor(chosen: ShadowPolicy, pageCount: number, frames: number, costs: Costs) {
    const { definition, options } = chosen;
    this.table = new PageTable(pageCount, {
      offers: observationOf(definition, options),
      onWriteback: () => {
        this.counts[DEVICE_WRITES]!++;
      },
    });
    this.policy = createPolicy(definition, { table: this.table, frames, options, costs });
    this.frames = frames;
    this.#traps = admissionTraps(this.policy);
  }

  reference(page: number, op: Op): void {
    const { table } = this;
    if ((table.bits[page]! & RESIDENT) === 0) this.#fault(page, op);
    else if (table.reference(page, op)) this.policy.touch!(page, op);
    table.position++;
  }

  #fault(page: number, op: Op): void {
    const { table, policy } = this;
    // READ_FAULTS and WRITE_FAULTS are the operations' own numbers.
    this.counts[op]!++;
    if (table.residentCount >= this.frames && table.evict(policy.victim(page, op))) {
      this.counts[DEVICE_WRITES]!++;
    }
    table.admit(page, op, this.#traps);
    policy.fault(page, op);
  }

  /** The page was freed, or falls out of the sample: its id is as good as new. */
  forget(page: number): void {
    const { table } = this;
    if (table.isResident(page)) table.evict(page);
    this.policy.forget(page);
    table.bits[page] = 0;
  }

  isResident(page: number): boolean {
    return this.table.isResident(page);
  }

  resize(frames: number): void {
    if (frames === this.frames) return;
    const { table, policy } = this;
    this.frames = frames;
    policy.resize(frames);
    while (table.residentCount > frames) {
      if (table.evict(policy.victim())) this.counts[DEVICE_WRITES]!++;
    }
    if (this.isWarm && frames > this.#warmFrames * (1 + GROWTH_MAX)) {
      this.isWarm = false;
      this.#seen = 0;
    }
  }

  /** So many references were seen since the last call. True where this made the shadow warm. */
  noteSeen(references: number): boolean {
    if (this.isWarm) return false;
    this.#seen += references;
    const isFull = this.table.residentCount >= this.frames;
    if (!isFull && this.#seen < WARM_REFERENCES_PER_FRAME * this.frames) return false;
    this.isWarm = true;
    this.#warmFrames = this.frames;
    return true;
  }

  /**
   * The sample lost or won pages, and frames with them: that is no growth, and what leaves for it was
   * written by nobody.
   */
  rescale(frames: number): void {
    const { isWarm } = this;
    const warmFrames = this.#warmFrames * (frames / this.frames);
    const writes = this.counts[DEVICE_WRITES]!;
    this.resize(frames);
    this.counts[DEVICE_WRITES] = writes;
    this.isWarm = isWarm;
    this.#warmFrames = warmFrames;
  }

  /** Takes the place of another that had the same share of its pages in memory. */
  goOnFrom(other: Shadow): void {
    this.counts.fill(0);
    this.isWarm = other.isWarm;
    const scale = this.frames / other.frames;
    this.#warmFrames = other.#warmFrames * scale;
    this.#seen = other.#seen * scale;
  }
}
