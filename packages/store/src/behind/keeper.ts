// The keeper of the tier: one thread that knows which pages stand in the pool, has a policy pick who
// leaves, writes them behind and reads them back. Threads that serve tell it of pages that come and
// go by one ring, and ask it for pages and for room by the board; it never makes them wait for a lock
// longer than a page takes to copy.
//
// What it knows can be found again from the slots at any time, and is, when it starts and when the
// ring was too full to tell it everything.

import type { Op } from '@pagelend/policies';
import { deviceOf, Sealer, type TierDevice, TierLog } from '@pagelend/tier';
import { compact, needsCompaction } from '../compaction.ts';
import { EXTENTS_AT, EXTENTS_BYTES, PAGE_BYTES, WINDOWS_AT, WINDOWS_BYTES } from '../layout.ts';
import type { LeaseLimits } from '../lease-pages.ts';
import type { PageStore } from '../page-store.ts';
import { type BehindShare, LIMIT_PAGES, RESERVED_PAGES } from '../pool-share.ts';
import type { TableShare } from '../slot-table.ts';
import { Census } from './census.ts';
import { Cleaning } from './cleaning.ts';
import { countedDevice } from './counted-device.ts';
import { Discards } from './discards.ts';
import { EventReader, EventWriter, FETCH, RING_PLACES, ROOM } from './event-ring.ts';
import { Eviction } from './eviction.ts';
import { Fetches } from './fetches.ts';
import { FREE_EXTENTS, GHOST_PAGES, RESIDENT_PAGES } from './figures.ts';
import { type IdleOptions, IdleWrites } from './idle-writes.ts';
import { Partition, type PolicyChoice } from './partition.ts';
import type { KeeperHooks, KeeperParts } from './parts.ts';
import { Promotion, type PromotionRule } from './promotion.ts';
import { Residents } from './residents.ts';
import { Room } from './room.ts';
import { Windows } from './windows.ts';

export interface KeeperOptions {
  readonly policy: PolicyChoice;
  readonly promotion: PromotionRule;
  readonly idle: IdleOptions;
  /** Whether each lease has a policy of its own, as shares need it; a limited lease always has. */
  readonly isShared: boolean;
  /** In place of the tier's own, for tests. */
  readonly device?: TierDevice;
}

/** Events taken in one go, before what they ask for is begun. */
const EVENTS_PER_TURN = 4096;
/** Milliseconds for which idle places are gathered before others have their turn. */
const SLICE_MS = 2;
/** After a sweep that freed nothing. */
const REST_MS = 2000;
/** After one that freed something, as a multiple of what it took. */
const REST_TIMES = 4;
/** A lease at its own limit gives so much at once, if it has eight times as much. */
const LIMIT_STEP_BYTES = 2 ** 20;
/** Idle places of this share of the pool are gathered although every class has some. */
const IDLE_SHARE = 1 / 16;

export class Keeper {
  readonly #parts: KeeperParts;
  readonly #events: EventReader;
  readonly #bell: EventWriter;
  readonly #room: Room;
  readonly #fetches: Fetches;
  readonly #eviction: Eviction;
  readonly #idle: IdleWrites;
  readonly #discards: Discards;
  readonly #log: TierLog;
  readonly #census: Census;
  #search: Promise<void> | null = null;
  /** Leases whose pages are being found. */
  readonly #finds = new Set<Promise<void>>();
  #gathersAgainAt = 0;
  #work: Promise<void> | null = null;
  #idleWork: Promise<void> | null = null;
  /** Those who wait until nothing is being written. */
  #settlerCount = 0;
  #isStopped = false;

