// What one lease would do with more or less memory, or under other policies: shadows that see a
// sample of its references.
//
// While all pages of the lease fit in the sample there is one group of shadows, and it is exact. From
// the first halving of the rate on there are four, each a sample of its own with a quarter of the
// frames, so that the spread between them tells the error of their sum. Halving drops the pages whose
// hash is past the new threshold, as fixed-size SHARDS does.
//
// Departure: where the sample has room for all that its memories hold and as many pages more, the
// oldest that is resident nowhere makes room instead. Its next read is a fault in any case, and a guest
// that streams over a large device would otherwise leave its memories no frames to speak of. The same
// happens at the sparsest rate, so that memory is bounded whatever a guest does.

import { type Op, READ, WRITE } from '@pagelend/policies';
import { isSampled, subsampleOf, thresholdOf } from './sample.ts';
import { HALF_LIFE_PER_PAGE, type JudgePlan, SHADOW_FRAMES_MIN } from './settings.ts';
import { Shadow } from './shadow.ts';
import { ShadowGroup } from './shadow-group.ts';
import { FadingCounts } from './window.ts';

/** Sub-samples of a sample that does not hold all. */
export const SUBSAMPLES = 4;
/** Hashes share pages out unevenly: a sub-sample has room for so much more than its share. */
const SUBSAMPLE_ROOM = 1.25;

/** Counts fade in so many steps per half-life, or one per so many references as there are pages, ... */
const TICKS_PER_HALF_LIFE = 16;
/** ... where that is less, but after no fewer sampled references than this. */
const TICK_REFERENCES_MIN = 64;

/** Memory that changed by no more than this share leaves the shadows as they are. */
const RESIZE_MIN = 1 / 64;

/** Pages for each frame of the largest memory, ghosts of policies among them, that are sampled at least. */
const PAGES_PER_FRAME_MIN = 2;

/** A sample that frees left with less than this share of its room becomes denser. */
const SPARSE_SHARE = 1 / 8;

export class LeaseJudge {
  readonly lease: number;
  readonly plan: JudgePlan;
  /** 1 / 2^shift of the pages are in the sample. */
  shift = 0;
  /** What threads that serve this lease give to `isSampled`. */
  threshold = thresholdOf(0);
  residentPages = 0;
  residentBytes = 0;
  /** None before the first facts: nobody knows how much memory there is. */
  groups: readonly ShadowGroup[] = [];
  windows: readonly FadingCounts[] = [];
  /** References of the lease since the start, as the sample makes them out. */
  references = 0;
  /** Sampled references since the last tick, and how many make one. */
  #sinceTick = 0;
  #tickReferences = TICK_REFERENCES_MIN;
  /** References since the sample was last made anew or its rate changed. */
  #atThisRate = 0;
  readonly #scale = new ReferenceScale();

  constructor(lease: number, plan: JudgePlan) {
    this.lease = lease;
    this.plan = plan;
  }

  get sampledPages(): number {
    return this.groups.reduce((sum, { ids }) => sum + ids.count, 0);
  }

  /** References of the whole for each that the sample made out: 1 where the host counts none. */
  get referenceScale(): number {
    return this.#scale.ratio;
  }

