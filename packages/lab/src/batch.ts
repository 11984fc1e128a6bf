// Several cells in one pass over their trace: those that can go together as one ensemble, the others
// one after another over each window while it is in the cache.

import {
  type Cell,
  type CellInput,
  type CellResult,
  failureIn,
  replayWindows,
  resultOf,
  runCell,
  simulationFor,
  traceOf,
} from './cell.ts';
import { ENSEMBLE_MEMBERS_MAX, Ensemble } from './ensemble.ts';
import type { Simulation } from './simulation.ts';

/**
 * Indexes of cells in batches for so many workers, none empty. Cells of a batch share a trace. Each
 * batch takes every so many-th cell, because neighbours cost alike: the smallest memories fault most.
 */
export function batchesOf(cells: readonly Cell[], jobs: number): number[][] {
  const alone = [...cells.keys()].filter((index) => cells[index]!.isExplained === true);
  const together = (['trace', 'writes'] as const).flatMap((over) => {
    const mine = [...cells.keys()].filter(
      (index) => cells[index]!.over === over && cells[index]!.isExplained !== true,
    );
    const perBatch = Math.min(ENSEMBLE_MEMBERS_MAX, Math.ceil(mine.length / jobs));
    const count = mine.length === 0 ? 0 : Math.ceil(mine.length / perBatch);
    return Array.from({ length: count }, (_, batch) =>
      mine.filter((_, place) => place % count === batch),
    );
  });
  return [...alone.map((index) => [index]), ...together];
}

/**
 * Runs cells that share a trace; results in their order. `onWindow` gets the references replayed since
 * its last call, each counted once for every cell.
 */
export async function runBatch(
  cells: readonly Cell[],
  input: CellInput,
  onWindow: (references: number) => void,
): Promise<CellResult[]> {
  if (cells.length === 1) return [await runCell(cells[0]!, input, onWindow)];
  const simulations: Simulation[] = [];
  for (const cell of cells) simulations.push(await simulationFor(cell, input));
  let warm = simulations.map(({ counts }) => counts);
  const parts = partsOf(simulations);
  await replayWindows(
    traceOf(cells[0]!, input),
    input.warmupReferences,
    (window, from, to) => {
      for (const part of parts) {
        try {
          part.run(window, from, to);
        } catch (error) {
          throw failureIn(cells[part.acting()]!, error);
        }
      }
    },
    () => {
      warm = simulations.map(({ counts }) => counts);
    },
    (references) => onWindow(references * cells.length),
  );
  return simulations.map((simulation, index) => resultOf(cells[index]!, simulation, warm[index]!));
}

interface Part {
  readonly run: (references: Uint32Array, from: number, to: number) => void;
  /** Index of the simulation that acted last. */
  readonly acting: () => number;
}

function partsOf(simulations: readonly Simulation[]): Part[] {
  const indexes = [...simulations.keys()];
  const together = indexes.filter((index) => !simulations[index]!.actsOnHits);
  // A single one is faster in its own loop.
  const isEnsemble = together.length > 1;
  const alone = isEnsemble ? indexes.filter((index) => simulations[index]!.actsOnHits) : indexes;
  const parts: Part[] = alone.map((index) => ({
    run: (references, from, to) => simulations[index]!.run(references, from, to),
    acting: () => index,
  }));
  if (isEnsemble) {
    const ensemble = new Ensemble(together.map((index) => simulations[index]!));
    parts.push({
      run: (references, from, to) => ensemble.run(references, from, to),
      acting: () => together[ensemble.acting]!,
    });
  }
  return parts;
}
