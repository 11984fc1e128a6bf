// Cases made from a case: one input varied at a time, or all of some together. This is how the model
// answers what the paper leaves open.

import type { ModelCase, ModelRegime } from './model-case.ts';

const MIB = 2 ** 20;

export interface SweptCase {
  readonly sweep: string;
  readonly value: string;
  readonly one: ModelCase;
}

/** Values to take for each input; what is not listed stays as in the base. */
export interface Axes {
  readonly guests?: readonly number[];
  readonly memoryBytes?: readonly number[];
  readonly hogBytes?: readonly number[];
  readonly swappedShare?: readonly number[];
  readonly hogContent?: readonly string[];
  readonly regime?: readonly ModelRegime[];
}

/** What is swept unless something else is asked for. The hog's sizes are shares of memory. */
export function defaultAxes(base: ModelCase): Axes {
  const part = (eighths: number): number =>
    Math.round((base.memoryBytes * eighths) / 8 / MIB) * MIB;
  return {
    hogBytes: [0.5, 1, 2, 3, 4, 5].map(part),
    swappedShare: [0.25, 0.5, 0.75, 1],
    memoryBytes: [512, 1024, 2048, 4096].map((mebibytes) => mebibytes * MIB),
    guests: [1, 2, 4, 8, 16, 32],
    hogContent: [
      'node',
      'python',
      'cc1plus',
      'redis',
      'chromium',
      'hog-0',
      'hog-30',
      'hog-60',
      'hog-90',
    ],
  };
}

/** One input at a time. */
export function sweepCases(base: ModelCase, axes: Axes): SweptCase[] {
  const byInput = steps(axes).sort((a, b) => orderOf(a) - orderOf(b));
  return byInput.flatMap((step) =>
    step.map(({ sweep, value, change }) => {
      const one = change(base);
      return { sweep, value, one: { ...one, name: `${sweep} ${value}` } };
    }),
  );
}

/** What is asked first of a gain stands first. */
const order = ['hog', 'swapped share', 'memory', 'guests', 'content', 'regime'];

function orderOf([step]: readonly Step[]): number {
  return order.indexOf(step!.sweep);
}

/** All combinations of the axes. */
export function gridCases(base: ModelCase, axes: Axes): SweptCase[] {
  let found: SweptCase[] = [{ sweep: 'grid', value: '', one: base }];
  for (const step of steps(axes)) {
    found = found.flatMap(({ value, one }) =>
      step.map(({ sweep, value: next, change }) => ({
        sweep: 'grid',
        value: `${value} ${sweep} ${next}`.trim(),
        one: change(one),
      })),
    );
  }
  return found.map((swept) => ({ ...swept, one: { ...swept.one, name: swept.value } }));
}

interface Step {
  readonly sweep: string;
  readonly value: string;
  readonly change: (one: ModelCase) => ModelCase;
}

function steps(axes: Axes): Step[][] {
  const of = <T>(
    sweep: string,
    values: readonly T[] | undefined,
    text: (value: T) => string,
    change: (one: ModelCase, value: T) => ModelCase,
  ): Step[] =>
    (values ?? []).map((value) => ({
      sweep,
      value: text(value),
      change: (one) => change(one, value),
    }));
  return [
    of('regime', axes.regime, String, (one, regime) => ({ ...one, regime })),
    of('memory', axes.memoryBytes, mebibytes, withMemory),
    of('hog', axes.hogBytes, mebibytes, (one, hogBytes) => ({ ...one, hogBytes })),
    of('swapped share', axes.swappedShare, percent, (one, swappedShare) => ({
      ...one,
      swappedShare,
    })),
    of('guests', axes.guests, String, withGuests),
    of('content', axes.hogContent, String, (one, hogContent) => ({ ...one, hogContent })),
  ].filter((step) => step.length > 0);
}

/** The hog grows with memory; kernel, cache and job stay as they are. */
function withMemory(one: ModelCase, memoryBytes: number): ModelCase {
  const hogBytes = Math.round((one.hogBytes * memoryBytes) / one.memoryBytes / MIB) * MIB;
  const swapBytes = Math.round((one.swapBytes * memoryBytes) / one.memoryBytes / MIB) * MIB;
  return { ...one, memoryBytes, hogBytes, swapBytes };
}

/** The share of busy guests stays. */
function withGuests(one: ModelCase, guests: number): ModelCase {
  const busy = Math.round((guests * one.busyGuests) / one.guests);
  return { ...one, guests, busyGuests: Math.max(1, busy) };
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
