// A tier opened for reading alone, by those who verify it while nobody serves it: nothing is made,
// fitted or formatted, and a head that is not this pool's is refused as the lender refuses it.

import { closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { endOf, lockFile, setDirect } from '@pagelend/linux';
import type { TierLayout } from './contract.ts';
import { FileDevice } from './device.ts';
import { errnoOf, reasonOf, TierError } from './errors.ts';
import { headIn, isOfPool, isOwnedBy, VERSION } from './head.ts';
import { ioMemory } from './io-memory.ts';
import { BLOCK_BYTES } from './layout.ts';

export interface TierToRead {
  /** It must not be written. Its `bytes` may be fewer than the layout needs, if it was cut. */
  readonly device: FileDevice;
  readonly layout: TierLayout;
  readonly isEncrypted: boolean;
}

/**
 * Opens and locks what this pool's records are in. Throws TIER_OPEN, _IN_USE, _FORMAT, _OWNER and
 * _IO.
 */
export function openTierToRead(path: string, poolId: Uint8Array, owner: string): TierToRead {
  const device = openToRead(path);
  try {
    const block = ioMemory(BLOCK_BYTES);
    if (device.bytes >= BLOCK_BYTES) device.readNow(0, block);
    const head = headIn(block);
    if (typeof head === 'string') {
      throw new TierError(
        'TIER_FORMAT',
        `${path} holds ${head}, and this version reads tiers of format ${VERSION}`,
      );
    }
    if (!isOwnedBy(head, owner)) {
      throw new TierError(
        'TIER_OWNER',
        `${path} holds pages of the lender at ${head.owner}, not of ${owner}`,
      );
    }
    if (!isOfPool(head, poolId)) {
      throw new TierError('TIER_OWNER', `${path} belongs to another pool than the one in memory`);
    }
    return { device, layout: head.layout, isEncrypted: head.isEncrypted };
  } catch (error) {
    device.close();
    throw error;
  }
}

function openToRead(path: string): FileDevice {
  let fd = -1;
  try {
    const stats = statSync(path);
    const isBlockDevice = stats.isBlockDevice();
    if (!stats.isFile() && !isBlockDevice) {
      throw new TierError('TIER_OPEN', `${path} is neither a file nor a block device`);
    }
    // A block device that is mounted, or swapped on, is refused as the lender refuses it.
    fd = openSync(path, constants.O_RDONLY | (isBlockDevice ? constants.O_EXCL : 0));
    if (!lockFile(fd)) {
      throw new TierError('TIER_IN_USE', `another process serves the tier at ${path}`);
    }
    const end = endOf(fd);
    const bytes = end - (end % BLOCK_BYTES);
    return new FileDevice({ path, fd, bytes, isDirect: goDirect(fd, bytes), isBlockDevice });
  } catch (error) {
    if (fd >= 0) closeSync(fd);
    if (error instanceof TierError) throw error;
    throw new TierError('TIER_OPEN', `cannot read ${path}: ${reasonOf(error)}`, errnoOf(error));
  }
}

/** Past the cache where a first read goes past it: a whole tier must not push others out of memory. */
function goDirect(fd: number, bytes: number): boolean {
  if (bytes === 0 || setDirect(fd, true) !== 0) return false;
  try {
    readSync(fd, ioMemory(BLOCK_BYTES), 0, BLOCK_BYTES, 0);
    return true;
  } catch {
    setDirect(fd, false);
    return false;
  }
}
