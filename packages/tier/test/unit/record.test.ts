// Records: what was written is read, under its own name and key alone, and any change is noticed.

import {
  DAMAGED,
  NO_RECORD,
  nextRecord,
  OTHER_PAGE,
  RECORD_BYTES_MAX,
  type RecordFound,
  type RecordHead,
  readRecord,
  SEALED,
  Sealer,
  SOUND,
  writeRecord,
} from '@pagelend/tier';
import { describe, expect, test } from 'vitest';
import { plainRecord } from '../support/plain-record.ts';

const secret = new Uint8Array(32).fill(3);
const name = { tag: 0xdead_beef, slot: 77 };
const found: RecordFound = { kind: 0, at: 0, bytes: 0 };

function payloadOf(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + bytes) & 0xff);
}

/** What `readRecord` finds, as a copy, or the fault. */
function readAll(window: Uint8Array, at: number, sealer: Sealer | null): Uint8Array | number {
  const fault = readRecord(window, at, name, found, sealer);
  return fault === SOUND ? window.slice(found.at, found.at + found.bytes) : fault;
}

describe.each([
  { keeps: 'as they are', sealed: false },
  { keeps: 'encrypted', sealed: true },
])('records $keeps', ({ sealed }) => {
  const sealer = sealed ? new Sealer(secret) : null;

  test.each([1, 2, 63, 64, 1400, 4095, 4096])('hold %i bytes', (bytes) => {
    const window = new Uint8Array(8192).fill(0xee);
    const payload = payloadOf(bytes);
    const size = writeRecord(window, 64, name, 5, payload, sealer);
    expect(size).toBe(24 + (sealed ? 28 : 0) + bytes);
    expect(window[63]).toBe(0xee);
    expect(window[64 + size]).toBe(0xee);
    const plain = plainRecord(window, 64, secret)!;
    expect({ ...plain, payload: [...plain.payload] }).toMatchObject({
      slot: name.slot,
      tag: name.tag,
      kind: 5,
      isEncrypted: sealed,
      payload: [...payload],
    });
    expect(readAll(window, 64, sealer)).toEqual(payload);
    expect(found.kind).toBe(5);
  });

  test('no single bit changes without being noticed', () => {
    const record = new Uint8Array(128);
    const bytes = writeRecord(record, 0, name, 1, payloadOf(40), sealer);
    for (let bit = 0; bit < bytes * 8; bit++) {
      const changed = Uint8Array.from(record);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(readAll(changed, 0, sealer), `bit ${bit}`).toBeTypeOf('number');
    }
    expect(readAll(record, 0, sealer)).toEqual(payloadOf(40));
  });

  test('are nobody else’s', () => {
    const window = new Uint8Array(4096);
    writeRecord(window, 0, name, 1, payloadOf(100), sealer);
    for (const other of [
      { ...name, slot: 78 },
      { ...name, tag: 1 },
    ]) {
      expect(readRecord(window, 0, other, found, sealer)).toBe(OTHER_PAGE);
    }
  });

  test('are told apart by number though they hold the same', () => {
    const [one, other] = [new Uint8Array(512), new Uint8Array(512)];
    writeRecord(one, 0, name, 1, payloadOf(100), sealer);
    writeRecord(other, 0, name, 1, payloadOf(100), sealer);
    expect(one).not.toEqual(other);
  });

  test('that end past the window are damaged', () => {
    const window = new Uint8Array(4096);
    const bytes = writeRecord(window, 0, name, 1, payloadOf(100), sealer);
    expect(readAll(window.subarray(0, bytes - 1), 0, sealer)).toBe(DAMAGED);
    expect(readAll(window.subarray(0, 23), 0, sealer)).toBe(NO_RECORD);
  });
});

test('the largest record is as large as said', () => {
  const window = new Uint8Array(8192);
  const bytes = writeRecord(window, 0, name, 1, payloadOf(4096), new Sealer(secret));
  expect(bytes).toBe(RECORD_BYTES_MAX);
});

test('no record holds nothing, or more than a page', () => {
  const window = new Uint8Array(8192);
  expect(() => writeRecord(window, 0, name, 1, new Uint8Array(0))).toThrow(RangeError);
  expect(() => writeRecord(window, 0, name, 1, new Uint8Array(4097))).toThrow(RangeError);
});

test('where nothing was written there is no record', () => {
  expect(readAll(new Uint8Array(8192), 0, null)).toBe(NO_RECORD);
  expect(readAll(new Uint8Array(8192).fill(0xff), 0, null)).toBe(NO_RECORD);
  expect(readAll(new Uint8Array(0), 0, null)).toBe(NO_RECORD);
});

