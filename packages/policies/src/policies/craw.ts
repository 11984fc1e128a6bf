// CRAW, "Clock for read and write", and CRAW-RM, the same on the reference and modified bits that
// every MMU has. Memory is two logical areas: R, whose pages earn their place by reads (in CRAW-RM
// by any reference), and W, by writes. A page may be in both and leaves memory when it is in
// neither. Hits on the ghosts of each area (GR, GW), weighted by what storage charges for a read
// and for a write, move the target size of R.
//
// CRAW's own text was not available: this is a reconstruction from CRAW-RM's paper and from CRAW's
// abstract. Each inferred decision is an option (craw-options.ts).

import { assert } from '../errors.ts';
import {
  MODIFIED,
  type PageTable,
  READ_BIT,
  REFERENCED,
  TRAP_READ,
  TRAP_WRITE,
} from '../page-table.ts';
import type { Policy, PolicyDefinition, PolicySettings } from '../policy.ts';
import { NO_PAGE, type Op, READ, WRITE } from '../reference.ts';
import { Area } from './craw-area.ts';
import {
  CRAW_COUNTS,
  crawGauges,
  crawRmGauges,
  GR_HITS,
  GW_HITS,
  R_LINKS,
  R_SCANNED,
  R_SPARED,
  W_LINKS,
  W_SCANNED,
  W_SPARED,
} from './craw-gauges.ts';
import { type CrawChoices, crawOptions, crawRmOptions, parseCrawOptions } from './craw-options.ts';
import { ReadTarget } from './craw-target.ts';

const RECONSTRUCTED =
  'a reconstruction: the original text was not available; see the options D2-D14';
/** CLOCK-DWF's parameters, for count=dwf. */
const DWF_THRESHOLD = 2;
const DWF_EXPIRATION = 2;

export const craw: PolicyDefinition = {
  name: 'craw',
  summary:
    'Clocks over a read area and a write area, sized by ghost hits weighted by I/O cost (reconstructed).',
  source:
    'Lee, Bahn, Characterizing virtual memory write references for efficient page replacement in NAND flash memory, MASCOTS 2009; Lee, Bahn, Shin, JCSE 8(3), 2014',
  departures: [RECONSTRUCTED],
  observes: (options) => (options.link === 'lazy' ? 'read+write' : 'every-reference'),
  options: crawOptions,
  usesCosts: true,
  gauges: crawGauges,
  create: (settings) => new Craw(settings, false),
};

export const crawRm: PolicyDefinition = {
  name: 'craw-rm',
  summary:
    'CRAW on the reference and modified bits: a read/write area and a write area (reconstructed).',
  source:
    'CRAW-RM: page replacement that tells reads from writes by the reference and modified bits',
  departures: [RECONSTRUCTED],
  observes: (options) => (options.link === 'lazy' ? 'reference+modified' : 'every-reference'),
  options: crawRmOptions,
  usesCosts: true,
  gauges: crawRmGauges,
  create: (settings) => new Craw(settings, true),
};

class Craw implements Policy {
  readonly traps = 'own';
  /** Present only with link=immediate: a host that can do nothing but set bits needs no touch. */
  readonly touch?: (page: number, op: Op) => void;
  readonly #isRm: boolean;
  readonly #table: PageTable;
  /** R and GR: in CRAW-RM the read/write area. */
  readonly #read: Area;
  /** W and GW. */
  readonly #write: Area;
  readonly #target: ReadTarget;
  /** Per page: recent writes as the scans of W found them, 0 .. frequency. */
  readonly #frequency: Uint8Array;
  /** Per page, for count=dwf: extra turns taken since the last write. */
  readonly #over: Uint8Array;
  readonly #options: CrawChoices;
  /** The bit that a read (CRAW-RM: any reference) sets. */
  readonly #readBit: number;
  readonly #counts = new Float64Array(CRAW_COUNTS);
  #frames: number;
  #faultsToClear: number;

