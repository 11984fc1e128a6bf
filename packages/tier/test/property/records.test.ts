// Whatever stands on a device: reading it never throws, and never returns but what was written.

import { type RecordFound, readRecord, Sealer, SOUND, writeRecord } from '@pagelend/tier';
import fc from 'fast-check';
import { test } from 'vitest';
import { plainRecord } from '../support/plain-record.ts';

const secret = new Uint8Array(32).fill(9);
const sealer = new Sealer(secret);
const name = { tag: 12, slot: 34 };
const found: RecordFound = { kind: 0, at: 0, bytes: 0 };

/** Reads both ways and compares; true where both found the same, or both nothing. */
function agrees(window: Uint8Array, at: number, key: Sealer | null): boolean {
  const twin = plainTwin(Uint8Array.from(window), at, key !== null);
  const fault = readRecord(window, at, name, found, key);
  if (fault !== SOUND) return twin === null;
  const payload = window.subarray(found.at, found.at + found.bytes);
  return twin !== null && Buffer.from(payload).equals(twin.payload) && twin.kind === found.kind;
}

function plainTwin(window: Uint8Array, at: number, isSealed: boolean) {
  try {
    const record = plainRecord(window, at, secret);
    const isOurs = record?.slot === name.slot && record.tag === name.tag;
    return isOurs && record.isEncrypted === isSealed ? record : null;
  } catch {
    // The cipher's own word for bytes that it did not make.
    return null;
  }
}

test('any bytes', () => {
  const windows = fc.uint8Array({ maxLength: 512 });
  fc.assert(
    fc.property(windows, fc.integer({ min: 0, max: 520 }), fc.boolean(), (window, at, isSealed) =>
      agrees(window, at, isSealed ? sealer : null),
    ),
    { numRuns: 2000 },
  );
});

test('a head that looks right before any bytes', () => {
  const windows = fc.uint8Array({ minLength: 64, maxLength: 8192 });
  const heads = fc.record({ length: fc.nat(0x1fff), flags: fc.nat(3), reserved: fc.nat(1) });
  fc.assert(
    fc.property(windows, heads, fc.boolean(), (window, head, isSealed) => {
      const view = new DataView(window.buffer);
      view.setUint16(0, 0x4c52, true);
      view.setUint16(2, head.length, true);
      view.setUint8(5, head.flags);
      view.setUint16(6, head.reserved, true);
      return agrees(window, 0, isSealed ? sealer : null);
    }),
    { numRuns: 1000 },
  );
});

test('records with bytes changed, here and there', () => {
  const payloads = fc.uint8Array({ minLength: 1, maxLength: 4096 });
  const changes = fc.array(fc.record({ at: fc.nat(8191), value: fc.nat(255) }), { maxLength: 4 });
  fc.assert(
    fc.property(payloads, changes, fc.boolean(), fc.nat(63), (payload, changed, isSealed, unit) => {
      const key = isSealed ? sealer : null;
      const window = new Uint8Array(8192);
      const at = unit * 64;
      const bytes = writeRecord(window, at, name, 2, payload, key);
      // Most changes fall into the record.
      for (const change of changed) window[at + (change.at % (bytes + 8))] = change.value;
      const isWhole = plainTwin(Uint8Array.from(window), at, isSealed) !== null;
      if (changed.length === 0 && !isWhole) return false;
      return agrees(window, at, key);
    }),
    { numRuns: 1000 },
  );
});
