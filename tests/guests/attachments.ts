// The ways by which a guest gets its lent swap, each as its guide says it.

import { type AddressInfo, createServer } from 'node:net';
import { buildProgram, type Guest, type GuestKind, type GuestSpec } from '@pagelend/guests';
import type { Lender } from '../lender/daemon.ts';
import { guideBlock, guideWords } from './guide.ts';

export interface Attachment {
  readonly name: string;
  readonly kind: GuestKind;
  /** The hog's memory, where the guest differs from the usual in size. */
  readonly hogBytes?: number;
  /** What the lender is started with beside its lease. */
  readonly lenderArgs?: readonly string[];
  /** What the guest is booted with. */
  spec(lender: Lender): Promise<Partial<GuestSpec>>;
  /** Makes the device in the running guest; its path there. */
  attach(guest: Guest): Promise<string>;
}

/** The lease that all guides speak of, and the place of its socket in them. */
export const LEASE = 'web';
export const GUIDE_STATE_DIR = '/run/pagelend';

/** The programs of Debian's guests; busybox has smaller ones of the same names. */
export const swapPrograms = {
  '/usr/sbin/swapon': '/sbin/swapon',
  '/usr/sbin/mkswap': '/sbin/mkswap',
};

/** QEMU opens the lease; the guest sees a virtio disk. */
export const qemuDisk: Attachment = {
  name: "QEMU's NBD disk",
  kind: 'tcg',
  spec: async (lender) => ({
    files: swapPrograms,
    machineArguments: guideWords('qemu.md#disk', { [GUIDE_STATE_DIR]: lender.stateDir }),
  }),
  attach: async () => '/dev/vda',
};

/** The same, of a lender that answers ENOSPC, on which QEMU pauses the guest. */
export const pausingDisk: Attachment = {
  ...qemuDisk,
  name: "QEMU's NBD disk that pauses the guest",
  lenderArgs: ['--full-error', 'ENOSPC'],
  spec: async (lender) => ({
    files: swapPrograms,
    machineArguments: guideWords('qemu.md#pausing-disk', { [GUIDE_STATE_DIR]: lender.stateDir }),
  }),
};

/** A user-mode Linux, its disk by qemu-storage-daemon. */
export const storageDaemonDisk: Attachment = {
  name: "qemu-storage-daemon's disk of a user-mode Linux",
  kind: 'uml',
  spec: async (lender) => ({
    files: swapPrograms,
    disks: [
      { kind: 'nbd', socket: lender.socket(LEASE), exportName: LEASE, reconnectDelaySeconds: 60 },
    ],
  }),
  attach: async (guest) => guest.devices[0]!,
};

/** The guest's kernel over TCP, and nbd-keep beside it. */
export async function kernelClient(): Promise<Attachment> {
  const port = await freePort();
  return {
    name: "the kernel's NBD client with nbd-keep",
    kind: 'tcg',
    lenderArgs: ['--listen', `tcp:127.0.0.1:${port}`],
    hogBytes: CLIENT_HOG_BYTES,
    spec: async () => ({
      ...clientGuest,
      files: { ...swapPrograms, '/usr/sbin/nbd-keep': await buildProgram('nbd-keep') },
    }),
    attach: async (guest) => {
      await guest.mustRun(
        guideBlock('microvm.md#attach', { '192.168.122.1 10809': `${guest.hostAddress} ${port}` }),
      );
      return '/dev/nbd0';
    },
  };
}

/** Begins to swap as the guide says. busybox's shell takes its own swapon unless given a path. */
export async function swapOn(guest: Guest, device: string): Promise<void> {
  const places = {
    '/dev/disk/by-id/virtio-pagelend-web': device,
    'swapon --discard': '/usr/sbin/swapon --discard',
  };
  await guest.mustRun(guideBlock('settings.md#swapon', places));
}

/** Guests whose kernel is the client keep memory free for it, and so need more. */
export const clientGuest = { hasNetwork: true, memoryBytes: 128 * 1024 * 1024 };
export const CLIENT_HOG_BYTES = 96 * 1024 * 1024;

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
