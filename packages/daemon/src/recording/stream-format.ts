// What `GET /v1/leases/NAME/requests` sends: a head, then records of 16 bytes, all numbers
// little-endian; docs/lender.md describes it for others. The last record says why it ended, so a
// stream that was cut off is told from one that is whole.

import { PAGES_READ, PAGES_TRIMMED, PAGES_WRITTEN, PAGES_ZEROED } from '@pagelend/nbd';

export const REQUESTS_TYPE = 'application/vnd.pagelend.requests';

/** What a record tells: of a request, or of the recording itself. */
export const RECORD_KINDS = {
  read: PAGES_READ,
  written: PAGES_WRITTEN,
  trimmed: PAGES_TRIMMED,
  zeroed: PAGES_ZEROED,
  /** `count` requests came too fast to be told. */
  lost: 14,
  /** The end; `count` is the reason's number. */
  end: 15,
} as const;

export type RecordKind = (typeof RECORD_KINDS)[keyof typeof RECORD_KINDS];

/** Why a recording ended, by number. */
export const endReasons = ['asked', 'lease-deleted', 'lease-moved', 'daemon-stopped'] as const;
export type EndReason = (typeof endReasons)[number];

/** `PLR` between bytes that show a mangled transfer, as in other binary heads. */
const MAGIC = [0x89, 0x50, 0x4c, 0x52, 0x0d, 0x0a, 0x1a, 0x0a];
const VERSION = 1;
export const HEAD_BYTES = 16;
export const RECORD_BYTES = 16;

export function streamHead(): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(HEAD_BYTES);
  head.set(MAGIC);
  const view = new DataView(head.buffer);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, RECORD_BYTES, true);
  return head;
}

/** What is wrong with the head of a stream, or null. */
export function headFault(head: Uint8Array): string | null {
  if (MAGIC.some((byte, at) => head[at] !== byte)) return 'something else than requests';
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const version = view.getUint32(8, true);
  if (version !== VERSION) return `requests in version ${version}, expected ${VERSION}`;
  const bytes = view.getUint32(12, true);
  return bytes === RECORD_BYTES ? null : `records of ${bytes} bytes, expected ${RECORD_BYTES}`;
}

export function writeRecord(
  view: DataView,
  at: number,
  kind: RecordKind,
  connection: number,
  slot: number,
  count: number,
): void {
  view.setUint32(at, kind, true);
  view.setUint32(at + 4, connection, true);
  view.setUint32(at + 8, slot, true);
  view.setUint32(at + 12, count, true);
}

export function endRecord(reason: EndReason): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  writeRecord(view, 0, RECORD_KINDS.end, 0, 0, endReasons.indexOf(reason));
  return bytes;
}
