// Requests as bytes against a device that checks every address. What comes back is the replies of a
// plain twin in the order of the requests, with no byte more; what was acknowledged is on the device,
// and nothing else; no byte outside of the two regions changes.

import { compare } from '../../../packages/nbd/test/support/compare.ts';
import { MapDevice } from '../../../packages/nbd/test/support/devices.ts';
import { Harness, RX, TX } from '../../../packages/nbd/test/support/harness.ts';
import { Twin } from '../../../packages/nbd/test/support/twin.ts';
import {
  BLOCK_STATUS,
  CACHE,
  cookieOf,
  DF,
  DISC,
  decodeReplies,
  encodeRequest,
  FLUSH,
  NO_HOLE,
  type Operation,
  READ,
  REQ_ONE,
  TRIM,
  WRITE,
  WRITE_ZEROES,
} from '../../../packages/nbd/test/support/wire.ts';
import { must, pieceSizes, type Target } from '../target.ts';

const PAGES = 40;
const MAGIC = 0x2560_9513;
const REQUEST_BYTES = 28;
const FAILING = new Map([[7, 5]]);
const WRITE_BYTES_MAX = 32 * 2 ** 20;
const harness = new Harness();

/** The whole requests that the bytes begin with, as the text of the protocol has them. */
function requestsIn(bytes: Buffer): Operation[] {
  const requests: Operation[] = [];
  for (let at = 0; at + REQUEST_BYTES <= bytes.length; ) {
    const type = bytes.readUInt16BE(at + 6);
    const length = bytes.readUInt32BE(at + 24);
    const payload = type === WRITE ? length : 0;
    const isWhole = at + REQUEST_BYTES + payload <= bytes.length;
    if (bytes.readUInt32BE(at) !== MAGIC || type === DISC || !isWhole) break;
    const data = bytes.subarray(at + REQUEST_BYTES, at + REQUEST_BYTES + payload);
    const operation = {
      type,
      flags: bytes.readUInt16BE(at + 4),
      offset: bytes.readBigUInt64BE(at + 8 + 8),
      length,
    };
    requests.push(payload > 0 ? { ...operation, data } : operation);
    at += REQUEST_BYTES + payload;
  }
  return requests;
}

function run(input: Uint8Array): void {
  const mode = input[0] ?? 0;
  const options = {
    isStructured: (mode & 1) !== 0,
    hasBaseAllocation: (mode & 3) === 3,
    isReadOnly: (mode & 4) !== 0,
  };
  const bytes = Buffer.from(input.subarray(1));
  const requests = requestsIn(bytes);
  // Cookies as the twin's side of the wire counts them.
  let at = 0;
  for (const [index, { data }] of requests.entries()) {
    bytes.writeBigUInt64BE(cookieOf(index), at + 8);
    at += REQUEST_BYTES + (data?.length ?? 0);
  }
  const failing = (mode & 8) === 0 ? new Map<number, number>() : FAILING;
  const device = new MapDevice(PAGES * 4096, harness.memory, RX, TX, failing);
  const pieces = [pieceSizes(mode, 5000), pieceSizes(mode + 1, 3000)] as const;
  const outcome = harness.run(device, options, bytes, ...pieces);
  must(/^$|^disconnected$|^protocol: |^device: /.test(outcome.reason), outcome.reason);
  const { replies, rest } = decodeReplies(outcome.output, requests);
  must(replies.length <= requests.length, 'more replies than requests');
  const twin = new Twin(PAGES * 4096, failing, options);
  compare(requests, replies, twin, options);
  if (/^device: /.test(outcome.reason)) return;
  // A write of which not all came yet is in part on the device; a long one may be refused before.
  const hasAll = replies.length === requests.length;
  const isLast = at === bytes.length || bytes.length - at < REQUEST_BYTES;
  must(hasAll || outcome.hasEnded, `${replies.length} replies to ${requests.length} requests`);
  if (!hasAll || !isLast) return;
  must(rest.length === 0, `${rest.length} bytes past the last reply`);
  for (let page = 0; page < PAGES; page++) {
    must(device.state(page) === twin.state(page), `page ${page} has another state`);
    must(twin.page(page).equals(device.page(page)), `page ${page} has other bytes`);
  }
}

function session(mode: number, requests: readonly Operation[]): Uint8Array {
  return Buffer.concat([Buffer.from([mode]), ...requests.map(encodeRequest)]);
}

function write(offset: number, length: number): Operation {
  return { type: WRITE, flags: 0, offset, length, data: Buffer.alloc(length, 'page') };
}

function ask(type: number, flags: number, offset: number, length: number): Operation {
  return { type, flags, offset, length };
}

export const target: Target = {
  bytesMax: 24_576,
  words: [Buffer.from('25609513', 'hex'), Buffer.from('00a000', 'hex')],
  seeds: () => [
    session(3, [write(4096, 4096), ask(READ, 0, 0, 12_288), ask(READ, DF, 4000, 200)]),
    session(0, [write(100, 50), ask(READ, 0, 0, 4096), ask(FLUSH, 0, 0, 0), ask(DISC, 0, 0, 0)]),
    session(11, [ask(READ, 0, 0, 163_840), write(28_672, 4096), ask(TRIM, 0, 4096, 100_000)]),
    session(3, [
      write(0, 8192),
      ask(WRITE_ZEROES, NO_HOLE, 5000, 9000),
      ask(BLOCK_STATUS, 0, 0, 163_840),
      ask(BLOCK_STATUS, REQ_ONE, 4096, 163_840 - 4096),
      ask(CACHE, 0, 0, 4096),
    ]),
    session(4, [write(0, 4096), ask(READ, 0, 0, WRITE_BYTES_MAX + 1), ask(9, 0, 0, 0)]),
  ],
  run,
};
