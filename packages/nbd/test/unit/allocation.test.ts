// Serving allocates no object per request: the young generation is hardly collected while millions of
// requests go by. Offsets past 31 bits may be boxed where the engine does not inline, which is up to
// two small numbers a request, as it decides; the smallest object besides would be told from that.

import { ENDED, Transmission, WANTS_INPUT } from '@pagelend/nbd';
import { expect, test } from 'vitest';
import { fewestCollections } from '../../../../tests/collections.ts';
import { nullDevice } from '../support/devices.ts';
import { BLOCK_STATUS, encodeRequests, READ, TRIM, WRITE, WRITE_ZEROES } from '../support/wire.ts';

const REGION_BYTES = 2 ** 17;
/** The young generation holds 16 MiB or more: two boxed numbers a request fill it 4 times. */
const REQUESTS = 2_000_000;
const BATCH = 20;
/** An object of three fields a request would fill it 6 times more. */
const COLLECTIONS_MAX = 5;

const memory = new SharedArrayBuffer(2 * REGION_BYTES);
const bytes = new Uint8Array(memory);

/** The same requests again and again: of each kind, and at offsets beyond 32 bits. */
const batch = encodeRequests(
  Array.from({ length: BATCH }, (_, index) => ({
    type: index === 1 ? WRITE : [READ, TRIM, WRITE_ZEROES, BLOCK_STATUS][index % 4]!,
    flags: 0,
    offset: index * 2 ** 33,
    length: 4096,
  })),
);

function serve(machine: Transmission, requestCount: number): void {
  for (let count = 0; count < requestCount; count += BATCH) {
    bytes.set(batch, machine.rxNext);
    machine.received(batch.length);
    let wants = machine.advance();
    for (; wants !== WANTS_INPUT; wants = machine.advance()) {
      if (wants === ENDED) throw new Error(machine.reason);
      machine.sent(machine.txPending);
    }
    machine.sent(machine.txPending);
  }
}

test.each([false, true])('structured replies %s: no allocation', async (isStructured) => {
  const buffers = { rxAt: 0, rxBytes: REGION_BYTES, txAt: REGION_BYTES, txBytes: REGION_BYTES };
  const options = { isStructured, hasBaseAllocation: isStructured };
  const machine = new Transmission(memory, buffers, nullDevice(2 ** 40), options);
  // Once for the engine to optimise, then to be watched.
  serve(machine, REQUESTS);
  const fewest = await fewestCollections(() => serve(machine, REQUESTS), COLLECTIONS_MAX);
  expect(fewest).toBeLessThanOrEqual(COLLECTIONS_MAX);
});
