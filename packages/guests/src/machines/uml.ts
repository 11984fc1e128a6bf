// A user-mode Linux: the guest's kernel is a process of the host, its memory a file on tmpfs. Its
// files are disks by the kernel's own driver; lent disks come by qemu-storage-daemon. It has one
// processor and no network.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHANNEL_COUNT } from '../console/console.ts';
import type { GuestDisk, GuestSpec } from '../contract.ts';
import { GuestError } from '../errors.ts';
import { type HostProgram, programsOfKind } from '../needs.ts';
import { buildProgram } from '../programs/build.ts';
import { keepGroups } from './keeper.ts';
import type { Machine, MachineInside, MachineKind, MachinePlan } from './machine.ts';
import { MachineProcess, tailOf } from './machine-process.ts';
import { letter } from './qemu.ts';
import { type NbdDisk, type StorageDaemon, startStorageDaemon } from './storage-daemon.ts';
import { continueProcess, stopProcess } from './uml-suspend.ts';

const modules = ['virtio_blk', 'ext4', 'lzo', 'lzo-rle', 'zram', 'nbd'];

/**
 * The kernel takes the gap behind its own data for memory of the guest, and the host draws that gap
 * at random: without this, guests of one size differ by up to 32 MiB.
 */
const fixedAddresses = ['--addr-no-randomize'];

/** The kernel's driver of files as disks has as many. */
const FILE_DISKS_MAX = 16;
const NBD_DISKS_MAX = 26;

export const uml: MachineKind = { programs, inside, start };

function programs({ disks = [] }: GuestSpec): readonly HostProgram[] {
  const hasLentDisks = disks.some((disk) => disk.kind === 'nbd');
  return hasLentDisks ? [...programsOfKind.uml, 'qemu-storage-daemon'] : programsOfKind.uml;
}

function inside(spec: GuestSpec): MachineInside {
  const refuse = (what: string): never => {
    throw new GuestError('GUEST_CANNOT', `a guest of kind uml ${what}; use kvm or tcg`);
  };
  const disks = spec.disks ?? [];
  if (spec.hasNetwork === true) refuse('has no network');
  if (disks.some((disk) => disk.kind === 'nbd' && disk.deviceOptions !== undefined)) {
    refuse('has no deviceOptions');
  }
  if (spec.machineArguments !== undefined || spec.isRestored === true) refuse('has no QEMU');
  const counts = { file: 0, nbd: 0 };
  const devices = disks.map(({ kind }) => {
    const index = counts[kind]++;
    return kind === 'file' ? `/dev/ubd${letter(index)}` : `/dev/vd${letter(index)}`;
  });
  if (counts.file > FILE_DISKS_MAX || counts.nbd > NBD_DISKS_MAX) {
    refuse(`has at most ${FILE_DISKS_MAX} file disks and ${NBD_DISKS_MAX} NBD disks`);
  }
  const channels = Array.from({ length: CHANNEL_COUNT }, (_, index) => `/dev/ttyS${index}`);
  return { modules, channels, devices, network: null };
}

async function start(plan: MachinePlan): Promise<Machine> {
  const { folder, kernel, spec } = plan;
  const log = join(folder, 'console.log');
  const lent = (spec.disks ?? []).filter((disk): disk is NbdDisk => disk.kind === 'nbd');
  const preload = (await hasTileState()) ? await buildProgram('uml-xsave') : undefined;
  const daemon = lent.length === 0 ? null : await startStorageDaemon(folder, lent);
  try {
    const args = umlArguments(plan, daemon);
    await mkdir(join(folder, 'uml'), { recursive: true });
    await writeFile(join(folder, 'command'), `${[kernel.image, ...args].join(' ')}\n`);
    // Without these UML puts its memory on the tmpfs at /dev/shm, and not into a file on a disk.
    const env = { TMPDIR: undefined, TMP: undefined, TEMP: undefined, LD_PRELOAD: preload };
    const linux = await MachineProcess.start(
      'setarch',
      [...fixedAddresses, kernel.image, ...args],
      {
        log,
        streamCount: CHANNEL_COUNT,
        env,
      },
    );
    return machineOf(linux, daemon, log);
  } catch (error) {
    await daemon?.process.kill();
    throw error;
  }
}

function machineOf(linux: MachineProcess, daemon: StorageDaemon | null, log: string): Machine {
  const processes = daemon === null ? [linux] : [linux, daemon.process];
  const release = keepGroups(processes.map((process) => process.pid));
  // Its disks are gone with the daemon: so is the guest.
  const ended = Promise.race(processes.map((process) => process.ended));
  const kill = async (): Promise<void> => {
    await Promise.all(processes.map((process) => process.kill()));
    release();
  };
  return {
    pid: linux.pid,
    channels: linux.streams,
    ended,
    tail: () => tailOf(log),
    suspend: () => stopProcess(linux.pid),
    resume: () => continueProcess(linux.pid),
    kill,
  };
}

/**
 * Whether the processor has AMX. Its state does not fit into the buffer in which UML keeps its
 * programs' registers; the preloaded library fits it in.
 */
async function hasTileState(): Promise<boolean> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return /^flags\s*:.* amx_tile( |$)/m.test(text);
}

function umlArguments(
  { spec, folder, initramfs }: MachinePlan,
  daemon: StorageDaemon | null,
): string[] {
  const memoryMiB = Math.floor(spec.memoryBytes / (1024 * 1024));
  return [
    ...[`mem=${memoryMiB}M`, `initrd=${initramfs}`, 'rdinit=/init', 'loglevel=4', 'panic=-1'],
    ...[`uml_dir=${join(folder, 'uml')}`, 'con=null', 'con0=null,fd:1', 'ssl=null'],
    ...Array.from({ length: CHANNEL_COUNT }, (_, index) => `ssl${index}=fd:${index + 3}`),
    ...fileDiskArguments(spec.disks ?? []),
    ...(daemon?.sockets ?? []).map((socket) => `virtio_uml.device=${socket}:2`),
  ];
}

/** `ubd0r=` is read-only; `c` lets two machines use one file, as only a reader's may be. */
function fileDiskArguments(disks: readonly GuestDisk[]): string[] {
  const files = disks.filter((disk) => disk.kind === 'file');
  return files.map(({ path, isReadOnly }, index) => {
    return `ubd${index}${isReadOnly === true ? 'r' : ''}=${path}`;
  });
}
