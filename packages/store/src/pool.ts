// The pool as its host sees it: leases made, found, resized and deleted; figures; housekeeping. One
// thread opens it, others attach to its share (PageStore, LeasePages).

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Tier } from '@pagelend/tier';
import { FIRST_OWN_ROW, OWN_ROW_COUNT } from './behind/board.ts';
import type { KeeperLink } from './behind/link.ts';
import { namesPagesBehind } from './behind/names-pages.ts';
import { openBehind } from './behind/open-behind.ts';
import { TableRoom } from './behind/table-room.ts';
import type { LeaseSpec, OpenReport, Pool, PoolOptions, PoolUsage } from './contract.ts';
import { clearCounters, makeCounters } from './counters.ts';
import { StoreError } from './errors.ts';
import { Housekeeping } from './housekeeping.ts';
import { LEASE_COUNT_MAX, PAGE_BYTES, POOL_BYTES_MAX, THREAD_COUNT_MAX } from './layout.ts';
import { LeaseCopy } from './lease-copy.ts';
import { LeasePages } from './lease-pages.ts';
import { LentLease, type OpenLease, type PoolAttachment } from './lent-lease.ts';
import { PageStore } from './page-store.ts';
import { openPoolFiles, type PoolFiles } from './pool-files.ts';
import {
  LIMIT_PAGES,
  makeBlocks,
  makeControl,
  NEXT_NEW_BLOCK,
  RESERVED_PAGES,
  SPARED_PAGES,
  TABLE_PAGES,
} from './pool-share.ts';
import { rebuild } from './rebuild.ts';
import { checkSlotCount, fixedPagesOf, SlotTable } from './slot-table.ts';
import { poolUsage } from './usage.ts';

/** Pages spared for overwriting in a full pool: a 64th of the limit, at most 1 MiB. */
const SPARED_SHIFT = 6;
const SPARED_PAGES_MAX = 256;
const POOL_BYTES_MIN = 2 ** 20;
/** Slots freed in one go when a lease is deleted, before others have their turn: some milliseconds. */
const DELETE_SLICE_SLOTS = 4096;
const ID_PATTERN = /^[A-Za-z0-9-]{1,64}$/;
/** What a write to a full pool gets where nobody sees the number. */
const FULL = 1;
const TABLE_SUFFIX = '.slots';

type OpenedTier = ReturnType<typeof openBehind>;

/** Opens the pool in a directory with these leases; slots that no lease claims are removed. */
export function openPool(
  options: PoolOptions,
  leases: readonly LeaseSpec[],
): { pool: LentPool; report: OpenReport } {
  const began = performance.now();
  checkOptions(options);
  const files = openPoolFiles(options.directory, options.owner, options.memoryBytes);
  let pool: LentPool | undefined;
  try {
    pool = new LentPool(options, files, openTierOf(options, leases));
    const { pages, removed } = pool.open(leases);
    const milliseconds = performance.now() - began;
    const { isFresh, lockRefusal } = files;
    return { pool, report: { isFresh, pages, milliseconds, lockRefusal, removed } };
  } catch (error) {
    if (pool === undefined) files.close();
    else pool.close();
    throw error;
  }
}

export class LentPool implements Pool {
  readonly options: PoolOptions;
  readonly attachment: PoolAttachment;
  readonly #files: PoolFiles;
  readonly #store: PageStore;
  readonly #leases = new Map<string, LentLease>();
  readonly #free: number[] = [];
  readonly #housekeeping: Housekeeping;
  readonly #tier: Tier | null;
  #nextRow = 0;
  #keeper: KeeperLink | null = null;
  /** Null as long as nobody makes room. */
  #tableRoom: TableRoom | null = null;
  #isClosed = false;

