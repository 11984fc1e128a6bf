// What lies behind a pool: compressed pages as records in extents of a file or a block device. This
// room knows bytes, devices and checksums; which page goes behind, and which slot names a record,
// is the store's affair.
//
// A place is where a record begins, in units of `unitBytes` from the device's first extent. Records
// follow each other without regard to blocks, so several share one, and a reader takes the block in
// which the record begins and as many after it as `RECORD_BYTES_MAX` may reach.

/** What a device must be able to do; tests put one in its place that fails as devices do. */
export interface TierDevice {
  readonly path: string;
  /** Bytes that may be used, whole blocks. */
  readonly bytes: number;
  /** Offsets and lengths are multiples of this. */
  readonly blockBytes: number;
  /**
   * Fills `target` from offset `at`. Rejects with a TierError; what `target` then holds is
   * unspecified.
   */
  read(at: number, target: Uint8Array): Promise<void>;
  /** The same while the caller waits. */
  readNow(at: number, target: Uint8Array): void;
  /** Writes all of `source` at offset `at`, or rejects with a TierError. */
  write(at: number, source: Uint8Array): Promise<void>;
  writeNow(at: number, source: Uint8Array): void;
  /**
   * Tells the device that a range is not needed (a hole in a file, a discard); failure is no error.
   */
  discard(at: number, bytes: number): void;
  close(): void;
}

/** How a device is divided; stands in its head, and is the same for all who use it. */
export interface TierLayout {
  /** Where the first extent begins, in bytes. */
  readonly firstAt: number;
  readonly extentBytes: number;
  readonly extentCount: number;
  /** A power of two, so large that every place has less than 30 bits. */
  readonly unitBytes: number;
}

/** Whose record it is. A record found under another name is not the page that was asked for. */
export interface RecordName {
  /** A number made from the lease's id. */
  readonly tag: number;
  readonly slot: number;
}

/** What a record holds, as `readRecord` found it; one object is used again and again. */
export interface RecordFound {
  /** What is kept of the page: a codec's number or one of the store's own. */
  kind: number;
  /** Where the bytes are in the window that was read, decrypted in place. */
  at: number;
  bytes: number;
}

/** What is wrong with a record; 0 is sound. */
export const SOUND = 0;
/** There is no record where one should be: an extent that was never written, or lost. */
export const NO_RECORD = 1;
/** Its checksum is another than its bytes have: torn or damaged. */
export const DAMAGED = 2;
/** It is a record of another page. */
export const OTHER_PAGE = 3;
/** It can't be decrypted: changed by somebody, or written under another key. */
export const SEALED = 4;
export type RecordFault = 0 | 1 | 2 | 3 | 4;

/** Records on their way to one extent; written with one large write. */
export interface TierBatch {
  readonly extent: number;
  readonly recordCount: number;
  /** Bytes that will be written. */
  readonly bytes: number;
  /** Takes a copy of `payload`. Returns its place; NO_ROOM where the extent's end is reached. */
  append(name: RecordName, kind: number, payload: Uint8Array): number;
  /**
   * Writes all of them; to be called once, also where nothing was appended, since a batch has its
   * extent and its buffer until then. A rejection means that none of them may be relied upon.
   */
  write(): Promise<void>;
}

/** What `append` returns where a batch is full. No place is below zero. */
export const NO_ROOM = -1;

/** What the device costs, in microseconds a page; the ratio is what policies weigh. */
export interface TierCosts {
  readonly read: number;
  readonly write: number;
}
