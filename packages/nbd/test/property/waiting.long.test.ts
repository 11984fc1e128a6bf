// The same as the short property tests of a device that waits, for as long as is worth it before a
// release.

import fc from 'fast-check';
import { test } from 'vitest';
import { agreements, failures, operations, pieces } from '../support/arbitraries.ts';
import { checkWaiting, HARNESS_COUNT } from '../support/waiting-session.ts';
import { encodeRequests } from '../support/wire.ts';

const region = fc.integer({ min: 0, max: HARNESS_COUNT - 1 });
const pace = fc.record({ region, seed: fc.integer(), receive: pieces, send: pieces });

test.each([
  ['short', 12, 3, 60, 4000],
  ['long', 90, 80, 12, 800],
])('sessions of %s requests, with failures', { timeout: 600_000 }, (_name, pages, ...rest) => {
  const [pagesMax, countMax, numRuns] = rest;
  fc.assert(
    fc.property(
      operations(pages, pagesMax, countMax),
      failures,
      agreements,
      pace,
      (requests, failing, options, how) => {
        checkWaiting({ pages, input: encodeRequests(requests), failing, options, ...how });
      },
    ),
    { numRuns },
  );
});
