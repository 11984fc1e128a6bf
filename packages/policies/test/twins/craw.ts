// CRAW and CRAW-RM with every open decision as an option, from the pseudo-code of policies.md 1.4 and
// the table of decisions 1.5. Names are those of the pseudo-code; the lists are oldest first.

import { type Op, type OptionValues, WRITE } from '@pagelend/policies';
import { Twin, without } from './twin.ts';

export interface CrawTwinSettings {
  readonly frames: number;
  /** CRAW-RM: reference and modified bit instead of read and write bit. */
  readonly isRm: boolean;
  readonly costs: { readonly read: number; readonly write: number };
  /** Every option of the policy, resolved. */
  readonly options: OptionValues;
}

/** CLOCK-DWF: pages with more counted writes than this get extra turns. */
const DWF_THRESHOLD = 2;
/** CLOCK-DWF: how many. */
const DWF_EXPIRATION = 2;

export class CrawTwin extends Twin {
  readonly R: number[] = [];
  readonly W: number[] = [];
  readonly GR: number[] = [];
  readonly GW: number[] = [];
  readonly rbit = new Set<number>();
  readonly wbit = new Set<number>();
  readonly wfreq = new Map<number, number>();
  readonly #over = new Map<number, number>();
  /** The target size of the read area, `s_r`. */
  target: number;
  readonly #isRm: boolean;
  readonly #costs: CrawTwinSettings['costs'];
  readonly #options: OptionValues;

  constructor(settings: CrawTwinSettings) {
    super(settings.frames);
    this.#isRm = settings.isRm;
    this.#costs = settings.costs;
    this.#options = settings.options;
    this.target = Number(settings.options.start) * settings.frames;
  }

