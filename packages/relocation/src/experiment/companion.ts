// The other guest, at work beside the measured one as in the paper: it swaps in the same way, and
// reads what it swapped out over and over while the first guest's job runs.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Guest, parseSwapFigures, swapFiguresCommand } from '@pagelend/guests';
import { Hogs } from './hogs.ts';
import type { Configuration, ExperimentPlan } from './plan.ts';

/** Of its hog, at each look. */
const LOOK_SHARE = 0.3;

export interface CompanionReport {
  readonly looks: number;
  readonly wrong: number;
  readonly swappedOut: number;
  readonly swappedIn: number;
}

export class Companion {
  readonly #guest: Guest;
  readonly #hogs: Hogs;
  readonly #hasSwap: boolean;
  readonly #restMs: number;
  #isEnding = false;
  #looks = 0;
  #wrong = 0;
  #work: Promise<void> = Promise.resolve();

  private constructor(guest: Guest, hogs: Hogs, hasSwap: boolean, restMs: number) {
    this.#guest = guest;
    this.#hogs = hogs;
    this.#hasSwap = hasSwap;
    this.#restMs = restMs;
  }

  /** Its swap is set up before. Resolves when its hog is out. */
  static async prepare(
    guest: Guest,
    plan: ExperimentPlan,
    configuration: Configuration,
    timeoutSeconds: number,
  ): Promise<Companion> {
    const { companionHogBytes: bytes, compressiblePercent, companionRestSeconds } = plan;
    const seed = plan.seed + SEEDS_APART;
    const hogs = await Hogs.start(guest, { bytes, seed, compressiblePercent, timeoutSeconds });
    const hasSwap = configuration !== 'none';
    if (hasSwap) await hogs.pushOut();
    return new Companion(guest, hogs, hasSwap, companionRestSeconds * 1000);
  }

  /** From now on, until `end`. */
  begin(): void {
    this.#work = this.#lookOn();
    // Told by `end`, or by the guest's own end before that.
    this.#work.catch(() => {});
  }

  /** Ends the work and reads everything once more. Throws what went wrong meanwhile. */
  async end(): Promise<CompanionReport> {
    this.#isEnding = true;
    await this.#work;
    await this.#look(1);
    const figures = parseSwapFigures(await this.#guest.mustRun(swapFiguresCommand));
    return {
      looks: this.#looks,
      wrong: this.#wrong,
      swappedOut: figures.pagesOut,
      swappedIn: figures.pagesIn,
    };
  }

  async #lookOn(): Promise<void> {
    while (!this.#isEnding) {
      await this.#look(LOOK_SHARE);
      if (this.#hasSwap) await this.#hogs.pushOut();
      if (!this.#isEnding) await sleep(this.#restMs);
    }
  }

  async #look(share: number): Promise<void> {
    this.#wrong += (await this.#hogs.look(share)).wrong;
    this.#looks++;
  }
}

/** So that no page of one guest is like one of the other. */
const SEEDS_APART = 1000;
