// QEMU's storage daemon between an NBD server and a user-mode Linux, which speaks vhost-user: with
// it UML's lent disks wait for a lender that comes back, as QEMU's own do.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GuestDisk } from '../contract.ts';
import { GuestError } from '../errors.ts';
import { needProgram } from '../needs.ts';
import { MachineProcess, tailOf } from './machine-process.ts';
import { escaped } from './qemu.ts';

export type NbdDisk = Extract<GuestDisk, { readonly kind: 'nbd' }>;

/** Longest name of a unix socket, with the zero byte behind it. */
const SOCKET_PATH_BYTES = 108;

/** How long the daemon may take until its sockets are there. */
const START_SECONDS = 30;

export interface StorageDaemon {
  readonly process: MachineProcess;
  /** Sockets of vhost-user, one per disk. */
  readonly sockets: readonly string[];
}

/** Starts a daemon with one export per disk; resolves when all can be connected to. */
export async function startStorageDaemon(
  folder: string,
  disks: readonly NbdDisk[],
): Promise<StorageDaemon> {
  const program = needProgram('qemu-storage-daemon');
  const sockets = disks.map((_, index) => join(folder, `disk${index}.sock`));
  for (const socket of sockets) checkSocketPath(socket);
  const pidFile = join(folder, 'storage-daemon.pid');
  const log = join(folder, 'storage-daemon.log');
  const args = disks.flatMap((disk, index) => exportArguments(disk, index, sockets[index]!));
  // The file is written when all exports are there.
  const process = await MachineProcess.start(program, [...args, '--pidfile', pidFile], { log });
  const until = performance.now() + START_SECONDS * 1000;
  while (!existsSync(pidFile)) {
    if (!process.isGone && performance.now() < until) {
      await sleep(5);
      continue;
    }
    await process.kill();
    throw new GuestError(
      'GUEST_NOT_BOOTED',
      `qemu-storage-daemon has not connected to the disks: ${await tailOf(log)}`,
    );
  }
  return { process, sockets };
}

function exportArguments(disk: NbdDisk, index: number, socket: string): string[] {
  const id = `disk${index}`;
  const nbd = [
    ...[`node-name=${id}-nbd`, 'driver=nbd', 'discard=unmap', 'server.type=unix'],
    `server.path=${escaped(disk.socket)}`,
    `export=${escaped(disk.exportName ?? '')}`,
    `reconnect-delay=${disk.reconnectDelaySeconds}`,
  ];
  const vhost = [
    ...['type=vhost-user-blk', `id=${id}-vhost`, `node-name=${id}-nbd`, 'writable=on'],
    ...['addr.type=unix', `addr.path=${escaped(socket)}`],
  ];
  return ['--blockdev', nbd.join(','), '--export', vhost.join(',')];
}

function checkSocketPath(path: string): void {
  if (Buffer.byteLength(path) < SOCKET_PATH_BYTES) return;
  throw new GuestError(
    'GUEST_CANNOT',
    `${path} is too long for a unix socket; give the guest a folder with a shorter path`,
  );
}
