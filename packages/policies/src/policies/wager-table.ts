// What intervals between references look like, by class of page: a life table that says, for each
// age since the last reference, what keeping such a page is worth per unit of time.
//
// An interval ends by a reference, or is censored: the page is still waiting, or was forgotten while
// it waited. With d(b) ends and c(b) censorings at ages of bin b, n(b) intervals that outlasted b and
// a bin of width w(b), the rate of ends within the bin is
//   r(b) = (d(b) + prior ends) / (w(b) * (n(b) + (d(b) + c(b)) / 2) + prior time),
// the actuarial estimate, for which no record of single intervals need be kept.
//
// A page may be given up at any later age, so the worth of one at bin b is the best over the bins
// k >= b of (chance to be referenced by k) / (expected time until then or k): Gittins' index of a
// job that may be stopped. Where hazards only fall with age it is the hazard at b, and the order is
// LRU's; where they rise (a loop that exceeds memory), waiting pages outrank those just used.

/** Ages 0 and 1, then two bins an octave; ages beyond share the last bin. */
export const AGE_BINS = 48;

/** Before anything is known a page of age a is expected back at a rate of 0.3 / (a + 1), ... */
const PRIOR_RATE = 0.3;
/** ... with the weight of that many pages watched for as long as they are old. */
const PRIOR_WEIGHT = 2;

export function ageBin(age: number): number {
  if (age < 2) return age;
  const octave = 31 - Math.clz32(age);
  const bin = 2 * octave + ((age >>> (octave - 1)) & 1);
  return bin < AGE_BINS ? bin : AGE_BINS - 1;
}

/** The first age of a bin. */
function binStart(bin: number): number {
  return bin < 2 ? bin : 2 ** (bin >> 1) * (bin % 2 === 0 ? 1 : 1.5);
}

const widths = Float64Array.from({ length: AGE_BINS }, (_, b) => binStart(b + 1) - binStart(b));
const middles = Float64Array.from(
  { length: AGE_BINS },
  (_, b) => (binStart(b) + binStart(b + 1)) / 2,
);

export class IntervalTable {
  /** Per class and bin, at `class * AGE_BINS + bin`: the worth of a page, in references per fault. */
  readonly worth: Float64Array;
  /** The same: pages that wait now. Callers count them before `update`, which forgets them. */
  readonly waiting: Float64Array;
  readonly #classCount: number;
  readonly #ended: Float64Array;
  readonly #censored: Float64Array;
  // The best block of bins that starts at each bin: chance of an end in it, time spent in it, chance
  // to outlast it, and the bin behind it.
  readonly #gain = new Float64Array(AGE_BINS);
  readonly #time = new Float64Array(AGE_BINS);
  readonly #outlast = new Float64Array(AGE_BINS);
  readonly #behind = new Uint8Array(AGE_BINS);

  readonly #looksAhead: boolean;

  /** `looksAhead` false takes the rate at a bin for its worth, for comparison. */
  constructor(classCount: number, looksAhead = true) {
    this.#classCount = classCount;
    this.#looksAhead = looksAhead;
    const size = classCount * AGE_BINS;
    this.worth = new Float64Array(size);
    this.waiting = new Float64Array(size);
    this.#ended = new Float64Array(size);
    this.#censored = new Float64Array(size);
    this.update(1);
  }

  /** An interval of a page of this class ended by a reference. */
  end(pageClass: number, age: number): void {
    this.#ended[pageClass * AGE_BINS + ageBin(age)]!++;
  }

  /** The page was forgotten while it waited. */
  censor(pageClass: number, age: number): void {
    this.#censored[pageClass * AGE_BINS + ageBin(age)]!++;
  }

  /** Computes `worth` anew, and then lets what was counted fade to `kept` of its weight. */
  update(kept: number): void {
    for (let pageClass = 0; pageClass < this.#classCount; pageClass++) {
      this.#updateClass(pageClass * AGE_BINS);
    }
    for (let i = 0; i < this.#ended.length; i++) {
      this.#ended[i]! *= kept;
      this.#censored[i]! *= kept;
    }
    this.waiting.fill(0);
  }

  #updateClass(offset: number): void {
    const gain = this.#gain;
    const time = this.#time;
    const outlast = this.#outlast;
    const behind = this.#behind;
    let reached = 0;
    for (let bin = AGE_BINS - 1; bin >= 0; bin--) {
      const ends = this.#ended[offset + bin]!;
      const lost = this.#censored[offset + bin]! + this.waiting[offset + bin]!;
      const width = widths[bin]!;
      const priorRate = PRIOR_RATE / (middles[bin]! + 1);
      const priorTime = PRIOR_WEIGHT * (middles[bin]! + 1);
      const exposure = (reached + (ends + lost) / 2) * width;
      const rate = (ends + priorRate * priorTime) / (exposure + priorTime);
      reached += ends + lost;
      // Within a bin the rate is constant; e^-x to second order over its inverse, which is a
      // probability for every x.
      const x = rate * width;
      const stays = 1 / (1 + x + (x * x) / 2);
      let g = 1 - stays;
      let t = g / rate;
      let s = stays;
      let next = bin + 1;
      while (this.#looksAhead && next < AGE_BINS && gain[next]! * t > g * time[next]!) {
        g += s * gain[next]!;
        t += s * time[next]!;
        s *= outlast[next]!;
        next = behind[next]!;
      }
      gain[bin] = g;
      time[bin] = t;
      outlast[bin] = s;
      behind[bin] = next;
      this.worth[offset + bin] = g / t;
    }
  }
}
