// Boots a guest and hands it out: kernel, initramfs and machine together.

import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { GuestConsole, shown } from './console/console.ts';
import type { CommandResult, Guest, GuestKind, GuestSpec, RunOptions } from './contract.ts';
import { GuestError } from './errors.ts';
import { buildInitramfs } from './initramfs/build.ts';
import { kernelFor } from './kernel/kernel.ts';
import { kvm } from './machines/kvm.ts';
import type { Machine, MachineInside, MachineKind } from './machines/machine.ts';
import { tcg } from './machines/tcg.ts';
import { uml } from './machines/uml.ts';
import { needPrograms } from './needs.ts';

const machineKinds: Readonly<Record<GuestKind, MachineKind>> = { kvm, uml, tcg };

/** Least memory: the kernel and the initramfs, and some to work in. */
const MEMORY_BYTES_MIN = 64 * 1024 * 1024;

/** How long a guest may take to boot: emulated, on a machine that does much else. */
export const DEFAULT_BOOT_SECONDS = 180;

/** How long a guest may take to power off before its processes are ended. */
const POWER_OFF_SECONDS = 5;

/** How much of a command's output its error shows. */
const OUTPUT_SHOWN = 1000;

/** Boots a guest; resolves when it takes commands. Throws GuestError. */
export async function bootGuest(
  spec: GuestSpec,
  { timeoutSeconds = DEFAULT_BOOT_SECONDS }: { readonly timeoutSeconds?: number } = {},
): Promise<Guest> {
  for (let tries = 1; ; tries++) {
    try {
      return await bootOnce(spec, timeoutSeconds);
    } catch (error) {
      if (tries === BOOT_TRIES_MAX || !hasFailedToFork(error)) throw error;
    }
  }
}

/**
 * Seen once in about seventy boots, on a machine with much more to do than it has processors: a
 * user-mode Linux refused its first process the first fork (EAGAIN, with nothing of the kernel's
 * about it). The next boot does better.
 */
const BOOT_TRIES_MAX = 3;

function hasFailedToFork(error: unknown): boolean {
  if (!(error instanceof GuestError) || error.code !== 'GUEST_NOT_BOOTED') return false;
  return /^\/init: line \d+: can't fork/m.test(error.message);
}

async function bootOnce(spec: GuestSpec, timeoutSeconds: number): Promise<Guest> {
  checkSpec(spec);
  const kind = machineKinds[spec.kind];
  needPrograms(kind.programs(spec));
  const inside = kind.inside(spec);
  const kernel = await kernelFor(spec.kind, spec.kernel);
  const folder = resolve(spec.folder, spec.name);
  if (foldersInUse.has(folder)) {
    throw new GuestError('GUEST_CANNOT', `there is a guest in ${folder}; give another name`);
  }
  foldersInUse.add(folder);
  try {
    // What is there was left by a process that was killed.
    await removeFolder(folder);
    await mkdir(folder, { recursive: true });
    const initramfs = join(folder, 'initramfs.cpio');
    await buildInitramfs(initramfs, {
      ...inside,
      modulesFolder: kernel.modules,
      files: spec.files ?? {},
    });
    const machine = await kind.start({ spec, kernel, initramfs, folder });
    return await RunningGuest.boot(spec, inside, machine, folder, timeoutSeconds);
  } catch (error) {
    await removeFolder(folder);
    foldersInUse.delete(folder);
    throw error;
  }
}

const foldersInUse = new Set<string>();

function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

function checkSpec(spec: GuestSpec): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(spec.name)) {
    throw new GuestError(
      'GUEST_CANNOT',
      "a guest's name has 1 to 64 letters, digits, dots, hyphens and underscores, " +
        `unlike '${spec.name}'`,
    );
  }
  if (spec.memoryBytes >= MEMORY_BYTES_MIN) return;
  throw new GuestError(
    'GUEST_CANNOT',
    `a guest has at least ${MEMORY_BYTES_MIN} bytes of memory, not ${spec.memoryBytes}`,
  );
}

