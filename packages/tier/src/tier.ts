// A tier that is opened: it is this pool's, or it is formatted for it, or refused and left as it
// is.

import { statSync } from 'node:fs';
import type { TierDevice, TierLayout } from './contract.ts';
import { type DeviceShare, FileDevice } from './device.ts';
import { TierError } from './errors.ts';
import { type FoundHead, headIn, isOfPool, isOwnedBy, putHead, VERSION } from './head.ts';
import { ioMemory } from './io-memory.ts';
import {
  BLOCK_BYTES,
  EXTENT_BYTES,
  EXTENT_COUNT_MIN,
  endOfLayout,
  extentCountMax,
  layoutFor,
} from './layout.ts';
import { fitFile, type OpenOptions, openDevice } from './open-device.ts';

/** What must be zero for a file or device to be blank: what others put at its beginning or end. */
const BLANK_START_BYTES = 2 ** 20;
const BLANK_END_BYTES = 2 ** 17;

export interface TierOptions extends OpenOptions {
  readonly path: string;
  /** Required for a new file; an existing one grows to it. Null: as large as it is. */
  readonly bytes: number | null;
  /** 16 random bytes from the pool's own files, which go when the pool goes. */
  readonly poolId: Uint8Array;
  /** The path of the lender's state directory. */
  readonly owner: string;
  /**
   * Nothing in the pool names a record of this tier: a tier of the same owner may be begun anew.
   */
  readonly mayReset: boolean;
  /** False where the pool names records: what is blank is then not the tier that it was served with. */
  readonly mayFormat?: boolean;
  readonly isEncrypted: boolean;
  /** Bytes of an extent where the tier is formatted: a power of two, for tests. */
  readonly extentBytes?: number;
}

/** What another thread needs to use the tier; it can be posted as it is. */
export interface TierShare extends DeviceShare {
  readonly layout: TierLayout;
  readonly blockBytes: number;
  readonly isEncrypted: boolean;
  /** How many hold each extent, an Int32 each: records that are named, and whoever retains it. */
  readonly live: SharedArrayBuffer;
  /** How often each extent was taken to be written anew, an Int32 each, modulo 2^32. */
  readonly takes: SharedArrayBuffer;
}

export interface Tier {
  readonly device: FileDevice;
  readonly share: TierShare;
  /** Whether it was formatted just now. */
  readonly isFresh: boolean;
}

/** Opens a tier. Throws TIER_OPEN, _IN_USE, _FORMAT, _OWNER, _ENCRYPTION, _SIZE and _IO. */
export function openTier(options: TierOptions): Tier {
  const { path, bytes, mayReset, mayFormat = true } = options;
  // Before a file is made that would be too small, or where there must be one.
  if (!mayFormat && isNothing(path)) throw blankRefusal(path);
  if (bytes !== null) usableLayout(path, bytes, options.extentBytes);
  const found = openDevice(path, bytes, options);
  try {
    const head = headOf(found, options);
    const device = fitFile(found, bytes);
    // Where nothing names a page, a new head is all that it takes to begin anew.
    const isFresh = head === null || mayReset;
    const layout = isFresh
      ? usableLayout(path, device.bytes, options.extentBytes)
      : grownLayout(device, head.layout);
    // A head that says the same is not written: every write of it is one that could go wrong.
    if (isFresh || layout.extentCount !== head.layout.extentCount) {
      writeHead(device, layout, options);
    }
    return { device, share: shareOf(device, layout, options), isFresh };
  } catch (error) {
    found.close();
    throw error;
  }
}

/** The device of a tier that another thread opened; it is that thread's to close. */
export function deviceOf(share: TierShare): TierDevice {
  return new FileDevice(share);
}

function shareOf(device: FileDevice, layout: TierLayout, { isEncrypted }: TierOptions): TierShare {
  const { blockBytes } = device;
  const bytes = layout.extentCount * Int32Array.BYTES_PER_ELEMENT;
  const live = new SharedArrayBuffer(bytes);
  const takes = new SharedArrayBuffer(bytes);
  return { ...device.share, layout, blockBytes, isEncrypted, live, takes };
}