test('what is encrypted is sealed under another key, without one, and is not to be seen', () => {
  const payload = payloadOf(200);
  const window = new Uint8Array(4096);
  writeRecord(window, 0, name, 1, payload, new Sealer(secret));
  expect(Buffer.from(window).includes(Buffer.from(payload.subarray(0, 16)))).toBe(false);
  expect(readAll(window, 0, new Sealer(new Uint8Array(32).fill(4)))).toBe(SEALED);
  expect(readAll(window, 0, null)).toBe(SEALED);
  expect(readAll(window, 0, new Sealer(secret))).toEqual(payload);
});

test('what is not encrypted is not taken where all should be', () => {
  const window = new Uint8Array(4096);
  writeRecord(window, 0, name, 1, payloadOf(10));
  expect(readAll(window, 0, new Sealer(secret))).toBe(SEALED);
});

test('somebody who changes a sealed record and its checksum with it is noticed', () => {
  const window = new Uint8Array(256);
  const sealer = new Sealer(secret);
  const bytes = writeRecord(window, 0, name, 1, payloadOf(40), sealer);
  for (const at of [4, 16, 30, 40, bytes - 1]) {
    const forged = Uint8Array.from(window);
    forged[at]! ^= 1;
    mendSum(forged, bytes);
    expect(readAll(forged, 0, sealer), `byte ${at}`).toBe(SEALED);
  }
});

test.each([
  { what: 'an unknown flag', at: 5, value: 2 },
  { what: 'something in the reserved field', at: 6, value: 1 },
  { what: 'something in its second byte', at: 7, value: 1 },
  { what: 'no length', at: 2, value: 0 },
  { what: 'a length past a page', at: 3, value: 0x11 },
])('a head with $what is damaged, whatever its checksum says', ({ at, value }) => {
  const window = new Uint8Array(8192);
  const bytes = writeRecord(window, 0, name, 1, payloadOf(40));
  window[at] = value;
  mendSum(window, bytes);
  expect(readAll(window, 0, null)).toBe(DAMAGED);
  expect(readAll(window, 0, new Sealer(secret))).toBe(DAMAGED);
});

test('a record that ends past its window is damaged, whatever its checksum says', () => {
  const window = new Uint8Array(256);
  writeRecord(window, 0, name, 1, payloadOf(200));
  const cut = window.slice(0, 128);
  mendSum(cut, 128);
  expect(readAll(cut, 0, null)).toBe(DAMAGED);
});

test('nonces do not come twice, also when their counter wraps', () => {
  const sealer = new Sealer(secret, 2 ** 32 - 3);
  const nonces = new Set<string>();
  const prefixes = new Set<string>();
  for (let count = 0; count < 8; count++) {
    const window = new Uint8Array(128);
    writeRecord(window, 0, name, 1, payloadOf(8), sealer);
    nonces.add(Buffer.from(window.subarray(24, 36)).toString('hex'));
    prefixes.add(Buffer.from(window.subarray(24, 32)).toString('hex'));
    expect(readAll(window, 0, new Sealer(secret))).toEqual(payloadOf(8));
  }
  expect(nonces.size).toBe(8);
  expect(prefixes.size).toBe(2);
});

test('leases have keys of their own', () => {
  const window = new Uint8Array(256);
  const sealer = new Sealer(secret);
  const bytes = writeRecord(window, 0, name, 1, payloadOf(40), sealer);
  new DataView(window.buffer).setUint32(12, 5, true);
  mendSum(window, bytes);
  expect(readRecord(window, 0, { ...name, tag: 5 }, found, sealer)).toBe(SEALED);
});

test('a secret has 32 bytes', () => {
  expect(() => new Sealer(new Uint8Array(16))).toThrow(RangeError);
});

test('a walk over an extent finds every sound record and passes over what is not one', () => {
  const extent = new Uint8Array(16_384).fill(0xa5);
  const placed: number[] = [];
  for (let slot = 0, at = 0; slot < 6; slot++) {
    placed.push(at);
    const bytes = writeRecord(extent, at, { tag: 9, slot }, slot, payloadOf(300 + slot * 400));
    at = Math.ceil((at + bytes) / 64) * 64;
  }
  extent[placed[2]! + 30]! ^= 1;
  const head: RecordHead = { tag: 0, slot: 0, kind: 0, bytes: 0 };
  const seen: [number, RecordHead][] = [];
  for (let at = 0; (at = nextRecord(extent, at, 64, head)) >= 0; at += head.bytes) {
    seen.push([at, { ...head }]);
  }
  expect(seen).toEqual(
    [0, 1, 3, 4, 5].map((slot) => [
      placed[slot],
      { tag: 9, slot, kind: slot, bytes: 324 + slot * 400 },
    ]),
  );
});

function mendSum(record: Uint8Array, bytes: number): void {
  let crc = 0xffff_ffff;
  const view = new DataView(record.buffer);
  view.setUint32(20, 0, true);
  for (const byte of record.subarray(0, bytes)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  }
  view.setUint32(20, ~crc >>> 0, true);
}
