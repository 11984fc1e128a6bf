/** Programmer errors: a condition that no peer's bytes can break unless the code is wrong. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${what}`);
}