  /** A page read or written by the guest; slots outside the sample cost a hash. */
  reference(slot: number, op: Op): void {
    if (!isSampled(this.lease, slot, this.threshold)) return;
    let group = this.#groupOf(slot);
    if (group === undefined) return;
    let page = group.ids.find(slot);
    if (page < 0) {
      while (this.#isFull(group)) {
        this.#makeRoom(group);
        // The page itself may be what the sample has no room for.
        if (!isSampled(this.lease, slot, this.threshold)) return;
        group = this.#groupOf(slot)!;
      }
      page = group.ids.add(slot);
    }
    group.reference(page, op);
    if (++this.#sinceTick >= this.#tickReferences) this.#tick();
  }

  /** The guest freed the slot. */
  free(slot: number): void {
    if (!isSampled(this.lease, slot, this.threshold)) return;
    const group = this.#groupOf(slot);
    const page = group?.ids.find(slot) ?? -1;
    if (page >= 0) group!.drop(page);
  }

  /**
   * What of the lease is in memory now. `references`, where the host counts them: pages read and
   * written since the lease began, in the sample or not.
   */
  facts(residentPages: number, residentBytes: number, references?: number): void {
    if (references !== undefined) {
      this.#scale.note(references, this.estimatedReferences(), this.#halfLife());
    }
    // Of an empty memory no multiple means anything: the shadows stay as they are.
    if (residentPages < 1) return;
    this.residentBytes = residentBytes;
    const change = Math.abs(residentPages - this.residentPages);
    if (this.groups.length > 0 && change <= this.residentPages * RESIZE_MIN) return;
    this.residentPages = residentPages;
    if (this.groups.length === 0) this.#restart();
    this.#forShadows((shadow, frames) => shadow.resize(frames));
    this.#setTick();
  }

  /** The number of references up to this moment. */
  estimatedReferences(): number {
    return this.references + this.#sinceTick * 2 ** this.shift;
  }

  /**
   * Moves what shadows counted to the windows, which are then up to date. Counts begin anew when one
   * more memory has filled: all shadows are counted over the same references, or a change of the
   * guest's ways would be taken for a difference between them.
   */
  drain(): void {
    let isAnyNew = false;
    for (const [i, group] of this.groups.entries()) {
      for (const shadow of group.shadows) {
        isAnyNew = shadow.noteSeen(group.references) || isAnyNew;
      }
      this.windows[i]!.take(group, 2 ** this.shift);
    }
    if (!isAnyNew) return;
    for (const window of this.windows) window.clear();
  }

  /** 'warming-up', 'too-coarse', or null where the shadow's counts mean something. */
  unknownOf(shadow: number): 'warming-up' | 'too-coarse' | null {
    if (this.groups.length === 0) return 'warming-up';
    const all = this.groups.map(({ shadows }) => shadows[shadow]!);
    if (all.some(({ frames }) => frames < SHADOW_FRAMES_MIN)) return 'too-coarse';
    return all.every(({ isWarm }) => isWarm) ? null : 'warming-up';
  }

  #groupOf(slot: number): ShadowGroup | undefined {
    const { groups } = this;
    if (groups.length <= 1) return groups[0];
    return groups[subsampleOf(this.lease, slot, SUBSAMPLES)];
  }

