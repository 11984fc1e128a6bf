// A random history of a pool against its plain twin: every call that a host or a thread can make, on
// several leases, with compaction, restarts and limits in between. Seeded, so that a failure repeats.

import { rmSync } from 'node:fs';
import type { LeaseSpec } from '../../src/contract.ts';
import { PAGE_BYTES } from '../../src/layout.ts';
import { anyPage, makePage, randomFrom } from '../fixtures/pages.mjs';
import { checkEmpty, checkPool } from '../helpers/invariants.ts';
import { PlainLease } from '../helpers/plain-pool.ts';
import { FULL, isEqual, optionsFor, PoolHost } from '../helpers/pool-host.ts';

export interface Scenario {
  readonly seed: number;
  readonly operationCount: number;
  /** Leases have up to this many slots; more than 1024 make tables of several pages. */
  readonly slotCountMax: number;
  readonly leaseCountMax: number;
}

type Random = () => number;
type Verb = (random: Random) => void | Promise<void>;

export class History {
  readonly #random: Random;
  readonly #scenario: Scenario;
  readonly #models = new Map<string, PlainLease>();
  readonly #limits = new Map<string, number | null>();
  #host: PoolHost;
  #made = 0;

  constructor(scenario: Scenario, directory: string) {
    this.#scenario = scenario;
    this.#random = randomFrom(scenario.seed);
    this.#host = new PoolHost(optionsFor(directory));
  }

