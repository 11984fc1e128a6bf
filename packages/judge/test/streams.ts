// Seeded streams of references to the slots of one lease, and what a judge says of them.

import { Judge, type JudgeSettings, type LeaseVerdict } from '@pagelend/judge';
import { READ, WRITE } from '@pagelend/policies';
import type { Reference } from '../../policies/test/host.ts';
import { randomFrom } from '../../policies/test/traces.ts';

export const COSTS = { read: 100, write: 400 };

interface StreamShape {
  readonly pages: number;
  readonly references: number;
  readonly writeShare: number;
  readonly seed: number;
}

/** Names the page of a reference, from its number and random numbers. */
type Draw = (index: number, random: () => number) => number;

export function streamOf(shape: StreamShape, draw: Draw): Reference[] {
  const random = randomFrom(shape.seed);
  return Array.from({ length: shape.references }, (_, index) => [
    Math.min(shape.pages - 1, Math.floor(draw(index, random))),
    random() < shape.writeShare ? WRITE : READ,
  ]);
}

/** Ranks by a power law, scattered over the slots: hot pages do not stand side by side. */
export function skewed(shape: StreamShape, skew = 3): Reference[] {
  const step = coprimeStep(shape.pages);
  return streamOf(shape, (_, random) => {
    const rank = Math.floor(random() ** skew * shape.pages);
    return (rank * step) % shape.pages;
  });
}

export function loop(shape: StreamShape): Reference[] {
  return streamOf(shape, (index) => index % shape.pages);
}

/** Skewed references beside passes over everything. */
export function skewedAndScans(shape: StreamShape): Reference[] {
  const step = coprimeStep(shape.pages);
  return streamOf(shape, (index, random) =>
    index % 4 === 0
      ? (index / 4) % shape.pages
      : (Math.floor(random() ** 4 * shape.pages) * step) % shape.pages,
  );
}

/** A working set of a quarter of the pages that moves on as it is used. */
export function shifting(shape: StreamShape): Reference[] {
  return streamOf(shape, (index, random) => {
    const start = (index / shape.references) * shape.pages * 3;
    return Math.floor(start + random() ** 2 * (shape.pages / 4)) % shape.pages;
  });
}

/** What a judge of one lease says after the stream; the lease's number seeds the sample. */
export function verdictAfter(
  stream: readonly Reference[],
  residentPages: number,
  settings: Partial<JudgeSettings> = {},
  lease = 0,
): LeaseVerdict {
  const judge = new Judge({ policy: 'clock', costs: COSTS, ...settings });
  judge.facts(lease, residentPages, residentPages * 1000);
  for (const [slot, op] of stream) judge.reference(lease, slot, op);
  return judge.verdict(lease)!;
}

function coprimeStep(pages: number): number {
  let step = Math.floor(pages * 0.618) | 1;
  while (greatestDivisor(step, pages) !== 1) step += 2;
  return step;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
