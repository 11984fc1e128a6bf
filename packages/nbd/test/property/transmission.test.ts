// Random sessions against the twin: all commands, any alignment, any splitting of what comes and
// goes, with and without structured replies, with pages that fail.

import fc from 'fast-check';
import { test } from 'vitest';
import { agreements, failures, operations, pieces } from '../support/arbitraries.ts';
import { checkSession } from '../support/session.ts';

test('short requests are answered as the twin answers them', () => {
  fc.assert(
    fc.property(operations(12, 3, 40), agreements, pieces, pieces, (requests, options, ...pace) => {
      checkSession({ pages: 12, requests, options, receive: pace[0], send: pace[1] });
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
        checkSession({ pages: 90, requests, options, receive: pace[0], send: pace[1] });
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
        checkSession({ pages: 40, requests, failing, options, receive, send });
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
        checkSession({ pages: 1500, requests, options, receive: pace[0], send: pace[1] });
      },
    ),
    { numRuns: 12 },
  );
});
