// The record format once more, slowly: by a DataView, a CRC that goes bit by bit, and the cipher as
// its standard has it. Written after docs/tier-format.md and not after the code.

import { createDecipheriv, hkdfSync } from 'node:crypto';

export interface PlainRecord {
  readonly slot: number;
  readonly tag: number;
  readonly kind: number;
  readonly sequence: number;
  readonly isEncrypted: boolean;
  readonly payload: Uint8Array;
}

/** The record that begins at `at`, or null. */
export function plainRecord(
  window: Uint8Array,
  at: number,
  secret: Uint8Array | null,
): PlainRecord | null {
  const bytes = Uint8Array.from(window.subarray(at));
  if (bytes.length < 24) return null;
  const view = new DataView(bytes.buffer);
  if (view.getUint16(0, true) !== 0x4c52) return null;
  const length = view.getUint16(2, true);
  const flags = view.getUint8(5);
  if (length === 0 || length > 4096 || flags > 1 || view.getUint16(6, true) !== 0) return null;
  const isEncrypted = flags === 1;
  const bodyAt = isEncrypted ? 52 : 24;
  if (bodyAt + length > bytes.length) return null;
  const sum = view.getUint32(20, true);
  view.setUint32(20, 0, true);
  if (plainCrc(bytes.subarray(0, bodyAt + length)) !== sum) return null;
  const tag = view.getUint32(12, true);
  let payload: Uint8Array = bytes.slice(bodyAt, bodyAt + length);
  if (isEncrypted) {
    if (secret === null) return null;
    const info = `pagelend tier record ${tag}`;
    const key = new Uint8Array(hkdfSync('sha256', secret, '', info, 32));
    const cipher = createDecipheriv('aes-256-gcm', key, bytes.slice(24, 36));
    cipher.setAAD(bytes.slice(0, 20));
    cipher.setAuthTag(bytes.slice(36, 52));
    payload = Buffer.concat([cipher.update(payload), cipher.final()]);
  }
  return {
    slot: view.getUint32(8, true),
    tag,
    kind: view.getUint8(4),
    sequence: view.getUint32(16, true),
    isEncrypted,
    payload,
  };
}

function plainCrc(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