  /** Runs and checks it all; the directory is gone afterwards. */
  async run(): Promise<void> {
    const verbs: (readonly [number, Verb])[] = [
      [40, (random) => this.#write(random)],
      [12, (random) => this.#writeMany(random)],
      [25, (random) => this.#read(random)],
      [8, (random) => this.#writePart(random)],
      [4, (random) => this.#zeroPart(random)],
      [10, (random) => this.#clear(random)],
      [2, (random) => this.#create(random)],
      [1, (random) => this.#delete(random)],
      [2, (random) => this.#resize(random)],
      [2, (random) => this.#setLimit(random)],
      [3, () => this.#host.pool.compactNow()],
      [2, () => this.#reopen()],
    ];
    const total = verbs.reduce((sum, [weight]) => sum + weight, 0);
    await this.#create(this.#random);
    for (let i = 0; i < this.#scenario.operationCount; i++) {
      if (this.#models.size === 0) await this.#create(this.#random);
      let choice = this.#random() * total;
      const [, verb] = verbs.find(([weight]) => (choice -= weight) < 0)!;
      await verb(this.#random);
      if (i % 64 === 0) this.#check();
    }
    this.#checkAll();
    this.#reopen();
    this.#checkAll();
    for (const id of [...this.#models.keys()]) await this.#remove(id);
    checkEmpty(this.#host.pool);
    this.#host.pool.close();
    rmSync(this.#host.options.directory, { recursive: true });
  }

  #write(random: Random): void {
    const { id, model, slot } = this.#pick(random);
    this.#put(id, model, slot, anyPage(random));
  }

  #writeMany(random: Random): void {
    const { id, model, slot, count } = this.#pick(random);
    for (let i = slot; i < slot + Math.min(count, 40); i++) {
      this.#put(id, model, i, makePage('packed', random));
    }
  }

  #put(id: string, model: PlainLease, slot: number, page: Uint8Array): void {
    const isTaken = this.#taken(id, () => this.#host.write(id, slot, page));
    model.write(slot, page, isTaken);
  }

  #read(random: Random): void {
    const { id, model, slot } = this.#pick(random);
    const { from, bytes } = pickPart(random);
    const expected = model.read(slot).subarray(from, from + bytes);
    const found = this.#host.readPart(id, slot, from, bytes);
    if (!isEqual(found, expected)) throw new Error(`slot ${slot} of ${id} differs`);
  }

  #writePart(random: Random): void {
    const { id, model, slot } = this.#pick(random);
    const { from, bytes } = pickPart(random);
    const part = anyPage(random).subarray(from, from + bytes);
    const isTaken = this.#taken(id, () => this.#host.writePart(id, slot, from, part));
    model.writePart(slot, from, part, isTaken);
  }

  #zeroPart(random: Random): void {
    const { id, model, slot } = this.#pick(random);
    const { from, bytes } = pickPart(random);
    const isTaken = this.#taken(id, () => this.#host.pages(id).zeroPart(slot, from, bytes));
    model.writePart(slot, from, new Uint8Array(bytes), isTaken);
  }

  #clear(random: Random): void {
    const { id, model, slot, count } = this.#pick(random);
    const pages = this.#host.pages(id);
    const choice = random();
    if (choice < 0.5) pages.trim(slot, count);
    else if (choice < 0.75) pages.zero(slot, count, false);
    if (choice < 0.75) {
      model.trim(slot, count);
    } else {
      const shortCount = Math.min(count, 20);
      // Kept zeroes take no places, and may need pages of the table that a limit refuses.
      if (this.#taken(id, () => pages.zero(slot, shortCount, true), shortCount)) {
        model.keepZero(slot, shortCount);
      }
    }
  }

  async #create(random: Random): Promise<void> {
    if (this.#models.size >= this.#scenario.leaseCountMax) return;
    const id = `lease-${this.#made++}`;
    const slotCount = 1 + Math.floor(random() * this.#scenario.slotCountMax);
    const lease = await this.#host.pool.createLease({
      id,
      bytes: slotCount * PAGE_BYTES,
      limitBytes: null,
    });
    if (!lease.isFresh) throw new Error(`${id} is not fresh`);
    this.#models.set(id, new PlainLease(slotCount));
    this.#limits.set(id, null);
  }

  async #delete(random: Random): Promise<void> {
    await this.#remove(this.#pick(random).id);
  }

  async #remove(id: string): Promise<void> {
    await this.#host.pool.deleteLease(id);
    this.#models.delete(id);
    this.#limits.delete(id);
  }

  async #resize(random: Random): Promise<void> {
    const { id, model } = this.#pick(random);
    const slotCount = 1 + Math.floor(random() * this.#scenario.slotCountMax);
    const lease = await this.#host.pool.resizeLease(id, slotCount * PAGE_BYTES);
    if (lease.bytes !== slotCount * PAGE_BYTES) throw new Error(`${id} has the wrong size`);
    model.resize(slotCount);
  }

  #setLimit(random: Random): void {
    const { id } = this.#pick(random);
    const lease = this.#host.pool.lease(id)!;
    const limit = random() < 0.6 ? null : Math.floor(lease.usage().memUsedBytes * random() * 2);
    lease.setLimit(limit);
    this.#limits.set(id, limit);
  }

  #reopen(): void {
    const before = this.#host.pool.usage();
    const specs: LeaseSpec[] = [...this.#models].map(([id, { slotCount }]) => ({
      id,
      bytes: slotCount * PAGE_BYTES,
      limitBytes: this.#limits.get(id) ?? null,
    }));
    this.#host = this.#host.reopen(specs);
    const after = this.#host.pool.usage();
    for (const name of ['origDataBytes', 'comprDataBytes', 'samePages', 'hugePages'] as const) {
      if (before[name] !== after[name]) throw new Error(`${name} changed by opening again`);
    }
    if (after.memUsedBytes > before.memUsedBytes) throw new Error('opening again took memory');
    if (this.#host.report.pages !== after.storedPages)
      throw new Error('wrong count of pages found');
    for (const model of this.#models.values()) model.restart();
  }

  /** Runs a write; whether it was taken. A refusal must be one that the lease's limit explains. */
  #taken(id: string, write: () => number, tablePagesMax = 1): boolean {
    const lease = this.#host.pool.lease(id)!;
    const before = lease.usage().memUsedBytes;
    const errno = write();
    const limit = this.#limits.get(id) ?? null;
    if (errno === 0) {
      const after = lease.usage().memUsedBytes;
      if (limit !== null && after > Math.max(limit, before)) throw new Error('limit was passed');
      return true;
    }
    if (errno !== FULL) throw new Error(`a write answered ${errno}`);
    const mostBytes = before + PAGE_BYTES + tablePagesMax * PAGE_BYTES;
    if (limit === null || mostBytes <= limit) throw new Error('a write was refused');
    return false;
  }

  #pick(random: Random): { id: string; model: PlainLease; slot: number; count: number } {
    const ids = [...this.#models.keys()];
    const id = ids[Math.floor(random() * ids.length)]!;
    const model = this.#models.get(id)!;
    // Half of the calls meet few slots, which are overwritten often, and the last one of a lease.
    const range = random() < 0.5 ? Math.min(model.slotCount, 12) : model.slotCount;
    const fromEnd = random() < 0.2;
    const near = Math.floor(random() * range);
    const slot = fromEnd ? model.slotCount - 1 - near : near;
    const count = 1 + Math.floor((model.slotCount - slot) * random() ** 3);
    return { id, model, slot, count: Math.min(count, model.slotCount - slot) };
  }

  #check(): void {
    checkPool(this.#host.pool, [...this.#models.keys()]);
    for (const [id, model] of this.#models) {
      const difference = model.differs(this.#host.pool.lease(id)!.usage());
      if (difference !== null) throw new Error(`${id}: ${difference}`);
    }
  }

  #checkAll(): void {
    for (const [id, model] of this.#models) {
      const pages = this.#host.pages(id);
      for (let slot = 0; slot < model.slotCount; slot++) {
        if (pages.state(slot) !== model.state(slot)) throw new Error(`state of slot ${slot}`);
        if (!isEqual(this.#host.read(id, slot), model.read(slot))) {
          throw new Error(`slot ${slot} of ${id} differs at the end`);
        }
      }
    }
    this.#check();
  }
}

function pickPart(random: Random): { from: number; bytes: number } {
  if (random() < 0.3) return { from: 0, bytes: PAGE_BYTES };
  const from = Math.floor(random() * PAGE_BYTES);
  return { from, bytes: 1 + Math.floor(random() * (PAGE_BYTES - from)) };
}