class RunningGuest implements Guest {
  readonly name: string;
  readonly kind: GuestKind;
  readonly pid: number;
  readonly devices: readonly string[];
  readonly hostAddress: string | null;
  readonly #machine: Machine;
  readonly #console: GuestConsole;
  readonly #folder: string;
  #release = '';
  #isSuspended = false;
  #stopping: Promise<void> | null = null;

  private constructor(spec: GuestSpec, inside: MachineInside, machine: Machine, folder: string) {
    this.name = spec.name;
    this.kind = spec.kind;
    this.pid = machine.pid;
    this.devices = inside.devices;
    this.hostAddress = inside.network?.host ?? null;
    this.#machine = machine;
    this.#folder = folder;
    this.#console = new GuestConsole(machine.channels);
  }

  static async boot(
    spec: GuestSpec,
    inside: MachineInside,
    machine: Machine,
    folder: string,
    timeoutSeconds: number,
  ): Promise<Guest> {
    const guest = new RunningGuest(spec, inside, machine, folder);
    if (spec.isRestored === true) {
      // Its channels said that they serve before it was saved.
      guest.#isSuspended = true;
      void machine.ended.then((how) => guest.#end(how));
      return guest;
    }
    const limit = deadline(timeoutSeconds);
    const why = await Promise.race([
      guest.#console.isServing().then(() => null),
      machine.ended,
      limit.passed.then(() => `it took no commands within ${timeoutSeconds} seconds`),
    ]);
    limit.clear();
    if (why !== null) {
      const tail = await machine.tail();
      await machine.kill();
      throw new GuestError(
        'GUEST_NOT_BOOTED',
        `guest ${spec.name} (${spec.kind}) did not boot: ${why}; its console ends with:\n${tail}`,
      );
    }
    void machine.ended.then((how) => guest.#end(how));
    const { output } = await guest.#console.runControl('uname -r');
    guest.#release = output.trim();
    return guest;
  }

  get kernelRelease(): string {
    return this.#release;
  }

  run(command: string, options: RunOptions = {}): Promise<CommandResult> {
    return this.#console.run(command, options);
  }

  async mustRun(command: string, options: RunOptions = {}): Promise<string> {
    const { status, output } = await this.run(command, options);
    if (status === 0) return output;
    throw new GuestError(
      'GUEST_COMMAND_FAILED',
      `'${shown(command)}' in guest ${this.name} ended with ${status}: ` +
        output.trim().slice(-OUTPUT_SHOWN),
    );
  }

  async kernelLog(): Promise<string> {
    return (await this.#console.runControl('dmesg')).output;
  }

  async suspend(): Promise<void> {
    this.#needRunning();
    await this.#machine.suspend();
    this.#isSuspended = true;
  }

  async resume(): Promise<void> {
    this.#needRunning();
    await this.#machine.resume();
    this.#isSuspended = false;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #needRunning(): void {
    if (this.#stopping === null) return;
    throw new GuestError('GUEST_GONE', `guest ${this.name} is gone`);
  }

  async #stop(): Promise<void> {
    if (!this.#isSuspended) {
      const limit = deadline(POWER_OFF_SECONDS);
      // It has no answer where all goes well: the guest is gone then.
      this.#console.runControl('sync; poweroff -f').catch(() => {});
      await Promise.race([this.#machine.ended, limit.passed]);
      limit.clear();
    }
    await this.#machine.kill().catch(() => {});
    this.#console.fail(new GuestError('GUEST_GONE', `guest ${this.name} was stopped`));
    await removeFolder(this.#folder).catch(() => {});
    foldersInUse.delete(this.#folder);
  }

  async #end(how: string): Promise<void> {
    if (this.#stopping === null) {
      const tail = await this.#machine.tail();
      this.#console.fail(
        new GuestError(
          'GUEST_GONE',
          `guest ${this.name} (${this.kind}) is gone: ${how}; its console ends with:\n${tail}`,
        ),
      );
    }
    await this.stop();
  }
}

/** A time limit that can be taken back, so that it does not keep the process alive. */
function deadline(seconds: number): { readonly passed: Promise<void>; clear(): void } {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000);
  });
  return { passed, clear: () => clearTimeout(timer) };
}
