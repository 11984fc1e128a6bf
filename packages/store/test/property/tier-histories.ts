// A random history of a pool with a tier behind it: calls of several connections, the keeper's steps
// in between wherever they fall, devices that fail and recover, restarts and crashes at any moment.
// What is read must be what was written, and what was answered must be there after all of it.
//
// Seeded, and the device is in memory and answers after so many turns as the seed says, so that a
// failure repeats.

import { rmSync } from 'node:fs';
import { constants } from 'node:os';
import type { CodecName } from '@pagelend/codec';
import { vi } from 'vitest';
import { MemoryDevice } from '../../../tier/test/support/memory-device.ts';
import type { LeaseSpec } from '../../src/contract.ts';
import { StoreError } from '../../src/errors.ts';
import type { PromotionRule } from '../../src/index.ts';
import { PAGE_BYTES } from '../../src/layout.ts';
import { anyPage, makePage, randomFrom } from '../fixtures/pages.mjs';
import { nextTurn } from '../helpers/gated-device.ts';
import { checkEmpty } from '../helpers/invariants.ts';
import { FULL, isEqual, MEBIBYTE } from '../helpers/pool-host.ts';
import { Crashed, TierHost, type TierSetup, tierSetup } from '../helpers/tier-host.ts';
import { checkTier } from '../helpers/tier-invariants.ts';
import { DeviceTrouble } from './device-trouble.ts';

export interface TierScenario {
  readonly seed: number;
  readonly operationCount: number;
  readonly slotCountMax: number;
  readonly leaseCountMax: number;
  readonly policy: string;
  readonly promotion: PromotionRule;
  readonly codec: CodecName;
  readonly isEncrypted: boolean;
  readonly isShared: boolean;
  /** Whether the tier has room for all that leases can hold; else writes may be refused. */
  readonly isRoomy: boolean;
  readonly hasIdleWrites: boolean;
  /** What devices do: nothing; fail with errors; or change what they write, which is found out. */
  readonly faults: 'none' | 'errors' | 'damage';
  readonly turnsMax: number;
}

type Verb = () => void | Promise<void>;

interface Model {
  slotCount: number;
  limitBytes: number | null;
  /** What was stored; a slot without an entry reads as zeroes. */
  readonly pages: Map<number, Uint8Array>;
}

const EIO = constants.errno.EIO;
const ROOMY_BYTES = 24 * MEBIBYTE;
const TIGHT_BYTES = 1.5 * MEBIBYTE;
const zeroes = new Uint8Array(PAGE_BYTES);
/** What time passes between two operations, at most; some things rest for 200 ms, others for 2 s. */
const STEP_MS_MAX = 60;
/** By size, for one history after the other: garbage of this size is collected late. */
const contentsBySize = new Map<number, Uint8Array>();

export class TierHistory {
  readonly #random: () => number;
  readonly #scenario: TierScenario;
  readonly #setup: TierSetup;
  readonly #models = new Map<string, Model>();
  readonly #trouble: DeviceTrouble;
  #host: TierHost;
  #made = 0;
  /** What was done last, for whoever looks into a failure. */
  #done = '';

