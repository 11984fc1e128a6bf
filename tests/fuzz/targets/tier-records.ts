// Records of the tier: whatever stands on a device, reading ends with a fault or with bytes that lie in
// the window that was read, under the name that was asked for; a search goes on and ends; and what was
// found sound is found so again when it is written anew.

import { crc32 } from 'node:zlib';
import {
  nextRecord,
  OTHER_PAGE,
  PAYLOAD_BYTES_MAX,
  type RecordFound,
  readRecord,
  SEALED,
  SOUND,
  writeRecord,
} from '@pagelend/tier';
import { must, type Target } from '../target.ts';

const UNIT_BYTES = 64;
const HEAD_BYTES = 24;
const MAGIC = 0x4c52;
const SEQUENCE_AT = 16;
const CRC_AT = 20;
const NAME = { tag: 0x1234_5678, slot: 7 };

function run(window: Uint8Array): void {
  const before = Buffer.from(window);
  const found: RecordFound = { kind: -1, at: -1, bytes: -1 };
  const head = { tag: 0, slot: 0, kind: 0, bytes: 0 };
  let last = -1;
  for (let at = 0; (at = nextRecord(window, at, UNIT_BYTES, head)) >= 0; at += head.bytes) {
    must(at % UNIT_BYTES === 0 && at > last, `the search is at ${at} after ${last}`);
    must(head.bytes > HEAD_BYTES && at + head.bytes <= window.length, 'a record past the end');
    last = at;
    const name = { tag: head.tag, slot: head.slot };
    const fault = readRecord(window, at, name, found);
    must(fault === SOUND || fault === SEALED, `found by the search, and then fault ${fault}`);
    const other = { tag: head.tag, slot: (head.slot + 1) >>> 0 };
    must(readRecord(window, at, other, found) === OTHER_PAGE, 'it passes for another page');
    if (fault !== SOUND) continue;
    checkFound(window, at, name, found);
  }
  for (let at = -1; at <= window.length; at += 37) {
    if (readRecord(window, at, NAME, found) === SOUND) checkFound(window, at, NAME, found);
  }
  must(before.equals(window), 'reading changed what was read');
}

function checkFound(
  window: Uint8Array,
  at: number,
  name: { tag: number; slot: number },
  found: RecordFound,
): void {
  must(readRecord(window, at, name, found) === SOUND, 'read twice it is not the same');
  must(found.bytes >= 1 && found.bytes <= PAYLOAD_BYTES_MAX, `${found.bytes} bytes`);
  must(found.at > at && found.at + found.bytes <= window.length, 'bytes outside of the window');
  const payload = window.slice(found.at, found.at + found.bytes);
  const written = new Uint8Array(HEAD_BYTES + payload.length);
  writeRecord(written, 0, name, found.kind, payload);
  const again: RecordFound = { kind: 0, at: 0, bytes: 0 };
  must(readRecord(written, 0, name, again) === SOUND, 'written anew it is not sound');
  const isSame = again.kind === found.kind && again.bytes === found.bytes;
  must(isSame && Buffer.from(written.subarray(again.at)).equals(payload), 'nor the same');
}

/** The sums of records that begin at units. */
function repair(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(input);
  for (let at = 0; at + HEAD_BYTES <= bytes.length; at += UNIT_BYTES) {
    if (bytes.readUInt16LE(at) !== MAGIC) continue;
    const seal = bytes[at + 5] === 1 ? 28 : 0;
    const end = at + HEAD_BYTES + seal + bytes.readUInt16LE(at + 2);
    if (end > bytes.length) continue;
    bytes.writeUInt32LE(0, at + CRC_AT);
    bytes.writeUInt32LE(crc32(bytes.subarray(at, end)), at + CRC_AT);
  }
  return bytes;
}

function extent(...payloads: string[]): Uint8Array {
  const bytes = Buffer.alloc(UNIT_BYTES * 40);
  payloads.forEach((text, index) => {
    const at = index * 8 * UNIT_BYTES;
    writeRecord(bytes, at, { ...NAME, slot: 7 + index }, 1, Buffer.from(text));
    // Records are numbered from a random number on; seeds are the same each time.
    bytes.writeUInt32LE(index, at + SEQUENCE_AT);
  });
  return repair(bytes);
}

export const target: Target = {
  bytesMax: 8192,
  words: [Buffer.from('524c', 'hex'), Buffer.from('78563412', 'hex')],
  seeds: () => [
    extent(),
    extent('a'),
    extent('a page', 'x'.repeat(300), 'third'),
    new Uint8Array(8),
  ],
  repair,
  run,
};
