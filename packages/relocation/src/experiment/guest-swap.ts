// A guest's swap of one configuration: its host's side and the commands inside.

import { deviceSwapCommand, type Guest, type GuestDisk, zramSwapCommand } from '@pagelend/guests';
import type { DiskFile } from '../backing/disk-file.ts';
import type { Lender } from '../backing/lender.ts';
import { startNbdkit } from '../backing/nbdkit.ts';
import type { Backing } from '../backing/swap.ts';
import type { Configuration } from './plan.ts';

/** What all runs use of the host; each is there where a configuration of the plan needs it. */
export interface SwapHosts {
  readonly lender: Lender | null;
  readonly disks: Readonly<Record<GuestRole, DiskFile>> | null;
}

/** The one that is measured, and the other at work beside it. */
export type GuestRole = 'measured' | 'companion';

/** Null for what lies in the guest itself, and for no swap. */
export async function backingFor(
  configuration: Configuration,
  { lender, disks }: SwapHosts,
  role: GuestRole,
  order: number,
  bytes: number,
): Promise<Backing | null> {
  switch (configuration) {
    case 'lent':
      return lender!.lend(`run-${order}-${role}`, bytes);
    case 'nbdkit':
      return startNbdkit(bytes);
    case 'disk':
      return disks![role].backing;
    default:
      return null;
  }
}

export function disksOf(backing: Backing | null): GuestDisk[] {
  return backing === null ? [] : [backing.disk];
}

/** Gives the guest its swap; `device` is where its backing's disk is. */
export async function setUpSwap(
  guest: Guest,
  configuration: Configuration,
  device: string | undefined,
  bytes: number,
): Promise<void> {
  if (configuration === 'zram') await guest.mustRun(zramSwapCommand({ bytes }));
  // A discard would make holes in the disk's file, whose blocks a real disk has at hand.
  const hasDiscard = configuration !== 'disk';
  if (device !== undefined) await guest.mustRun(deviceSwapCommand({ device, hasDiscard }));
}
