// Replies that end just before the end of the region from which they are sent: whatever has to
// follow them waits for room, and nothing is written beyond.

import { expect, test } from 'vitest';
import { MapDevice } from '../support/devices.ts';
import { Harness, RX, TX } from '../support/harness.ts';
import { checkSession } from '../support/session.ts';
import {
  BLOCK_STATUS,
  DF,
  decodeReplies,
  encodeRequests,
  FLUSH,
  type Operation,
  READ,
  WRITE,
} from '../support/wire.ts';

const harness = new Harness();
const PAGE = 4096;
const ALL = [Number.MAX_SAFE_INTEGER];

const write = (pages: number): Operation => ({
  type: WRITE,
  flags: 0,
  offset: 0,
  length: pages * PAGE,
  data: Buffer.alloc(pages * PAGE, 7),
});
const read = (offset: number, length: number, flags = 0): Operation => ({
  type: READ,
  flags,
  offset,
  length,
});
const status: Operation = { type: BLOCK_STATUS, flags: 0, offset: 0, length: 60 * PAGE };
const flush: Operation = { type: FLUSH, flags: 0, offset: 0, length: 0 };

function check(requests: readonly Operation[], isStructured: boolean, failingPage: number): void {
  const options = { isStructured, hasBaseAllocation: isStructured, isReadOnly: false };
  const failing = new Map(failingPage < 0 ? [] : [[failingPage, 5]]);
  const count = checkSession({ pages: 60, requests, failing, options, receive: ALL, send: ALL });
  expect(count).toBe(requests.length);
}

test('structured reads and their errors, at all distances from the end', () => {
  for (let from = 0; from < 150; from++) {
    check([write(16), read(from, 20 * PAGE), flush], true, 16);
    check([write(17), read(from, 16 * PAGE), status], true, -1);
  }
});

test('structured reads whose last few bytes fail', () => {
  for (let from = 15; from < 100; from++) {
    for (const tail of [1, 10, 20, 33]) {
      check([write(16), read(from, 16 * PAGE - from + tail), flush], true, 16);
    }
  }
});

test('unfragmented reads of all lengths', () => {
  for (let pages = 10; pages < 50; pages++) {
    check([write(50), read(0, pages * PAGE, DF), flush], true, -1);
    check([read(PAGE - 28, pages * PAGE, DF), status], true, 12);
  }
});

test('simple reads that just fit, and just do not', () => {
  for (let length = TX.bytes - 80; length < TX.bytes + 20; length++) {
    check([write(17), read(0, length), read(5, 100), flush], false, -1);
  }
});

test('simple reads that fit and fail, behind others', () => {
  for (let pages = 1; pages < 16; pages++) {
    check([read(0, pages * PAGE), read(10 * PAGE, 10 * PAGE), flush], false, 16);
  }
});

test('answers without data behind reads that leave little room', () => {
  const beyond = read(60 * PAGE, 1);
  const alternating = Array.from({ length: 20 }, (_, index) => ({
    ...write(1),
    offset: (20 + 2 * index) * PAGE,
  }));
  for (let less = 0; less < 80; less++) {
    check([read(0, TX.bytes - 16 - less), flush, beyond, flush], false, -1);
    const whole = read(0, TX.bytes - 28 - 34 - less, DF);
    check([write(17), whole, flush, beyond, beyond, flush], true, -1);
    check([...alternating, whole, status, flush], true, -1);
  }
});

test('a read that fits is sent in as few chunks wherever it comes to lie', () => {
  const at = (page: number, one: Operation): Operation => ({ ...one, offset: page * PAGE });
  const cut = read(PAGE - 1, 1 + 4 * PAGE);
  for (let less = 0; less < 200; less++) {
    const before = read(10 * PAGE, TX.bytes - 28 - 34 - cut.length - 28 - less);
    const requests = [at(1, write(4)), at(10, write(12)), before, cut];
    const device = new MapDevice(60 * PAGE, harness.memory, RX, TX);
    const options = { isStructured: true, hasBaseAllocation: false };
    const { output } = harness.run(device, options, encodeRequests(requests));
    const { replies } = decodeReplies(output, requests);
    // A hole of a byte, and the data.
    expect(replies.map(({ chunkCount }) => chunkCount)).toEqual([0, 0, 1, 2]);
  }
});
