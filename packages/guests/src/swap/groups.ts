// Memory cgroups of a guest, which push out a fixed amount. Plain pressure leaves free memory at
// the kernel's watermarks whatever holds the swap; a fixed amount out shows what holds it costs.

const root = '/sys/fs/cgroup';

/** The folder of a group of that name in the guest. */
export function groupFolder(name: string): string {
  return `${root}/${name}`;
}

/** Makes a group; processes join it by `Hog.start` or its `cgroup.procs`. */
export function makeGroupCommand(name: string): string {
  return [
    'set -e',
    `grep -q '^cgroup2 ${root} ' /proc/mounts || mount -t cgroup2 cgroup2 ${root}`,
    `echo +memory > ${root}/cgroup.subtree_control`,
    `mkdir -p ${groupFolder(name)}`,
  ].join('\n');
}

/** Rounds without any more memory out before the group is taken to give no more. */
const IDLE_ROUNDS_MAX = 10;

/**
 * Pushes out until `bytes` of a group are in swap, or the kernel gives no more; prints how many
 * bytes are (`swapped BYTES`, see `swappedBytesOf`). The kernel frees more or less than it is asked
 * for, and fails where it finds less, so that it is asked again.
 */
export function pushOutCommand(name: string, bytes: number): string {
  const folder = groupFolder(name);
  return [
    'idle=0',
    `while now=$(cat ${folder}/memory.swap.current); [ "$now" -lt ${bytes} ]; do`,
    `  echo $((${bytes} - now)) 2>/dev/null > ${folder}/memory.reclaim`,
    `  [ "$(cat ${folder}/memory.swap.current)" -gt "$now" ] && idle=0 || idle=$((idle + 1))`,
    `  [ $idle -lt ${IDLE_ROUNDS_MAX} ] || break`,
    'done 2>/dev/null',
    `echo swapped $(cat ${folder}/memory.swap.current)`,
  ].join('\n');
}

/** The bytes in what `pushOutCommand` printed; null for anything else. */
export function swappedBytesOf(output: string): number | null {
  const found = /^swapped (\d+)$/m.exec(output)?.[1];
  return found === undefined ? null : Number(found);
}
