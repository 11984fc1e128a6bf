// Serving allocates nothing per request: the young generation is not collected while millions of
// requests go by. One small number per request would fill it several times over.

import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { ENDED, Transmission, WANTS_INPUT } from '@pagelend/nbd';
import { expect, test } from 'vitest';
import { nullDevice } from '../support/devices.ts';
import { BLOCK_STATUS, encodeRequests, READ, TRIM, WRITE, WRITE_ZEROES } from '../support/wire.ts';

const REGION_BYTES = 2 ** 17;
/** The young generation holds 16 MiB or more: at 16 bytes a request it would fill twice. */
const REQUESTS = 2_000_000;
const BATCH = 20;
const COLLECTIONS_MAX = 1;
const OBSERVER_MS = 100;

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
  // Once for the engine to optimise, once to be watched.
  serve(machine, REQUESTS);
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().filter((entry) => {
      const { kind } = (entry as unknown as { detail: { kind: number } }).detail;
      return kind === constants.NODE_PERFORMANCE_GC_MINOR;
    }).length;
  });
  observer.observe({ entryTypes: ['gc'] });
  serve(machine, REQUESTS);
  // Collections are told some turns of the event loop later.
  await wait(OBSERVER_MS);
  observer.disconnect();
  expect(collections).toBeLessThanOrEqual(COLLECTIONS_MAX);
});