  constructor({ table, frames, options, costs }: PolicySettings, isRm: boolean) {
    this.#isRm = isRm;
    this.#table = table;
    this.#read = new Area(table.pageCount);
    this.#write = new Area(table.pageCount);
    this.#target = new ReadTarget(frames, costs, options);
    this.#options = parseCrawOptions(options);
    this.#frequency = new Uint8Array(table.pageCount);
    this.#over = new Uint8Array(this.#options.isDwf ? table.pageCount : 0);
    this.#readBit = isRm ? REFERENCED : READ_BIT;
    this.#frames = frames;
    this.#faultsToClear = this.#options.clearEveryFaults;
    if (!this.#options.isLazy) this.touch = (page, op) => this.#hit(page, op);
  }

  // if p in R or p in W:                              # hit: hardware sets bits
  //   if op == write: if p not in W: linkW(p)
  //                   if RM and p not in R: linkR(p)
  //   else:           if p not in R: linkR(p)
  #hit(page: number, op: Op): void {
    if (op === WRITE && !this.#write.has(page)) this.#linkWrite(page);
    if ((op === READ || this.#isRm) && !this.#read.has(page)) this.#linkRead(page);
    this.#guard(page);
  }

  // if (op == read or RM) and p in GR: GR.remove(p); growRead()
  // if  op == write       and p in GW: GW.remove(p); growWrite()
  // if phys == C: reclaim()
  victim(incoming: number = NO_PAGE, op: Op = READ): number {
    if (incoming !== NO_PAGE && this.#options.resolvesBefore) this.#resolve(incoming, op);
    return this.#reclaim();
  }

  // dirty[p] = (op == write); rbit[p] = wbit[p] = 0
  // if op == write: linkW(p); if RM: linkR(p)
  // else:           linkR(p)
  fault(page: number, op: Op): void {
    this.#resolve(page, op);
    const bothAreas = this.#isRm || this.#options.admitsToBoth;
    if (op === WRITE) this.#linkWrite(page);
    if (op === READ || bothAreas) this.#linkRead(page);
    if (this.#options.init === 0) {
      this.#table.clearReferenced(page);
      this.#table.clearModified(page);
    }
    this.#guard(page);
    if (this.#faultsToClear > 0 && --this.#faultsToClear === 0) this.#clearBits();
  }

  #resolve(page: number, op: Op): void {
    const any = this.#options.anyHitCounts;
    if ((op === READ || this.#isRm || any) && this.#read.hasGhost(page)) this.#growRead(page);
    if ((op === WRITE || any) && this.#write.hasGhost(page)) this.#growWrite(page);
  }

  #growRead(page: number): void {
    this.#counts[GR_HITS]!++;
    this.#target.growRead(this.#read.ghostCount, this.#write.ghostCount);
    this.#read.removeGhost(page);
  }

  #growWrite(page: number): void {
    this.#counts[GW_HITS]!++;
    this.#target.growWrite(this.#read.ghostCount, this.#write.ghostCount);
    this.#write.removeGhost(page);
  }

  // linkR(p): if p in GR: GR.remove(p); growRead()    # still resident through W, comes back to R
  //           R.append(p); rbit[p] = 1
  #linkRead(page: number): void {
    if (this.#read.hasGhost(page)) this.#growRead(page);
    this.#counts[R_LINKS]!++;
    this.#read.link(page);
    this.#table.bits[page]! |= this.#readBit;
  }

  // linkW(p): if p in GW: GW.remove(p); growWrite()
  //           W.append(p); wbit[p] = 1; wfreq[p] = 0
  #linkWrite(page: number): void {
    if (this.#write.hasGhost(page)) this.#growWrite(page);
    this.#counts[W_LINKS]!++;
    this.#write.link(page);
    this.#frequency[page] = 0;
    if (this.#options.isDwf) this.#over[page] = 0;
  }

  // target = phys
  // while phys == target:
  //   if   R is empty: area = W
  //   elif W is empty: area = R
  //   else:            area = R if |R| >= max(1, s_r) else W
  #reclaim(): number {
    for (;;) {
      if (this.#read.count + this.#write.count === 0) return NO_PAGE;
      const page = this.#scansRead() ? this.#scanRead() : this.#scanWrite();
      if (page !== NO_PAGE) return page;
    }
  }

  #scansRead(): boolean {
    const r = this.#read.count;
    const w = this.#write.count;
    const s = this.#target.frames;
    if (r === 0 || w === 0) return w === 0;
    if (this.#options.choose === 'proportional') return r * (this.#frames - s) >= w * s;
    if (this.#options.choose === 'write-over') return w <= this.#frames - s;
    return r >= Math.max(1, s);
  }

  // h = R.head
  // if rbit[h]: rbit[h] = 0; R.move_to_tail(h)
  // else: R.remove(h)
  //       if h in W: GR.push(h)                       # lost its read-area link only
  //       else:      freeFrame(h); GR.push(h)
  //       trimGhosts()
  #scanRead(): number {
    this.#counts[R_SCANNED]!++;
    const page = this.#read.oldest();
    const bits = this.#table.bits[page]!;
    if (this.#options.isLazy && (bits & MODIFIED) !== 0 && !this.#write.has(page)) {
      this.#linkWrite(page);
    }
    if ((bits & this.#readBit) !== 0) {
      this.#table.bits[page]! &= ~this.#readBit;
      this.#counts[R_SPARED]!++;
      this.#read.rotate();
      return NO_PAGE;
    }
    const leaves = !this.#write.has(page);
    this.#read.unlinkOldest(page, leaves || this.#options.ghostOnUnlink);
    return this.#unlinked(page, leaves);
  }

  // h = W.head
  // if wbit[h]:        wbit[h] = 0; wfreq[h] = min(K, wfreq[h]+1); W.move_to_tail(h)
  // elif wfreq[h] > 0: wfreq[h] -= 1;                              W.move_to_tail(h)
  // else: W.remove(h)
  //       if h in R: GW.push(h)                       # keeps its frame and stays dirty
  //       else:      freeFrame(h); GW.push(h)
  //       trimGhosts()
  #scanWrite(): number {
    this.#counts[W_SCANNED]!++;
    const page = this.#write.oldest();
    const bits = this.#table.bits[page]!;
    if (this.#options.isLazy && (bits & this.#readBit) !== 0 && !this.#read.has(page)) {
      this.#linkRead(page);
    }
    if ((bits & MODIFIED) !== 0) {
      this.#table.clearModified(page);
      this.#countWrite(page);
      this.#spareWrite();
      return NO_PAGE;
    }
    if (this.#takesExtraTurn(page)) {
      this.#spareWrite();
      return NO_PAGE;
    }
    const leaves = !this.#read.has(page);
    this.#write.unlinkOldest(page, leaves || this.#options.ghostOnUnlink);
    if (!leaves && this.#options.isEager && this.#table.isDirty(page)) {
      this.#table.requestWriteback(page);
    }
    return this.#unlinked(page, leaves);
  }

  #spareWrite(): void {
    this.#counts[W_SPARED]!++;
    this.#write.rotate();
  }

  #countWrite(page: number): void {
    if (this.#options.isDwf) this.#over[page] = 0;
    if (this.#frequency[page]! < this.#options.frequencyMax) this.#frequency[page]!++;
  }

  #takesExtraTurn(page: number): boolean {
    if (this.#options.isDwf) {
      if (this.#frequency[page]! <= DWF_THRESHOLD || this.#over[page]! >= DWF_EXPIRATION)
        return false;
      this.#over[page]!++;
      return true;
    }
    if (this.#frequency[page] === 0) return false;
    this.#frequency[page]!--;
    return true;
  }

  /** After a page lost a link: its ghosts are trimmed; returns it where it leaves memory. */
  #unlinked(page: number, leaves: boolean): number {
    // trimGhosts(): while |GR| > C-|R|: GR.pop_oldest(); while |GW| > C-|W|: GW.pop_oldest()
    this.#read.trimGhosts(this.#ghostsMax(this.#read.count));
    this.#write.trimGhosts(this.#ghostsMax(this.#write.count));
    if (leaves) return page;
    this.#guard(page);
    return NO_PAGE;
  }

  #ghostsMax(areaCount: number): number {
    const { ghosts } = this.#options;
    if (ghosts === 'full') return this.#frames;
    if (ghosts === 'half') return Math.floor(this.#frames / 2);
    return Math.max(0, this.#frames - areaCount);
  }

  /** Asks to be told of a hit where it would link the page into an area that it is not in. */
  #guard(page: number): void {
    if (this.#options.isLazy) return;
    const missesRead = !this.#read.has(page);
    const missesWrite = !this.#write.has(page) || (this.#isRm && missesRead);
    this.#table.setTraps(page, (missesRead ? TRAP_READ : 0) | (missesWrite ? TRAP_WRITE : 0));
  }

  #clearBits(): void {
    this.#faultsToClear = this.#options.clearEveryFaults;
    for (const area of [this.#read, this.#write]) {
      for (const page of area.pages()) {
        this.#table.bits[page]! &= ~this.#readBit;
        this.#table.clearModified(page);
      }
    }
  }

  forget(page: number): void {
    this.#read.forget(page);
    this.#write.forget(page);
  }

  resize(frames: number): void {
    this.#frames = frames;
    this.#target.resize(frames);
  }

  readGauges(into: Float64Array): void {
    const [r, w] = [this.#read.count, this.#write.count];
    into[0] = r;
    into[1] = w;
    into[2] = r + w - this.#table.residentCount;
    into[3] = this.#read.ghostCount;
    into[4] = this.#write.ghostCount;
    into[5] = this.#target.frames;
    into.set(this.#counts, 6);
  }

  check(): void {
    const { residentCount } = this.#table;
    let linked = this.#write.count;
    for (const page of this.#read.pages()) if (!this.#write.has(page)) linked++;
    assert(linked === residentCount, `R and W together hold ${linked} pages of ${residentCount}`);
    const s = this.#target.frames;
    assert(s >= 0 && s <= this.#frames, `0 <= s_r = ${s} <= C`);
    this.#read.check();
    this.#write.check();
    for (const page of this.#write.pages()) assert(this.#table.isResident(page), 'W is resident');
    for (const page of this.#read.pages()) assert(this.#table.isResident(page), 'R is resident');
  }
}
