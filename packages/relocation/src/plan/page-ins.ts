// How often a guest that is so short would read pages back: a recorded program replayed in as large a
// share of its pages as the guest's memory is of its demand. One program stands for all of a guest's.

import { loadPolicy, loadTrace, Simulation, WINDOW_REFERENCES, windowOf } from '@pagelend/lab';
import { observationOf, optionsOf, parsePolicySpec } from '@pagelend/policies';
import { openTrace } from '@pagelend/trace';
import { RelocationError } from '../errors.ts';
import type { PageIns } from './result.ts';

/** `residentShare` from 0 to 1: memory over demand. */
export async function pageInsOf(
  path: string,
  policyText: string,
  residentShare: number,
): Promise<PageIns> {
  const spec = parsePolicySpec(policyText);
  const definition = await loadPolicy(spec.name);
  const options = optionsOf(definition, spec.options);
  if (observationOf(definition, options) === 'future') {
    throw new RelocationError(
      'RELOCATION_PLAN',
      `policy ${spec.asked} observes the future, which no guest does; take another`,
    );
  }
  const reader = await openTrace(path);
  try {
    const trace = await loadTrace(reader);
    const { pageCount, referenceCount } = trace;
    const frames = Math.max(1, Math.round(pageCount * residentShare));
    const costs = { read: 1, write: 1 };
    const simulation = new Simulation({ definition, options, frames, costs, pageCount });
    for (let at = 0; at < referenceCount; at += WINDOW_REFERENCES) {
      simulation.run(windowOf(trace, at, Math.min(at + WINDOW_REFERENCES, referenceCount)));
    }
    simulation.check();
    const { faults, coldFaults, writebacks } = simulation.counts;
    const perMillion = (events: number): number => (events * 1e6) / Math.max(1, referenceCount);
    return {
      policy: spec.asked,
      trace: path,
      references: referenceCount,
      frames,
      pages: pageCount,
      page_ins_per_million_references: perMillion(faults - coldFaults),
      page_outs_per_million_references: perMillion(writebacks),
    };
  } finally {
    await reader.close();
  }
}
