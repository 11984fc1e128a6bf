// What each kind of machine gives: a process that runs a kernel, and streams into it.

import type { Duplex } from 'node:stream';
import type { GuestSpec, KernelFiles } from '../contract.ts';
import type { HostProgram } from '../needs.ts';

/** What a machine is started with. */
export interface MachinePlan {
  readonly spec: GuestSpec;
  readonly kernel: KernelFiles;
  readonly initramfs: string;
  /** The guest's own folder, for sockets and logs. */
  readonly folder: string;
}

/** What the first process inside must know, before the machine runs. */
export interface MachineInside {
  /** Modules to load, without what they depend on. */
  readonly modules: readonly string[];
  /** Device paths of the command channels. */
  readonly channels: readonly string[];
  /** Device paths of the disks. */
  readonly devices: readonly string[];
  readonly network: {
    readonly address: string;
    readonly gateway: string;
    readonly host: string;
  } | null;
}

export interface MachineKind {
  /** Programs of the host that a guest like this needs. */
  programs(spec: GuestSpec): readonly HostProgram[];
  /** Throws GuestError GUEST_CANNOT for what this kind of machine cannot do. */
  inside(spec: GuestSpec): MachineInside;
  start(plan: MachinePlan): Promise<Machine>;
}

/** A machine that has been started. */
export interface Machine {
  readonly pid: number;
  /** The command channels, in the order of `MachineInside.channels`. */
  readonly channels: readonly Duplex[];
  /** How its process ended, in words. */
  readonly ended: Promise<string>;
  /** The last lines of what the kernel and the machine itself wrote. */
  tail(): Promise<string>;
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** Ends all its processes at once. Never throws; resolves when they are gone. */
  kill(): Promise<void>;
}
