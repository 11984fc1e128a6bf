// What tests of the tier behind the pool have in common: lenders that have one, their figures, and a
// load that knows of each slot what it must hold.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LenderClient, type PoolJson } from '@pagelend/daemon';
import { afterAll, expect } from 'vitest';
import { type NbdClient, NbdError } from './client.ts';
import { type Lender, type LenderOptions, startLender } from './daemon.ts';
import { PAGE_BYTES, type Random, stampedPage, versionOf } from './pages.ts';

export const MIB = 2 ** 20;
/** A pool that is small beside what the tests write. */
export const POOL = '2MiB';
export const TIER_SIZE = '64MiB';
/** For a machine that has much else to do. */
export const TEST_MS_MAX = 600_000;
/** For what comes to pass once the keeper has had its turn. */
export const PATIENTLY = { timeout: 60_000, interval: 50 };

const DEPTH = 8;
/** Bytes of noise in each eighth of a page: most of it, and different from page to page. */
const noiseOf = (version: number): number => 300 + (version % 150);

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function tierFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pagelend-tier-'));
  folders.push(folder);
  return folder;
}

export function tierArgs(path: string, ...more: string[]): string[] {
  return ['--tier', path, '--tier-size', TIER_SIZE, ...more];
}

export interface Tiered {
  readonly lender: Lender;
  /** The file behind its pool. */
  readonly path: string;
}

export async function startTiered(
  leases: LenderOptions['leases'],
  ...more: string[]
): Promise<Tiered> {
  const path = join(tierFolder(), 'tier');
  const lender = await startLender({ leases, memory: POOL, args: tierArgs(path, ...more) });
  return { lender, path };
}

export function poolOf(lender: Lender): Promise<PoolJson> {
  return new LenderClient(lender.stateDir).pool();
}

export async function tierOf(lender: Lender): Promise<NonNullable<PoolJson['tier']>> {
  const { tier } = await poolOf(lender);
  if (tier === null) throw new Error('the lender has no tier');
  return tier;
}

export async function errnoOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
    return 0;
  } catch (error) {
    if (!(error instanceof NbdError)) throw error;
    return error.errno;
  }
}

/** What each slot of a lease must hold, as versions of stamped pages; 0 is nothing. */
export class Model {
  readonly slots: number;
  readonly acknowledged: Int32Array;
  /** Version that was under way when a connection ended; -1 for none. */
  readonly underWay: Int32Array;
  /** Acknowledgements so far. */
  count = 0;

  constructor(slots: number) {
    this.slots = slots;
    this.acknowledged = new Int32Array(slots);
    this.underWay = new Int32Array(slots).fill(-1);
  }

  /** Writes each slot once. */
  async fill(client: NbdClient, random: Random, from = 0, to = this.slots): Promise<void> {
    const lane = async (first: number): Promise<void> => {
      for (let slot = first; slot < to; slot += DEPTH) await this.write(client, slot, random);
    };
    await Promise.all(Array.from({ length: DEPTH }, (_, i) => lane(from + i)));
  }

  async write(client: NbdClient, slot: number, random: Random): Promise<void> {
    const version = random.below(2 ** 30) + 1;
    this.underWay[slot] = version;
    const page = stampedPage(slot, version, noiseOf(version));
    await about(`writing slot ${slot}`, client.write(slot * PAGE_BYTES, page));
    this.#acknowledge(slot, version);
  }

  async free(client: NbdClient, slot: number): Promise<void> {
    this.underWay[slot] = 0;
    await client.trim(slot * PAGE_BYTES, PAGE_BYTES);
    this.#acknowledge(slot, 0);
  }

  /**
   * Writes, reads and frees slots at random, a part of them for each of `parts` connections, until
   * `isOver` or the connection ends; throws where a page is not what was acknowledged.
   */
  async use(
    client: NbdClient,
    random: Random,
    isOver: () => boolean,
    [part, parts]: readonly [number, number] = [0, 1],
  ): Promise<void> {
    const lanes = DEPTH * parts;
    const lane = async (own: number): Promise<void> => {
      while (!isOver()) {
        const slot = random.below(Math.floor(this.slots / lanes)) * lanes + own;
        const what = random.below(16);
        if (what === 0) await this.free(client, slot);
        else if (what < 8) await this.write(client, slot, random);
        else await this.expect(client, slot);
      }
    };
    const ends = await Promise.allSettled(
      Array.from({ length: DEPTH }, (_, i) => lane(part * DEPTH + i)),
    );
    for (const end of ends) {
      if (end.status === 'rejected' && !isHungUp(end.reason)) throw end.reason;
    }
  }

  /** The slot holds what was acknowledged last. */
  async expect(client: NbdClient, slot: number): Promise<void> {
    const read = client.read(slot * PAGE_BYTES, PAGE_BYTES);
    const page = await about(`reading slot ${slot}`, read);
    const expected = this.acknowledged[slot];
    const version = versionIn(page, slot);
    if (version === expected) return;
    throw new Error(`slot ${slot} holds version ${version}, not ${expected}`);
  }

  /** Each slot holds what was acknowledged, or what was under way when the lender died. */
  async check(lender: Lender, lease: string): Promise<void> {
    const client = await lender.connect(lease);
    const one = async (slot: number): Promise<void> => {
      const read = client.read(slot * PAGE_BYTES, PAGE_BYTES);
      const version = versionIn(await about(`reading slot ${slot}`, read), slot);
      if (version === this.underWay[slot]) this.acknowledged[slot] = version;
      expect(version, `slot ${slot} of ${lease}`).toBe(this.acknowledged[slot]);
      this.underWay[slot] = -1;
    };
    for (let slot = 0; slot < this.slots; slot += DEPTH) {
      const count = Math.min(DEPTH, this.slots - slot);
      await Promise.all(Array.from({ length: count }, (_, i) => one(slot + i)));
    }
    await client.disconnect();
  }

  #acknowledge(slot: number, version: number): void {
    this.acknowledged[slot] = version;
    this.underWay[slot] = -1;
    this.count++;
  }
}

/** Has an error say what was being done. */
async function about<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof NbdError) error.message += `, ${what}`;
    throw error;
  }
}

function isHungUp(error: unknown): boolean {
  if (error instanceof NbdError || !(error instanceof Error)) return false;
  return /hung up|closed|ECONNRESET|EPIPE/.test(error.message);
}

function versionIn(page: Buffer, slot: number): number {
  if (page.equals(Buffer.alloc(PAGE_BYTES))) return 0;
  return versionOf(page, slot, noiseOf(page.readUInt32LE(4)));
}
