// Coverage-guided fuzzing of modules as users run them. Jazzer.js would be the kept tool: its version
// with support for ES modules (4.0.0) ships a binary that needs a glibc newer than Debian 12's, earlier
// ones leave ES modules alone and download theirs at install. V8's own block coverage takes 1 to 3 ms to
// ask for; counters put into the modules cost next to nothing, and tell what was compared as well.
//
// What an input did, from the counters that its run left: a feature is a branch with how often it was
// taken, in eight steps. An input is worth keeping if it shows a feature that none did before.

/** What `register.mjs` makes, and instrumented modules write to. */
interface Instruments {
  readonly counters: Uint8Array;
  readonly compared: { readonly lefts: unknown[]; readonly rights: unknown[]; count: number };
  readonly words: ReadonlySet<string | number>;
  readonly used: number;
}

/** By how often a branch was taken, a bit: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more. */
const STEPS = Uint8Array.from({ length: 256 }, (_, count) => {
  if (count === 0) return 0;
  const bounds = [1, 2, 3, 7, 15, 31, 127];
  const step = bounds.findIndex((bound) => count <= bound);
  return 1 << (step < 0 ? bounds.length : step);
});

export class Feedback {
  readonly #instruments: Instruments;
  readonly #seen: Uint8Array;
  #branches = 0;
  #features = 0;

  constructor() {
    const found = (globalThis as { __pagelendFuzz?: Instruments }).__pagelendFuzz;
    if (found === undefined) throw new Error('run with --import tests/fuzz/engine/register.mjs');
    this.#instruments = found;
    this.#seen = new Uint8Array(found.counters.length);
  }

  /** Branches that some input has taken. */
  get branches(): number {
    return this.#branches;
  }

  get features(): number {
    return this.#features;
  }

  /** Branches of all modules that were loaded. */
  get branchesKnown(): number {
    return this.#instruments.used - 1;
  }

  /** Words and numbers that stand in the code. */
  get words(): readonly (string | number)[] {
    return [...this.#instruments.words];
  }

  begin(): void {
    this.#instruments.counters.fill(0, 0, this.#instruments.used);
    this.#instruments.compared.count = 0;
  }

  /** The features of the run that ended which no run had before; they are noted. */
  takeNew(): number {
    const { counters, used } = this.#instruments;
    const seen = this.#seen;
    let found = 0;
    for (let at = 1; at < used; at++) {
      const count = counters[at]!;
      if (count === 0) continue;
      const step = STEPS[count]!;
      if ((seen[at]! & step) !== 0) continue;
      if (seen[at] === 0) this.#branches++;
      seen[at]! |= step;
      found++;
    }
    this.#features += found;
    return found;
  }

  /** What the run that ended compared and found to differ. */
  pairs(): [unknown, unknown][] {
    const { lefts, rights, count } = this.#instruments.compared;
    const length = Math.min(count, lefts.length);
    return Array.from({ length }, (_, at) => [lefts[at], rights[at]]);
  }
}
