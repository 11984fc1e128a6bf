// What several test files of this room need: a scratch directory, traces from lists of references,
// and a seeded generator of long ones.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MemoryTrace, type SimRow, Simulation, type SweepPlan, sweep } from '@pagelend/lab';
import { type Costs, type Observation, packReference, parsePolicyList } from '@pagelend/policies';
import { TraceEncoder } from '@pagelend/trace';
import { afterAll } from 'vitest';
import { nextUses, type Reference, resolve } from '../../policies/test/host.ts';
import { randomFrom } from '../../policies/test/traces.ts';

export interface Scratch {
  path(name: string): string;
  write(name: string, content: string | Uint8Array): string;
  /** Writes the references as a trace file. */
  trace(name: string, references: Iterable<Reference>): string;
}

/** A directory that goes away after the file's tests. */
export function scratch(): Scratch {
  const directory = mkdtempSync(join(tmpdir(), 'pagelend-lab-test-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const path = (name: string): string => join(directory, name);
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(path(name), content);
    return path(name);
  };
  return { path, write, trace: (name, references) => write(name, encode(references)) };
}

export function encode(references: Iterable<Reference>): Uint8Array {
  const encoder = new TraceEncoder({ provenance: { note: 'made up' } });
  for (const [page, op] of references) encoder.add(page, op);
  encoder.finish();
  return Buffer.concat(encoder.take());
}

export function pack(trace: readonly Reference[]): Uint32Array {
  return Uint32Array.from(trace, ([page, op]) => packReference(page, op));
}

/** Page ids as a trace file numbers them: in the order of first references. */
export function renumber(trace: readonly Reference[]): Reference[] {
  const ids = new Map<number, number>();
  return trace.map(([page, op]) => {
    if (!ids.has(page)) ids.set(page, ids.size);
    return [ids.get(page)!, op];
  });
}

export function memoryTraceOf(trace: readonly Reference[]): MemoryTrace {
  const buffer = new SharedArrayBuffer(trace.length * 4);
  new Uint32Array(buffer).set(pack(trace));
  return {
    buffer,
    referenceCount: trace.length,
    writeCount: trace.filter(([, op]) => op === 1).length,
    pageCount: 1 + Math.max(-1, ...new Set(trace.map(([page]) => page))),
  };
}

/** References of which half go to a few pages, and a share are writes. */
export function randomTrace(count: number, pages: number, seed = 1): Reference[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => [
    Math.floor(random() ** 3 * pages),
    random() < 0.3 ? 1 : 0,
  ]);
}

export interface SimulationSettings {
  readonly frames: number;
  readonly costs?: Costs | undefined;
  readonly offers?: Observation | undefined;
}

/** A simulation of the policy as users write it, ready to run over this trace. */
export function simulationOf(
  spec: string,
  trace: readonly Reference[],
  { frames, costs = { read: 1, write: 4 }, offers }: SimulationSettings,
): Simulation {
  return new Simulation({
    ...resolve(spec),
    frames,
    costs,
    offers,
    pageCount: 1 + trace.reduce((largest, [page]) => Math.max(largest, page), -1),
    nextUse: nextUses(trace),
  });
}

/** A plan over one trace; policies as on the command line. */
export function planFor(
  traces: readonly string[],
  policies: string,
  frames: readonly number[],
  rest: Partial<SweepPlan> = {},
): SweepPlan {
  return {
    traces,
    policies: parsePolicyList(policies),
    frames: frames.map((value) => ({ value, isPercent: false })),
    costs: [{ medium: null, read: 1, write: 4 }],
    ...rest,
  };
}

export async function rowsOf(...plan: Parameters<typeof planFor>): Promise<readonly SimRow[]> {
  return (await sweep(planFor(...plan))).rows;
}

/** The path of a recording that comes with the repository. */
export function recording(name: string): string {
  return fileURLToPath(new URL(`../../../recordings/${name}.plt`, import.meta.url));
}

/** The code of what a function throws, or a promise rejects with. */
export async function codeOf(fails: () => unknown): Promise<unknown> {
  try {
    await fails();
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
  return 'nothing was thrown';
}
