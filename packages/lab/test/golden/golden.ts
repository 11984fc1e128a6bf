// The golden counts of the shipped recordings: faults and write-backs of every policy at an eighth,
// a quarter and a half of each footprint. They are kept in JSON files beside this one;
// `PAGELEND_GOLDEN=write npx vitest run packages/lab/test/golden` writes them anew, after a
// recording was made again. A difference without such a reason is a defect.

import { readFileSync, writeFileSync } from 'node:fs';
import { loadTrace, type MemoryTrace, parseFrames, sweep } from '@pagelend/lab';
import { policies } from '@pagelend/policies';
import { openTrace } from '@pagelend/trace';
import { expect } from 'vitest';
import type { Reference } from '../../../policies/test/host.ts';
import { resolve } from '../../../policies/test/host.ts';
import { CarTwin } from '../../../policies/test/twins/car.ts';
import { ClockTwin } from '../../../policies/test/twins/clock.ts';
import { CrawTwin } from '../../../policies/test/twins/craw.ts';
import { LruTwin } from '../../../policies/test/twins/lru.ts';
import type { Twin } from '../../../policies/test/twins/twin.ts';
import { planFor, recording } from '../helpers.ts';

export interface Golden {
  readonly references: number;
  readonly pages: number;
  readonly frames: readonly number[];
  /** Per policy and frame count: faults, write-backs. */
  readonly counts: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

const fileOf = (name: string): URL => new URL(`${name}.json`, import.meta.url);

export function readGolden(name: string): Golden {
  return JSON.parse(readFileSync(fileOf(name), 'utf8')) as Golden;
}

/** Replays a recording under every policy and compares with its golden counts. */
export async function expectGolden(name: string): Promise<void> {
  const every = policies.map((policy) => policy.name);
  const plan = planFor([recording(name)], every.join(','), []);
  const { rows, traces } = await sweep({ ...plan, frames: parseFrames('12.5%,25%,50%') });
  const counts: Record<string, [number, number][]> = {};
  for (const { policy, faults, writebacks } of rows) {
    counts[policy] = [...(counts[policy] ?? []), [faults, writebacks]];
  }
  const { references, pages } = traces[0]!;
  const frames = [...new Set(rows.map((row) => row.frames))];
  const found: Golden = { references, pages, frames, counts };
  if (process.env.PAGELEND_GOLDEN === 'write') writeFileSync(fileOf(name), format(found));
  expect(found).toEqual(readGolden(name));
}

/** One line per policy. */
function format({ counts, frames, ...rest }: Golden): string {
  const lines = Object.entries(counts).map(([policy, pairs]) => {
    const list = pairs.map(([faults, writebacks]) => `[${faults}, ${writebacks}]`).join(', ');
    return `    "${policy}": [${list}]`;
  });
  return `{
  "references": ${rest.references},
  "pages": ${rest.pages},
  "frames": [${frames.join(', ')}],
  "counts": {
${lines.join(',\n')}
  }
}
`;
}

/** The slow twins that golden counts are confirmed with. */
export const twins: Readonly<Record<string, (frames: number) => Twin>> = {
  clock: (frames) => new ClockTwin(frames, 1),
  lru: (frames) => new LruTwin(frames),
  car: (frames) => new CarTwin(frames, 'real'),
  craw: (frames) => crawTwin('craw', frames),
  'craw-rm': (frames) => crawTwin('craw-rm', frames),
};

function crawTwin(spec: string, frames: number): Twin {
  const costs = { read: 1, write: 4 };
  return new CrawTwin({ frames, isRm: spec === 'craw-rm', costs, options: resolve(spec).options });
}

export async function load(name: string): Promise<MemoryTrace> {
  const reader = await openTrace(recording(name));
  try {
    return await loadTrace(reader);
  } finally {
    await reader.close();
  }
}

/** The first `count` references, one at a time and never all in one list. */
export function* referencesOf(
  trace: MemoryTrace,
  count: number = trace.referenceCount,
): Generator<Reference> {
  const packed = new Uint32Array(trace.buffer, 0, count);
  for (const reference of packed) yield [reference >>> 1, (reference & 1) as 0 | 1];
}
