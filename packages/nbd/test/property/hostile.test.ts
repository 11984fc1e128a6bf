// Peers that do not keep to the protocol: whatever comes, nothing throws, nothing loops without
// progress (the harness would not return), no byte outside of the regions changes.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { operations, pieces } from '../support/arbitraries.ts';
import { MapDevice, nullDevice } from '../support/devices.ts';
import { Harness, RX, TX } from '../support/harness.ts';
import { encodeRequest, encodeRequests, READ, WRITE } from '../support/wire.ts';

const harness = new Harness();
const OPTIONS = { isStructured: true, hasBaseAllocation: true };
const PAGES = 40;

function device(): MapDevice {
  return new MapDevice(PAGES * 4096, harness.memory, RX, TX);
}

test('garbage ends the session', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 28, maxLength: 4000 }), pieces, (bytes, receive) => {
      bytes[0] = 0x26;
      const outcome = harness.run(device(), OPTIONS, bytes, receive);
      expect(outcome.reason).toBe('protocol: a request has not the magic number');
      expect(outcome.output.length).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test('mutated and truncated sessions do no harm', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 5 });
  fc.assert(
    fc.property(
      operations(PAGES, 3, 12),
      changes,
      fc.nat(),
      pieces,
      fc.boolean(),
      (requests, mutations, cut, receive, isStructured) => {
        const bytes = encodeRequests(requests);
        for (const [at, value] of mutations) bytes[at % bytes.length] = value;
        const options = { isStructured, hasBaseAllocation: isStructured };
        const input = bytes.subarray(0, bytes.length - (cut % bytes.length));
        const { reason } = harness.run(device(), options, input, receive);
        expect(reason).toMatch(/^$|^disconnected$|^protocol: /);
      },
    ),
    { numRuns: 300 },
  );
});

test('requests of random fields do no harm', () => {
  const request = fc.record({
    type: fc.integer({ min: 0, max: 9 }),
    flags: fc.integer({ min: 0, max: 31 }),
    offset: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    length: fc.integer({ min: 0, max: 0xffffffff }),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 30 }), pieces, (requests, receive) => {
      // No payload follows the header of a long write, so it waits for one.
      const headers = requests.map((one, index) =>
        encodeRequest({ ...one, data: new Uint8Array(0) }, index),
      );
      harness.run(device(), OPTIONS, Buffer.concat(headers), receive);
    }),
    { numRuns: 300 },
  );
});

test('offsets up to 2^64 are beyond the end', () => {
  const offsets = [2n ** 53n - 4096n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 4096n];
  for (const offset of offsets) {
    for (const [type, error] of [
      [READ, 22],
      [WRITE, 28],
    ] as const) {
      const input = encodeRequest({ type, flags: 0, offset, length: 4096 }, 0);
      const { output } = harness.run(nullDevice(2 ** 53 - 4096), OPTIONS, input);
      expect(output.readUInt32BE(20)).toBe(error);
    }
  }
});
