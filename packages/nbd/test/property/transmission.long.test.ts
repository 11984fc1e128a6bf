// The same as the short property tests, for as long as is worth it before a release.

import fc from 'fast-check';
import { test } from 'vitest';
import { agreements, failures, operations, pieces } from '../support/arbitraries.ts';
import { checkSession } from '../support/session.ts';

const RUNS = 10_000;

test('sessions of short requests, with failures', { timeout: 600_000 }, () => {
  fc.assert(
    fc.property(
      operations(12, 3, 60),
      failures,
      agreements,
      pieces,
      pieces,
      (requests, failing, options, receive, send) => {
        checkSession({ pages: 12, requests, failing, options, receive, send });
      },
    ),
    { numRuns: RUNS },
  );
});

test('sessions of long requests, with failures', { timeout: 600_000 }, () => {
  fc.assert(
    fc.property(
      operations(90, 80, 12),
      failures,
      agreements,
      pieces,
      pieces,
      (requests, failing, options, receive, send) => {
        checkSession({ pages: 90, requests, failing, options, receive, send });
      },
    ),
    { numRuns: RUNS / 5 },
  );
});
