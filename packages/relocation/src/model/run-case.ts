// One case under one scheme: all busy guests in step, slice by slice, into one lender.

import type { OptionValues, PolicyDefinition } from '@pagelend/policies';
import { meanOver } from '../mean.ts';
import { GuestMemory } from './guest-memory.ts';
import { Job, type JobTrace, processesFor } from './job.ts';
import { LenderPool, lenderTablePages } from './lender-pool.ts';
import { type ModelCase, pagesOf } from './model-case.ts';
import { mixed, type PageDraw } from './page-draw.ts';
import { type GuestPages, outsidePlace, type Scheme, schemeCosts, zramPlace } from './schemes.ts';
import { watermarksOf } from './watermarks.ts';
import { ZramPool, type ZsmallocTable, zramTablePages } from './zsmalloc.ts';

export interface CaseParts {
  readonly seed: number;
  readonly job: JobTrace;
  readonly hogDraw: PageDraw;
  readonly jobDraw: PageDraw;
  readonly zsmalloc: ZsmallocTable;
  readonly definition: PolicyDefinition;
  readonly options: OptionValues;
}

/** Series over the job's slices, up to where memory ran out; pages are means over the busy guests, the lender's are of all. */
export interface SchemeRun {
  /** Slices of the whole job. */
  readonly tickCount: number;
  readonly freePages: Float64Array;
  readonly swappedPages: Float64Array;
  readonly guestPoolPages: Float64Array;
  readonly lenderPages: Float64Array;
  readonly cachePages: Float64Array;
  readonly freePagesLeast: number;
  /** Of an idle guest. */
  readonly idleFreePages: number;
  /** While the job ran, means over the busy guests. */
  readonly swapOuts: number;
  readonly swapIns: number;
  readonly fileReads: number;
  readonly isOutOfMemory: boolean;
}

interface Guest {
  readonly memory: GuestMemory;
  readonly job: Job;
}

export function runScheme(one: ModelCase, scheme: Scheme, parts: CaseParts): SchemeRun {
  const lender = new LenderPool();
  const guests = Array.from({ length: one.busyGuests }, (_, index) =>
    startGuest(one, scheme, parts, lender, index),
  );
  const before = guests.map(({ memory }) => ({ ...countsOf(memory) }));
  const ticks = guests[0]!.job.tickCount;
  const series = {
    freePages: new Float64Array(ticks),
    swappedPages: new Float64Array(ticks),
    guestPoolPages: new Float64Array(ticks),
    lenderPages: new Float64Array(ticks),
    cachePages: new Float64Array(ticks),
  };
  const filePages = pagesOf(one.fileBytes);
  let freePagesLeast = Number.POSITIVE_INFINITY;
  let ended = ticks;
  for (let tick = 0; tick < ended; tick++) {
    const reads = share(filePages, tick + 1, ticks) - share(filePages, tick, ticks);
    for (const { memory, job } of guests) {
      for (let i = 0; i < reads; i++) memory.readFilePage();
      job.tick(tick, memory);
      memory.check();
      freePagesLeast = Math.min(freePagesLeast, memory.freePages);
    }
    series.freePages[tick] = meanOver(guests, ({ memory }) => memory.freePages);
    series.swappedPages[tick] = meanOver(guests, ({ memory }) => memory.swappedPages);
    series.guestPoolPages[tick] = meanOver(guests, ({ memory }) => memory.poolPages);
    series.cachePages[tick] = meanOver(guests, ({ memory }) => memory.cachePages);
    series.lenderPages[tick] = scheme === 'lent' ? lenderPagesOf(one, lender, guests) : 0;
    // What a guest does without the process that was killed is another experiment.
    if (guests.some(({ memory }) => memory.isOutOfMemory)) ended = tick + 1;
  }
  const during = (of: (counts: Counts) => number): number =>
    meanOver(guests, (guest) => of(countsOf(guest.memory)) - of(before[guests.indexOf(guest)]!));
  const cut = (values: Float64Array): Float64Array => values.subarray(0, ended);
  return {
    tickCount: ticks,
    freePages: cut(series.freePages),
    swappedPages: cut(series.swappedPages),
    guestPoolPages: cut(series.guestPoolPages),
    lenderPages: cut(series.lenderPages),
    cachePages: cut(series.cachePages),
    freePagesLeast,
    idleFreePages: pagesOf(one.memoryBytes) - fixedPages(one, scheme) - pagesOf(one.cacheBytes),
    swapOuts: during(({ swapOuts }) => swapOuts),
    swapIns: during(({ swapIns }) => swapIns),
    fileReads: during(({ fileReads }) => fileReads),
    isOutOfMemory: guests.some(({ memory }) => memory.isOutOfMemory),
  };
}

/** A guest with its hog filled and, in the clean regime, swapped out; the job is about to begin. */
function startGuest(
  one: ModelCase,
  scheme: Scheme,
  { seed, job, hogDraw, jobDraw, zsmalloc, definition, options }: CaseParts,
  lender: LenderPool,
  index: number,
): Guest {
  const totalPages = pagesOf(one.memoryBytes);
  const hogPages = pagesOf(one.hogBytes);
  const processes = processesFor(job, pagesOf(one.jobBytes));
  const pages: GuestPages = { seed: mixed(seed, index, 0), hogPages, hogDraw, jobDraw };
  const slotCount = pagesOf(one.swapBytes);
  const { inUs, outUs } = schemeCosts[scheme];
  const memory = new GuestMemory({
    totalPages,
    kernelPages: fixedPages(one, scheme),
    cachePages: pagesOf(one.cacheBytes),
    cacheFloorPages: pagesOf(one.cacheFloorBytes),
    watermarks: watermarksOf(totalPages),
    swappiness: one.swappiness,
    swap:
      scheme === 'none'
        ? null
        : scheme === 'zram'
          ? zramPlace(pages, new ZramPool(zsmalloc), slotCount)
          : outsidePlace(pages, lender, slotCount),
    pageCount: hogPages + processes * job.pageCount,
    definition,
    options,
    costs: { read: Math.max(1, inUs), write: outUs },
  });
  for (let page = 0; page < hogPages; page++) memory.reference(page, 1);
  if (one.regime === 'clean') {
    memory.swapOut(Math.round(hogPages * one.swappedShare) - memory.swappedPages);
  }
  return { memory, job: new Job(job, hogPages, processes, one.jobRuns) };
}

/** The kernel's, and zram's table, which is there from the start. */
function fixedPages(one: ModelCase, scheme: Scheme): number {
  const table = scheme === 'zram' ? zramTablePages(pagesOf(one.swapBytes)) : 0;
  return pagesOf(one.kernelBytes) + table;
}

/** The lender's pages with the tables of the leases, of which the slots that were written count. */
function lenderPagesOf(one: ModelCase, lender: LenderPool, guests: readonly Guest[]): number {
  const slots = pagesOf(one.swapBytes);
  const tables = guests.map(({ memory }) => lenderTablePages(slots, memory.swappedPages));
  const idle = (one.guests - one.busyGuests) * lenderTablePages(slots, 0);
  return lender.pages + idle + tables.reduce((sum, pages) => sum + pages, 0);
}

type Counts = Pick<GuestMemory, 'swapOuts' | 'swapIns' | 'fileReads'>;

function countsOf({ swapOuts, swapIns, fileReads }: GuestMemory): Counts {
  return { swapOuts, swapIns, fileReads };
}

function share(whole: number, part: number, parts: number): number {
  return Math.floor((whole * part) / parts);
}