/** The head of a tier that may be taken up or formatted anew; null where all is blank. */
function headOf(device: FileDevice, options: TierOptions): FoundHead | null {
  const { path } = device;
  const block = ioMemory(BLOCK_BYTES);
  // What is shorter than a block and not empty is somebody's.
  const isShort = device.bytes < BLOCK_BYTES;
  if (!isShort) device.readNow(0, block);
  const head = headIn(block);
  if (typeof head === 'string') {
    if (head === 'no tier' && !isShort && isBlank(device)) {
      if (options.mayFormat === false) throw blankRefusal(path);
      return null;
    }
    throw new TierError(
      'TIER_FORMAT',
      `${path} holds ${head}, and this version uses tiers of format ${VERSION} or what is blank; ` +
        'it was left as it is: name another file, or clear it if nothing in it is needed',
    );
  }
  if (!isOwnedBy(head, options.owner)) {
    throw new TierError(
      'TIER_OWNER',
      `${path} holds pages of the lender at ${head.owner}, not of ${options.owner}; it was left ` +
        'as it is: serve it from there, or name another file',
    );
  }
  if (options.mayReset) return head;
  if (!isOfPool(head, options.poolId)) {
    throw new TierError(
      'TIER_OWNER',
      `${path} belongs to another pool than the one in memory, which names pages behind it; it ` +
        'was left as it is: name the file that this pool was served with',
    );
  }
  if (head.isEncrypted !== options.isEncrypted) {
    const [is, asked] = head.isEncrypted ? ['', 'without'] : ['not ', 'with'];
    throw new TierError(
      'TIER_ENCRYPTION',
      `the pages in ${path} are ${is}encrypted, and it was to be used ${asked} encryption; ` +
        'serve it as before, or empty the leases first',
    );
  }
  return head;
}

/** The layout of a tier that is taken up, with as many extents more as there is room for now. */
function grownLayout(device: FileDevice, layout: TierLayout): TierLayout {
  if (endOfLayout(layout) > device.bytes) {
    throw new TierError(
      'TIER_SIZE',
      `${device.path} has ${device.bytes} bytes and had ${endOfLayout(layout)}; pages are lost ` +
        'if it was cut, and none if less was asked for: ask for its former size',
    );
  }
  const fitting = Math.floor((device.bytes - layout.firstAt) / layout.extentBytes);
  const reached = extentCountMax(layout.extentBytes, layout.unitBytes);
  return { ...layout, extentCount: Math.min(fitting, reached) };
}

function usableLayout(path: string, bytes: number, extentBytes = EXTENT_BYTES): TierLayout {
  const layout = layoutFor(bytes, extentBytes);
  if (layout.extentCount >= EXTENT_COUNT_MIN) return layout;
  const least = (EXTENT_COUNT_MIN + 1) * extentBytes;
  throw new TierError('TIER_SIZE', `${path}: ${bytes} bytes are too few; give at least ${least}`);
}

function writeHead(device: FileDevice, layout: TierLayout, options: TierOptions): void {
  const block = ioMemory(BLOCK_BYTES);
  const { isEncrypted, poolId, owner } = options;
  putHead(block, { layout, isEncrypted, poolId, owner });
  device.writeNow(0, block);
}

function isNothing(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined || (stats.isFile() && stats.size === 0);
}

function blankRefusal(path: string): TierError {
  return new TierError(
    'TIER_FORMAT',
    `${path} holds no tier, and the pool in memory names pages in one; nothing was changed: name ` +
      'the file that this pool was served with, or serve with --tier-lost until guests have ' +
      'written those pages anew',
  );
}

function isBlank(device: FileDevice): boolean {
  const start = ioMemory(Math.min(BLANK_START_BYTES, device.bytes));
  device.readNow(0, start);
  const end = start.subarray(0, Math.min(BLANK_END_BYTES, start.length));
  if (!isZero(start)) return false;
  device.readNow(device.bytes - end.length, end);
  return isZero(end);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
