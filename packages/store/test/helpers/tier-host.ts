// A pool with its keeper on one thread, over a small tier: pages in and out as arrays of bytes, each
// call repeated while it waits. The device is real, or in memory where a test wants it quick and its
// history repeatable; in either case it can be made to fail.

import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustFindPolicy, optionsOf, parsePolicySpec } from '@pagelend/policies';
import { deviceOf, type TierDevice } from '@pagelend/tier';
import { onTestFinished } from 'vitest';
import { FaultyDevice } from '../../../tier/test/support/faulty-device.ts';
import type { MemoryDevice } from '../../../tier/test/support/memory-device.ts';
import { EventWriter, RING_PLACES } from '../../src/behind/event-ring.ts';
import type { PolicyChoice } from '../../src/behind/partition.ts';
import type { Damage } from '../../src/behind/parts.ts';
import type { LeaseSpec, OpenReport, PoolOptions } from '../../src/contract.ts';
import {
  type IdleOptions,
  Keeper,
  type PromotionRule,
  tierFigures,
  WAIT,
} from '../../src/index.ts';
import { BUFFERS_AT, HOST_ROW_COUNT, PAGE_BYTES } from '../../src/layout.ts';
import { LeasePages } from '../../src/lease-pages.ts';
import { PageStore } from '../../src/page-store.ts';
import { type LentPool, openPool } from '../../src/pool.ts';
import type { TableShare } from '../../src/slot-table.ts';
import { randomFrom } from '../fixtures/pages.mjs';
import { GatedDevice, nextTurn } from './gated-device.ts';
import { FULL, MEBIBYTE, optionsFor, temporaryDirectory } from './pool-host.ts';

export interface TierSetup {
  readonly directory: string;
  readonly tierPath: string;
  readonly memoryBytes: number;
  readonly tierBytes: number;
  readonly extentBytes: number;
  readonly codec: PoolOptions['codec'];
  readonly isEncrypted: boolean;
  /** As users give it: NAME, or NAME:key=value. */
  readonly policy: string;
  readonly promotion: PromotionRule;
  readonly idle: IdleOptions;
  readonly isShared: boolean;
  /** The device, in memory; null for the file itself. */
  readonly memory: MemoryDevice | null;
  readonly seed: number;
  /** Turns of the event loop that the device takes at most before, and after, it does something. */
  readonly turnsMax: number;
  /** The keeper is told of leases by `addHeld` alone, as by a thread that has much else to do. */
  readonly holdsAdds: boolean;
}

export const NEVER_IDLE: IdleOptions = {
  afterSeconds: Number.POSITIVE_INFINITY,
  budgetBytesPerDay: Number.POSITIVE_INFINITY,
};

const THREAD_COUNT_MAX = 1;
const KEEPER_THREAD = THREAD_COUNT_MAX + 1;
/** Words of the ring before its places; each place has four. */
const RING_CONTROL_WORDS = 16;
const BUFFER_BYTES = 2 * PAGE_BYTES;
const BUFFER_COUNT = 64;

/** A directory for the pool and a file for the tier, gone when the test ends. */
export function tierSetup(changes: Partial<TierSetup> = {}): TierSetup {
  const directory = changes.directory ?? temporaryDirectory();
  const tierPath = join(tmpdir(), `pagelend-store-test-${process.pid}-${nextNumber++}.tier`);
  onTestFinished(() => rmSync(tierPath, { force: true }));
  const tierBytes = changes.tierBytes ?? 16 * MEBIBYTE;
  return {
    directory,
    tierPath,
    memoryBytes: 2 * MEBIBYTE,
    tierBytes,
    extentBytes: 65_536,
    codec: 'lzo',
    isEncrypted: false,
    policy: 'craw-rm',
    promotion: 'always',
    idle: NEVER_IDLE,
    isShared: false,
    memory: null,
    seed: 1,
    turnsMax: 1,
    holdsAdds: false,
    ...changes,
  };
}
let nextNumber = 0;

export function policyOf(text: string): PolicyChoice {
  const spec = parsePolicySpec(text);
  const definition = mustFindPolicy(spec.name);
  const options = optionsOf(definition, spec.options);
  return { definition, options, costs: { read: 100, write: 3 } };
}

export function poolOptionsOf(setup: TierSetup): PoolOptions {
  const { tierPath, tierBytes, isEncrypted, extentBytes, memoryBytes, codec } = setup;
  const policy = policyOf(setup.policy);
  return optionsFor(setup.directory, {
    memoryBytes,
    codec,
    threadCountMax: THREAD_COUNT_MAX,
    tier: { path: tierPath, bytes: tierBytes, isEncrypted, extentBytes, policy },
  });
}

/** Opens a host that is stopped when the test ends, if it was not before. */
export function openTierHost(setup: TierSetup, specs: readonly LeaseSpec[]): TierHost {
  const host = new TierHost(setup, specs);
  onTestFinished(() => host.stop());
  return host;
}

/** What a call of a host that crashed meanwhile ends with. */
export class Crashed extends Error {}

export class TierHost {
  readonly setup: TierSetup;
  readonly pool: LentPool;
  readonly report: OpenReport;
  readonly keeper: Keeper;
  /** The device as the keeper has it, and where it is made to fail. */
  readonly gate: GatedDevice;
  readonly device: FaultyDevice;
  readonly damages: Damage[] = [];
  /** What the keeper said of its trouble: an error's errno, 'full', or null. */
  readonly troubles: (string | null)[] = [];
  readonly #run: Promise<void>;
  #heldAdds: TableShare[] = [];
  readonly #pages = new Map<string, LeasePages>();
  #nextRow = 0;
  #nextBuffer = 0;
  #isStopped = false;

