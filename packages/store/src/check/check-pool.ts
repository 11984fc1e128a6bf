// Verifies all that a pool keeps, while nobody serves it. The order is the one in which things are
// needed: files and heads, then each slot's entry with what stands in the pool, then what is behind.
// Nothing is written, and nothing is mapped.

import { readdirSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { openTierToRead, TierError, type TierToRead } from '@pagelend/tier';
import { findIdentity, type Identity } from '../behind/identity.ts';
import { blockOf, indexOf, isBehind, isPlaced } from '../entry.ts';
import { PAGE_BYTES } from '../layout.ts';
import { tablePath } from '../slot-table.ts';
import { BATCH_PLACES, cutOf, PlacesBehind, RecordCheck, type ScanAll } from './check-behind.ts';
import { type PageFault, PlaceCheck } from './check-places.ts';
import type { CheckOptions, PoolCheck, Tally } from './contract.ts';
import type { Finding, Findings } from './findings.ts';
import { PageReader } from './page-reader.ts';
import { isThere, openPoolView, type PoolView } from './pool-view.ts';
import { openTableView, type TableView } from './table-view.ts';

/** Bits of an entry that repeats 16 bits which are never set. */
const SAME_UNUSED = 0x3fff_0000;
const TABLE_SUFFIX = '.slots';

/** The tier as far as it could be opened. */
type FoundTier =
  | { readonly tier: TierToRead; readonly identity: Identity }
  | { readonly tier: null; readonly why: string };

/** Throws STORE_IN_USE, STORE_OWNER, STORE_FORMAT, STORE_DIRECTORY; all else becomes a finding. */
export async function checkPoolFiles(options: CheckOptions): Promise<PoolCheck> {
  const { directory, owner, leases, findings } = options;
  const pool = openPoolView(directory, owner, findings);
  if (pool === null) {
    const text = `there is no pool in ${directory}`;
    findings.add('no-pool', leases.length === 0 ? text : `${text}: all leases begin empty`);
    return {
      leases: leases.map(newTally),
      blockCount: 0,
      paidBytes: 0,
      placeBytes: 0,
      tableBytes: 0,
      tier: null,
    };
  }
  try {
    return await new PoolChecker(options, pool).run();
  } finally {
    pool.close();
  }
}

class PoolChecker {
  readonly #options: CheckOptions;
  readonly #pool: PoolView;
  readonly #findings: Findings;
  readonly #tallies: Tally[];
  /** By number of the lease; null where there is none that can be read. */
  readonly #tables: (TableView | null)[] = [];
  readonly #reader: PageReader | null;

  constructor(options: CheckOptions, pool: PoolView) {
    this.#options = options;
    this.#pool = pool;
    this.#findings = options.findings;
    this.#tallies = options.leases.map(newTally);
    this.#reader = options.isQuick ? null : new PageReader();
  }

  async run(): Promise<PoolCheck> {
    const { directory, leases, tierPath } = this.#options;
    const pool = this.#pool;
    const found = tierPath === null ? null : this.#openTier(tierPath);
    try {
      for (const lease of leases) {
        const hasTable = isThere(tablePath(directory, lease.id));
        this.#tables.push(hasTable ? openTableView(directory, lease, this.#findings) : null);
      }
      const places = new PlaceCheck(pool, this.#reader, this.#findings);
      const behind = found?.tier ? new PlacesBehind(found.tier) : null;
      await this.#lookAtEntries(places, behind);
      places.checkMemory();
      places.checkBlocks();
      this.#lookForTables();
      const readBytes = await this.#lookBehind(found, behind);
      this.#tellUnchecked();
      const windows = Array.from({ length: pool.windowCount }, (_, window) => window);
      return {
        leases: this.#tallies,
        blockCount: pool.blockCount,
        paidBytes: windows.reduce((sum, window) => sum + pool.paidBytes(window), 0),
        placeBytes: places.placeBytes,
        tableBytes: this.#tables.reduce((sum, table) => sum + (table?.paidBytes ?? 0), 0),
        tier: found?.tier ? { path: tierPath!, readBytes, ...headOf(found.tier) } : null,
      };
    } finally {
      found?.tier?.device.close();
      for (const table of this.#tables) table?.close();
    }
  }

  #openTier(path: string): FoundTier {
    const { directory, owner } = this.#options;
    const identity = findIdentity(directory);
    if (identity === null) {
      return { tier: null, why: `${directory}/tier is not there, or no identity of a pool` };
    }
    try {
      return { tier: openTierToRead(path, identity.poolId, owner), identity };
    } catch (error) {
      if (!(error instanceof TierError)) throw error;
      return { tier: null, why: error.message };
    }
  }

  async #lookAtEntries(places: PlaceCheck, behind: PlacesBehind | null): Promise<void> {
    const slotsInAll = this.#tables.reduce((sum, table) => sum + (table?.slotCount ?? 0), 0);
    let before = 0;
    for (const [number, table] of this.#tables.entries()) {
      if (table === null) continue;
      const tally = this.#tallies[number]!;
      await table.scan({
        entry: (slot, entry) => this.#lookAtEntry(tally, slot, entry, places, behind),
        unmarked: (slot, count) => {
          tally.damagedPages += count;
          const says = `${count} slots from there on have pages, and are marked as holes`;
          this.#findings.add('mark', says, { lease: tally.name, slot });
        },
        progress: (slots) => {
          this.#options.onProgress('checking slots', (before + slots) / slotsInAll);
        },
      });
      before += table.slotCount;
      if (!table.mayNameBehind && tally.pagesBehind > 0) {
        const says = `it names ${tally.pagesBehind} pages behind, which tables of its format can't`;
        this.#findings.add('table', says, { lease: tally.name });
      }
    }
  }

  #lookAtEntry(
    tally: Tally,
    slot: number,
    entry: number,
    places: PlaceCheck,
    behind: PlacesBehind | null,
  ): void {
    tally.pages += 1;
    if (isPlaced(entry)) {
      tally.pagesInPool += 1;
      const fault = places.check(tally.name, slot, entry);
      const place = { block: blockOf(entry), index: indexOf(entry) };
      if (fault !== null) this.#tell(tally, slot, fault, place);
    } else if (isBehind(entry)) {
      tally.pagesBehind += 1;
      const fault = behind?.claim(entry) ?? null;
      if (fault !== null) this.#tell(tally, slot, fault, behind!.where(entry));
    } else {
      tally.samePages += 1;
      if ((entry & SAME_UNUSED) === 0) return;
      tally.damagedPages += 1;
      const says = `its entry 0x${(entry >>> 0).toString(16)} is none that is ever written`;
      this.#findings.add('entry', says, { lease: tally.name, slot });
    }
  }

  #tell(tally: Tally, slot: number, { kind, says }: PageFault, place: Finding['place']): void {
    tally.damagedPages += 1;
    this.#findings.add(kind, says, { lease: tally.name, slot, place });
  }

  /** Tables that are not there, and those that nobody has. */
  #lookForTables(): void {
    const { directory, leases, knowsAll } = this.#options;
    // A pool that has stored nothing yet may have been stopped before it made all tables.
    const isBlank =
      this.#pool.classes.every((one) => one === 0) &&
      this.#tallies.every(({ pages }) => pages === 0);
    for (const { id, name } of leases) {
      const path = tablePath(directory, id);
      if (isThere(path)) continue;
      const says = `lease ${name} has no ${path}`;
      if (isBlank) this.#findings.add('unfinished', `${says}: it begins empty`, { lease: name });
      else this.#findings.add('missing-table', `${says}: its pages are gone`, { lease: name });
    }
    const claimed = new Set(leases.map(({ id }) => `${id}${TABLE_SUFFIX}`));
    for (const file of readdirSync(directory)) {
      if (!file.endsWith(TABLE_SUFFIX) || claimed.has(file)) continue;
      const end = knowsAll
        ? 'it was deleted, or had not come whole, and the next start removes it'
        : "it may be that of a lease whose definition can't be read";
      this.#findings.add('stray-table', `${directory}/${file} is of no lease: ${end}`);
    }
  }

  /** Returns the bytes of the tier that were read. */
  async #lookBehind(found: FoundTier | null, places: PlacesBehind | null): Promise<number> {
    const pages = this.#tallies.reduce((sum, { pagesBehind }) => sum + pagesBehind, 0);
    if (found === null) {
      if (pages === 0) return 0;
      const says = `${pages} pages are behind the pool, and were not checked: give --tier PATH`;
      this.#findings.add('tier-path', says);
      return 0;
    }
    if (found.tier === null) {
      const { why } = found;
      if (pages === 0) this.#findings.add('other-tier', `${why}; no page is in it`);
      else this.#findings.add('tier', `${why}; ${pages} pages are behind the pool`);
      for (const tally of this.#tallies) tally.damagedPages += tally.pagesBehind;
      return 0;
    }
    const cut = cutOf(found.tier);
    if (cut !== null) this.#findings.add('tier', cut);
    if (this.#reader === null) return 0;
    const check = new RecordCheck(
      {
        tier: found.tier,
        reader: this.#reader,
        secret: found.identity.secret,
        batchPlaces: this.#options.batchPlaces ?? BATCH_PLACES,
        tags: this.#options.leases.map(({ id }) => crc32(id)),
        tell: (lease, slot, at, fault) => this.#tell(this.#tallies[lease]!, slot, fault, at),
        onProgress: (share) => this.#options.onProgress('checking the tier', share),
      },
      places!,
    );
    await check.run(this.#scanAll);
    return check.readBytes;
  }

  readonly #scanAll: ScanAll = async (visit) => {
    for (const [number, table] of this.#tables.entries()) {
      await table?.scan({ entry: (slot, entry) => visit(number, slot, entry) });
    }
  };

  #tellUnchecked(): void {
    for (const [codec, { pages, reason }] of this.#reader?.unchecked ?? []) {
      this.#findings.add('codec', `${pages} pages of ${codec} were not checked: ${reason}`);
    }
  }
}

function headOf({ layout, isEncrypted }: TierToRead): {
  extentCount: number;
  isEncrypted: boolean;
} {
  return { extentCount: layout.extentCount, isEncrypted };
}

function newTally({ name, id, bytes }: { name: string; id: string; bytes: number }): Tally {
  return {
    name,
    id,
    bytes: bytes - (bytes % PAGE_BYTES),
    pages: 0,
    samePages: 0,
    pagesInPool: 0,
    pagesBehind: 0,
    damagedPages: 0,
  };
}
