// CRAW's options where two of them meet: minimal sequences, worked by hand, that the property tests
// would otherwise meet only as one of many combinations.

import { expect, test } from 'vitest';
import { Host, resolve } from '../host.ts';
import { traceOf } from '../traces.ts';
import { CrawTwin } from '../twins/craw.ts';

function expectEvictions(spec: string, frames: number, text: string, expected: number[]): void {
  const trace = traceOf(text);
  const costs = { read: 1, write: 4 };
  const { definition, options } = resolve(spec);
  const isRm = definition.name === 'craw-rm';
  const twin = new CrawTwin({ frames, isRm, costs, options }).run(trace);
  expect(twin.evictions).toEqual(expected);
  expect(new Host(spec, { frames, trace, costs }).run(trace).evictions).toEqual(expected);
}

test('clear=N clears all bits, those too that link=lazy has not acted on yet', () => {
  // Three frames, all bits cleared at the end of each fault. W2: W = 2. R3: R = 3. W3 hits and sets
  // the write bit of 3, which is in R alone. W0: W = 2 0, and all bits are cleared, so that nothing
  // speaks for 3 any more. W1: |R| = 1 >= max(1, 0), so R is scanned: 3 has no bit and leaves.
  expectEvictions('craw:link=lazy:clear=1', 3, 'W2 R3 W3 W0 W1', [3]);
});

// Two frames, new pages without bits. Three times 0 is written again before a fault, so that the
// scan finds its write bit, counts it and moves on to the other page, which has none and leaves: 1,
// 2, 3. At W5 the head is 0, without a bit, counted three times.
const threeCountedWrites = 'W0 W1 W0 W2 W0 W3 W0 W4 W5';

test('count=dwf gives a page that was counted more than twice another turn', () => {
  expectEvictions('craw:count=dwf:init=0', 2, threeCountedWrites, [1, 2, 3, 4]);
});

test.each([0, 2])(
  'frequency=%i is the ceiling of the counter with count=dwf as well',
  (ceiling) => {
    // A counter that stops at two never passes two, and one that is switched off buys nothing.
    const spec = `craw:count=dwf:init=0:frequency=${ceiling}`;
    expectEvictions(spec, 2, threeCountedWrites, [1, 2, 3, 0]);
  },
);