  constructor(setup: TierSetup, specs: readonly LeaseSpec[]) {
    this.setup = setup;
    const { pool, report } = openPool(poolOptionsOf(setup), specs);
    this.pool = pool;
    this.report = report;
    const { share, limits } = pool.attachment;
    const behind = share.behind!;
    const inner: TierDevice = setup.memory ?? deviceOf(behind.tier);
    this.device = new FaultyDevice(inner, { seed: setup.seed });
    this.gate = new GatedDevice(this.device, randomFrom(setup.seed), setup.turnsMax);
    const store = new PageStore(share, KEEPER_THREAD);
    const { promotion, idle, isShared } = setup;
    const policy = policyOf(setup.policy);
    this.keeper = new Keeper(
      store,
      limits,
      behind,
      { policy, promotion, idle, isShared, device: this.gate },
      {
        onDamage: (damage) => this.damages.push(damage),
        onTrouble: (error) =>
          this.troubles.push(error === null || error === 'full' ? error : error.errno),
      },
    );
    const { keeper } = this;
    pool.linkKeeper({
      add: (table) => {
        if (setup.holdsAdds) this.#heldAdds.push(table);
        else void keeper.add(table);
      },
      drop: (index) => keeper.drop(index),
      relimit: (index) => void keeper.relimit(index),
    });
    this.#run = keeper.run();
  }

  /** One of the keeper's figures; see behind/figures.ts. */
  figure(which: Exclude<keyof typeof tierFigures, 'makeFigures'>): number {
    return this.keeper.parts.figures[tierFigures[which]]!;
  }

  /** Pages of a lease, as the connection sees them that has this name; made once. */
  pages(id: string, connection = 'one'): LeasePages {
    const key = `${id} ${connection}`;
    let pages = this.#pages.get(key);
    if (pages === undefined) {
      pages = this.#connect(id);
      this.#pages.set(key, pages);
    }
    return pages;
  }

  /** Nobody may use the lease's connections any more: it is deleted, or gets another table. */
  disconnect(id: string): void {
    for (const [key, pages] of this.#pages) {
      if (!key.startsWith(`${id} `)) continue;
      pages.abandon();
      this.#pages.delete(key);
    }
  }

  async write(id: string, slot: number, page: Uint8Array, connection?: string): Promise<number> {
    const at = this.#buffer();
    // Anew at each try, since others have had the buffer by the time that a long wait ends.
    const write = (pages: LeasePages): number => {
      this.pool.store.io.set(page, at);
      return pages.write(slot, at);
    };
    return this.call(id, write, connection);
  }

  async writePart(id: string, slot: number, from: number, bytes: Uint8Array): Promise<number> {
    const at = this.#buffer();
    return this.call(id, (pages) => {
      this.pool.store.io.set(bytes, at);
      return pages.writePart(slot, from, bytes.length, at);
    });
  }

  /** The page of a slot, or the errno. */
  async read(id: string, slot: number, connection?: string): Promise<Uint8Array | number> {
    const at = this.#buffer();
    const { io } = this.pool.store;
    // What stood in the buffer must not be taken for an answer.
    io.fill(0xee, at, at + BUFFER_BYTES);
    const errno = await this.call(id, (pages) => pages.read(slot, at), connection);
    if (io[at + PAGE_BYTES] !== 0xee) throw new Error('a read wrote past its end');
    return errno === 0 ? io.slice(at, at + PAGE_BYTES) : errno;
  }

  /** Calls until it is answered. Only a promise that nothing keeps waits for ever. */
  async call(
    id: string,
    call: (pages: LeasePages) => number,
    connection?: string,
  ): Promise<number> {
    const pages = this.pages(id, connection);
    for (;;) {
      if (this.gate.isDead) throw new Crashed();
      const errno = call(pages);
      if (errno !== WAIT) return errno;
      while (pages.isWaiting && !this.gate.isDead) await nextTurn();
    }
  }

  /** Tells the keeper of leases that it was not told of; see `holdsAdds`. */
  addHeld(): void {
    for (const table of this.#heldAdds) void this.keeper.add(table);
    this.#heldAdds = [];
  }

  /** Waits until the keeper has heard all that it was told, and has done what follows. */
  async rest(): Promise<void> {
    const bell = new EventWriter(this.pool.attachment.share.behind!.board, 0);
    for (let calm = 0; calm < 3; ) {
      // A few events alone do not wake it.
      bell.ring();
      await nextTurn();
      await this.keeper.relimit(-1);
      calm = this.#isDrained ? calm + 1 : 0;
    }
  }

  /** An orderly end; pages stay where they are. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.keeper.stop();
    await this.#run;
    this.pool.close();
  }

  /** The end of a process at this very moment, as far as its files and its device can see it. */
  async crash(): Promise<void> {
    this.gate.isDead = true;
    await this.stop();
  }

  #connect(id: string): LeasePages {
    const { limits } = this.pool.attachment;
    const row = this.#nextRow++ % HOST_ROW_COUNT;
    const { table } = this.pool.lease(id)!;
    return new LeasePages(this.pool.store, table, limits, FULL, { row, bellFd: -1 });
  }

  #buffer(): number {
    return BUFFERS_AT + (this.#nextBuffer++ % BUFFER_COUNT) * BUFFER_BYTES;
  }

  /** Whether the last place of the ring was read. */
  get #isDrained(): boolean {
    const words = new Int32Array(this.pool.attachment.share.behind!.board);
    const last = (Atomics.load(words, 0) - 1) | 0;
    const at = RING_CONTROL_WORDS + (last & (RING_PLACES - 1)) * 4;
    return last < 0 || Atomics.load(words, at) === ((last + RING_PLACES) | 0);
  }
}
