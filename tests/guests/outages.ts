// The lender goes and comes back, while its guest does not stop asking for pages.

import { appendFileSync } from 'node:fs';
import type { Stage } from './stage.ts';

export interface Outage {
  /** From the lender's end until the guest has swapped again, as the host's clock has it. */
  readonly pauseMs: number;
  readonly pagesIn: number;
  readonly pagesOut: number;
}

export interface OutageOptions {
  readonly count: number;
  /** Pages that the guest swaps each way before the lender goes. */
  readonly pagesBetween: number;
  readonly how: 'kill' | 'stop';
  /** Another command to start the lender with, the second time and each second time after. */
  readonly upgrade?: string;
}

/** How many pages must come and go for the guest to be on again. */
const PAGES_ON_AGAIN = 32;

export async function survives(stage: Stage, options: OutageOptions): Promise<Outage[]> {
  const { lender, pressure } = stage;
  const outages: Outage[] = [];
  for (let round = 0; round < options.count; round++) {
    const { pagesIn, pagesOut } = await pressure.goesOn(options.pagesBetween);
    const began = performance.now();
    await lender[options.how]();
    await lender.start(round % 2 === 0 ? options.upgrade : undefined);
    await pressure.goesOn(PAGES_ON_AGAIN);
    outages.push({ pauseMs: performance.now() - began, pagesIn, pagesOut });
  }
  tell(options, outages);
  return outages;
}

/** For whoever wants the figures: into the file that is named by an environment variable. */
function tell({ how }: OutageOptions, outages: readonly Outage[]): void {
  const file = process.env.PAGELEND_TEST_FIGURES;
  if (file === undefined) return;
  for (const { pauseMs, pagesIn, pagesOut } of outages) {
    const line = { how, pauseMs: Math.round(pauseMs), pagesIn, pagesOut };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  }
}
