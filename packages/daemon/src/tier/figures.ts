// The keeper's figures by name, read from the numbers that it shares.

import { tierFigures } from '@pagelend/store';
import type { DaemonFacts } from '../api/facts.ts';
import type { KeeperHandle } from './keeper-handle.ts';

export type TierState = 'ok' | 'full' | 'failing';

export interface TierUsage {
  readonly state: TierState;
  readonly path: string;
  readonly policy: string;
  readonly bytes: number;
  /** Bytes of extents that hold no record that is wanted. */
  readonly freeBytes: number;
  readonly isEncrypted: boolean;
  readonly isDirect: boolean;
  readonly readUs: number;
  readonly writeUs: number;
  readonly deviceReads: number;
  readonly deviceReadBytes: number;
  readonly deviceWrites: number;
  readonly deviceWriteBytes: number;
  readonly failedReads: number;
  readonly failedWrites: number;
  readonly askedPages: number;
  readonly windowHits: number;
  readonly promotedPages: number;
  readonly damagedPages: number;
  readonly cleanedExtents: number;
  readonly cleanedPages: number;
  readonly idlePages: number;
  readonly roomWishes: number;
  readonly roomRefusals: number;
  /** Bytes that idle pages may still be written with now; infinite without a budget. */
  readonly budgetBytes: number;
}

/** Null without a tier. */
export function tierUsage({ keeper }: Pick<DaemonFacts, 'keeper'>): TierUsage | null {
  return keeper === null ? null : usageOf(keeper);
}

function usageOf({ figures, share, settings, costs, trouble }: KeeperHandle): TierUsage {
  const at = (index: number) => figures[index]!;
  const { extentBytes, extentCount } = share.layout;
  return {
    state: trouble === null ? 'ok' : trouble === 'full' ? 'full' : 'failing',
    path: settings.path,
    policy: settings.policy,
    bytes: extentBytes * extentCount,
    freeBytes: freeExtents(share.live) * extentBytes,
    isEncrypted: share.isEncrypted,
    isDirect: share.isDirect,
    readUs: costs.read,
    writeUs: costs.write,
    deviceReads: at(tierFigures.DEVICE_READS),
    deviceReadBytes: at(tierFigures.DEVICE_READ_BYTES),
    deviceWrites: at(tierFigures.DEVICE_WRITES),
    deviceWriteBytes: at(tierFigures.DEVICE_WRITE_BYTES),
    failedReads: at(tierFigures.FAILED_DEVICE_READS),
    failedWrites: at(tierFigures.FAILED_DEVICE_WRITES),
    askedPages: at(tierFigures.ASKED_PAGES),
    windowHits: at(tierFigures.WINDOW_HITS),
    promotedPages: at(tierFigures.PROMOTED_PAGES),
    damagedPages: at(tierFigures.DAMAGED_PAGES),
    cleanedExtents: at(tierFigures.CLEANED_EXTENTS),
    cleanedPages: at(tierFigures.CLEANED_PAGES),
    idlePages: at(tierFigures.IDLE_PAGES),
    roomWishes: at(tierFigures.ROOM_WISHES),
    roomRefusals: at(tierFigures.ROOM_REFUSALS),
    budgetBytes: at(tierFigures.BUDGET_BYTES),
  };
}

/** Counted when asked, since the keeper only needs to know that there are some. */
function freeExtents(live: SharedArrayBuffer): number {
  let free = 0;
  for (const count of new Int32Array(live)) if (count === 0) free++;
  return free;
}
