// What CLOCK-Pro can be told and what it shows: each point that the paper leaves open, and where its
// authors' own code differs from it. policies/clock-pro.ts is the algorithm.

import type { OptionTable } from '../options.ts';
import type { Gauge } from '../policy.ts';

export const clockProDepartures: readonly string[] = [
  'the limits of the cold target are ours: it starts at 1 % of the frames, two at least, never falls below that, and leaves as many to hot pages',
  'while more frames are free than the cold target, new pages are hot, as in the code of the authors',
  'a referenced page whose test period HAND_hot ends before it finds a hot page to demote stays cold and moves to the head, as the paper has it for pages referenced after their test period; the code of the authors evicts both (passed=evict)',
  'a cold page moved to the head is in its test period again',
  'repeated references to one page set its bit, as hardware does; the code of the authors skips them, which takes seeing every reference (repeats=ignore)',
  'a new page starts with its bit cleared, as in the code of the authors, though hardware sets it as the access runs again',
  'the code of the authors as shipped does not adapt the target, which is 5 % there (adapt=off:cold=0.05)',
  'where no cold page is resident, HAND_hot makes one',
];

export const clockProOptions = {
  cold: {
    kind: 'number',
    default: 0.01,
    min: 0,
    max: 1,
    says: 'initial and smallest target of cold pages as a share of the frames, at least two frames',
  },
  adapt: {
    kind: 'choice',
    default: 'on',
    choices: ['on', 'off'],
    says: 'whether the target of cold pages adapts (section 4.4 of the paper) or stays',
  },
  nonresident: {
    kind: 'number',
    default: 1,
    min: 0,
    max: 4,
    says: 'absent pages in the clock at most, as a multiple of the frames',
  },
  passed: {
    kind: 'choice',
    default: 'spare',
    choices: ['spare', 'evict'],
    says: 'what HAND_cold does with a referenced page whose test period is over',
  },
  repeats: {
    kind: 'choice',
    default: 'count',
    choices: ['count', 'ignore'],
    says: 'whether a reference to the page that was referenced last sets the bit',
  },
} satisfies OptionTable;

/** The counts come last, in the order of their indexes below. */
export const clockProGauges: readonly Gauge[] = [
  { name: 'hot', kind: 'pages', says: 'resident hot pages' },
  { name: 'cold', kind: 'pages', says: 'resident cold pages' },
  { name: 'nonresident', kind: 'pages', says: 'absent pages in their test period' },
  { name: 'cold-target', kind: 'target', says: 'frames meant for cold pages' },
  { name: 'promoted', kind: 'count', says: 'cold or absent pages that became hot' },
  { name: 'demoted', kind: 'count', says: 'hot pages that became cold' },
  { name: 'expired', kind: 'count', says: 'test periods that ended without another reference' },
];

/** Indexes into the counters. */
export const PROMOTED = 0;
export const DEMOTED = 1;
export const EXPIRED = 2;
