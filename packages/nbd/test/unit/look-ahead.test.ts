// What a device that waits is told of what comes: which pages, how many, and when.

import {
  type PageDevice,
  Transmission,
  WAIT,
  WANTS_DEVICE,
  WANTS_INPUT,
  WANTS_OUTPUT,
} from '@pagelend/nbd';
import { expect, test } from 'vitest';
import { nullDevice } from '../support/devices.ts';
import {
  BLOCK_STATUS,
  CACHE,
  DISC,
  encodeRequest,
  encodeRequests,
  FLUSH,
  type Operation,
  READ,
  TRIM,
  WRITE,
  WRITE_ZEROES,
} from '../support/wire.ts';

const REGION_BYTES = 2 ** 17;
const PAGES = 1000;
const memory = new ArrayBuffer(2 * REGION_BYTES);
const bytes = new Uint8Array(memory);

/** A session whose device does so many calls before one waits, and what was announced to it. */
class Waiter {
  grants = 0;
  readonly told: string[] = [];
  readonly machine: Transmission;

  constructor(isStructured = false) {
    const call = () => (this.grants-- > 0 ? 0 : WAIT);
    const device: PageDevice = {
      ...nullDevice(PAGES * 4096),
      read: call,
      readPart: call,
      write: call,
      zero: call,
      announce: (slot, count) => this.told.push(`${slot}+${count}`),
    };
    const buffers = { rxAt: 0, rxBytes: REGION_BYTES, txAt: REGION_BYTES, txBytes: REGION_BYTES };
    const options = { isStructured, hasBaseAllocation: isStructured };
    this.machine = new Transmission(memory, buffers, device, options);
  }

  feed(input: Uint8Array): void {
    bytes.set(input, this.machine.rxNext);
    this.machine.received(input.length);
  }

  /** What was announced since the last time. */
  takeTold(): string[] {
    return this.told.splice(0);
  }
}

function toldOf(requests: readonly Operation[], cutBytes = 0): string[] {
  const waiter = new Waiter();
  const input = encodeRequests(requests);
  waiter.feed(input.subarray(0, input.length - cutBytes));
  expect(waiter.machine.advance()).toBe(WANTS_DEVICE);
  return waiter.told;
}

const of = (type: number, page: number, pages: number): Operation => ({
  type,
  flags: 0,
  offset: page * 4096,
  length: pages * 4096,
});
const read = (page: number, pages = 1): Operation => of(READ, page, pages);

test('the rest of its own pages, as far as the window reaches', () => {
  expect(toldOf([read(5)])).toEqual([]);
  expect(toldOf([read(5, 4)])).toEqual(['6+3']);
  expect(toldOf([read(5, 500), read(700)])).toEqual(['6+64']);
});

test('pages that reads touch in part', () => {
  const partial = { ...read(0), offset: 4095, length: 2 + 4096 };
  expect(toldOf([read(50), partial])).toEqual(['0+3']);
  expect(toldOf([partial])).toEqual(['1+2']);
  expect(toldOf([read(50), { ...read(0), offset: 100, length: 0 }])).toEqual([]);
});

test('reads behind it, past requests of other kinds', () => {
  const between = [
    of(WRITE, 1, 2),
    of(TRIM, 3, 1),
    of(WRITE_ZEROES, 4, 1),
    of(CACHE, 5, 1),
    { ...of(FLUSH, 0, 0) },
    of(BLOCK_STATUS, 6, 1),
  ];
  for (const other of between) {
    expect(toldOf([read(10), read(20), other, read(30, 2)])).toEqual(['20+1', '30+2']);
  }
});

test('behind a write that waits', () => {
  expect(toldOf([of(WRITE, 1, 2), read(30, 2), read(7)])).toEqual(['30+2', '7+1']);
  expect(toldOf([of(WRITE_ZEROES, 1, 2), read(30, 2)])).toEqual(['30+2']);
});

test('nothing that is refused, and what comes behind it', () => {
  const refused = [read(PAGES), read(PAGES - 1, 2), { ...read(3), flags: 0x80 }, read(0, 2 ** 14)];
  expect(toldOf([read(10), ...refused, read(30)])).toEqual(['30+1']);
});