  constructor(options: PoolOptions, files: PoolFiles, opened: OpenedTier | null) {
    this.options = options;
    this.#files = files;
    this.#tier = opened?.tier ?? null;
    const share = {
      windows: files.windows,
      windowFds: files.windowFds,
      blockCount: files.blockCount,
      classes: files.classes,
      classesAt: files.classesAt,
      control: makeControl(),
      blocks: makeBlocks(files.blockCount),
      // The opening thread, those that attach, and the keeper of the tier.
      counters: makeCounters(options.threadCountMax + 2),
      codec: options.codec,
      behind: opened?.behind ?? null,
    };
    const limits = {
      limits: new Float64Array(new SharedArrayBuffer(LEASE_COUNT_MAX * 8)),
      tablePages: new Int32Array(new SharedArrayBuffer(LEASE_COUNT_MAX * 4)),
      tracked: new Int32Array(new SharedArrayBuffer(LEASE_COUNT_MAX * 4)),
    };
    this.attachment = { share, limits };
    this.#store = new PageStore(share, 0);
    this.#housekeeping = new Housekeeping(this.#store, () => this.#tables());
    for (let index = LEASE_COUNT_MAX - 1; index >= 0; index--) this.#free.push(index);
  }

  /** For `openPool` alone: takes up the leases and rebuilds the allocator. */
  open(specs: readonly LeaseSpec[]): { pages: number; removed: string[] } {
    const { control } = this.#store;
    // Until all is counted, nothing is refused: tables that are there have been paid for.
    control[LIMIT_PAGES] = 2 ** 31 - 1;
    control[NEXT_NEW_BLOCK] = 1;
    const tables = specs.map((spec) => this.#add(spec, this.#takeIndex(), 0).slots);
    const pages = rebuild(this.#store, tables);
    const usedBytes = (control[RESERVED_PAGES]! + control[TABLE_PAGES]!) * PAGE_BYTES;
    if (usedBytes > this.options.memoryBytes) {
      throw new StoreError(
        'STORE_MEMORY',
        `--memory ${this.options.memoryBytes} is below the ${usedBytes} bytes that are stored; give more, or free some first`,
      );
    }
    control[LIMIT_PAGES] = Math.floor(this.options.memoryBytes / PAGE_BYTES);
    control[SPARED_PAGES] = Math.min(SPARED_PAGES_MAX, control[LIMIT_PAGES]! >> SPARED_SHIFT);
    // Last, so that a start that is refused has removed nothing.
    const removed = removeUnclaimed(this.options.directory, specs);
    if (this.#tier === null) this.#housekeeping.start();
    return { pages, removed };
  }

  /** Has a keeper look after the tier, in whatever thread it runs; it is told of all leases. */
  linkKeeper(keeper: KeeperLink): void {
    this.#keeper = keeper;
    const { behind } = this.attachment.share;
    if (behind !== null) this.#tableRoom = new TableRoom(this.#store.allocator, behind);
    for (const lease of this.#leases.values()) keeper.add(lease.table);
  }

  /** The tier behind the pool; null without one. */
  get tier(): Tier | null {
    return this.#tier;
  }

  lease(id: string): OpenLease | undefined {
    return this.#leases.get(id);
  }

  async createLease(spec: LeaseSpec): Promise<OpenLease> {
    this.#checkNew(spec);
    const index = this.#takeIndex();
    let pages = 0;
    try {
      pages = await this.#chargeTable(fixedPagesOf(spec.bytes / PAGE_BYTES));
      // Nobody has said yet what share it should have; what stands there is of a lease that is gone.
      const { behind } = this.attachment.share;
      if (behind !== null) new Float64Array(behind.targets)[index] = 0;
      return this.#add(spec, index, pages);
    } catch (error) {
      this.#store.allocator.chargeTable(-pages);
      this.#free.push(index);
      throw error;
    }
  }

  async deleteLease(id: string): Promise<void> {
    const lease = this.#need(id);
    await this.#clear(lease, 0);
    await this.#keeper?.drop(lease.index);
    this.#leases.delete(id);
    lease.slots.remove();
    this.#store.allocator.chargeTable(-this.attachment.limits.tablePages[lease.index]!);
    clearCounters(new Float64Array(this.attachment.share.counters), lease.index);
    this.#free.push(lease.index);
  }

  async resizeLease(id: string, bytes: number): Promise<OpenLease> {
    const lease = this.#need(id);
    const slotCount = bytes / PAGE_BYTES;
    checkSlotCount(slotCount);
    if (bytes < lease.bytes) await this.#clear(lease, slotCount);
    const { allocator } = this.#store;
    // What may be refused comes first: up to the new table's making the old one is in force.
    const morePages = await this.#chargeTable(
      Math.max(0, fixedPagesOf(slotCount) - lease.slots.fixedPages),
    );
    // It takes the lease up again with its new table.
    await this.#keeper?.drop(lease.index);
    try {
      const slots = this.#makeTable(id, lease.index, slotCount);
      const { tablePages } = this.attachment.limits;
      const chargedPages = tablePages[lease.index]! + morePages;
      lease.slots.close();
      allocator.chargeTable(slots.paidPages - chargedPages);
      return this.#keep(id, slots);
    } catch (error) {
      allocator.chargeTable(-morePages);
      this.#keeper?.add(lease.table);
      throw error;
    }
  }

  usage(): PoolUsage {
    const usages = [...this.#leases.values()].map((lease) => lease.usage());
    return poolUsage(this.#store.control, usages, this.options);
  }

  /** The pages of a lease for the thread that opened the pool. */
  pagesOf(id: string, fullErrno: number): LeasePages {
    const { limits } = this.attachment;
    // Two may come to share a row: that costs them answers, which they ask for again.
    const row = FIRST_OWN_ROW + (this.#nextRow++ % OWN_ROW_COUNT);
    const seat = { row, bellFd: -1 };
    return new LeasePages(this.#store, this.#need(id).table, limits, fullErrno, seat);
  }

  /** The same for copying them, into a file or another pool. */
  copyOf(id: string): LeaseCopy {
    const { table } = this.#need(id);
    const { tracked } = this.attachment.limits;
    return new LeaseCopy(this.#store, table, this.pagesOf(id, FULL), tracked);
  }

  /** The opening thread's own store. */
  get store(): PageStore {
    return this.#store;
  }

  /** One whole sweep of compaction, now. Ordinarily housekeeping does it when idle places grow. */
  compactNow(): void {
    this.#housekeeping.compactNow();
  }

  /** Runs a sweep that is under way to its end, for those who look at blocks. */
  settle(): void {
    this.#housekeeping.settle();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#housekeeping.stop();
    this.#tableRoom?.close();
    this.#tier?.device.close();
    for (const lease of this.#leases.values()) lease.slots.close();
    this.#leases.clear();
    this.#files.close();
  }

  #need(id: string): LentLease {
    const lease = this.#leases.get(id);
    if (lease === undefined) throw new StoreError('STORE_LEASE', `there is no lease with id ${id}`);
    return lease;
  }

  #takeIndex(): number {
    const index = this.#free.pop();
    if (index !== undefined) return index;
    throw new StoreError('STORE_LEASE', `a pool has at most ${LEASE_COUNT_MAX} leases`);
  }

  #checkNew({ id, bytes }: LeaseSpec): void {
    if (!ID_PATTERN.test(id) || this.#leases.has(id)) {
      throw new StoreError('STORE_LEASE', `${id} is no id for a lease, or in use already`);
    }
    checkSlotCount(bytes / PAGE_BYTES);
  }

  /** Charges pages for a table, and has others leave for them where some can; returns them. */
  async #chargeTable(pages: number): Promise<number> {
    const { allocator } = this.#store;
    const isCharged = (await this.#tableRoom?.charge(pages)) ?? allocator.chargeTable(pages);
    if (!isCharged) throw noRoomForSlots();
    if (!this.#isClosed) return pages;
    throw new StoreError('STORE_LEASE', 'the pool was closed meanwhile');
  }

  /** `chargedPages` of its table are paid for. */
  #add(spec: LeaseSpec, index: number, chargedPages: number): LentLease {
    this.#checkNew(spec);
    const slots = this.#makeTable(spec.id, index, spec.bytes / PAGE_BYTES);
    if (!this.#store.allocator.chargeTable(slots.paidPages - chargedPages)) {
      slots.remove();
      throw noRoomForSlots();
    }
    this.attachment.limits.tracked[index] = 0;
    this.attachment.limits.limits[index] = spec.limitBytes ?? Number.POSITIVE_INFINITY;
    return this.#keep(spec.id, slots);
  }

  #makeTable(id: string, index: number, slotCount: number): SlotTable {
    const { directory, tier } = this.options;
    const state = this.#tier !== null ? 'there' : tier === 'lost' ? 'lost' : 'none';
    return new SlotTable(directory, id, index, slotCount, state);
  }

  /** Makes the lease of a table whose pages have been charged. */
  #keep(id: string, slots: SlotTable): LentLease {
    const lease = new LentLease(id, slots, this.attachment, (index) =>
      this.#keeper?.relimit(index),
    );
    this.attachment.limits.tablePages[lease.index] = slots.paidPages;
    this.#leases.set(id, lease);
    this.#keeper?.add(lease.table);
    return lease;
  }

  /** Frees slots from `from` on, letting others have their turn in between. */
  async #clear(lease: LentLease, from: number): Promise<void> {
    const pages = this.pagesOf(lease.id, 0);
    const { slotCount } = lease.table;
    for (let slot = from; slot < slotCount; slot += DELETE_SLICE_SLOTS) {
      pages.trim(slot, Math.min(DELETE_SLICE_SLOTS, slotCount - slot));
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#leases.get(lease.id) === lease) continue;
      // The pool was closed meanwhile, or another call was faster; the table is no longer ours.
      throw new StoreError('STORE_LEASE', `the lease with id ${lease.id} went away meanwhile`);
    }
  }

  #tables(): SlotTable[] {
    return [...this.#leases.values()].map(({ slots }) => slots);
  }
}

function openTierOf(options: PoolOptions, leases: readonly LeaseSpec[]): OpenedTier | null {
  const { tier = null, directory, owner, memoryBytes } = options;
  const ids = leases.map(({ id }) => id);
  const namesPages = tier !== 'lost' && namesPagesBehind(directory, ids);
  if (tier === 'lost' || (tier === null && !namesPages)) return null;
  if (tier !== null) return openBehind(tier, directory, owner, memoryBytes, namesPages);
  throw new StoreError(
    'STORE_TIER',
    `the pool in ${directory} names pages in a tier, and none was given; nothing was changed: give ` +
      'the one it was served with (--tier), or say that it is lost (--tier-lost), and those pages ' +
      'answer with errors',
  );
}

function checkOptions({ memoryBytes, threadCountMax }: PoolOptions): void {
  if (!(memoryBytes >= POOL_BYTES_MIN && memoryBytes <= POOL_BYTES_MAX)) {
    throw new StoreError(
      'STORE_MEMORY',
      `a pool has ${POOL_BYTES_MIN} to ${POOL_BYTES_MAX} bytes of memory; not ${memoryBytes}`,
    );
  }
  if (threadCountMax >= THREAD_COUNT_MAX) {
    throw new RangeError(`at most ${THREAD_COUNT_MAX - 1} threads attach to a pool`);
  }
}

function noRoomForSlots(): StoreError {
  return new StoreError('STORE_MEMORY', "the pool has no room for the lease's table of slots");
}

/** Removes slots that belong to no lease: their deletion, or their making, was cut short. */
function removeUnclaimed(directory: string, specs: readonly LeaseSpec[]): string[] {
  const claimed = new Set(specs.map(({ id }) => `${id}${TABLE_SUFFIX}`));
  const strays = readdirSync(directory).filter(
    (file) => file.endsWith(TABLE_SUFFIX) && !claimed.has(file),
  );
  for (const file of strays) rmSync(join(directory, file));
  return strays.map((file) => file.slice(0, -TABLE_SUFFIX.length));
}
