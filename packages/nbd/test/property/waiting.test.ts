// Random sessions on a device that waits: all commands, any alignment, any splitting of what comes
// and goes, pages that fail after a wait, peers that break the protocol meanwhile.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agreements, failures, operations, pieces } from '../support/arbitraries.ts';
import { checkWaiting, HARNESS_COUNT } from '../support/waiting-session.ts';
import { encodeRequest, encodeRequests } from '../support/wire.ts';

const region = fc.integer({ min: 0, max: HARNESS_COUNT - 1 });
const pace = fc.record({ region, seed: fc.integer(), receive: pieces, send: pieces });

test('short requests', () => {
  let waitCount = 0;
  fc.assert(
    fc.property(operations(12, 3, 40), failures, agreements, pace, (requests, failing, ...rest) => {
      const input = encodeRequests(requests);
      waitCount += checkWaiting({ pages: 12, input, failing, options: rest[0], ...rest[1] });
    }),
    { numRuns: 200 },
  );
  expect(waitCount).toBeGreaterThan(200);
});

test('requests longer than the regions', () => {
  let waitCount = 0;
  fc.assert(
    fc.property(
      operations(90, 80, 12),
      failures,
      agreements,
      pace,
      (requests, failing, ...rest) => {
        const input = encodeRequests(requests);
        waitCount += checkWaiting({ pages: 90, input, failing, options: rest[0], ...rest[1] });
      },
    ),
    { numRuns: 150 },
  );
  expect(waitCount).toBeGreaterThan(150);
});

test('sessions that are changed and cut off', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 5 });
  fc.assert(
    fc.property(
      operations(40, 3, 12),
      changes,
      fc.nat(),
      pace,
      fc.boolean(),
      (requests, mutations, cut, how, isStructured) => {
        const bytes = encodeRequests(requests);
        for (const [at, value] of mutations) bytes[at % bytes.length] = value;
        const options = { isStructured, hasBaseAllocation: isStructured };
        const input = bytes.subarray(0, bytes.length - (cut % bytes.length));
        checkWaiting({ pages: 40, input, options, ...how });
      },
    ),
    { numRuns: 300 },
  );
});

test('requests of random fields', () => {
  const request = fc.record({
    type: fc.integer({ min: 0, max: 9 }),
    flags: fc.integer({ min: 0, max: 31 }),
    offset: fc.oneof(
      fc.bigInt({ min: 0n, max: 170_000n }),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    ),
    length: fc.oneof(fc.nat(40_000), fc.integer({ min: 0, max: 0xffffffff })),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 30 }), pace, (requests, how) => {
      const headers = requests.map((one, index) =>
        encodeRequest({ ...one, data: new Uint8Array(0) }, index),
      );
      const options = { isStructured: true, hasBaseAllocation: true };
      checkWaiting({ pages: 40, input: Buffer.concat(headers), options, ...how });
    }),
    { numRuns: 300 },
  );
});
