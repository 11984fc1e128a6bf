// Load that never lets up: pages of the hog are read and changed at random, more of them than the
// guest has memory for, so that it swaps both ways all the time.

import {
  type Guest,
  type Hog,
  parseSwapFigures,
  type SwapFigures,
  swapFiguresCommand,
} from '@pagelend/guests';
import { PATIENT } from './stage.ts';

const POLL_MS = 100;
const TOUCHED = 0.2;
const REWRITTEN = 0.1;

export class Pressure {
  readonly #guest: Guest;
  readonly #hog: Hog;
  #load: Promise<void> | null = null;
  #isOn = false;
  #failure: unknown = null;

  constructor(guest: Guest, hog: Hog) {
    this.#guest = guest;
    this.#hog = hog;
  }

  start(): void {
    this.#isOn = true;
    this.#load = this.#run().catch((error: unknown) => {
      this.#failure = error;
    });
  }

  /** Ends it; throws what it ran into. */
  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#load;
    if (this.#failure !== null) throw this.#failure;
  }

  figures(): Promise<SwapFigures> {
    return this.#guest.mustRun(swapFiguresCommand, PATIENT).then(parseSwapFigures);
  }

  /**
   * Waits until the guest has swapped so many more pages in and as many out: what it does now, it
   * does with its lender.
   */
  async goesOn(pageCount: number): Promise<SwapFigures> {
    const before = await this.figures();
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      const now = await this.figures();
      const least = Math.min(now.pagesIn - before.pagesIn, now.pagesOut - before.pagesOut);
      if (least >= pageCount) return now;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async #run(): Promise<void> {
    while (this.#isOn) {
      const { damagedCount, damage } = await this.#hog.touch(TOUCHED, PATIENT);
      if (damagedCount > 0) throw new Error(`damaged while under load: ${damage.join('; ')}`);
      await this.#hog.rewrite(REWRITTEN, PATIENT);
    }
  }
}
