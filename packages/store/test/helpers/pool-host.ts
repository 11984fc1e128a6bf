// A pool in a temporary directory, with what tests do to one: pages in and out as arrays of bytes,
// closing and opening again. The directory goes when the test ends, however it ends.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { LeaseSpec, OpenReport, PoolOptions } from '../../src/contract.ts';
import { BUFFERS_AT, PAGE_BYTES } from '../../src/layout.ts';
import type { LeasePages } from '../../src/lease-pages.ts';
import { type LentPool, type OpenLease, openPool } from '../../src/pool.ts';

/** The errno of a full pool or lease in these tests; any number tells it from the others. */
export const FULL = 1000;
export const MEBIBYTE = 2 ** 20;

/** Every run is repeatable; another seed widens the search. */
export const SEED = Number(process.env.PAGELEND_TEST_SEED ?? 20_260_101);

const SHARED_MEMORY = '/dev/shm';
/** Whether files of the tests are in memory, where what they take is known to the page. */
export const isTmpfs = existsSync(SHARED_MEMORY);

export function temporaryDirectory(): string {
  const parent = isTmpfs ? SHARED_MEMORY : tmpdir();
  const directory = mkdtempSync(join(parent, 'pagelend-store-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function optionsFor(directory: string, changes: Partial<PoolOptions> = {}): PoolOptions {
  const defaults = { memoryBytes: 64 * MEBIBYTE, codec: 'lzo', threadCountMax: 3 } as const;
  return { directory, owner: 'a test', tier: null, ...defaults, ...changes };
}

export function leaseSpec(id: string, slotCount: number, limitBytes?: number): LeaseSpec {
  return { id, bytes: slotCount * PAGE_BYTES, limitBytes: limitBytes ?? null };
}

/** Opens a pool that is closed when the test ends, if it was not before. */
export function openHost(options: PoolOptions, specs: readonly LeaseSpec[] = []): PoolHost {
  const host = new PoolHost(options, specs);
  onTestFinished(() => host.pool.close());
  return host;
}

/** One opened pool, and the pages of its leases for the opening thread. */
export class PoolHost {
  readonly options: PoolOptions;
  readonly pool: LentPool;
  readonly report: OpenReport;
  readonly #pages = new WeakMap<OpenLease, LeasePages>();

  constructor(options: PoolOptions, specs: readonly LeaseSpec[] = []) {
    this.options = options;
    const { pool, report } = openPool(options, specs);
    this.pool = pool;
    this.report = report;
  }

  /** Made once for a lease; a resized one is another. */
  pages(id: string): LeasePages {
    const lease = this.pool.lease(id)!;
    let pages = this.#pages.get(lease);
    if (pages === undefined) {
      pages = this.pool.pagesOf(id, FULL);
      this.#pages.set(lease, pages);
    }
    return pages;
  }

  write(id: string, slot: number, page: Uint8Array): number {
    this.pool.store.io.set(page, BUFFERS_AT);
    return this.pages(id).write(slot, BUFFERS_AT);
  }

  writePart(id: string, slot: number, from: number, bytes: Uint8Array): number {
    this.pool.store.io.set(bytes, BUFFERS_AT);
    return this.pages(id).writePart(slot, from, bytes.length, BUFFERS_AT);
  }

  /** The page of a slot; null where it can't be read. */
  read(id: string, slot: number): Uint8Array | null {
    return this.readPart(id, slot, 0, PAGE_BYTES);
  }

  readPart(id: string, slot: number, from: number, bytes: number): Uint8Array | null {
    const { io } = this.pool.store;
    // What stood in the buffer must not be taken for an answer.
    io.fill(0xee, BUFFERS_AT, BUFFERS_AT + PAGE_BYTES + 64);
    const pages = this.pages(id);
    const isWhole = from === 0 && bytes === PAGE_BYTES;
    const errno = isWhole
      ? pages.read(slot, BUFFERS_AT)
      : pages.readPart(slot, from, bytes, BUFFERS_AT);
    if (io[BUFFERS_AT + bytes] !== 0xee) throw new Error('a read wrote past its end');
    return errno === 0 ? io.slice(BUFFERS_AT, BUFFERS_AT + bytes) : null;
  }

  /** Closes the pool and opens it again, as after a restart. */
  reopen(specs: readonly LeaseSpec[], changes: Partial<PoolOptions> = {}): PoolHost {
    this.pool.close();
    return new PoolHost({ ...this.options, ...changes }, specs);
  }
}

/** Equality that is quick where it holds; `expect` on arrays of a page is slow. */
export function isEqual(a: Uint8Array | null, b: Uint8Array): boolean {
  return a !== null && Buffer.compare(a, b) === 0;
}
