// Shell commands that give a guest its swap, for busybox's shell. Each is one text to hand to
// `Guest.mustRun`, which fails where a step fails.

/** Compressed swap in the guest's own memory, in /dev/zram0. */
export function zramSwapCommand({
  bytes,
  algorithm = 'lzo',
}: {
  readonly bytes: number;
  readonly algorithm?: string;
}): string {
  return script(
    '[ -e /sys/block/zram0 ] || modprobe zram num_devices=1',
    ...untilThere('/dev/zram0'),
    'echo 1 > /sys/block/zram0/reset',
    `echo ${algorithm} > /sys/block/zram0/comp_algorithm`,
    `echo ${bytes} > /sys/block/zram0/disksize`,
    'mkswap /dev/zram0 >/dev/null',
    'swapon /dev/zram0',
  );
}

/**
 * Swap on a disk or a lent device. With `hasDiscard` the kernel tells the device of slots that it
 * no longer needs, at once when swap begins and later by clusters: what was lent is then free.
 */
export function deviceSwapCommand({
  device,
  hasDiscard = true,
}: {
  readonly device: string;
  readonly hasDiscard?: boolean;
}): string {
  return script(
    ...untilThere(device),
    `mkswap ${device} >/dev/null`,
    `swapon ${hasDiscard ? '-d ' : ''}${device}`,
  );
}

export interface NbdExport {
  /** An IPv4 address, such as `Guest.hostAddress`. */
  readonly host: string;
  readonly port: number;
  readonly exportName: string;
  /** Default /dev/nbd0. */
  readonly device?: string;
  /** How long a request waits for an answer: then it fails, or with nbd-keep is sent again. */
  readonly timeoutSeconds?: number;
}

/** Where the guest must have nbd-client (of Debian's package of that name) as a file. */
export const nbdClientProgram = '/usr/sbin/nbd-client';

/**
 * Attaches an export by the guest kernel's own NBD client. The connection cannot be made anew: when
 * the server goes, all in this swap is lost to the guest (nbd-client 3.24 under Linux 6.1, tried
 * with `-persist`, with and without `-nonetlink` and requests under way).
 */
export function nbdClientCommand(nbdExport: NbdExport): string {
  const { host, port, exportName, device = '/dev/nbd0', timeoutSeconds } = nbdExport;
  const timeout = timeoutSeconds === undefined ? '' : ` -timeout ${timeoutSeconds}`;
  const name = device.replace(/^.*\//, '');
  return script(
    ...nbdModule(device),
    `nbd-client ${host} ${port} ${device} -N '${exportName}' -b 4096` +
      `${timeout} -swap >/run/nbd-client.log 2>&1 </dev/null` +
      ' || { cat /run/nbd-client.log; exit 1; }',
    // The client returns before the kernel has set the device's size.
    `i=0; until [ "$(cat /sys/block/${name}/size)" != 0 ]; do`,
    '  [ $i -lt 500 ] || { cat /run/nbd-client.log; exit 1; }; usleep 20000; i=$((i + 1))',
    'done',
  );
}

/** Where the guest must have nbd-keep (`buildProgram('nbd-keep')`) as a file. */
export const nbdKeepProgram = '/usr/sbin/nbd-keep';

/**
 * Attaches an export by the guest kernel's own NBD client, and nbd-keep beside it: requests wait
 * for a server that is gone, up to `awaySeconds`, and go on when it is back.
 */
export function nbdKeepCommand(nbdExport: NbdExport & { readonly awaySeconds?: number }): string {
  const { host, port, exportName, device = '/dev/nbd0' } = nbdExport;
  const { timeoutSeconds = 10, awaySeconds = 600 } = nbdExport;
  return script(
    ...nbdModule(device),
    `nbd-keep ${host} ${port} '${exportName}' ${device} ${timeoutSeconds} ${awaySeconds}`,
  );
}

function nbdModule(device: string): string[] {
  return ['[ -e /sys/block/nbd0 ] || modprobe nbd', ...untilThere(device)];
}

/** Ends a swap; everything in it comes back first. */
export function swapOffCommand(device: string): string {
  return `swapoff ${device}`;
}

function untilThere(device: string): string[] {
  const steps = `i=0; until [ -b ${device} ]; do [ $i -lt 500 ] || break`;
  return [
    `${steps}; usleep 20000; i=$((i + 1)); done`,
    `[ -b ${device} ] || { echo 'there is no ${device}'; exit 1; }`,
  ];
}

function script(...lines: readonly string[]): string {
  return ['set -e', ...lines].join('\n');
}