  constructor(
    store: PageStore,
    limits: LeaseLimits,
    share: BehindShare,
    options: KeeperOptions,
    hooks: KeeperHooks,
  ) {
    const { tier } = share;
    const area = store.io.subarray(EXTENTS_AT, EXTENTS_AT + EXTENTS_BYTES);
    const logBytes = EXTENTS_BYTES - tier.layout.extentBytes;
    const live = new Int32Array(tier.live);
    const takes = new Int32Array(tier.takes);
    const sealer = share.secret === null ? null : new Sealer(share.secret);
    const figures = new Float64Array(share.figures);
    const device = countedDevice(options.device ?? deviceOf(tier), figures);
    const windowArea = store.io.subarray(WINDOWS_AT, WINDOWS_AT + WINDOWS_BYTES);
    const windows = new Windows(windowArea, tier.layout);
    const log = new TierLog({
      device: windows.watch(device),
      layout: tier.layout,
      live,
      takes,
      area: area.subarray(0, logBytes),
      sealer,
    });
    this.#log = log;
    const bits = new Uint8Array(share.bits);
    const common = new Partition(options.policy, bits);
    this.#parts = {
      store,
      limits,
      tier,
      device,
      log,
      sealer,
      live,
      bits,
      idle: new Uint8Array(share.idle),
      figures,
      targets: new Float64Array(share.targets),
      residents: new Residents(bits.length),
      leases: new Map(),
      partitions: new Set([common]),
      hooks,
    };
    this.#events = new EventReader(share.board, 0);
    this.#bell = new EventWriter(share.board, 0);
    this.#room = new Room(this.#parts, share.board);
    const promotion = new Promotion(this.#parts, this.#room, options.promotion);
    this.#fetches = new Fetches(this.#parts, this.#room, windows, promotion, share.board);
    const cleaning = new Cleaning(this.#parts, area.subarray(logBytes));
    this.#eviction = new Eviction(this.#parts, this.#room, cleaning, () => this.#attend());
    this.#idle = new IdleWrites(this.#parts, options.idle, () => this.#eviction.recover());
    this.#discards = new Discards(this.#parts);
    this.#census = new Census(this.#parts, common, options);
    log.adopt();
  }

  /** What it knows, for whoever checks it against the slots; nothing of it is theirs to change. */
  get parts(): KeeperParts {
    return this.#parts;
  }

  /** Serves until `stop`. */
  async run(): Promise<void> {
    // Also for what was told without waking it.
    const timer = setInterval(() => this.#bell.ring(), this.#idle.waitMs);
    while (!this.#isStopped) {
      this.#attend();
      this.#begin();
      await this.#events.sleep();
    }
    clearInterval(timer);
    await this.#settle(() => {});
    await this.#fetches.settle();
  }

  /** Ends `run` once what is being written is written. */
  stop(): void {
    this.#isStopped = true;
    this.#bell.ring();
  }

  /** Takes up a lease: all that stands in the pool of it is found. */
  async add(table: TableShare): Promise<void> {
    const found = this.#census.add(table);
    this.#finds.add(found);
    this.#fetches.fetchEarly();
    this.#room.resume(table.leaseIndex);
    await found;
    this.#finds.delete(found);
    this.#bell.ring();
  }

  /** Lets go of a lease whose table is about to go. Its copies in the tier are given up. */
  async drop(leaseIndex: number): Promise<void> {
    await this.#settle(() => {
      this.#census.drop(leaseIndex);
      this.#fetches.drop(leaseIndex);
    });
  }

  /** A lease was given a limit, or lost it: its pages are picked among themselves, or among all. */
  async relimit(leaseIndex: number): Promise<void> {
    await this.#settle(() => this.#census.relimit(leaseIndex));
  }

