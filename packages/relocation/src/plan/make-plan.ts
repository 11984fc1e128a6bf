// A plan for a host: from what guests are given and what they want to what lending that difference
// takes. Everything is derived from recorded page contents and from figures in SPECIFICATION.md.

import { sizeText } from '@pagelend/daemon';
import { VERSION } from '@pagelend/lab';
import { CHURN_FACTOR, DAEMON_BYTES } from '../model/lender-memory.ts';
import { lenderTablePages } from '../model/lender-pool.ts';
import { bytesOf, estimatePool, type PoolEstimate } from './pool-estimate.ts';
import { checkRequest, type PlanRequest } from './request.ts';
import { type PageIns, PLAN_SCHEMA, type PlanResult } from './result.ts';

const PAGE_BYTES = 4096;
const MIB = 2 ** 20;
/** `serve --memory` and lease sizes are rounded up to these. */
const SERVE_STEP_BYTES = 64 * MIB;
const LEASE_STEP_BYTES = 16 * MIB;
/** A lease is so much larger than what a guest is short of. */
const LEASE_FACTOR = 1.25;
/** Records lie among others that are not wanted any more, and moving them costs less the more those are. */
const TIER_FACTOR = 1.5;
/** Leases and connections of one daemon, and the memory that its pool can hold. */
const LEASES_MAX = 1024;
const CONNECTIONS_MAX = 240;
const POOL_BYTES_MAX = 64 * 2 ** 30;

export const PLAN_SAYS =
  'A model: sizes follow from recorded page contents; what your guests hold may compress better or worse';

export function makePlan(request: PlanRequest, pageIns: PageIns | null = null): PlanResult {
  checkRequest(request);
  const { guests, memoryBytes, demandBytes, workingSetBytes, contents, confidence } = request;
  const need = needOf(request, guests);
  const shares = contents.map((content) => bytesOf(content, guests * need.pagesPerGuest).mean);
  const compressedShare =
    shares.reduce((sum, bytes) => sum + bytes, 0) / shares.length / PAGE_BYTES;
  const { poolBytes } = request;
  const limited = poolBytes === null ? null : limitedBy(poolBytes, need);
  const serveBytes = poolBytes ?? need.serveBytes;
  const guestsBytes = guests * (memoryBytes + request.guestOverheadBytes);
  const lendingBytes = serveBytes + DAEMON_BYTES;
  return {
    schema: PLAN_SCHEMA,
    version: VERSION,
    says: PLAN_SAYS,
    guests,
    memory_bytes: memoryBytes,
    demand_bytes: demandBytes,
    working_set_bytes: workingSetBytes,
    short_bytes: demandBytes - memoryBytes,
    cold_bytes: workingSetBytes === null ? null : demandBytes - workingSetBytes,
    contents: request.contentsSay,
    confidence_percent: confidence * 100,
    compressed_share: compressedShare,
    pool_mean_bytes: Math.ceil(need.pool.meanBytes),
    pool_confident_bytes: Math.ceil(need.pool.confidentBytes),
    pool_worst_bytes: guests * need.pagesPerGuest * PAGE_BYTES,
    tables_bytes: need.tablesBytes,
    daemon_bytes: DAEMON_BYTES,
    serve_memory_bytes: serveBytes,
    lease_bytes: need.leaseBytes,
    host: {
      guests_bytes: guestsBytes,
      lending_bytes: lendingBytes,
      reserve_bytes: request.hostReserveBytes,
      total_bytes: guestsBytes + lendingBytes + request.hostReserveBytes,
      without_lending_bytes:
        guests * (demandBytes + request.guestOverheadBytes) + request.hostReserveBytes,
    },
    limited,
    capacity: capacityOf(request),
    page_ins: pageIns,
    commands: commandsOf(guests, serveBytes, need.leaseBytes, limited?.tier_bytes ?? 0),
    notes: notesOf(request, need, guestsBytes + lendingBytes),
  };
}

interface Need {
  readonly pagesPerGuest: number;
  readonly pool: PoolEstimate;
  readonly leaseBytes: number;
  readonly tablesBytes: number;
  readonly serveBytes: number;
}

/** What so many guests like these need of the lender. */
function needOf(request: PlanRequest, guests: number): Need {
  const shortBytes = request.demandBytes - request.memoryBytes;
  const pagesPerGuest = Math.ceil(shortBytes / PAGE_BYTES);
  const { contents, confidence, seed } = request;
  const pool = estimatePool(contents, guests, pagesPerGuest, confidence, seed);
  const leaseBytes = roundedUp(shortBytes * LEASE_FACTOR, LEASE_STEP_BYTES);
  const slots = leaseBytes / PAGE_BYTES;
  const tablesBytes = guests * lenderTablePages(slots, slots) * PAGE_BYTES;
  const withGaps = pool.confidentBytes * CHURN_FACTOR + tablesBytes;
  return {
    pagesPerGuest,
    pool,
    leaseBytes,
    tablesBytes,
    serveBytes: roundedUp(withGaps, SERVE_STEP_BYTES),
  };
}

