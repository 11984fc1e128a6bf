// How a configuration looks in every figure: colour, marker and dash together, as policies do in the
// report of a sweep.

import type { Mark } from '@pagelend/lab';
import type { Configuration } from '../experiment/plan.ts';

export const configurationMarks: Readonly<Record<Configuration, Mark>> = {
  lent: { colour: '0', marker: 0, dash: '' },
  zram: { colour: '1', marker: 1, dash: '7 3' },
  nbdkit: { colour: '3', marker: 3, dash: '9 3 2 3' },
  disk: { colour: '2', marker: 2, dash: '2 2.5' },
  none: { colour: 'ink', marker: 8, dash: '' },
};

/** Predicted values: a line without markers of their own. */
export const predictedMark: Mark = { colour: '7', marker: 2, dash: '7 3' };