  protected override hit(p: number, op: Op): void {
    const isLazy = this.#options.link === 'lazy';
    if (op === WRITE) {
      this.wbit.add(p);
      if (this.#isRm) this.rbit.add(p);
      if (!isLazy && !this.W.includes(p)) this.#linkW(p);
      if (!isLazy && this.#isRm && !this.R.includes(p)) this.#linkR(p);
    } else {
      this.rbit.add(p);
      if (!isLazy && !this.R.includes(p)) this.#linkR(p);
    }
  }

  protected override fault(p: number, op: Op): void {
    if (this.#options.resolve === 'before') this.#resolveGhosts(p, op);
    if (this.isFull) this.#reclaim();
    if (this.#options.resolve === 'after') this.#resolveGhosts(p, op);
    this.rbit.delete(p);
    this.wbit.delete(p);
    if (op === WRITE) {
      this.#linkW(p);
      if (this.#isRm || this.#options.admit === 'both') this.#linkR(p);
    } else {
      this.#linkR(p);
    }
    if (this.#options.init === 0) {
      this.rbit.delete(p);
      this.wbit.delete(p);
    }
    const every = Number(this.#options.clear);
    if (every > 0 && this.faults % every === 0) {
      this.rbit.clear();
      this.wbit.clear();
    }
  }

  #resolveGhosts(p: number, op: Op): void {
    const countsAny = this.#options.hit === 'any';
    const isRead = op !== WRITE;
    if ((isRead || this.#isRm || countsAny) && this.GR.includes(p)) this.#ghostHitR(p);
    if ((op === WRITE || countsAny) && this.GW.includes(p)) this.#ghostHitW(p);
  }

  /** growRead, with the ghost sizes as they are while the page still is in its list. */
  #ghostHitR(p: number): void {
    const { credit } = this.#options;
    let step = 1;
    if (credit === 'none') step = 0;
    if (credit === 'ratio') step = Math.max(1, this.GW.length / this.GR.length);
    this.target = Math.min(this.frames, this.target + step);
    without(this.GR, p);
  }

  #ghostHitW(p: number): void {
    const { credit } = this.#options;
    const { read, write } = this.#costs;
    let step = write / read;
    if (credit === 'none') step = 0;
    if (credit === 'flat') step = 1;
    if (credit === 'sum') step = (write + read) / read;
    if (credit === 'ratio') step = (write / read) * Math.max(1, this.GR.length / this.GW.length);
    this.target = Math.max(0, this.target - step);
    without(this.GW, p);
  }

  #linkR(p: number): void {
    if (this.GR.includes(p)) this.#ghostHitR(p);
    this.R.push(p);
    this.rbit.add(p);
  }

  #linkW(p: number): void {
    if (this.GW.includes(p)) this.#ghostHitW(p);
    this.W.push(p);
    this.wbit.add(p);
    this.wfreq.set(p, 0);
    this.#over.set(p, 0);
  }

  #reclaim(): void {
    const before = this.resident.size;
    while (this.resident.size === before) {
      if (this.#scansReadArea()) this.#scanR();
      else this.#scanW();
    }
  }

  #scansReadArea(): boolean {
    const { R, W, target: s, frames: C } = this;
    if (R.length === 0) return false;
    if (W.length === 0) return true;
    if (this.#options.choose === 'proportional') return R.length * (C - s) >= W.length * s;
    if (this.#options.choose === 'write-over') return !(W.length > C - s);
    return R.length >= Math.max(1, s);
  }

  #scanR(): void {
    const h = this.R.shift()!;
    if (this.rbit.delete(h)) {
      this.R.push(h);
      this.#linkLazily(h);
      return;
    }
    this.#linkLazily(h, 'R');
    const staysResident = this.W.includes(h);
    if (!staysResident) this.#freeFrame(h);
    this.#pushGhost(this.GR, h, staysResident);
    this.#trimGhosts();
  }

  #scanW(): void {
    const h = this.W.shift()!;
    if (this.wbit.delete(h)) {
      const K = Number(this.#options.frequency);
      this.wfreq.set(h, Math.min(K, this.wfreq.get(h)! + 1));
      this.#over.set(h, 0);
      this.W.push(h);
      this.#linkLazily(h);
      return;
    }
    if (this.#takesExtraTurn(h)) {
      this.W.push(h);
      this.#linkLazily(h);
      return;
    }
    this.#linkLazily(h, 'W');
    const staysResident = this.R.includes(h);
    if (!staysResident) this.#freeFrame(h);
    else if (this.#options.writeback === 'eager') this.writeBack(h);
    this.#pushGhost(this.GW, h, staysResident);
    this.#trimGhosts();
  }

  #takesExtraTurn(h: number): boolean {
    if (this.#options.count === 'dwf') {
      const over = this.#over.get(h)!;
      if (this.wfreq.get(h)! <= DWF_THRESHOLD || over >= DWF_EXPIRATION) return false;
      this.#over.set(h, over + 1);
      return true;
    }
    if (this.wfreq.get(h)! === 0) return false;
    this.wfreq.set(h, this.wfreq.get(h)! - 1);
    return true;
  }

  /**
   * `link=lazy`: the scan visits `h` and links it into the other area where that area's bit is set.
   * `leaving` is the area whose link `h` has just lost, which it cannot regain by this visit.
   */
  #linkLazily(h: number, leaving?: 'R' | 'W'): void {
    if (this.#options.link !== 'lazy') return;
    if (leaving !== 'W' && this.wbit.has(h) && !this.W.includes(h)) this.#linkW(h);
    if (leaving !== 'R' && this.rbit.has(h) && !this.R.includes(h)) this.#linkR(h);
  }

  #freeFrame(h: number): void {
    this.leave(h);
    this.rbit.delete(h);
    this.wbit.delete(h);
  }

  #pushGhost(ghosts: number[], h: number, staysResident: boolean): void {
    if (staysResident && this.#options.ghost === 'evict') return;
    without(ghosts, h);
    ghosts.push(h);
  }

  #trimGhosts(): void {
    const { frames: C } = this;
    const { ghosts } = this.#options;
    let limitR = Math.max(0, C - this.R.length);
    let limitW = Math.max(0, C - this.W.length);
    if (ghosts === 'full') limitR = limitW = C;
    if (ghosts === 'half') limitR = limitW = Math.floor(C / 2);
    while (this.GR.length > limitR) this.GR.shift();
    while (this.GW.length > limitW) this.GW.shift();
  }

  /** The invariants of policies.md 1.4. */
  check(): void {
    const { R, W, GR, GW, frames, target } = this;
    const linked = new Set([...R, ...W]);
    const say = (what: string): never => {
      throw new Error(`the CRAW twin broke an invariant: ${what}`);
    };
    if (linked.size !== this.resident.size) say('phys = |R u W|');
    if (linked.size > frames) say('phys <= C');
    if (R.some((page) => GR.includes(page))) say('R and GR are disjoint');
    if (W.some((page) => GW.includes(page))) say('W and GW are disjoint');
    if (target < 0 || target > frames) say('0 <= s_r <= C');
    if (this.writebacks + this.dirty.size !== this.dirtied) say('each dirtying is written once');
  }
}
