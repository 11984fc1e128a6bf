// The loop: an input of the corpus is changed, runs, and joins the corpus if it took a branch, or took
// one as often, as none before it. Failures are made small and kept once each.

import type { Target } from '../target.ts';
import { Feedback } from './feedback.ts';
import { minimise, signatureOf } from './minimise.ts';
import { encodedPairs, encodings, type MutationSource, mutate } from './mutations.ts';
import { Random } from './random.ts';

const PAIRS_MAX = 400;
/** Changes of one input before the next is taken. */
const TURNS = 200;

export interface Finding {
  readonly signature: string;
  readonly bytes: Uint8Array;
  readonly error: unknown;
}

export interface FuzzHooks {
  /** Called before each run, so that what ends the process is known. */
  readonly before: (bytes: Uint8Array) => void;
  readonly found: (finding: Finding) => void;
}

export class Fuzzer {
  runs = 0;
  readonly corpus: Uint8Array[] = [];
  readonly findings = new Map<string, Finding>();
  readonly feedback = new Feedback();
  readonly #target: Target;
  readonly #hooks: FuzzHooks;
  readonly #random: Random;
  readonly #words: Uint8Array[];

  constructor(target: Target, seed: number, hooks: FuzzHooks) {
    this.#target = target;
    this.#hooks = hooks;
    this.#random = new Random(seed);
    const own = (target.words ?? []).map((word) =>
      typeof word === 'string' ? new TextEncoder().encode(word) : word,
    );
    this.#words = [...own, ...own, ...this.feedback.words.flatMap(encodings)];
  }

  /** Runs an input, and keeps it if it showed something new. */
  async take(bytes: Uint8Array): Promise<boolean> {
    const error = await this.#run(bytes);
    const isNew = this.feedback.takeNew() > 0;
    if (error !== null) await this.#note(bytes, error);
    else if (isNew) this.corpus.push(bytes);
    return isNew && error === null;
  }

  /** Changes inputs and runs them until the time is over or there is enough to look at. */
  async fuzz(seconds: number, enough: number): Promise<void> {
    const until = performance.now() + seconds * 1000;
    if (this.corpus.length === 0) this.corpus.push(new Uint8Array(0));
    while (performance.now() < until && this.findings.size < enough) {
      const input = this.#pick();
      await this.#run(input);
      const source = this.#sourceFor();
      for (let turn = 0; turn < TURNS && performance.now() < until; turn++) {
        const changed = mutate(input, source);
        const repair = this.#target.repair;
        // Now and then unrepaired, so that what guards the rest is tried as well.
        const bytes = repair && this.#random.below(8) > 0 ? repair(changed) : changed;
        if (await this.take(bytes)) break;
      }
    }
  }

  /** Recent inputs more often than old ones: they are nearest to what was not seen yet. */
  #pick(): Uint8Array {
    const { length } = this.corpus;
    const recent = Math.min(length, 16);
    const isRecent = this.#random.below(3) === 0;
    return this.corpus[
      isRecent ? length - 1 - this.#random.below(recent) : this.#random.below(length)
    ]!;
  }

  #sourceFor(): MutationSource {
    const pairs = this.feedback
      .pairs()
      .flatMap(([left, right]) => encodedPairs(left, right))
      .slice(-PAIRS_MAX);
    const { bytesMax } = this.#target;
    const random = this.#random;
    return { random, words: this.#words, pairs, bytesMax, other: () => random.pick(this.corpus) };
  }

  /** What the target threw; null where all held. */
  async #run(bytes: Uint8Array): Promise<unknown> {
    this.#hooks.before(bytes);
    this.runs++;
    this.feedback.begin();
    try {
      // Its own copy: a target may keep or change what it is given.
      await this.#target.run(Uint8Array.from(bytes));
      return null;
    } catch (error) {
      return error ?? new Error('nothing was thrown');
    }
  }

  async #note(bytes: Uint8Array, error: unknown): Promise<void> {
    const signature = signatureOf(error);
    if (this.findings.has(signature)) return;
    const fails = async (smaller: Uint8Array): Promise<boolean> => {
      const again = await this.#run(smaller);
      return again !== null && signatureOf(again) === signature;
    };
    const finding = { signature, bytes: await minimise(bytes, fails), error };
    this.findings.set(signature, finding);
    this.#hooks.found(finding);
  }
}
