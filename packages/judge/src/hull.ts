// The lower convex hull of a lease's cost by memory. Curves of real guests have cliffs (a loop that
// fits or does not), and the step before a cliff gains nothing; along the hull each further byte is
// worth what the whole way to the next corner is (Talus: Beckmann, Sanchez, HPCA 2015).

/** What a lease's device time is with so much memory, over the interval that is divided by. */
export interface CostPoint {
  readonly bytes: number;
  readonly microseconds: number;
}

/** The corners of the hull, in rising bytes and falling cost, from the least memory that is known. */
export function convexHull(points: readonly CostPoint[]): CostPoint[] {
  const hull: CostPoint[] = [];
  for (const point of falling(points)) {
    while (hull.length >= 2 && isAbove(hull.at(-2)!, hull.at(-1)!, point)) hull.pop();
    hull.push(point);
  }
  return hull;
}

/** The hull's cost at `bytes`; beyond its ends that of the ends, for nothing is known there. */
export function hullCost(hull: readonly CostPoint[], bytes: number): number {
  if (hull.length === 0) return 0;
  let before = hull[0]!;
  if (bytes <= before.bytes) return before.microseconds;
  for (const point of hull) {
    if (point.bytes >= bytes) {
      const share = (bytes - before.bytes) / (point.bytes - before.bytes);
      return before.microseconds + share * (point.microseconds - before.microseconds);
    }
    before = point;
  }
  return before.microseconds;
}

/** In order of bytes, without those that cost no less than a smaller memory: noise, or an anomaly. */
function falling(points: readonly CostPoint[]): CostPoint[] {
  const sorted = [...points].sort((a, b) => a.bytes - b.bytes || a.microseconds - b.microseconds);
  const kept: CostPoint[] = [];
  for (const point of sorted) {
    const last = kept.at(-1);
    if (last === undefined || point.microseconds < last.microseconds) kept.push(point);
  }
  return kept;
}

/** True where `middle` is on or above the line from `left` to `right`. */
function isAbove(left: CostPoint, middle: CostPoint, right: CostPoint): boolean {
  const toMiddle = (middle.microseconds - left.microseconds) * (right.bytes - left.bytes);
  const toRight = (right.microseconds - left.microseconds) * (middle.bytes - left.bytes);
  return toMiddle >= toRight;
}