  /** Takes events, and has done what can be done at once. Returns how many there were. */
  #attend(): number {
    const events = this.#events;
    let count = 0;
    for (; count < EVENTS_PER_TURN && events.next(); count++) {
      const { kind, lease: leaseIndex, slot, value } = events;
      if (kind === FETCH) this.#fetches.fetch(value);
      else if (kind === ROOM) this.#room.wish(value, leaseIndex);
      else this.#census.hear(kind, leaseIndex, slot, value as Op);
    }
    this.#census.trimGhosts();
    return count;
  }

  /** Begins what is due and is not being done. */
  #begin(): void {
    const { figures, residents } = this.#parts;
    figures[FREE_EXTENTS] = this.#log.freeExtents;
    figures[RESIDENT_PAGES] = residents.residentCount;
    figures[GHOST_PAGES] = residents.ghostCount;
    if (this.#settlerCount > 0) return;
    if (this.#work === null && this.#isDue) {
      this.#work = this.#makeRoom().finally(() => {
        this.#work = null;
        this.#bell.ring();
      });
    }
    if (this.#idleWork === null && this.#idle.isOn) {
      this.#idleWork = this.#idle.go().finally(() => {
        this.#idleWork = null;
      });
    }
    this.#eviction.lookForRoom();
    this.#discards.go();
    this.#searchIfDue();
  }

  #searchIfDue(): void {
    if (this.#search !== null) return;
    if (!this.#events.takeLost() && !this.#census.isToSearch) return;
    this.#search = this.#census.findAll().finally(() => {
      this.#search = null;
      this.#bell.ring();
    });
  }

  get #isDue(): boolean {
    const room = this.#room;
    if (room.hasWishes) return true;
    if (room.wantedBytes > 0) return !this.#eviction.isResting;
    return this.#isShortOfPages || this.#isTooIdle;
  }

  get #mayGather(): boolean {
    return performance.now() >= this.#gathersAgainAt;
  }

  get #isShortOfPages(): boolean {
    return this.#room.lacksPages && this.#mayGather;
  }

  /** While nothing can leave, a sweep of all slots for each write that is refused would be a waste. */
  get #isGatheringVain(): boolean {
    return this.#eviction.isResting && !this.#mayGather;
  }

  get #isTooIdle(): boolean {
    const { store } = this.#parts;
    // What costs least comes first: this is asked at every turn.
    const most = store.control[LIMIT_PAGES]! * PAGE_BYTES * IDLE_SHARE;
    if (this.#room.idleBytes <= most || !this.#mayGather) return false;
    return needsCompaction(store);
  }

  /** Has pages leave until there is room for all who wish for some, and the high mark is reached. */
  async #makeRoom(): Promise<void> {
    const room = this.#room;
    for (;;) {
      room.grant();
      // Guests may keep it from ever being done; what waits for it goes on with what was begun.
      if (this.#isStopped || this.#settlerCount > 0) return;
      if (await this.#makeRoomInLimits()) continue;
      if (this.#isShortOfPages && (await this.#gather())) {
        room.unblock();
        continue;
      }
      const wanted = room.wantedBytes;
      if (wanted <= 0 && !room.hasWishes) break;
      if (wanted > 0 && (await this.#evict(wanted, null)) > 0) continue;
      // Enough is free, and not where it is wished for: idle places become whole pages.
      const hasFreed = !this.#isGatheringVain && (await this.#gather());
      if (hasFreed) room.unblock();
      room.grant();
      if (!room.hasWishes) break;
      if (!hasFreed && (await this.#evictAny(room.lowBytes, null)) === 0) room.refuseAll();
    }
    if (this.#isTooIdle) await this.#gather();
  }

  /**
   * The same for those who are refused if it is nothing: not before all is known of who could leave.
   */
  async #evictAny(bytes: number, only: Partition | null): Promise<number> {
    const gained = await this.#evict(bytes, only);
    if (gained > 0) return gained;
    return (await this.#hearAll()) ? this.#evict(bytes, only) : 0;
  }

  /** Takes what was told by now, and awaits what is being looked for; false where that is nothing. */
  async #hearAll(): Promise<boolean> {
    let count = 0;
    for (let turn = 0; turn < RING_PLACES / EVENTS_PER_TURN; turn++) {
      const heard = this.#attend();
      count += heard;
      if (heard < EVENTS_PER_TURN) break;
    }
    let isSearched = this.#search !== null || this.#finds.size > 0;
    // One that is under way may have passed the places of what was lost since it began.
    await this.#search;
    this.#searchIfDue();
    isSearched ||= this.#search !== null;
    await this.#search;
    await Promise.all(this.#finds);
    return count > 0 || isSearched;
  }

  /** Has pages leave; returns bytes freed. Those that are idle may just be leaving, and are awaited. */
  async #evict(bytes: number, only: Partition | null): Promise<number> {
    const isTried = only !== null || !this.#eviction.isResting || this.#eviction.wasBare;
    const gained = isTried ? await this.#eviction.evict(bytes, only) : 0;
    const isAwaited = isTried && this.#eviction.hasUnderWay;
    if (gained > 0) this.#room.unblock();
    if (gained > 0 || (this.#idleWork === null && !isAwaited)) return gained;
    const free = this.#room.freeBytes;
    await this.#idleWork;
    // What became free may be others' by now: that is no reason to refuse before another try.
    const left = Math.max(isAwaited ? 1 : 0, this.#room.freeBytes - free);
    if (left > 0) this.#room.unblock();
    return left;
  }

  /** The same for leases at their own limits; true where something left. */
  async #makeRoomInLimits(): Promise<boolean> {
    const room = this.#room;
    let freed = 0;
    for (const leaseIndex of new Set(room.limitedLeases())) {
      const lease = this.#parts.leases.get(leaseIndex);
      const over = room.overLimitBytes(leaseIndex);
      if (over <= 0) continue;
      if (lease === undefined) {
        // It is gone, or the keeper is yet to be told of it. Nobody else's pages must leave for it.
        room.postpone(leaseIndex);
        continue;
      }
      await this.#moveToOwn(leaseIndex);
      const bytes = Math.max(over, Math.min(LIMIT_STEP_BYTES, room.chargedBytes(leaseIndex) / 8));
      const gained = await this.#evictAny(bytes, lease.partition);
      if (gained === 0) room.refuseAll(leaseIndex);
      freed += gained;
    }
    return freed > 0;
  }

  /**
   * A wish may come before word of the limit that it is for: `relimit` waits until nothing is being
   * written, and until then others' pages would leave for this lease.
   */
  async #moveToOwn(leaseIndex: number): Promise<void> {
    while (this.#census.isToMove(leaseIndex)) {
      if (this.#idleWork === null) this.#census.relimit(leaseIndex);
      else await this.#idleWork;
    }
  }

  /** Gathers idle places into free pages; false where none came of it, however much was moved. */
  async #gather(): Promise<boolean> {
    const { store, leases } = this.#parts;
    const before = store.control[RESERVED_PAGES]!;
    const began = performance.now();
    let until = began + SLICE_MS;
    for (const _ of compact(store, () => [...leases.values()])) {
      if (performance.now() < until) continue;
      this.#attend();
      await new Promise((resolve) => setImmediate(resolve));
      until = performance.now() + SLICE_MS;
    }
    const hasFreed = store.control[RESERVED_PAGES]! < before;
    const now = performance.now();
    // Only where a wish cannot do without is it done more often.
    const restMs = hasFreed ? (now - began) * REST_TIMES : REST_MS;
    this.#gathersAgainAt = now + restMs;
    return hasFreed;
  }

  /** Acts once no batch is being written, and no slots are looked at; nothing is begun before. */
  async #settle(act: () => void): Promise<void> {
    this.#settlerCount++;
    while (this.#work !== null || this.#idleWork !== null || this.#search !== null) {
      await this.#work;
      await this.#idleWork;
      await this.#search;
    }
    act();
    this.#settlerCount--;
    this.#bell.ring();
  }
}