test('nothing behind what is not complete', () => {
  expect(toldOf([read(10), read(20), read(30)], 1)).toEqual(['20+1']);
  expect(toldOf([read(10), read(20), of(WRITE, 0, 1)], 1)).toEqual(['20+1']);
  const long = { ...of(WRITE, 0, 2 ** 19), data: new Uint8Array(0) };
  expect(toldOf([read(10), long, read(30)])).toEqual([]);
});

test('nothing behind the end of the session or what is not known', () => {
  expect(toldOf([read(10), of(DISC, 0, 0), read(30)])).toEqual([]);
  expect(toldOf([read(10), of(8, 0, 0), read(30)])).toEqual([]);
  const waiter = new Waiter();
  const garbage = encodeRequest(read(30), 1).fill(0x26, 0, 1);
  waiter.feed(Buffer.concat([encodeRequest(read(10), 0), garbage]));
  expect(waiter.machine.advance()).toBe(WANTS_DEVICE);
  expect(waiter.told).toEqual([]);
});

test('a bounded number of requests and pages', () => {
  const many = Array.from({ length: 40 }, (_, index) => read(10 * index));
  expect(toldOf(many)).toEqual(many.slice(1, 17).map((_, index) => `${10 * index + 10}+1`));
  expect(toldOf([read(0, 11), read(100, 50), read(200, 50), read(300)])).toEqual([
    '1+10',
    '100+50',
    '200+4',
  ]);
});

test.each([false, true])('structured replies %s: each once while a page is waited for', (is) => {
  const waiter = new Waiter(is);
  const { machine } = waiter;
  waiter.feed(encodeRequests([read(0, 2), read(10)]));
  expect(machine.advance()).toBe(WANTS_DEVICE);
  expect(waiter.takeTold()).toEqual(['1+1', '10+1']);
  // More comes while the same request waits, in part first.
  const more = encodeRequests([read(20, 100)]);
  waiter.feed(more.subarray(0, 27));
  machine.lookAhead();
  expect(waiter.takeTold()).toEqual([]);
  waiter.feed(more.subarray(27));
  machine.lookAhead();
  expect(waiter.takeTold()).toEqual(['20+62']);
  expect(machine.advance()).toBe(WANTS_DEVICE);
  machine.lookAhead();
  expect(waiter.takeTold()).toEqual([]);
  // With the next page that is waited for all is told again, as far as the window reaches by then.
  const windows = [['10+1', '20+63'], ['20+64'], ['21+64']];
  for (const told of windows) {
    waiter.grants = 1;
    let wants = machine.advance();
    machine.sent(machine.txPending);
    if (wants === WANTS_OUTPUT) wants = machine.advance();
    expect(wants).toBe(WANTS_DEVICE);
    expect(waiter.takeTold()).toEqual(told);
  }
});

test('what comes later to the same addresses is told as well', () => {
  const waiter = new Waiter();
  for (let round = 0; round < 3; round++) {
    waiter.grants = 0;
    waiter.feed(encodeRequests([read(0), read(10)]));
    expect(waiter.machine.advance()).toBe(WANTS_DEVICE);
    expect(waiter.takeTold()).toEqual(['10+1']);
    waiter.grants = 2;
    expect(waiter.machine.advance()).toBe(WANTS_INPUT);
    waiter.machine.sent(waiter.machine.txPending);
  }
});

test('a device that hears no announcements is served', () => {
  const buffers = { rxAt: 0, rxBytes: REGION_BYTES, txAt: REGION_BYTES, txBytes: REGION_BYTES };
  const device = { ...nullDevice(PAGES * 4096), read: () => WAIT };
  const options = { isStructured: false, hasBaseAllocation: false };
  const machine = new Transmission(memory, buffers, device, options);
  const input = encodeRequests([read(0, 5), read(10)]);
  bytes.set(input, machine.rxNext);
  machine.received(input.length);
  expect(machine.advance()).toBe(WANTS_DEVICE);
});
