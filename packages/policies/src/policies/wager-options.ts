// What of WAGER can be switched off or changed, for the ablations in docs/wager.md. None of it is
// there to be tuned: the defaults are meant for every program, memory and medium.

import type { OptionTable, OptionValues } from '../options.ts';

export const wagerOptions: OptionTable = {
  scan: {
    kind: 'number',
    default: 16,
    min: 1,
    max: 2 ** 20,
    integer: true,
    says: 'frames whose bits are looked at per fault, in turn',
  },
  classes: {
    kind: 'number',
    default: 8,
    min: 1,
    max: 12,
    integer: true,
    says: 'classes of pages by the mean of their intervals; 1: all pages are alike',
  },
  written: {
    kind: 'choice',
    default: 'apart',
    choices: ['apart', 'together'],
    says: 'whether pages that were written are classes of their own as to references',
  },
  worth: {
    kind: 'choice',
    default: 'best',
    choices: ['best', 'rate'],
    says: "best: Gittins' index, the best of all later ages to give up at; rate: that of the age alone",
  },
  end: {
    kind: 'choice',
    default: 'lindy',
    choices: ['lindy', 'never'],
    says: 'lindy: a write-back put off may never be asked for, with a chance of 1 / faults so far',
  },
  seen: {
    kind: 'choice',
    default: 'middle',
    choices: ['middle', 'now'],
    says: 'when a reference found by a look is taken to have been: between the looks, or at this one',
  },
};

export interface WagerChoices {
  readonly scanFrames: number;
  readonly classCount: number;
  readonly tellsWritten: boolean;
  readonly looksAhead: boolean;
  readonly expectsEnd: boolean;
  readonly seesInMiddle: boolean;
}

export function parseWagerOptions(options: OptionValues): WagerChoices {
  return {
    scanFrames: Number(options.scan),
    classCount: Number(options.classes),
    tellsWritten: options.written === 'apart',
    looksAhead: options.worth === 'best',
    expectsEnd: options.end === 'lindy',
    seesInMiddle: options.seen === 'middle',
  };
}
