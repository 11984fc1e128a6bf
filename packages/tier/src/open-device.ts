// Opens what lies behind a pool: a file, made where there is none, or a block device that nothing
// else uses. Nothing is written here but the size of a file that is empty, because what the file
// holds is not known yet.

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import { endOf, expectRandom, lockFile, setDirect } from '@pagelend/linux';
import { FileDevice } from './device.ts';
import { errnoOf, reasonOf, TierError } from './errors.ts';
import { ioMemory } from './io-memory.ts';
import { BLOCK_BYTES } from './layout.ts';

const OWN_FILE = 0o600;

export interface OpenOptions {
  /** False has transfers go through the page cache even where they could go past it. */
  readonly mayBeDirect?: boolean;
}

/**
 * Opens a file or a block device. `bytes` is required for a new file, and is what an empty one
 * gets; else the device is as large as it is (`fitFile` changes that). The descriptor belongs to
 * the thread that calls this: it is closed when that thread ends. Throws TIER_OPEN, TIER_IN_USE,
 * TIER_SIZE.
 */
export function openDevice(
  path: string,
  bytes: number | null,
  { mayBeDirect = true }: OpenOptions = {},
): FileDevice {
  const isBlockDevice = isBlock(path);
  const fd = open(path, bytes, isBlockDevice);
  try {
    if (!lockFile(fd)) {
      throw new TierError(
        'TIER_IN_USE',
        `another process serves the tier at ${path}; stop it first, or name another file`,
      );
    }
    if (!isBlockDevice && fstatSync(fd).size === 0) setSize(path, fd, sizeFor(path, bytes));
    const isDirect = mayBeDirect && goDirect(fd);
    if (!isDirect) expectRandom(fd);
    return new FileDevice({ path, fd, bytes: wholeBlocks(endOf(fd)), isDirect, isBlockDevice });
  } catch (error) {
    closeSync(fd);
    if (error instanceof TierError) throw error;
    throw new TierError('TIER_OPEN', `cannot use ${path}: ${reasonOf(error)}`, errnoOf(error));
  }
}

/**
 * The device with as many bytes as were asked for, where that can be: a file grows. It does not
 * shrink, since pages may lie there, and a block device has the size it has.
 */
export function fitFile(device: FileDevice, bytes: number | null): FileDevice {
  const { path } = device;
  if (bytes === null || wholeBlocks(bytes) === device.bytes) return device;
  if (device.isBlockDevice) {
    // Less may be used than there is.
    if (bytes < device.bytes) return new FileDevice({ ...device.share, bytes: wholeBlocks(bytes) });
    throw new TierError(
      'TIER_SIZE',
      `${path} has ${device.bytes} bytes, and ${bytes} were asked for; ask for no more than it has`,
    );
  }
  if (bytes < device.bytes) {
    throw new TierError(
      'TIER_SIZE',
      `${path} has ${device.bytes} bytes and does not shrink to ${bytes}; ask for at least its ` +
        'size, or delete it while nothing is lent',
    );
  }
  setSize(path, device.fd, wholeBlocks(bytes));
  return new FileDevice({ ...device.share, bytes: wholeBlocks(bytes) });
}

function isBlock(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isFile()) return false;
  if (stats.isBlockDevice()) return true;
  throw new TierError('TIER_OPEN', `${path} is neither a file nor a block device`);
}

function open(path: string, bytes: number | null, isBlockDevice: boolean): number {
  // A block device that is mounted, or swapped on, is refused when it is opened exclusively.
  const extra = isBlockDevice ? constants.O_EXCL : bytes === null ? 0 : constants.O_CREAT;
  try {
    return openSync(path, constants.O_RDWR | extra, OWN_FILE);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' && bytes === null) {
      throw new TierError('TIER_SIZE', `${path} is not there; say how large to make it`, errno);
    }
    const hint = errno === 'EBUSY' ? ' (it is mounted or otherwise in use)' : '';
    throw new TierError('TIER_OPEN', `cannot open ${path}: ${reasonOf(error)}${hint}`, errno);
  }
}

function sizeFor(path: string, bytes: number | null): number {
  if (bytes !== null) return wholeBlocks(bytes);
  throw new TierError('TIER_SIZE', `${path} is empty; say how large to make it`);
}

/** Sparse: blocks are taken as they are written. */
function setSize(path: string, fd: number, bytes: number): void {
  try {
    ftruncateSync(fd, bytes);
  } catch (error) {
    const why = `cannot make ${path} ${bytes} bytes large: ${reasonOf(error)}`;
    throw new TierError('TIER_SIZE', why, errnoOf(error));
  }
}

/** Has transfers go past the cache if a first one does; false where they have to go through it. */
function goDirect(fd: number): boolean {
  if (setDirect(fd, true) !== 0) return false;
  try {
    readSync(fd, ioMemory(BLOCK_BYTES), 0, BLOCK_BYTES, 0);
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw error;
    setDirect(fd, false);
    return false;
  }
}

function wholeBlocks(bytes: number): number {
  return bytes - (bytes % BLOCK_BYTES);
}
