// A page on the device: a head of 24 bytes that says whose page it is and what is kept of it, then
// the bytes; encrypted, with nonce and authentication tag between the two. Whatever stands on a
// device, reading it ends with a fault or with the page that was written: it never throws.

import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  DAMAGED,
  NO_RECORD,
  OTHER_PAGE,
  type RecordFault,
  type RecordFound,
  type RecordName,
  SEALED,
  SOUND,
} from './contract.ts';
import {
  PAYLOAD_BYTES_MAX,
  RECORD_BYTES_MAX,
  RECORD_HEAD_BYTES,
  roundUp,
  SEAL_BYTES,
} from './layout.ts';
import type { Sealer } from './sealer.ts';

const MAGIC = 0x4c52;
const LENGTH_AT = 2;
const KIND_AT = 4;
const FLAGS_AT = 5;
const RESERVED_AT = 6;
const SLOT_AT = 8;
const TAG_AT = 12;
const SEQUENCE_AT = 16;
const CRC_AT = 20;
const ENCRYPTED = 1;
const COUNT_END = 2 ** 32;

/** What `nextRecord` found in an extent. */
export interface RecordHead {
  tag: number;
  slot: number;
  kind: number;
  /** Bytes of the whole record, without what follows to the next unit. */
  bytes: number;
}

/** Puts records together. One thread's: it numbers them, so that no two are alike. */
export class RecordWriter {
  readonly #sealer: Sealer | null;
  #sequence = randomInt(COUNT_END);

  constructor(sealer: Sealer | null) {
    this.#sealer = sealer;
  }

  /** Bytes that the record of a payload takes. */
  bytesFor(payloadBytes: number): number {
    return RECORD_HEAD_BYTES + (this.#sealer === null ? 0 : SEAL_BYTES) + payloadBytes;
  }

  /** Puts a record at `at`. Returns its bytes. */
  write(into: Uint8Array, at: number, name: RecordName, kind: number, payload: Uint8Array): number {
    const { length } = payload;
    if (length < 1 || length > PAYLOAD_BYTES_MAX) {
      throw new RangeError(`a record holds 1 to ${PAYLOAD_BYTES_MAX} bytes, not ${length}`);
    }
    const sealer = this.#sealer;
    const bytes = this.bytesFor(length);
    this.#sequence = (this.#sequence + 1) % COUNT_END;
    put16(into, at, MAGIC);
    put16(into, at + LENGTH_AT, length);
    into[at + KIND_AT] = kind;
    into[at + FLAGS_AT] = sealer === null ? 0 : ENCRYPTED;
    put16(into, at + RESERVED_AT, 0);
    put32(into, at + SLOT_AT, name.slot);
    put32(into, at + TAG_AT, name.tag);
    put32(into, at + SEQUENCE_AT, this.#sequence);
    put32(into, at + CRC_AT, 0);
    const bodyAt = at + RECORD_HEAD_BYTES;
    if (sealer === null) into.set(payload, bodyAt);
    else sealer.seal(into, bodyAt, name.tag >>> 0, into.subarray(at, at + CRC_AT), payload);
    put32(into, at + CRC_AT, crc32(into.subarray(at, at + bytes)));
    return bytes;
  }
}

/** Puts a record at `at`, as a thread does that writes this one alone. Returns its bytes. */
export function writeRecord(
  into: Uint8Array,
  at: number,
  name: RecordName,
  kind: number,
  payload: Uint8Array,
  sealer: Sealer | null = null,
): number {
  return new RecordWriter(sealer).write(into, at, name, kind, payload);
}

/**
 * Finds the record that begins at `at` of a window. Where it is SOUND, `found` tells where its
 * bytes are, decrypted in place (so an encrypted window is read once). With a sealer a record must
 * be encrypted, without one it must not be.
 */
export function readRecord(
  window: Uint8Array,
  at: number,
  name: RecordName,
  found: RecordFound,
  sealer: Sealer | null = null,
): RecordFault {
  const fault = check(window, at);
  if (fault !== SOUND) return fault;
  const slot = get32(window, at + SLOT_AT);
  const tag = get32(window, at + TAG_AT);
  if (slot !== name.slot >>> 0 || tag !== name.tag >>> 0) return OTHER_PAGE;
  const isEncrypted = window[at + FLAGS_AT] === ENCRYPTED;
  if (isEncrypted !== (sealer !== null)) return SEALED;
  found.kind = window[at + KIND_AT]!;
  found.bytes = get16(window, at + LENGTH_AT);
  found.at = at + RECORD_HEAD_BYTES;
  if (sealer === null) return SOUND;
  const aad = window.subarray(at, at + CRC_AT);
  if (!sealer.open(window, found.at, tag, aad, found.bytes)) return SEALED;
  found.at += SEAL_BYTES;
  return SOUND;
}

/**
 * Finds the next record in an extent's bytes, at `at` or after it; the search goes on at
 * `roundUp(found + head.bytes, unitBytes)`. Returns where it begins, or -1. Records that nothing
 * names any more are found too, and damaged ones are not.
 */
export function nextRecord(
  extent: Uint8Array,
  at: number,
  unitBytes: number,
  head: RecordHead,
): number {
  for (let from = roundUp(at, unitBytes); from < extent.length; from += unitBytes) {
    if (check(extent, from) !== SOUND) continue;
    head.kind = extent[from + KIND_AT]!;
    head.slot = get32(extent, from + SLOT_AT);
    head.tag = get32(extent, from + TAG_AT);
    head.bytes = bytesOf(extent, from);
    return from;
  }
  return -1;
}

/** Whether a whole record begins at `at`, whoever's it is. */
function check(window: Uint8Array, at: number): RecordFault {
  if (at < 0 || at + RECORD_HEAD_BYTES > window.length) return NO_RECORD;
  if (get16(window, at) !== MAGIC) return NO_RECORD;
  const length = get16(window, at + LENGTH_AT);
  if (length < 1 || length > PAYLOAD_BYTES_MAX) return DAMAGED;
  const bytes = bytesOf(window, at);
  if (bytes > RECORD_BYTES_MAX || at + bytes > window.length) return DAMAGED;
  if (window[at + FLAGS_AT]! > ENCRYPTED || get16(window, at + RESERVED_AT) !== 0) return DAMAGED;
  // The sum was made while its own field was zero.
  const sum = get32(window, at + CRC_AT);
  put32(window, at + CRC_AT, 0);
  const isSame = crc32(window.subarray(at, at + bytes)) === sum;
  put32(window, at + CRC_AT, sum);
  return isSame ? SOUND : DAMAGED;
}

function bytesOf(window: Uint8Array, at: number): number {
  const seal = window[at + FLAGS_AT] === ENCRYPTED ? SEAL_BYTES : 0;
  return RECORD_HEAD_BYTES + seal + get16(window, at + LENGTH_AT);
}

function get16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

function get32(bytes: Uint8Array, at: number): number {
  return (get16(bytes, at) | (get16(bytes, at + 2) << 16)) >>> 0;
}

function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >> 8;
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at, value);
  put16(bytes, at + 2, value >>> 16);
}
