// A failing input made small: stretches are left out, then bytes become zero, as long as it fails in
// the same way. What is left is what the failure needs.

/** Longer than this it is not worth it; a larger finding is a finding too. */
const SECONDS_MAX = 15;

export async function minimise(
  input: Uint8Array,
  fails: (bytes: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  const until = performance.now() + SECONDS_MAX * 1000;
  let best = input;
  const attempt = async (bytes: Uint8Array): Promise<boolean> => {
    if (performance.now() > until || !(await fails(bytes))) return false;
    best = bytes;
    return true;
  };
  for (let length = input.length >> 1; length >= 1; length >>= 1) {
    for (let at = best.length - length; at >= 0; at -= length) {
      const rest = best.subarray(Math.min(best.length, at + length));
      await attempt(Buffer.concat([best.subarray(0, at), rest]));
    }
  }
  for (let at = 0; at < best.length; at++) {
    if (best[at] === 0) continue;
    const zeroed = Uint8Array.from(best);
    zeroed[at] = 0;
    await attempt(zeroed);
  }
  return best;
}

/** What two failures have in common that are the same one: the words without numbers, and where. */
export function signatureOf(error: unknown): string {
  const { name, message, stack } = error as Partial<Error>;
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const place = /at (?:async )?([^\s(]+)/.exec(frames[0] ?? '')?.[1] ?? '';
  return `${name}: ${(message ?? String(error))
    .split('\n')[0]!
    .replace(/[^a-z ]+/gi, '#')
    .slice(0, 60)} in ${place}`;
}
