// Random sessions against the twin: all commands, any alignment, any splitting of what comes and
// goes, with and without structured replies, with pages that fail.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { operations, pieces } from '../support/arbitraries.ts';
import { compare, mayEnd } from '../support/compare.ts';
import { MapDevice } from '../support/devices.ts';
import { Harness, RX, TX } from '../support/harness.ts';
import { Twin } from '../support/twin.ts';
import { decodeReplies, encodeRequests, type Operation } from '../support/wire.ts';

const harness = new Harness();

interface Session {
  readonly pages: number;
  readonly requests: readonly Operation[];
  readonly failing?: ReadonlyMap<number, number>;
  readonly options: {
    readonly isStructured: boolean;
    readonly hasBaseAllocation: boolean;
    readonly isReadOnly: boolean;
  };
  readonly receive: readonly number[];
  readonly send: readonly number[];
}

/** Runs a session and compares it; returns the number of replies. */
function check({ pages, requests, failing = new Map(), options, receive, send }: Session): number {
  const device = new MapDevice(pages * 4096, harness.memory, RX, TX, failing);
  const outcome = harness.run(device, options, encodeRequests(requests), receive, send);
  const { replies, rest } = decodeReplies(outcome.output, requests);
  const twin = new Twin(pages * 4096, failing, options);
  compare(requests, replies, twin, options);
  if (outcome.hasEnded) {
    const last = requests[replies.length]!;
    expect(mayEnd(last, twin.apply(last)), outcome.reason).toBe(true);
    expect(options.isStructured).toBe(false);
    expect(outcome.reason).toMatch(/^device: error \d+ in a read/);
  } else {
    expect(replies.length).toBe(requests.length);
    expect(rest.length).toBe(0);
    expect(outcome.isIdle).toBe(true);
  }
  return replies.length;
}

const agreements = fc.constantFrom(
  { isStructured: false, hasBaseAllocation: false, isReadOnly: false },
  { isStructured: true, hasBaseAllocation: false, isReadOnly: false },
  { isStructured: true, hasBaseAllocation: true, isReadOnly: false },
  { isStructured: true, hasBaseAllocation: true, isReadOnly: false },
  { isStructured: true, hasBaseAllocation: true, isReadOnly: true },
);

const failures = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 39 }), fc.constantFrom(5, 28, 12)), { maxLength: 4 })
  .map((pairs) => new Map(pairs));

test('short requests are answered as the twin answers them', () => {
  fc.assert(
    fc.property(operations(40, 3, 40), agreements, pieces, pieces, (requests, options, ...pace) => {
      check({ pages: 40, requests, options, receive: pace[0], send: pace[1] });
    }),
    { numRuns: 150 },
  );
});

test('requests longer than the regions are streamed', () => {
  fc.assert(
    fc.property(
      operations(90, 80, 12),
      agreements,
      pieces,
      pieces,
      (requests, options, ...pace) => {
        check({ pages: 90, requests, options, receive: pace[0], send: pace[1] });
      },
    ),
    { numRuns: 80 },
  );
});

test('pages that fail are reported, and nothing else is changed by them', () => {
  fc.assert(
    fc.property(
      operations(40, 36, 25),
      failures,
      agreements,
      pieces,
      pieces,
      (requests, failing, options, receive, send) => {
        check({ pages: 40, requests, failing, options, receive, send });
      },
    ),
    { numRuns: 200 },
  );
});

test('requests of some MiB', () => {
  const coarse = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      operations(1500, 1200, 4),
      agreements,
      coarse,
      coarse,
      (requests, options, ...pace) => {
        check({ pages: 1500, requests, options, receive: pace[0], send: pace[1] });
      },
    ),
    { numRuns: 12 },
  );
});
