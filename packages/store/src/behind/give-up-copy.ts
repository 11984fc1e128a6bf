// A page that stands in the pool no longer has a good copy in the tier.

import { extentOf, release } from '@pagelend/tier';
import { lock, unlock } from '../mutex.ts';
import { stripeOf } from '../pool-share.ts';
import type { KeeperLease } from './keeper-lease.ts';
import type { KeeperParts } from './parts.ts';

/**
 * Forgets the copy of a slot's page, one that is being written included, if it lies in an extent that
 * `isAmong` names. True where there was one.
 */
export function giveUpCopy(
  { store, live, tier }: KeeperParts,
  lease: KeeperLease,
  slot: number,
  isAmong: (extent: number) => boolean,
): boolean {
  const stripe = stripeOf(lease.index, slot);
  lock(store.control, stripe);
  const copy = lease.copies[slot]!;
  const extent = extentOf(tier.layout, Math.abs(copy) - 1);
  const isGivenUp = copy !== 0 && isAmong(extent);
  if (isGivenUp) {
    lease.copies[slot] = 0;
    release(live, extent);
  }
  unlock(store.control, stripe);
  return isGivenUp;
}
