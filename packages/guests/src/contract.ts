// What a guest is to those who use one: a machine that boots in seconds, runs commands and shows
// its kernel's log. Each kind of machine gives the same.

/**
 * How a guest's instructions are run: `kvm` by the processor, `uml` as a process of a
 * user-mode Linux, `tcg` by QEMU's emulation.
 */
export const guestKinds = ['kvm', 'uml', 'tcg'] as const;
export type GuestKind = (typeof guestKinds)[number];

/** A disk of the guest, in the order of `GuestSpec.disks`. */
export type GuestDisk =
  | { readonly kind: 'file'; readonly path: string; readonly isReadOnly?: boolean }
  | {
      /** An NBD export on a unix socket, such as a lease. */
      readonly kind: 'nbd';
      readonly socket: string;
      readonly exportName?: string;
      /** How long requests wait for a server that is gone before they fail. */
      readonly reconnectDelaySeconds: number;
      /** More properties of QEMU's virtio-blk device, such as `num-queues`; not with `uml`. */
      readonly deviceOptions?: Readonly<Record<string, string>>;
    };

/** A kernel's image (an ELF file or a bzImage) and its folder of modules. */
export interface KernelFiles {
  readonly image: string;
  readonly modules: string;
}

export interface GuestSpec {
  /** Shown in errors, and the name of its folder below `folder`. */
  readonly name: string;
  readonly kind: GuestKind;
  readonly memoryBytes: number;
  readonly disks?: readonly GuestDisk[];
  /** A network card; the host's loopback is then `Guest.hostAddress` to the guest. */
  readonly hasNetwork?: boolean;
  /**
   * More files of the guest: path there to path on the host. Programs bring the shared libraries
   * that they are linked with.
   */
  readonly files?: Readonly<Record<string, string>>;
  /** More arguments for QEMU, such as a disk's as `lease show` prints them; not with `uml`. */
  readonly machineArguments?: readonly string[];
  /**
   * The machine takes up the state of a guest that was suspended and saved (`-incoming` among
   * `machineArguments`); it is that guest again once it is resumed. Its `kernelRelease` is empty.
   */
  readonly isRestored?: boolean;
  /** Default: Debian's newest cloud kernel, and for `uml` the one of its package. */
  readonly kernel?: KernelFiles;
  /** Where sockets and logs of running guests lie. */
  readonly folder: string;
}

export interface CommandResult {
  readonly status: number;
  /** Stdout and stderr as they came. */
  readonly output: string;
}

export interface RunOptions {
  /** Default: DEFAULT_RUN_SECONDS, generous. A command that takes longer is an error. */
  readonly timeoutSeconds?: number;
  /** Called with each whole line of output as it comes. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A running guest. */
export interface Guest {
  readonly name: string;
  readonly kind: GuestKind;
  readonly kernelRelease: string;
  /** The process of the host that is the machine. */
  readonly pid: number;
  /** Device paths inside the guest, one per disk of the spec: `/dev/vda`, … */
  readonly devices: readonly string[];
  /** The host's loopback as the guest sees it; null without a network. */
  readonly hostAddress: string | null;
  /** Runs a shell command; several may run at once. Throws GuestError where the guest is gone. */
  run(command: string, options?: RunOptions): Promise<CommandResult>;
  /** Like `run`, and throws GuestError GUEST_COMMAND_FAILED unless the status is 0. Its output. */
  mustRun(command: string, options?: RunOptions): Promise<string>;
  /** All the kernel has said so far (`dmesg`). */
  kernelLog(): Promise<string>;
  /** Stops its processors, for saving or moving what it swapped. Not all kinds can. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** Powers off, and ends its processes where it does not within some seconds. Never throws. */
  stop(): Promise<void>;
}
