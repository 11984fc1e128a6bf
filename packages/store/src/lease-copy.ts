// Taking the pages of a lease out and putting them in, as records. Pages go as they are compressed; a
// pool that compresses by another codec packs them anew. Each page is decompressed and checksummed
// where it leaves, where it comes, and once more from the place where it then stands, so that what
// arrives is what was sent or is refused.

import { crc32 } from 'node:zlib';
import { WAIT } from './behind/lease-tier.ts';
import { HOLE, isBehind, isSame, patternOf } from './entry.ts';
import { StoreError } from './errors.ts';
import { PAGE_BYTES } from './layout.ts';
import {
  CHUNK_HEAD_BYTES,
  CHUNK_RECORDS_MAX,
  type ChunkWriter,
  checkBody,
  forEachRecord,
  type PageRecord,
  RECORD_HOLE,
  RECORD_RAW,
  RECORD_WORD,
  readChunkHead,
  WORD_BYTES,
} from './lease-chunks.ts';
import type { LeasePages } from './lease-pages.ts';
import { lock, unlock } from './mutex.ts';
import type { PageDigest } from './page-digest.ts';
import type { PageStore } from './page-store.ts';
import { stripeOf } from './pool-share.ts';
import {
  changesOf,
  marksOf,
  SLOTS_PER_TABLE_PAGE,
  slotsOf,
  TABLE_PAGE_SHIFT,
  type TableShare,
} from './slot-table.ts';

/** Slots looked at in one go at most, whatever is in them. */
const SCAN_SLOTS_MAX = 65_536;
const NOTHING = new Uint8Array(0);
const BITS = 32;
/** Slots ahead of one whose page is fetched, whose pages are fetched with it. */
const ANNOUNCED_SLOTS = 64;

/** The pages of a lease, for the thread that copies them. */
export class LeaseCopy {
  readonly slotCount: number;
  readonly #store: PageStore;
  readonly #pages: LeasePages;
  readonly #lease: number;
  readonly #slots: Int32Array<SharedArrayBuffer>;
  readonly #marks: Uint8Array<SharedArrayBuffer>;
  readonly #changes: Int32Array<SharedArrayBuffer> | null;
  readonly #tracked: Int32Array<SharedArrayBuffer>;
  /** The thread's own page, as bytes. */
  readonly #page: Uint8Array;
  readonly #word = new Uint8Array(WORD_BYTES);

  constructor(
    store: PageStore,
    table: TableShare,
    pages: LeasePages,
    tracked: Int32Array<SharedArrayBuffer>,
  ) {
    this.slotCount = table.slotCount;
    this.#store = store;
    this.#pages = pages;
    this.#lease = table.leaseIndex;
    this.#slots = slotsOf(table);
    this.#marks = marksOf(table);
    this.#changes = changesOf(table);
    this.#tracked = tracked;
    this.#page = store.io.subarray(store.pageAt, store.pageAt + PAGE_BYTES);
  }

