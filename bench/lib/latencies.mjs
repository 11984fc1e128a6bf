// Latencies of very many requests in little room: counts by size, 32 steps for each doubling, so that a
// quantile is told to within some 2 %.

const STEPS_PER_DOUBLING = 32;
const DOUBLINGS = 36;

export class Latencies {
  counts = new Float64Array(STEPS_PER_DOUBLING * DOUBLINGS);

  /** A latency in microseconds. */
  add(us) {
    const step = Math.floor(Math.log2(Math.max(1, us)) * STEPS_PER_DOUBLING);
    this.counts[Math.min(step, this.counts.length - 1)]++;
  }

  merge(counts) {
    for (let step = 0; step < counts.length; step++) this.counts[step] += counts[step];
  }

  get count() {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** The latency that a share of all requests does not pass, in whole microseconds. */
  quantileUs(share) {
    let left = this.count * share;
    for (let step = 0; step < this.counts.length; step++) {
      left -= this.counts[step];
      if (left <= 0 && this.counts[step] > 0) {
        return Math.round(2 ** ((step + 1) / STEPS_PER_DOUBLING));
      }
    }
    return 0;
  }
}
