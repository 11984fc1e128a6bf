// What storage charges for a page read and a page written. Only the ratio decides which policy
// wins; the presets are illustrative figures in microseconds, since devices of one kind differ
// more from each other than kinds do.

import type { Costs } from '@pagelend/policies';
import { LabError } from './errors.ts';

export interface Medium {
  readonly readCost: number;
  readonly writeCost: number;
  readonly says: string;
}

export const media = {
  slc: { readCost: 25, writeCost: 250, says: 'NAND flash, one bit a cell, bare chip, µs' },
  mlc: { readCost: 50, writeCost: 750, says: 'NAND flash, two bits a cell, bare chip, µs' },
  tlc: { readCost: 75, writeCost: 1100, says: 'NAND flash, three bits a cell, bare chip, µs' },
  seed2: { readCost: 1, writeCost: 2, says: "the CRAW-RM paper's flash, its lower end" },
  seed4: { readCost: 1, writeCost: 4, says: "the CRAW-RM paper's flash, between its ends" },
  seed8: { readCost: 1, writeCost: 8, says: "the CRAW-RM paper's flash, its upper end" },
  hdd: { readCost: 6500, writeCost: 6500, says: 'hard disk, random access, µs' },
  nvme: { readCost: 90, writeCost: 25, says: 'NVMe flash drive with a protected write buffer, µs' },
  optane: { readCost: 10, writeCost: 10, says: 'Optane drive, µs' },
  zram: { readCost: 6, writeCost: 12, says: 'memory compressed with LZO, µs' },
  rdma: { readCost: 5, writeCost: 5, says: "another machine's memory over RDMA, µs" },
} as const satisfies Record<string, Medium>;

export type MediumName = keyof typeof media;

/** A cost pair, and the preset that it comes from. */
export interface CostPair extends Costs {
  readonly medium: MediumName | null;
}

/** With neither costs nor a medium given: a write costs four reads. */
export const DEFAULT_COSTS: CostPair = { medium: null, read: 1, write: 4 };

export function mediumCosts(name: string): CostPair {
  if (!Object.hasOwn(media, name)) {
    const known = Object.keys(media).join(', ');
    throw new LabError('LAB_MEDIUM', `no medium '${name}'; there are ${known}`);
  }
  const medium = media[name as MediumName];
  return { medium: name as MediumName, read: medium.readCost, write: medium.writeCost };
}

/** Throws where a cost pair cannot be computed with. */
export function checkCosts({ read, write }: Costs): void {
  if (Number.isFinite(read) && read > 0 && Number.isFinite(write) && write >= 0) return;
  throw new LabError(
    'LAB_COSTS',
    `read cost ${read}, write cost ${write}: expected a read cost above 0 and a write cost of at least 0`,
  );
}
