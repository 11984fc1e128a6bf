// A session while its device is waited for: what it says of itself, what may be sent, and errors
// that come after a wait.

import {
  ENDED,
  HELD,
  NBD_EIO,
  type PageDevice,
  Transmission,
  WAIT,
  WANTS_DEVICE,
  WANTS_INPUT,
  WANTS_OUTPUT,
  WANTS_TURN,
} from '@pagelend/nbd';
import { describe, expect, test } from 'vitest';
import { nullDevice } from '../support/devices.ts';
import { DF, encodeRequests, type Operation, READ, WRITE, WRITE_ZEROES } from '../support/wire.ts';

const REGION_BYTES = 2 ** 16;
const memory = new ArrayBuffer(2 * REGION_BYTES);
const bytes = new Uint8Array(memory);
const SIMPLE = { isStructured: false, hasBaseAllocation: false };
const STRUCTURED = { isStructured: true, hasBaseAllocation: false };

/** A machine whose device answers each call with the next of these, and after them with 0. */
function machineOf(
  answers: number[],
  options: typeof SIMPLE,
  device: Partial<PageDevice> = {},
): Transmission {
  const call = (): number => answers.shift() ?? 0;
  const calls = { read: call, readPart: call, write: call, writePart: call, zeroPart: call };
  const buffers = { rxAt: 0, rxBytes: REGION_BYTES, txAt: REGION_BYTES, txBytes: REGION_BYTES };
  const served = { ...nullDevice(2 ** 40), ...calls, zero: call, ...device };
  return new Transmission(memory, buffers, served, options);
}

function feed(machine: Transmission, requests: readonly Operation[]): void {
  const input = encodeRequests(requests);
  bytes.set(input, machine.rxNext);
  machine.received(input.length);
}

const of = (type: number, pages: number, flags = 0): Operation => ({
  type,
  flags,
  offset: 0,
  length: pages * 4096,
});

describe('an error after a wait', () => {
  test('a simple read that fits: an error, though other replies were sent meanwhile', () => {
    const machine = machineOf([0, 0, WAIT, WAIT, NBD_EIO], SIMPLE);
    feed(machine, [of(READ, 1), of(READ, 3)]);
    expect(machine.advance()).toBe(WANTS_DEVICE);
    expect(machine.txPending).toBe(16 + 4096);
    machine.sent(machine.txPending);
    expect(machine.advance()).toBe(WANTS_DEVICE);
    expect(machine.txPending).toBe(0);
    expect(machine.advance()).toBe(WANTS_INPUT);
    expect(machine.txPending).toBe(16);
    expect(new DataView(memory, machine.txNext).getUint32(4)).toBe(NBD_EIO);
  });

  test('a simple read longer than the region: an error until the region is full', () => {
    const machine = machineOf([0, 0, 0, WAIT, NBD_EIO], SIMPLE);
    feed(machine, [of(READ, 40)]);
    expect(machine.advance()).toBe(WANTS_DEVICE);
    expect(machine.txPending).toBe(0);
    expect(machine.advance()).toBe(WANTS_INPUT);
    expect(machine.txPending).toBe(16);
  });

  test('a simple read of which a part was sent: the end', () => {
    const machine = machineOf([...Array(15).fill(0), WAIT, NBD_EIO], SIMPLE);
    feed(machine, [of(READ, 40)]);
    expect(machine.advance()).toBe(WANTS_OUTPUT);
    expect(machine.txPending).toBe(16 + 15 * 4096);
    machine.sent(machine.txPending);
    expect(machine.advance()).toBe(WANTS_DEVICE);
    expect(machine.advance()).toBe(ENDED);
    expect(machine.reason).toBe('device: error 5 in a read of which a part was sent');
    expect(machine.txPending).toBe(0);
  });

  test('an unfragmented read that fits: an error and no data', () => {
    const machine = machineOf([0, WAIT, NBD_EIO], STRUCTURED);
    feed(machine, [of(READ, 4, DF)]);
    expect(machine.advance()).toBe(WANTS_DEVICE);
    expect(machine.txPending).toBe(0);
    expect(machine.advance()).toBe(WANTS_INPUT);
    expect(machine.txPending).toBe(34);
  });

  test('a write: its answer, after the rest of its payload', () => {
    const machine = machineOf([0, WAIT, NBD_EIO], SIMPLE);
    feed(machine, [of(WRITE, 3), of(READ, 1)]);
    expect(machine.advance()).toBe(WANTS_DEVICE);
    expect(machine.advance()).toBe(WANTS_INPUT);
    expect(machine.txPending).toBe(16 + 16 + 4096);
    expect(new DataView(memory, machine.txNext).getUint32(4)).toBe(NBD_EIO);
  });
});

test('an unfragmented read longer than the region: what is there goes while it waits', () => {
  const machine = machineOf([0, 0, WAIT], STRUCTURED);
  feed(machine, [of(READ, 40, DF)]);
  expect(machine.advance()).toBe(WANTS_DEVICE);
  expect(machine.txPending).toBe(28 + 2 * 4096);
  machine.sent(machine.txPending);
  expect(machine.advance()).toBe(WANTS_OUTPUT);
});

test('a chunk goes when it is whole: waits make no more of them', () => {
  const machine = machineOf([0, 0, WAIT, 0, WAIT], STRUCTURED);
  feed(machine, [of(READ, 5)]);
  expect([machine.advance(), machine.txPending]).toEqual([WANTS_DEVICE, 0]);
  expect([machine.advance(), machine.txPending]).toEqual([WANTS_DEVICE, 0]);
  expect([machine.advance(), machine.txPending]).toEqual([WANTS_INPUT, 28 + 5 * 4096]);
});

test.each([
  ['a read', READ, false],
  ['a write', WRITE, true],
  ['zeroes', WRITE_ZEROES, true],
])('%s that waits is begun, and held to its end', (_name, type, isChanging) => {
  const machine = machineOf([WAIT], SIMPLE);
  feed(machine, [of(type, 2), of(READ, 1)]);
  expect(machine.advance()).toBe(WANTS_DEVICE);
  machine.isHeld = true;
  expect(machine.isServing).toBe(true);
  expect(machine.isChanging).toBe(isChanging);
  expect(machine.isIdle).toBe(false);
  expect(machine.advance()).toBe(HELD);
  expect(machine.isServing).toBe(false);
  expect(machine.isChanging).toBe(false);
  expect(machine.txPending).toBe(type === READ ? 16 + 2 * 4096 : 16);
});

test('zeroes that wait late in a turn are asked for again as many', () => {
  const counts: number[] = [];
  let waits = 1;
  const zero = (_slot: number, count: number): number => {
    counts.push(count);
    return counts.length > 1 && waits-- > 0 ? WAIT : 0;
  };
  const machine = machineOf([], SIMPLE, { zero });
  feed(machine, [of(WRITE_ZEROES, 1000), of(WRITE_ZEROES, 2 ** 18 - 1)]);
  expect(machine.advance()).toBe(WANTS_DEVICE);
  while (machine.advance() === WANTS_TURN);
  expect(counts[1]).toBe(2 ** 15 - 1000);
  expect(counts[2]).toBe(counts[1]);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1000 + counts[1]! + 2 ** 18 - 1);
});