function limitedBy(poolBytes: number, { pool, tablesBytes }: Need): PlanResult['limited'] {
  const held = Math.max(0, Math.floor((poolBytes - tablesBytes) / CHURN_FACTOR));
  const past = (bytes: number): number => Math.max(0, Math.ceil(bytes - held));
  return {
    pool_bytes: poolBytes,
    held_bytes: held,
    not_fitting_mean_bytes: past(pool.meanBytes),
    not_fitting_confident_bytes: past(pool.confidentBytes),
    tier_bytes: tierBytesFor(past(pool.confidentBytes)),
  };
}

/**
 * What to give `serve --tier-size` for so many compressed bytes: heads of records, places that are
 * free among those that are wanted, and whole steps. None for none.
 */
function tierBytesFor(bytes: number): number {
  return bytes === 0 ? 0 : roundedUp(bytes * TIER_FACTOR, SERVE_STEP_BYTES);
}

/** How many such guests a host can have, with a pool as large as they need. More guests never take less, so the most is found by halving. */
function capacityOf(request: PlanRequest): PlanResult['capacity'] {
  const { hostMemoryBytes, hostReserveBytes, memoryBytes, demandBytes } = request;
  if (hostMemoryBytes === null) return null;
  const room = hostMemoryBytes - hostReserveBytes;
  const each = (bytes: number): number => bytes + request.guestOverheadBytes;
  let [fits, tooMany] = [0, Math.floor(Math.max(0, room) / each(memoryBytes)) + 1];
  while (tooMany - fits > 1) {
    const guests = Math.floor((fits + tooMany) / 2);
    const { serveBytes } = needOf(request, guests);
    const takes = guests * each(memoryBytes) + serveBytes + DAEMON_BYTES;
    if (takes <= room) fits = guests;
    else tooMany = guests;
  }
  return {
    host_memory_bytes: hostMemoryBytes,
    guests_without_lending: Math.max(0, Math.floor(room / each(demandBytes))),
    guests_with_lending: fits,
  };
}

function commandsOf(
  guests: number,
  serveBytes: number,
  leaseBytes: number,
  tierBytes: number,
): string[] {
  const size = sizeText(leaseBytes);
  const create =
    guests === 1
      ? `pagelend lease create guest1 --size ${size}`
      : `for i in $(seq 1 ${guests}); do pagelend lease create guest$i --size ${size}; done`;
  const tier = tierBytes === 0 ? '' : ` --tier FILE --tier-size ${sizeText(tierBytes)}`;
  return [
    `pagelend serve --memory ${sizeText(serveBytes)}${tier}`,
    create,
    'pagelend lease show guest1',
  ];
}

function notesOf(request: PlanRequest, need: Need, takesBytes: number): string[] {
  const { guests, demandBytes, guestOverheadBytes, hostReserveBytes, poolBytes } = request;
  const notes = [
    `leases are ${Math.round((LEASE_FACTOR - 1) * 100)} % larger than what guests are short of: where more than half of its swap is in use, Linux gives up the slots of pages it reads back, so that the lender does not keep them twice`,
    `serve --memory has ${Math.round((CHURN_FACTOR - 1) * 100)} % for gaps after churn, and the leases' tables`,
  ];
  const limit = poolBytes === null ? null : limitedBy(poolBytes, need);
  if (limit !== null && limit.not_fitting_confident_bytes > 0) {
    notes.push(
      `what does not fit goes to the tier behind the pool, a file or block device, and takes no memory: ${sizeText(limit.tier_bytes)} leave a third of it free, so that moving pages together costs little. Without --tier such writes fail, and those pages stay in the guests`,
      'a page that comes back from the tier takes a read of the device on top, a few blocks at a time; serve measures at start what that takes, and logs it (read_us). So it is for pages that rarely come back, and pagelend top shows how many do, as fetches a second',
    );
  }
  if (guestOverheadBytes === 0) {
    notes.push(
      'what a guest process takes besides its memory is not counted; --guest-overhead adds it',
    );
  }
  if (hostReserveBytes === 0) {
    notes.push('nothing is kept for the host itself; --host-reserve does');
  }
  if (takesBytes >= guests * (demandBytes + guestOverheadBytes)) {
    notes.push('lending takes no less here than giving the guests what they want');
  }
  if (guests > CONNECTIONS_MAX) {
    notes.push(
      `one daemon serves ${CONNECTIONS_MAX} connections and ${LEASES_MAX} leases: so many guests need several`,
    );
  }
  if (poolBytes === null && need.serveBytes > POOL_BYTES_MAX) {
    notes.push(`one pool holds ${sizeText(POOL_BYTES_MAX)}: so many guests need several daemons`);
  }
  return notes;
}

function roundedUp(bytes: number, step: number): number {
  return Math.ceil(bytes / step) * step;
}
