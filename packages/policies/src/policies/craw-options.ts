// The decisions of the reconstruction of CRAW that its published sources leave open, each with its
// number in the list of decisions, as named options. Defaults are the reconstruction's own.

import type { OptionTable, OptionValues } from '../options.ts';

export const crawOptions: OptionTable = {
  link: {
    kind: 'choice',
    default: 'immediate',
    choices: ['immediate', 'lazy'],
    says: 'D3: a hit links the page into the other area at once, or the scan does when it finds the bit (all that hardware allows)',
  },
  admit: {
    kind: 'choice',
    default: 'area',
    choices: ['area', 'both'],
    says: 'D2, CRAW only: a write fault enters the write area, or both areas as in CRAW-RM',
  },
  start: {
    kind: 'number',
    default: 0,
    min: 0,
    max: 1,
    says: 'D4: first target of the read area, as a share of the frames',
  },
  choose: {
    kind: 'choice',
    default: 'read-first',
    choices: ['read-first', 'proportional', 'write-over'],
    says: 'D5: which area is scanned: read where |R| >= max(1,s); where |R|(C-s) >= |W|s; or unless |W| > C-s',
  },
  credit: {
    kind: 'choice',
    default: 'cost',
    choices: ['cost', 'flat', 'sum', 'ratio', 'none'],
    says: 'D6: frames per ghost hit, read +1 and write -w/r; +1/-1; +1/-(w+r)/r; ARC ratio times cost; no adaptation',
  },
  hit: {
    kind: 'choice',
    default: 'same',
    choices: ['same', 'any'],
    says: "D7: a ghost hit is a reference of the area's own kind, or any reference",
  },
  ghost: {
    kind: 'choice',
    default: 'unlink',
    choices: ['unlink', 'evict'],
    says: "D8: a page becomes a ghost when it loses that area's link, or only when it leaves memory",
  },
  ghosts: {
    kind: 'choice',
    default: 'rest',
    choices: ['rest', 'full', 'half'],
    says: 'D9: size of each virtual area: C minus its area, C, or C/2',
  },
  resolve: {
    kind: 'choice',
    default: 'before',
    choices: ['before', 'after'],
    says: 'D10: the faulting page leaves its ghost list before or after room is made',
  },
  writeback: {
    kind: 'choice',
    default: 'lazy',
    choices: ['lazy', 'eager'],
    says: 'D11: a dirty page is written when its frame is freed, or when it loses the write link',
  },
  frequency: {
    kind: 'number',
    default: 3,
    min: 0,
    max: 255,
    integer: true,
    says: 'D12: ceiling of the write-frequency counter; 0 switches it off',
  },
  count: {
    kind: 'choice',
    default: 'saturating',
    choices: ['saturating', 'dwf'],
    says: 'D12: one extra turn per counted write, or as CLOCK-DWF (2 extra turns past 2 writes)',
  },
  init: {
    kind: 'number',
    default: 1,
    min: 0,
    max: 1,
    integer: true,
    says: 'D13: bits of a new page: 1, the access that faulted sets them; 0, only later ones do',
  },
  clear: {
    kind: 'number',
    default: 0,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    integer: true,
    says: 'D14: clears all bits every so many faults; 0 never',
  },
};

/** The options of CRAW-RM: a written page is in both areas by definition, so D2 is not open. */
export const crawRmOptions: OptionTable = Object.fromEntries(
  Object.entries(crawOptions).filter(([name]) => name !== 'admit'),
);

/** The options as the scans test them. */
export interface CrawChoices {
  readonly isLazy: boolean;
  readonly admitsToBoth: boolean;
  readonly choose: string;
  readonly anyHitCounts: boolean;
  readonly ghostOnUnlink: boolean;
  readonly ghosts: string;
  readonly resolvesBefore: boolean;
  readonly isEager: boolean;
  readonly frequencyMax: number;
  readonly isDwf: boolean;
  readonly init: number;
  readonly clearEveryFaults: number;
}

export function parseCrawOptions(options: OptionValues): CrawChoices {
  return {
    isLazy: options.link === 'lazy',
    admitsToBoth: options.admit === 'both',
    choose: String(options.choose),
    anyHitCounts: options.hit === 'any',
    ghostOnUnlink: options.ghost === 'unlink',
    ghosts: String(options.ghosts),
    resolvesBefore: options.resolve === 'before',
    isEager: options.writeback === 'eager',
    frequencyMax: Number(options.frequency),
    isDwf: options.count === 'dwf',
    init: Number(options.init),
    clearEveryFaults: Number(options.clear),
  };
}
