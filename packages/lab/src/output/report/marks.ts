// How a policy looks: colour, marker and dash together, so that any one of them may be lost (in
// print, to a colour-blind eye, where curves meet). The policies of the paper keep their look in
// every report; others take what is free.

import {
  type SymbolType,
  symbol,
  symbolCircle,
  symbolDiamond,
  symbolPlus,
  symbolSquare,
  symbolTimes,
  symbolTriangle,
} from 'd3-shape';
import { CLOCK, type PolicyName } from '../groups.ts';
import { escaped } from './html.ts';
import { PANEL } from './scales.ts';

export interface Mark {
  /** Index into the colours of `styles.ts`; the ink itself for CLOCK. */
  readonly colour: string;
  readonly marker: number;
  readonly dash: string;
}

/** Pairs for paper and for dark ground: apart in lightness too, each at least 3:1 to its ground. */
export const curveColours: readonly (readonly [light: string, dark: string])[] = [
  ['#0a5fb4', '#79b8ff'],
  ['#c2410c', '#ff9b6a'],
  ['#0b7a5c', '#4fd0a8'],
  ['#8a3a94', '#dca0ec'],
  ['#8a6400', '#e4c052'],
  ['#2a86a8', '#86d8f0'],
  ['#c2356b', '#ff92b8'],
  ['#5a6675', '#b4c0cd'],
  ['#56730a', '#b7d45c'],
];

/** One fewer than the colours: colour and marker together repeat only after 72 policies. */
const markers: readonly { readonly type: SymbolType; readonly fill: 'full' | 'open' | 'none' }[] = [
  { type: symbolSquare, fill: 'full' },
  { type: symbolTriangle, fill: 'full' },
  { type: symbolCircle, fill: 'open' },
  { type: symbolDiamond, fill: 'full' },
  { type: symbolSquare, fill: 'open' },
  { type: symbolTimes, fill: 'none' },
  { type: symbolTriangle, fill: 'open' },
  { type: symbolPlus, fill: 'none' },
];

const clockMarker = { type: symbolCircle, fill: 'full' } as const;

const dashes = ['', '7 3', '2 2.5', '9 3 2 3', '12 3', '5 2 1.5 2 1.5 2'] as const;

/** Which look these keep whatever else is compared. */
const usual = ['craw-rm', 'car', 'craw', 'lru', 'arc', 'esc', 'cflru', 'min', 'fifo'];

export function marksOf(policies: readonly PolicyName[]): readonly Mark[] {
  const taken = new Set(policies.map(({ policy }) => usual.indexOf(policy)));
  let free = 0;
  return policies.map(({ policy }) => {
    if (policy === CLOCK) return { colour: 'ink', marker: markers.length, dash: '' };
    let slot = usual.indexOf(policy);
    if (slot < 0) {
      while (taken.has(free)) free++;
      slot = free++;
    }
    return {
      colour: String(slot % curveColours.length),
      marker: slot % markers.length,
      dash: dashes[slot % dashes.length]!,
    };
  });
}

/** Keeps curves that leave a panel out of what stands above it. */
export const CUT = ' clip-path="url(#panel-cut)"';

/** Drawn once at the top of the page; curves refer to them. */
export function markerDefinitions(): string {
  const shapes = [...markers, clockMarker].map(({ type, fill }, index) => {
    const path = symbol(type, fill === 'none' ? 34 : 30).digits(2)();
    return `<path id="mark-${index}" class="mark-${fill}" d="${path ?? ''}"/>`;
  });
  const { width, height, top } = PANEL;
  const cut = `<clipPath id="panel-cut"><path d="M0 ${top}H${width}V${height}H0Z"/></clipPath>`;
  return `<svg width="0" height="0" class="definitions" aria-hidden="true"><defs>${shapes.join('')}${cut}</defs></svg>`;
}

export function colourClass({ colour }: Mark): string {
  return `colour-${colour}`;
}

/** A short piece of the curve, for legends and tables. */
export function sample(mark: Mark): string {
  const line = `<path class="curve" d="M1 7H33"${dashAttribute(mark)}/>`;
  const marker = isClock(mark) ? '' : `<use href="#mark-${mark.marker}" x="17" y="7"/>`;
  return `<svg class="sample ${colourClass(mark)}" viewBox="0 0 34 14" width="34" height="14" aria-hidden="true">${line}${marker}</svg>`;
}

/** CLOCK's curve is the line that others are measured by, and has no markers to hide them. */
export function isClock({ colour }: Mark): boolean {
  return colour === 'ink';
}

export function dashAttribute({ dash }: Mark): string {
  return dash === '' ? '' : ` stroke-dasharray="${escaped(dash)}"`;
}