  /**
   * From now on changed slots are noted, for `takeChanged`. False for a lease that is too large for
   * that: it can be copied only while nobody writes.
   */
  track(): boolean {
    if (this.#changes === null) return false;
    this.#changes.fill(0);
    Atomics.store(this.#tracked, this.#lease, 1);
    return true;
  }

  untrack(): void {
    Atomics.store(this.#tracked, this.#lease, 0);
  }

  /** Slots that are noted as changed. */
  countChanged(): number {
    let count = 0;
    for (const word of this.#changes ?? []) if (word !== 0) count += bitsIn(word);
    return count;
  }

  /** Whether the page at which `takeOut` stopped is still on its way from the tier. */
  get isWaiting(): boolean {
    return this.#pages.isWaiting;
  }

  /**
   * Adds the pages from slot `from` on until the chunk is full, or one must come from the tier first;
   * returns the slot to go on from once `isWaiting` is false.
   */
  takeOut(from: number, chunk: ChunkWriter, digest: PageDigest): number {
    const end = Math.min(this.slotCount, from + SCAN_SLOTS_MAX);
    let slot = from;
    for (; slot < end && !chunk.isFull; slot++) {
      // Atomically, so that no look at a slot comes before `track`.
      if (Atomics.load(this.#marks, slot >>> TABLE_PAGE_SHIFT) === 0) {
        slot |= SLOTS_PER_TABLE_PAGE - 1;
      } else if (Atomics.load(this.#slots, slot) !== HOLE) {
        if (!this.#takeSlotNow(slot, chunk, digest, false)) break;
      }
    }
    return Math.min(slot, this.slotCount);
  }

  /** The same of the slots that were noted as changed, which are noted no longer. */
  takeChanged(from: number, chunk: ChunkWriter, digest: PageDigest): number {
    const changes = this.#changes!;
    // A word at a time, so that no bit of one that was taken can be left behind.
    for (let word = Math.floor(from / BITS); word < changes.length; word++) {
      if (changes[word] === 0) continue;
      if (chunk.recordCount + BITS > CHUNK_RECORDS_MAX) return word * BITS;
      const bits = Atomics.exchange(changes, word, 0);
      for (let bit = 0; bit < BITS; bit++) {
        if ((bits & (1 << bit)) !== 0) this.#takeSlot(word * BITS + bit, chunk, digest, true);
      }
    }
    return this.slotCount;
  }

  /**
   * Stores the records of a chunk. Throws STORE_LEASE_FILE where it is damaged, STORE_FULL where
   * there is no room; the records before that one are stored then.
   */
  putIn(chunk: Buffer, digest: PageDigest, where: string): void {
    if (chunk.length < CHUNK_HEAD_BYTES) {
      throw new StoreError('STORE_LEASE_FILE', `${where} has ${chunk.length} bytes, no head`);
    }
    const head = readChunkHead(chunk.subarray(0, CHUNK_HEAD_BYTES), where);
    const body = chunk.subarray(CHUNK_HEAD_BYTES);
    if (head.mark !== 'PAGE' || head.bodyBytes !== body.length) {
      throw new StoreError('STORE_LEASE_FILE', `${where} is no whole chunk of pages`);
    }
    checkBody(head, body, where);
    const rules = { slotCount: this.slotCount, after: -1, mayFree: true };
    forEachRecord(head, body, rules, where, (record) => this.#putSlot(record, digest, where));
  }

  #takeSlot(slot: number, chunk: ChunkWriter, digest: PageDigest, tellsHoles: boolean): void {
    while (!this.#takeSlotNow(slot, chunk, digest, tellsHoles)) this.#wait();
  }

  /** The same, but false where the page has to be waited for. */
  #takeSlotNow(slot: number, chunk: ChunkWriter, digest: PageDigest, tellsHoles: boolean): boolean {
    // A page that went behind is fetched first. It may come to stand in the pool, and leave it for
    // where it was, meanwhile: what was fetched counts only if it was had from there.
    let fetched = HOLE;
    while (!this.#takeAs(fetched, slot, chunk, digest, tellsHoles)) {
      const errno = this.#fetch(slot);
      if (errno === WAIT) return false;
      if (errno !== 0) throw unreadable(slot);
      fetched = this.#pages.fetchedEntry;
    }
    return true;
  }

  /** Takes a slot, whose page was fetched if its entry is `fetched`; false where it must be first. */
  #takeAs(
    fetched: number,
    slot: number,
    chunk: ChunkWriter,
    digest: PageDigest,
    tellsHoles: boolean,
  ): boolean {
    const { control } = this.#store;
    const stripe = stripeOf(this.#lease, slot);
    lock(control, stripe);
    try {
      const isMarked = this.#marks[slot >>> TABLE_PAGE_SHIFT] === 1;
      const entry = isMarked ? this.#slots[slot]! : HOLE;
      if (isBehind(entry)) {
        if (entry !== fetched) return false;
        const checksum = crc32(this.#page);
        digest.set(slot, checksum);
        chunk.add(slot, this.#pages.fetchedKind, checksum, this.#pages.fetchedBytes);
      } else if (entry !== HOLE) this.#takeEntry(slot, entry, chunk, digest);
      else if (tellsHoles) {
        digest.clear(slot);
        chunk.add(slot, RECORD_HOLE, 0, NOTHING);
      }
      return true;
    } finally {
      unlock(control, stripe);
    }
  }

  /** Puts a page into the thread's own, with others on their way: 0, EIO or WAIT. */
  #fetch(slot: number): number {
    this.#pages.announce(slot, ANNOUNCED_SLOTS);
    return this.#pages.read(slot, this.#store.pageAt);
  }

  /** Calls again while the tier is waited for. */
  #waited(call: () => number): number {
    for (;;) {
      const errno = call();
      if (errno !== WAIT) return errno;
      this.#wait();
    }
  }

  #wait(): void {
    if (!this.#pages.wait()) throw tierSlow();
  }

  /** Copies what a slot's entry names; its lock is held. */
  #takeEntry(slot: number, entry: number, chunk: ChunkWriter, digest: PageDigest): void {
    const store = this.#store;
    const isWord = isSame(entry);
    if (isWord) {
      const pattern = patternOf(entry);
      for (let at = 0; at < WORD_BYTES; at += 2) {
        this.#word[at] = pattern & 0xff;
        this.#word[at + 1] = pattern >> 8;
      }
      store.io.set(this.#word, store.pageAt);
      store.fill(store.pageAt, store.pageAt);
    } else if (!store.unpack(entry, store.pageAt)) {
      throw unreadable(slot);
    }
    const checksum = crc32(this.#page);
    digest.set(slot, checksum);
    if (isWord) chunk.add(slot, RECORD_WORD, checksum, this.#word);
    else chunk.add(slot, store.kindOf(entry), checksum, store.storedBytes(entry));
  }

  #putSlot(record: PageRecord, digest: PageDigest, where: string): void {
    const { slot, kind, checksum } = record;
    if (kind === RECORD_HOLE) {
      this.#pages.trim(slot, 1);
      digest.clear(slot);
      return;
    }
    const store = this.#store;
    const total = this.#expand(record);
    if (total < 0 || crc32(this.#page) !== checksum) {
      throw new StoreError('STORE_LEASE_FILE', `${where}: the page of slot ${slot} is damaged`);
    }
    const errno = this.#waited(() =>
      total > 0
        ? this.#pages.writePacked(slot, total, store.pageAt)
        : this.#pages.write(slot, store.pageAt),
    );
    if (errno !== 0) {
      throw new StoreError(
        'STORE_FULL',
        `the page of slot ${slot} has no room: the pool or the lease's limit is full`,
      );
    }
    const readErrno = this.#waited(() => this.#pages.read(slot, store.pageAt));
    if (readErrno !== 0 || crc32(this.#page) !== checksum) {
      throw new StoreError('STORE_DAMAGED', `slot ${slot} does not read as what was stored there`);
    }
    digest.set(slot, checksum);
  }

  /**
   * Puts a record's page into the thread's own. Returns the bytes of its stream if this pool keeps it
   * as it came (it is packed then), 0 if not, below 0 where it is damaged.
   */
  #expand({ kind, payload }: PageRecord): number {
    const store = this.#store;
    if (kind === RECORD_RAW) {
      store.io.set(payload, store.pageAt);
      return 0;
    }
    if (kind === RECORD_WORD) {
      store.io.set(payload, store.pageAt);
      store.fill(store.pageAt, store.pageAt);
      return 0;
    }
    return store.unpackStream(kind, payload, store.pageAt);
  }
}

/** What a copy ends with that has waited for the tier for too long. */
export function tierSlow(): StoreError {
  return new StoreError(
    'STORE_TIER_SLOW',
    'the device behind the pool has not answered in half a minute; try again when it does',
  );
}

function unreadable(slot: number): StoreError {
  return new StoreError(
    'STORE_DAMAGED',
    `slot ${slot} of the lease holds no page that can be read; it is left as it is`,
  );
}

function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x5555_5555);
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
