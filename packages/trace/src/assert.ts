// Programmer errors only; whatever a file or a user can cause is a TraceError.

export function assert(isTrue: boolean, what: string): asserts isTrue {
  if (!isTrue) throw new Error(`assertion failed: ${what}`);
}
