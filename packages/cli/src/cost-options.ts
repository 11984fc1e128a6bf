// What storage charges, as the verbs of the laboratory take it: by name, by numbers, or by ratios.

import { type CostPair, DEFAULT_COSTS, mediumCosts } from '@pagelend/lab';
import type { Command } from 'commander';
import { CliError } from './failure.ts';
import { plainNumber, positiveNumbers } from './numbers.ts';

export interface CostOptions {
  readonly medium?: string;
  readonly readCost?: number;
  readonly writeCost?: number;
  readonly costRatio?: readonly number[];
}

export function addCostOptions(command: Command): Command {
  return command
    .option('-m, --medium <list>', 'storage media by name, by comma; each sets both costs')
    .option('--read-cost <number>', 'cost of reading a page (default: 1)', plainNumber)
    .option('--write-cost <number>', 'cost of writing a page back (default: 4)', plainNumber)
    .option(
      '--cost-ratio <list>',
      'several write costs at a read cost of 1, as in 2,4,8',
      positiveNumbers,
    );
}

/** The cost pairs asked for; with none given, the default one. */
export function costsOf({ medium, readCost, writeCost, costRatio }: CostOptions): CostPair[] {
  const hasCosts = readCost !== undefined || writeCost !== undefined;
  const ways = [medium !== undefined, hasCosts, costRatio !== undefined].filter(Boolean).length;
  if (ways > 1) {
    throw new CliError(
      'CLI_USAGE',
      'costs are given in one way: --medium, or --read-cost and --write-cost, or --cost-ratio',
    );
  }
  if (medium !== undefined) {
    return [...new Set(medium.split(',').map((name) => name.trim()))].map(mediumCosts);
  }
  if (costRatio !== undefined) {
    return costRatio.map((ratio) => ({ medium: null, read: 1, write: ratio }));
  }
  const { read, write } = DEFAULT_COSTS;
  return [{ medium: null, read: readCost ?? read, write: writeCost ?? write }];
}
