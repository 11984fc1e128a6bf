import {
  ENDED,
  HOLE,
  Transmission,
  type TransmissionOptions,
  WANTS_INPUT,
  WANTS_OUTPUT,
  WANTS_TURN,
} from '@pagelend/nbd';
import { describe, expect, test } from 'vitest';
import { MapDevice, nullDevice } from '../support/devices.ts';
import { Harness, RX, TX } from '../support/harness.ts';
import {
  BLOCK_STATUS,
  DF,
  DISC,
  decodeReplies,
  encodeRequest,
  encodeRequests,
  type Operation,
  READ,
  TRIM,
  WRITE,
} from '../support/wire.ts';

const harness = new Harness();
const SIMPLE = { isStructured: false, hasBaseAllocation: false };
const STRUCTURED = { isStructured: true, hasBaseAllocation: true };
const PAGES = 100;

function device(failing: ReadonlyMap<number, number> = new Map()): MapDevice {
  return new MapDevice(PAGES * 4096, harness.memory, RX, TX, failing);
}

function transmission(options: TransmissionOptions, served = nullDevice(2 ** 40)): Transmission {
  const buffers = { rxAt: RX.at, rxBytes: RX.bytes, txAt: TX.at, txBytes: TX.bytes };
  return new Transmission(harness.memory, buffers, served, options);
}

function feed(machine: Transmission, bytes: Uint8Array): void {
  new Uint8Array(harness.memory).set(bytes, machine.rxNext);
  machine.received(bytes.length);
}

const write = (page: number, pages: number, byte: number): Operation => ({
  type: WRITE,
  flags: 0,
  offset: page * 4096,
  length: pages * 4096,
  data: Buffer.alloc(pages * 4096, byte),
});
const read = (page: number, pages: number, flags = 0): Operation => ({
  type: READ,
  flags,
  offset: page * 4096,
  length: pages * 4096,
});

describe('the end of a session', () => {
  test('DISC ends it after all that came before, and nothing that comes after', () => {
    const disc = { type: DISC, flags: 0, offset: 0, length: 0 };
    const requests = [write(0, 1, 7), read(0, 1), disc, read(0, 1)];
    const outcome = harness.run(device(), SIMPLE, encodeRequests(requests));
    expect(outcome.reason).toBe('disconnected');
    const { replies } = decodeReplies(outcome.output, requests);
    expect(replies.map(({ error }) => error)).toEqual([0, 0]);
    expect(replies[1]!.content[0]!.data.every((byte) => byte === 7)).toBe(true);
  });

  test('it stays ended', () => {
    const machine = transmission(SIMPLE);
    feed(machine, Buffer.alloc(28));
    expect([machine.advance(), machine.advance()]).toEqual([ENDED, ENDED]);
    expect(machine.reason).toMatch(/^protocol: /);
  });

  test('an orderly stop answers complete requests and leaves the beginning of another', () => {
    const machine = transmission(SIMPLE);
    const bytes = encodeRequests([write(0, 1, 1), write(1, 1, 2)]);
    feed(machine, bytes.subarray(0, bytes.length - 1));
    expect(machine.advance()).toBe(WANTS_INPUT);
    expect(machine.txPending).toBe(16);
    expect(machine.isIdle).toBe(false);
    feed(machine, bytes.subarray(bytes.length - 1));
    expect(machine.advance()).toBe(WANTS_INPUT);
    expect(machine.isIdle).toBe(true);
    expect(machine.txPending).toBe(32);
  });
});

describe('reads that fail', () => {
  const failing = new Map([[30, 5]]);

  test('simple, in the region: an error and no payload', () => {
    const requests = [read(25, 10), read(0, 1)];
    const outcome = harness.run(device(failing), SIMPLE, encodeRequests(requests));
    expect(outcome.output.length).toBe(16 + 16 + 4096);
    expect(outcome.output.readUInt32BE(4)).toBe(5);
  });

  test('simple, longer than the region, before the header has gone: an error', () => {
    const requests = [read(28, 40), read(0, 1)];
    const outcome = harness.run(device(failing), SIMPLE, encodeRequests(requests));
    expect(outcome.hasEnded).toBe(false);
    expect(outcome.output.readUInt32BE(4)).toBe(5);
    expect(outcome.output.length).toBe(16 + 16 + 4096);
  });

  test('simple, after the header has gone: the session ends, without further data', () => {
    const requests = [read(0, 40), read(0, 1)];
    const outcome = harness.run(device(failing), SIMPLE, encodeRequests(requests));
    expect(outcome.reason).toBe('device: error 5 in a read of which a part was sent');
    expect(outcome.output.length).toBeLessThanOrEqual(TX.bytes);
  });

  test('structured: what was good, and where it stopped', () => {
    const requests = [write(29, 1, 9), read(28, 5), read(0, 1)];
    const outcome = harness.run(device(failing), STRUCTURED, encodeRequests(requests));
    const { replies } = decodeReplies(outcome.output, requests);
    expect(replies[1]).toMatchObject({ error: 5, errorOffset: 30 * 4096, chunkCount: 3 });
    expect(replies[1]!.content.map(({ isHole }) => isHole)).toEqual([true, false]);
    expect(replies[2]!.error).toBe(0);
  });

  test('unfragmented and longer than the region: padding, and where it stopped', () => {
    const requests = [write(0, 30, 9), read(0, 60, DF), read(0, 1)];
    const outcome = harness.run(device(failing), STRUCTURED, encodeRequests(requests));
    const { replies } = decodeReplies(outcome.output, requests);
    expect(replies[1]).toMatchObject({ error: 5, errorOffset: 30 * 4096, chunkCount: 2 });
    const { data } = replies[1]!.content[0]!;
    expect(data.length).toBe(60 * 4096);
    expect(data.subarray(30 * 4096).every((byte) => byte === 0)).toBe(true);
    expect(replies[2]!.error).toBe(0);
  });
});

