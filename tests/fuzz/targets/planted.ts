// Not a format: a parser with a fault planted in it, by which the fuzzer itself is tested. In place of
// throwing, what is tested may hang or end the process.

import { parsePlanted } from '../fixtures/packages/planted/src/planted.ts';
import type { Target } from '../target.ts';

function planted(fail: (error: unknown) => void): Target {
  return {
    bytesMax: 64,
    seeds: () => [new Uint8Array(20)],
    run: (bytes) => {
      try {
        parsePlanted(bytes);
      } catch (error) {
        fail(error);
      }
    },
  };
}

export const target = planted((error) => {
  throw error;
});

export const hanging = planted(() => {
  for (;;);
});

export const ending = planted(() => process.kill(process.pid, 'SIGKILL'));