  constructor(scenario: TierScenario) {
    this.#scenario = scenario;
    this.#random = randomFrom(scenario.seed);
    this.#trouble = new DeviceTrouble(this.#random, scenario.faults === 'damage');
    const tierBytes = scenario.isRoomy ? ROOMY_BYTES : TIGHT_BYTES;
    const memory = new MemoryDevice(tierBytes, contentsBySize.get(tierBytes));
    contentsBySize.set(tierBytes, memory.contents);
    const never = Number.POSITIVE_INFINITY;
    this.#setup = tierSetup({
      memoryBytes: MEBIBYTE,
      tierBytes,
      memory,
      codec: scenario.codec,
      policy: scenario.policy,
      promotion: scenario.promotion,
      isEncrypted: scenario.isEncrypted,
      isShared: scenario.isShared,
      idle: { afterSeconds: scenario.hasIdleWrites ? 0.001 : never, budgetBytesPerDay: never },
      seed: scenario.seed,
      turnsMax: scenario.turnsMax,
    });
    this.#host = new TierHost(this.#setup, []);
  }

  /** Runs and checks it all; the directory is gone afterwards. The clock goes as the seed says. */
  async run(): Promise<void> {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      await this.#run();
    } finally {
      vi.useRealTimers();
    }
  }

  async #run(): Promise<void> {
    const verbs = this.#verbs();
    const total = verbs.reduce((sum, [weight]) => sum + weight, 0);
    await this.#create();
    let count = 0;
    try {
      for (; count < this.#scenario.operationCount; count++) {
        if (this.#models.size === 0) await this.#create();
        let choice = this.#random() * total;
        const [, verb] = verbs.find(([weight]) => (choice -= weight) < 0)!;
        this.#done = verb.toString();
        await verb();
        vi.advanceTimersByTime(Math.floor(this.#random() * STEP_MS_MAX));
        if (this.#random() < 0.3) await this.#turns(4);
      }
      await this.#end();
    } catch (error) {
      const where = `operation ${count} (${this.#done}) of ${JSON.stringify(this.#scenario)}`;
      throw new Error(`${(error as Error).message}; ${where}`, { cause: error });
    } finally {
      await this.#host.crash();
      rmSync(this.#setup.directory, { recursive: true, force: true });
      rmSync(this.#setup.tierPath, { force: true });
    }
  }

  #verbs(): (readonly [number, Verb])[] {
    const { faults } = this.#scenario;
    const errors = faults === 'errors' ? 1 : 0;
    const damage = faults === 'damage' ? 1 : 0;
    return [
      [30, () => this.#write()],
      [30, () => this.#writeMany()],
      [30, () => this.#readMany()],
      [8, () => this.#writePart()],
      [8, () => this.#clear()],
      [4, () => this.#announce()],
      [1.5, () => this.#create()],
      [0.7, () => this.#delete()],
      [1.5, () => this.#resize()],
      [1.5, () => this.#setLimit()],
      [1, () => this.#check()],
      [0.7, () => this.#restart()],
      [1, () => this.#crash()],
      [4 * errors, () => this.#trouble.failWrites(this.#host.device)],
      [3 * errors, () => this.#trouble.failReads(this.#host.device)],
      [4 * errors, () => this.#heal()],
      [2 * damage, () => this.#trouble.damage(this.#host.device)],
    ];
  }

  async #write(): Promise<void> {
    const { id, model, slot } = this.#pick();
    await this.#put(id, model, slot, anyPage(this.#random));
  }

  /** Writes to neighbours, by two connections at once. */
  async #writeMany(): Promise<void> {
    const { id, model, slot, count } = this.#pick();
    const end = slot + Math.min(count, 30);
    const kind = this.#random() < 0.5 ? 'packed' : 'random';
    const pages = new Map<number, Uint8Array>();
    for (let i = slot; i < end; i++) pages.set(i, makePage(kind, this.#random));
    const writeOdd = async (odd: number): Promise<void> => {
      for (let i = slot + ((slot + odd) % 2); i < end; i += 2) {
        await this.#put(id, model, i, pages.get(i)!, odd === 0 ? 'one' : 'two');
      }
    };
    await Promise.all([writeOdd(0), writeOdd(1)]);
  }

  async #put(
    id: string,
    model: Model,
    slot: number,
    page: Uint8Array,
    connection = 'one',
  ): Promise<void> {
    const errno = await this.#host.write(id, slot, page, connection);
    if (this.#isTaken(model, errno)) model.pages.set(slot, page);
  }

  /** Reads neighbours by two connections, while a third one frees or writes others. */
  async #readMany(): Promise<void> {
    const { id, model, slot, count } = this.#pick();
    const end = slot + Math.min(count, 40);
    const middle = (slot + end) >>> 1;
    const readAll = async (from: number, to: number, connection: string): Promise<void> => {
      for (let i = from; i < to; i++) await this.#checkSlot(id, model, i, connection);
    };
    const other = this.#pick();
    const isApart = other.id !== id || other.slot < slot || other.slot >= end;
    const page = anyPage(this.#random);
    await Promise.all([
      readAll(slot, middle, 'one'),
      readAll(middle, end, 'two'),
      isApart ? this.#put(other.id, other.model, other.slot, page, 'three') : null,
    ]);
  }

  async #checkSlot(id: string, model: Model, slot: number, connection = 'one'): Promise<void> {
    const found = await this.#host.read(id, slot, connection);
    if (typeof found === 'number') {
      if (found === EIO && this.#trouble.mayFailToRead) return;
      throw new Error(`reading slot ${slot} of ${id} answered ${found}`);
    }
    if (!isEqual(found, model.pages.get(slot) ?? zeroes)) {
      throw new Error(`slot ${slot} of ${id} differs`);
    }
  }

  async #writePart(): Promise<void> {
    const { id, model, slot } = this.#pick();
    const from = Math.floor(this.#random() * PAGE_BYTES);
    const bytes = 1 + Math.floor(this.#random() * (PAGE_BYTES - from));
    const part = anyPage(this.#random).subarray(from, from + bytes);
    const errno = await this.#host.writePart(id, slot, from, part);
    if (errno === EIO && this.#trouble.mayFailToRead) return;
    if (!this.#isTaken(model, errno)) return;
    const page = Uint8Array.from(model.pages.get(slot) ?? zeroes);
    page.set(part, from);
    model.pages.set(slot, page);
  }

  async #clear(): Promise<void> {
    const { id, model, slot, count } = this.#pick();
    const choice = this.#random();
    // All of a lease now and then, so that extents become sparse and are written anew.
    const length = choice < 0.1 ? count : Math.min(count, 25);
    if (choice < 0.7) {
      this.#host.pages(id).trim(slot, length);
      for (let i = slot; i < slot + length; i++) model.pages.delete(i);
      return;
    }
    const errno = await this.#host.call(id, (pages) => pages.zero(slot, length, true));
    if (!this.#isTaken(model, errno)) return;
    for (let i = slot; i < slot + length; i++) model.pages.set(i, zeroes);
  }

  async #announce(): Promise<void> {
    const { id, slot, count } = this.#pick();
    this.#host.pages(id).announce(slot, Math.min(count, 30));
    // Some are never read, and their answers lie there while pages change.
    await this.#turns(6);
  }

  async #create(): Promise<void> {
    if (this.#models.size >= this.#scenario.leaseCountMax) return;
    const id = `lease-${this.#made++}`;
    const slotCount = 1 + Math.floor(this.#random() * this.#scenario.slotCountMax);
    const spec = { id, bytes: slotCount * PAGE_BYTES, limitBytes: null };
    const lease = await this.#withTable(this.#host.pool.createLease(spec));
    if (lease !== null) this.#models.set(id, { slotCount, limitBytes: null, pages: new Map() });
  }

  async #delete(): Promise<void> {
    await this.#remove(this.#pick().id);
  }

  async #remove(id: string): Promise<void> {
    this.#host.disconnect(id);
    await this.#host.pool.deleteLease(id);
    this.#models.delete(id);
  }

  async #resize(): Promise<void> {
    const { id, model } = this.#pick();
    const slotCount = 1 + Math.floor(this.#random() * this.#scenario.slotCountMax);
    this.#host.disconnect(id);
    await this.#withTable(this.#host.pool.resizeLease(id, slotCount * PAGE_BYTES));
    const isResized = this.#host.pool.lease(id)!.bytes === slotCount * PAGE_BYTES;
    // What is past the new end is freed first, also where there is no room for a longer table.
    for (const slot of model.pages.keys()) if (slot >= slotCount) model.pages.delete(slot);
    if (isResized) model.slotCount = slotCount;
  }

  #setLimit(): void {
    const { id, model } = this.#pick();
    const lease = this.#host.pool.lease(id)!;
    const bytes = Math.floor(lease.usage().memUsedBytes * this.#random() * 2);
    model.limitBytes = this.#random() < 0.6 ? null : bytes;
    lease.setLimit(model.limitBytes);
  }

  /** Null where there is no room for the lease's table, as there may be if nothing can leave. */
  async #withTable<T>(made: Promise<T>): Promise<T | null> {
    try {
      return await made;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'STORE_MEMORY') throw error;
      if (!this.#mayRefuse) throw new Error('a table was refused, and nothing was full or failing');
      return null;
    }
  }

  async #restart(): Promise<void> {
    this.#trouble.recover();
    await this.#host.stop();
    this.#open();
  }

  #open(): void {
    const specs: LeaseSpec[] = [...this.#models].map(([id, { slotCount, limitBytes }]) => ({
      id,
      bytes: slotCount * PAGE_BYTES,
      limitBytes,
    }));
    this.#host = new TierHost(this.#setup, specs);
    if (this.#host.report.removed.length > 0) throw new Error('a lease was removed');
  }

  /** Crashes while something is written; that page is then the old one or the new one. */
  async #crash(): Promise<void> {
    const { id, model, slot } = this.#pick();
    const page = makePage('random', this.#random);
    const old = model.pages.get(slot) ?? zeroes;
    let isOver = false;
    const writes = this.#writeMany().catch(ignoreCrash);
    const write = this.#host
      .write(id, slot, page, 'three')
      .then((errno) => {
        isOver = true;
        if (errno === 0) model.pages.set(slot, page);
      })
      .catch(ignoreCrash);
    await this.#turns(8);
    await this.#host.crash();
    await Promise.all([writes, write]);
    this.#trouble.recover();
    this.#open();
    if (isOver) return;
    const found = await this.#host.read(id, slot);
    if (typeof found === 'number') {
      if (this.#trouble.mayFailToRead) return;
      throw new Error(`slot ${slot} of ${id} answered ${found} after a crash`);
    }
    if (isEqual(found, page)) model.pages.set(slot, page);
    else if (!isEqual(found, model.pages.get(slot) ?? old)) {
      throw new Error(`slot ${slot} of ${id} after a crash`);
    }
  }

  #heal(): void {
    this.#host.device.heal();
    this.#trouble.recover();
  }

  async #check(): Promise<void> {
    const isUnreadable = this.#scenario.faults === 'damage';
    await checkTier(this.#host, [...this.#models.keys()], { isUnreadable, strayTablePagesMax: 0 });
  }

  async #end(): Promise<void> {
    this.#heal();
    await this.#checkAll();
    await this.#restart();
    await this.#checkAll();
    for (const id of [...this.#models.keys()]) await this.#remove(id);
    await this.#host.rest();
    checkEmpty(this.#host.pool);
    if (this.#host.keeper.parts.live.some((count) => count !== 0)) {
      throw new Error('an extent is held by nobody');
    }
  }

  async #checkAll(): Promise<void> {
    await this.#check();
    for (const [id, model] of this.#models) {
      for (let slot = 0; slot < model.slotCount; slot++) await this.#checkSlot(id, model, slot);
    }
    await this.#check();
  }

  /** Whether a write was taken. A refusal must be one that somebody explains. */
  #isTaken(model: Model, errno: number): boolean {
    if (errno === 0) return true;
    if (errno !== FULL) throw new Error(`a write answered ${errno}`);
    if (model.limitBytes === null && !this.#mayRefuse) {
      throw new Error('a write was refused, and nothing was full or failing');
    }
    return false;
  }

  get #mayRefuse(): boolean {
    return !this.#scenario.isRoomy || this.#trouble.mayRefuse;
  }

  async #turns(most: number): Promise<void> {
    const count = Math.floor(this.#random() * most);
    for (let turn = 0; turn < count; turn++) await nextTurn();
  }

  #pick(): { id: string; model: Model; slot: number; count: number } {
    const ids = [...this.#models.keys()];
    const id = ids[Math.floor(this.#random() * ids.length)]!;
    const model = this.#models.get(id)!;
    // Half of the calls meet few slots, which are overwritten often.
    const range = this.#random() < 0.5 ? Math.min(model.slotCount, 40) : model.slotCount;
    const slot = Math.floor(this.#random() * range);
    const count = 1 + Math.floor((model.slotCount - slot) * this.#random() ** 2);
    return { id, model, slot, count: Math.min(count, model.slotCount - slot) };
  }
}

function ignoreCrash(error: unknown): void {
  if (!(error instanceof Crashed)) throw error;
}