  #isFull(group: ShadowGroup): boolean {
    if (group.ids.isFull) return true;
    return this.sampledPages >= this.plan.samplePages && !this.#mayRecycle(group);
  }

  #mayRecycle({ ids }: ShadowGroup): boolean {
    if (this.shift === this.plan.shiftMax) return true;
    const largest = this.#framesOf(this.plan.sizes.at(-1)!, this.groups.length);
    return ids.capacity >= PAGES_PER_FRAME_MIN * largest;
  }

  #makeRoom(group: ShadowGroup): void {
    if (this.#mayRecycle(group)) group.recycle();
    else this.#setShift(this.shift + 1);
  }

  /** One step denser or sparser. */
  #setShift(shift: number): void {
    this.#settle();
    const before = this.shift;
    this.shift = shift;
    this.threshold = thresholdOf(shift);
    this.#atThisRate = 0;
    if (before === 0) {
      this.#split();
    } else if (shift === 0) {
      // Four memories have no common order of their pages that one could take over.
      this.#restart();
    } else {
      const isSparser = shift > before;
      for (const group of this.groups) group.thin(this.lease, this.threshold);
      // Pages that are new in a denser sample are nowhere resident: its memories must fill again.
      this.#forShadows((shadow, frames) =>
        isSparser ? shadow.rescale(frames) : shadow.resize(frames),
      );
    }
    this.#setTick();
  }

  #restart(): void {
    const { plan, shift } = this;
    const count = shift === 0 ? 1 : SUBSAMPLES;
    const room =
      shift === 0 ? plan.samplePages : Math.ceil((plan.samplePages / count) * SUBSAMPLE_ROOM);
    this.groups = Array.from(
      { length: count },
      () => new ShadowGroup(room, (pageCount) => this.#makeShadows(pageCount, count)),
    );
    this.windows = this.groups.map(() => new FadingCounts(plan.shadows.length));
  }

  /**
   * One group becomes four. Pages go to the new memories in the order of their last references, so that
   * these begin about as full as the old ones were, and what was counted goes on.
   */
  #split(): void {
    const { plan } = this;
    const whole = this.groups[0]!;
    const counted = this.windows[0]!;
    this.#restart();
    const dirty = whole.shadows[plan.base]!.table;
    for (const page of whole.pages()) {
      const slot = whole.ids.slotOf(page);
      const group = this.#groupOf(slot)!;
      if (!isSampled(this.lease, slot, this.threshold) || group.ids.isFull) continue;
      group.reference(group.ids.add(slot), dirty.isDirty(page) ? WRITE : READ);
    }
    for (const [i, group] of this.groups.entries()) {
      group.goOnFrom(whole);
      this.windows[i]!.addShare(counted, 1 / this.groups.length);
    }
  }

  #makeShadows(pageCount: number, groupCount: number): Shadow[] {
    const { plan } = this;
    return plan.shadows.map(
      ({ policy, size }) =>
        new Shadow(policy, pageCount, this.#framesOf(size, groupCount), plan.costs),
    );
  }

  #framesOf(size: number, groupCount: number): number {
    return Math.max(1, Math.round((this.residentPages * size) / 2 ** this.shift / groupCount));
  }

  #forShadows(act: (shadow: Shadow, frames: number) => void): void {
    for (const { shadows } of this.groups) {
      for (const [i, { size }] of this.plan.shadows.entries()) {
        act(shadows[i]!, this.#framesOf(size, this.groups.length));
      }
    }
  }

  #halfLife(): number {
    return Math.max(this.plan.halfLifeReferences, HALF_LIFE_PER_PAGE * this.residentPages);
  }

  #setTick(): void {
    const wanted = Math.min(this.#halfLife() / TICKS_PER_HALF_LIFE, this.residentPages);
    const sampled = Math.round(wanted / 2 ** this.shift);
    this.#tickReferences = Math.max(TICK_REFERENCES_MIN, sampled);
  }

  /** Counts up to now go to the windows, and fade by the references since the last time. */
  #settle(): void {
    const passed = this.#sinceTick * 2 ** this.shift;
    const kept = 0.5 ** (passed / this.#halfLife());
    this.drain();
    for (const window of this.windows) window.fade(kept);
    this.references += passed;
    this.#atThisRate += passed;
    this.#sinceTick = 0;
  }

  #tick(): void {
    this.#settle();
    const isSparse = this.sampledPages < this.plan.samplePages * SPARSE_SHARE;
    if (this.shift > 0 && isSparse && this.#atThisRate > this.#halfLife()) {
      this.#setShift(this.shift - 1);
    }
  }
}

/** How many references there were for each that the sample made out: hot pages are in it or not. */
class ReferenceScale {
  #counted = 0;
  #estimated = 0;
  #lastCounted: number | null = null;
  #lastEstimated = 0;

  get ratio(): number {
    return this.#estimated > 0 && this.#counted > 0 ? this.#counted / this.#estimated : 1;
  }

  note(counted: number, estimated: number, halfLife: number): void {
    if (this.#lastCounted !== null && counted >= this.#lastCounted) {
      const passed = counted - this.#lastCounted;
      const kept = 0.5 ** (passed / halfLife);
      this.#counted = this.#counted * kept + passed;
      this.#estimated = this.#estimated * kept + (estimated - this.#lastEstimated);
    }
    this.#lastCounted = counted;
    this.#lastEstimated = estimated;
  }
}
