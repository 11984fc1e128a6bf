// The API's answer about the tier behind the pool.

import { type TierState, tierUsage } from '../tier/figures.ts';
import type { DaemonFacts } from './facts.ts';

export interface TierJson {
  /** `full` and `failing`: new pages are refused while the pool is full; none is lost. */
  state: TierState;
  /** What the device said; null unless it fails. */
  reason: string | null;
  path: string;
  policy: string;
  size: number;
  free_bytes: number;
  is_encrypted: boolean;
  is_direct: boolean;
  /** What a page costs to read, and to write among others, in microseconds. */
  read_us: number;
  write_us: number;
  device_reads: number;
  device_read_bytes: number;
  device_writes: number;
  device_write_bytes: number;
  failed_device_reads: number;
  failed_device_writes: number;
  /** Pages asked for, and those of them that had been read with others. */
  asked_pages: number;
  window_hits: number;
  promoted_pages: number;
  damaged_pages: number;
  cleaned_extents: number;
  cleaned_pages: number;
  idle_pages: number;
  room_wishes: number;
  room_refusals: number;
}

export function tierJson(facts: Pick<DaemonFacts, 'keeper'>): TierJson | null {
  const usage = tierUsage(facts);
  if (usage === null) return null;
  const { state } = usage;
  return {
    state,
    reason: state === 'failing' ? facts.keeper!.trouble : null,
    path: usage.path,
    policy: usage.policy,
    size: usage.bytes,
    free_bytes: usage.freeBytes,
    is_encrypted: usage.isEncrypted,
    is_direct: usage.isDirect,
    read_us: usage.readUs,
    write_us: usage.writeUs,
    device_reads: usage.deviceReads,
    device_read_bytes: usage.deviceReadBytes,
    device_writes: usage.deviceWrites,
    device_write_bytes: usage.deviceWriteBytes,
    failed_device_reads: usage.failedReads,
    failed_device_writes: usage.failedWrites,
    asked_pages: usage.askedPages,
    window_hits: usage.windowHits,
    promoted_pages: usage.promotedPages,
    damaged_pages: usage.damagedPages,
    cleaned_extents: usage.cleanedExtents,
    cleaned_pages: usage.cleanedPages,
    idle_pages: usage.idlePages,
    room_wishes: usage.roomWishes,
    room_refusals: usage.roomRefusals,
  };
}
