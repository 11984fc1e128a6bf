// What can be fuzzed: bytes go in, and whatever they are, what the target promises of them holds. A
// target throws where it does not; errors that are meant for such bytes it expects by their code.

export interface Target {
  /** Longer inputs are cut. */
  readonly bytesMax: number;
  /** Words and numbers of the format that are no literals in its code. */
  readonly words?: readonly (string | Uint8Array)[];
  /** Sound inputs to begin with, made by the code that writes the format. */
  seeds(): readonly Uint8Array[];
  /** Sets right what hides everything behind it once an input is changed: checksums, lengths. */
  repair?(bytes: Uint8Array): Uint8Array;
  run(bytes: Uint8Array): void | Promise<void>;
}

/** A promise of a target that does not hold. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

export function must(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new Broken(what);
}

/** The code of an error that is meant for bad bytes: of this class, and one line that says what. */
export function codeOf(error: unknown, className: string, codes: readonly string[]): string {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (name !== className || code === undefined || !codes.includes(code)) throw error;
  must(typeof message === 'string' && message.length > 0, `${code} says nothing`);
  return code;
}

/** Sizes of pieces, each at least 1, that a seed in the input itself stands for. */
export function pieceSizes(seed: number, most: number): number[] {
  let state = (seed ^ 0x5bd1_e995) | 1;
  return Array.from({ length: 7 }, () => {
    state = Math.imul(state, 0x0019_660d) + 0x3c6e_f35f;
    return 1 + ((state >>> 8) % most);
  });
}
