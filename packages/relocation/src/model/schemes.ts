// The schemes side by side, and what a page costs in each. Counts of pages are the model's; times are
// those counts times costs that are assumptions, and are called so wherever they are shown.

import { media } from '@pagelend/lab';
import type { GuestMemory, SwapPlace } from './guest-memory.ts';
import type { LenderPool } from './lender-pool.ts';
import type { PageDraw } from './page-draw.ts';
import type { ZramPool } from './zsmalloc.ts';

/** In the order of tables and figures. */
export const schemes = ['lent', 'zram', 'flash', 'disk', 'none'] as const;
export type Scheme = (typeof schemes)[number];

export interface SchemeCosts {
  /** Microseconds that a program waits for one page that is read back. */
  readonly inUs: number;
  /** Microseconds of writing one page out, mostly in the background. */
  readonly outUs: number;
  readonly says: string;
}

export const schemeCosts: Readonly<Record<Scheme, SchemeCosts>> = {
  lent: { inUs: 30, outUs: 30, says: 'a round trip to the lender on the same host, with LZO' },
  zram: { inUs: media.zram.readCost, outUs: media.zram.writeCost, says: 'LZO in the guest' },
  flash: { inUs: media.nvme.readCost, outUs: media.nvme.writeCost, says: media.nvme.says },
  disk: { inUs: media.hdd.readCost, outUs: media.hdd.writeCost, says: media.hdd.says },
  none: { inUs: 0, outUs: 0, says: 'nothing is swapped' },
};

/** A file's page that was dropped is read again from here, in every scheme. */
export const FILE_READ_US: number = media.nvme.readCost;

export const schemeSays: Readonly<Record<Scheme, string>> = {
  lent: 'compressed, in the memory of the lender',
  zram: "compressed, in the guest's own memory",
  flash: 'a swap file on flash',
  disk: 'a swap file on a disk',
  none: 'no swap',
};

/** Names the recorded page of a page of a guest: the hog's and the job's have contents of their own. */
export interface GuestPages {
  readonly seed: number;
  readonly hogPages: number;
  readonly hogDraw: PageDraw;
  readonly jobDraw: PageDraw;
}

/** zram in the guest: frames of its own for what it keeps. */
export function zramPlace(pages: GuestPages, pool: ZramPool, slotCount: number): SwapPlace {
  const classOf = (page: number, generation: number): number => {
    const draw = page < pages.hogPages ? pages.hogDraw : pages.jobDraw;
    return draw.zramClass[draw.recordOf(pages.seed, page, generation)]!;
  };
  return {
    slotCount,
    store: (page, generation) => pool.add(classOf(page, generation)),
    drop: (page, generation) => pool.remove(classOf(page, generation)),
  };
}

/** Anywhere outside of the guest. The lender's pool counts what its part of it is. */
export function outsidePlace(pages: GuestPages, pool: LenderPool, slotCount: number): SwapPlace {
  const classOf = (page: number, generation: number): number => {
    const draw = page < pages.hogPages ? pages.hogDraw : pages.jobDraw;
    return draw.lenderClass[draw.recordOf(pages.seed, page, generation)]!;
  };
  return {
    slotCount,
    store(page, generation) {
      pool.add(classOf(page, generation));
      return 0;
    },
    drop(page, generation) {
      pool.remove(classOf(page, generation));
      return 0;
    },
  };
}

/** Seconds that the job waited for pages, and that writing pages took, by the scheme's costs. */
export function waiting(
  scheme: Scheme,
  counts: Pick<GuestMemory, 'swapIns' | 'swapOuts' | 'fileReads'>,
): { stallSeconds: number; writingSeconds: number } {
  const { inUs, outUs } = schemeCosts[scheme];
  return {
    stallSeconds: (counts.swapIns * inUs + counts.fileReads * FILE_READ_US) / 1e6,
    writingSeconds: (counts.swapOuts * outUs) / 1e6,
  };
}
