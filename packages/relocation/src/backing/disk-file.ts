// A swap disk: a file on the host's disk, past the host's page cache, which would be memory lent
// uncompressed. It is served over NBD as a lease is, so that the medium alone differs; and it is
// written out once, so that a page that leaves finds its blocks in place as on a swap partition.

import { existsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RelocationError } from '../errors.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { type Backing, nothingTold } from './swap.ts';

/** Temporary files that are kept on a disk, which /tmp need not be. */
const FOLDER = '/var/tmp';
const CHUNK_BYTES = 4 * 2 ** 20;
const RECONNECT_SECONDS = 30;

export interface DiskFile {
  readonly backing: Backing;
  /** How the file is opened, in words. */
  readonly cache: string;
  remove(): Promise<void>;
}

const caches = {
  none: "a file on the host's disk, opened with O_DIRECT (cache=none)",
  writeback:
    "a file on the host's disk through the host's page cache (cache=writeback), since its file system has no O_DIRECT",
} as const;

export async function makeDiskFile(bytes: number): Promise<DiskFile> {
  const folder = await mkdtemp(join(FOLDER, 'pagelend-swap-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, 'swap');
    await fill(path, bytes);
    const socket = join(folder, 'nbd.sock');
    const [server, cache] = await serve(folder, path, socket);
    return {
      backing: {
        disk: { kind: 'nbd', socket, reconnectDelaySeconds: RECONNECT_SECONDS },
        stored: async () => nothingTold,
        close: async () => {},
      },
      cache: caches[cache],
      remove: async () => {
        await server.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function serve(
  folder: string,
  path: string,
  socket: string,
): Promise<[ServerProcess, keyof typeof caches]> {
  const pidFile = join(folder, 'pid');
  const start = (cache: keyof typeof caches): Promise<ServerProcess> => {
    const flags = ['--format=raw', `--cache=${cache}`, '--persistent', '--shared=4'];
    const words = ['qemu-nbd', ...flags, `--pid-file=${pidFile}`, `--socket=${socket}`, path];
    // The file is written once the socket is listened on.
    return startServer('qemu-nbd', words, () => existsSync(pidFile));
  };
  try {
    return [await start('none'), 'none'];
  } catch (error) {
    if (!(error instanceof RelocationError) || !/O_DIRECT/.test(error.message)) throw error;
    return [await start('writeback'), 'writeback'];
  }
}

async function fill(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    const zeroes = Buffer.alloc(CHUNK_BYTES);
    for (let written = 0; written < bytes; written += CHUNK_BYTES) {
      await file.write(zeroes, 0, Math.min(CHUNK_BYTES, bytes - written));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