describe('chunks', () => {
  test('pages of data go as one chunk, pages of zeroes as a hole', () => {
    const requests = [write(2, 4, 1), read(0, 10), read(0, 10, DF)];
    const outcome = harness.run(device(), STRUCTURED, encodeRequests(requests));
    const { replies } = decodeReplies(outcome.output, requests);
    expect(replies[1]!.content.map(({ data }) => data.length / 4096)).toEqual([2, 4, 4]);
    expect(replies[1]!.chunkCount).toBe(3);
    expect(replies[2]!.chunkCount).toBe(1);
  });
});

describe('long requests without payload', () => {
  test('a trim of 4 GiB gives others a turn', () => {
    const calls: number[] = [];
    const machine = transmission(SIMPLE, {
      ...nullDevice(2 ** 40),
      trim: (_slot, count) => {
        calls.push(count);
        return 0;
      },
    });
    const length = 2 ** 32 - 4096;
    feed(machine, encodeRequest({ type: TRIM, flags: 0, offset: 0, length }, 0));
    let turns = 0;
    while (machine.advance() === WANTS_TURN) turns++;
    expect(turns).toBeGreaterThan(10);
    expect(calls.reduce((sum, count) => sum + count, 0)).toBe(length / 4096);
    expect(Math.max(...calls)).toBeLessThanOrEqual(2 ** 15);
    expect(machine.txPending).toBe(16);
  });

  test('block status of a large hole is one extent of bounded length', () => {
    const machine = transmission(STRUCTURED, { ...nullDevice(2 ** 40), state: () => HOLE });
    const request = { type: BLOCK_STATUS, flags: 0, offset: 100, length: 2 ** 32 - 1 };
    feed(machine, encodeRequest(request, 0));
    machine.advance();
    expect(machine.txPending).toBe(32);
    const extent = new DataView(harness.memory, machine.txNext + 24, 8);
    expect(extent.getUint32(0)).toBe(2 ** 15 * 4096 - 100);
    expect(extent.getUint32(4)).toBe(HOLE);
  });

  test('block status of pages in turns is of a bounded number of extents', () => {
    const state = (slot: number) => (slot % 2 === 0 ? 0 : HOLE);
    const machine = transmission(STRUCTURED, { ...nullDevice(2 ** 40), state });
    const request = { type: BLOCK_STATUS, flags: 0, offset: 0, length: 2 ** 31 };
    feed(machine, encodeRequest(request, 0));
    machine.advance();
    expect(machine.txPending).toBe(24 + 8 * 2 ** 11);
  });
});

test('a client that does not take its replies is not served further', () => {
  const machine = transmission(SIMPLE);
  feed(machine, encodeRequests(Array.from({ length: 50 }, () => read(0, 1))));
  expect(machine.advance()).toBe(WANTS_OUTPUT);
  const pending = machine.txPending;
  machine.sent(100);
  expect(machine.advance()).toBe(WANTS_OUTPUT);
  expect(machine.txPending).toBe(pending - 100);
  machine.sent(machine.txPending);
  expect(machine.advance()).toBe(WANTS_OUTPUT);
});

test('regions that are too small, overlap or lie outside are the host mistakes they are', () => {
  const make = (rxAt: number, rxBytes: number, txAt: number, txBytes: number) => () =>
    new Transmission(
      new ArrayBuffer(2 ** 18),
      { rxAt, rxBytes, txAt, txBytes },
      nullDevice(4096),
      SIMPLE,
    );
  expect(make(0, 2 ** 16, 2 ** 16, 2 ** 16)).not.toThrow();
  expect(make(0, 2 ** 15, 2 ** 16, 2 ** 16)).toThrow('at least');
  expect(make(0, 2 ** 16, 2 ** 15, 2 ** 16)).toThrow('overlap');
  expect(make(0, 2 ** 16, 2 ** 18 - 1, 2 ** 16)).toThrow('in the memory');
});
