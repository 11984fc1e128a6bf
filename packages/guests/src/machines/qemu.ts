// A machine of QEMU: a PC without anything but a serial port for the kernel's words, a virtio
// serial device for commands, virtio disks, and a network card where one is wanted. The command
// channels and QMP are sockets that QEMU inherits: they end with either side, and have no names.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHANNEL_COUNT } from '../console/console.ts';
import type { GuestDisk, GuestSpec } from '../contract.ts';
import { GuestError } from '../errors.ts';
import { needProgram } from '../needs.ts';
import { keepGroups } from './keeper.ts';
import type { Machine, MachineInside, MachinePlan } from './machine.ts';
import { MachineProcess, tailOf } from './machine-process.ts';
import { QmpClient } from './qmp.ts';

/** Modules of every guest: disks, network, channels, and what swap experiments load. */
const modules = [
  'virtio_pci',
  'virtio_console',
  'virtio_blk',
  'virtio_net',
  'ext4',
  'lzo',
  'lzo-rle',
  'zram',
  'nbd',
];

/** What slirp, QEMU's network in user space, gives its guest and calls the host's loopback. */
const network = { address: '10.0.2.15/24', gateway: '10.0.2.2', host: '10.0.2.2' };

/** virtio's block devices are named by letters. */
const DISK_COUNT_MAX = 26;

export function qemuInside(spec: GuestSpec): MachineInside {
  const disks = spec.disks ?? [];
  if (disks.length > DISK_COUNT_MAX) {
    throw new GuestError(
      'GUEST_CANNOT',
      `a guest has at most ${DISK_COUNT_MAX} disks, not ${disks.length}`,
    );
  }
  return {
    modules,
    channels: Array.from({ length: CHANNEL_COUNT }, (_, index) => `/dev/vport0p${index + 1}`),
    devices: disks.map((_, index) => `/dev/vd${letter(index)}`),
    network: spec.hasNetwork === true ? network : null,
  };
}

/** Starts QEMU with these arguments for its accelerator and processor. */
export async function startQemu(
  plan: MachinePlan,
  acceleration: readonly string[],
): Promise<Machine> {
  const program = needProgram('qemu-system-x86_64');
  const consoleLog = join(plan.folder, 'console.log');
  const log = join(plan.folder, 'qemu.log');
  const args = [...acceleration, ...qemuArguments(plan, consoleLog)];
  await writeFile(join(plan.folder, 'command'), `${[program, ...args].join(' ')}\n`);
  const qemu = await MachineProcess.start(program, args, {
    log,
    streamCount: CHANNEL_COUNT + 1,
  });
  const release = keepGroups([qemu.pid]);
  const qmp = new QmpClient(qemu.streams[CHANNEL_COUNT]!);
  void qemu.ended.then(release);
  return {
    pid: qemu.pid,
    channels: qemu.streams.slice(0, CHANNEL_COUNT),
    ended: qemu.ended,
    tail: async () => [await tailOf(consoleLog), await tailOf(log)].filter(Boolean).join('\n'),
    suspend: () => qmp.execute('stop'),
    resume: () => qmp.execute('cont'),
    kill: () => qemu.kill(),
  };
}

function qemuArguments({ spec, kernel, initramfs }: MachinePlan, consoleLog: string): string[] {
  const memoryMiB = Math.floor(spec.memoryBytes / (1024 * 1024));
  return [
    ...['-name', escaped(spec.name), '-machine', 'q35', '-m', `${memoryMiB}M`],
    ...['-nodefaults', '-no-user-config', '-nographic', '-no-reboot'],
    ...['-kernel', kernel.image, '-initrd', initramfs, '-append', kernelCommandLine],
    ...['-chardev', `file,id=console,path=${escaped(consoleLog)}`, '-serial', 'chardev:console'],
    ...channelArguments(),
    ...['-chardev', `socket,id=qmp,fd=${CHANNEL_COUNT + 3}`, '-mon', 'chardev=qmp,mode=control'],
    ...(spec.disks ?? []).flatMap(diskArguments),
    ...(spec.hasNetwork === true ? networkArguments : []),
    ...(spec.machineArguments ?? []),
  ];
}

/**
 * A panic ends the machine (`-no-reboot`), so that it is noticed and its words are kept. The rest
 * leaves out what costs an emulated boot time and guards nothing here.
 */
const kernelCommandLine = [
  ...['console=ttyS0', 'loglevel=4', 'panic=-1', 'rdinit=/init'],
  ...['mitigations=off', 'nokaslr', 'cryptomgr.notests', 'no_timer_check'],
].join(' ');

const networkArguments = [
  ...['-netdev', 'user,id=network'],
  // No firmware: nothing boots from it.
  ...['-device', 'virtio-net-pci,netdev=network,romfile='],
];

function channelArguments(): string[] {
  const ports = Array.from({ length: CHANNEL_COUNT }, (_, index) => [
    ...['-chardev', `socket,id=channel${index},fd=${index + 3}`],
    // Port 0 is kept for consoles by the device itself.
    ...['-device', `virtserialport,chardev=channel${index},nr=${index + 1}`],
  ]);
  return ['-device', 'virtio-serial-pci', ...ports.flat()];
}

/** Errors of the lender reach the guest's kernel: a machine that is paused instead looks hung. */
function diskArguments(disk: GuestDisk, index: number): string[] {
  const id = `disk${index}`;
  const device = [`virtio-blk-pci,drive=${id}`, 'werror=report', 'rerror=report'];
  const common = [`node-name=${id}`, 'driver=raw', 'discard=unmap'];
  if (disk.kind === 'file') {
    const isReadOnly = disk.isReadOnly === true ? 'on' : 'off';
    const file = [...common, `read-only=${isReadOnly}`, 'file.driver=file'];
    return [
      ...['-blockdev', [...file, `file.filename=${escaped(disk.path)}`].join(',')],
      ...['-device', device.join(',')],
    ];
  }
  const nbd = [
    ...[...common, 'file.driver=nbd', 'file.server.type=unix'],
    `file.server.path=${escaped(disk.socket)}`,
    `file.export=${escaped(disk.exportName ?? '')}`,
    `file.reconnect-delay=${disk.reconnectDelaySeconds}`,
  ];
  const more = Object.entries(disk.deviceOptions ?? {}).map(
    ([name, value]) => `${name}=${escaped(value)}`,
  );
  return ['-blockdev', nbd.join(','), '-device', [...device, ...more].join(',')];
}

/** A value for QEMU's lists of options, where a comma is said twice. */
export function escaped(value: string): string {
  return value.replaceAll(',', ',,');
}

export function letter(index: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + index);
}
