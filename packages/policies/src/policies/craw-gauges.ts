// What CRAW and CRAW-RM show of themselves: the areas, their ghosts, the target of the read area, and
// how often each thing happened that moves pages between them.

import type { Gauge } from '../policy.ts';

/** Places in the array of counts; their gauges follow the sizes and the target in this order. */
export const GR_HITS = 0;
export const GW_HITS = 1;
export const R_LINKS = 2;
export const W_LINKS = 3;
export const R_SCANNED = 4;
export const W_SCANNED = 5;
export const R_SPARED = 6;
export const W_SPARED = 7;
export const CRAW_COUNTS = 8;

export const crawGauges = gaugesOf('the read area', 'read bit');
export const crawRmGauges = gaugesOf('the read/write area', 'reference bit');

function gaugesOf(area: string, bit: string): readonly Gauge[] {
  return [
    { name: 'R', kind: 'pages', says: `linked in ${area}` },
    { name: 'W', kind: 'pages', says: 'linked in the write area' },
    { name: 'both', kind: 'pages', says: 'linked in both R and W' },
    { name: 'GR', kind: 'pages', says: 'ghosts of what lost its link to R' },
    { name: 'GW', kind: 'pages', says: 'ghosts of what lost its link to W' },
    { name: 's_r', kind: 'target', says: 'size that R aims at' },
    {
      name: 'GR hits',
      kind: 'count',
      says: 'ghosts of GR that came back, each of which raises s_r',
    },
    {
      name: 'GW hits',
      kind: 'count',
      says: 'ghosts of GW that came back, each of which lowers s_r',
    },
    { name: 'R links', kind: 'count', says: 'pages linked in R, by a fault or a hit' },
    { name: 'W links', kind: 'count', says: 'pages linked in W, by a fault or a hit' },
    { name: 'R scanned', kind: 'count', says: 'pages that the hand of R looked at' },
    { name: 'W scanned', kind: 'count', says: 'pages that the hand of W looked at' },
    { name: 'R spared', kind: 'count', says: `pages of R whose ${bit} was set, and is cleared` },
    { name: 'W spared', kind: 'count', says: 'pages of W that a write or a turn left kept there' },
  ];
}
