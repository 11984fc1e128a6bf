// The two scripts that are all of a guest's system: the first process, and the one that serves a
// command channel. For busybox's shell.

/** How a guest is set up by its first process. */
export interface InitPlan {
  /** Files of modules below /lib/modules, in the order to load them. */
  readonly moduleFiles: readonly string[];
  /** Device paths of the command channels. */
  readonly channels: readonly string[];
  /** The guest's own address, and the way out; null without a network. */
  readonly network: { readonly address: string; readonly gateway: string } | null;
}

/** /init: mounts, modules, network, then one server for each channel. */
export function initScript({ moduleFiles, channels, network }: InitPlan): string {
  const lines = [
    '#!/bin/busybox sh',
    'export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb',
    'mount -t proc proc /proc',
    'mount -t sysfs sysfs /sys',
    'mount -t devtmpfs devtmpfs /dev',
    'mkdir -p /dev/pts /dev/shm',
    'mount -t devpts devpts /dev/pts',
    'mount -t tmpfs tmpfs /dev/shm',
    'mount -t cgroup2 cgroup2 /sys/fs/cgroup',
    'echo +memory > /sys/fs/cgroup/cgroup.subtree_control',
    'ip link set lo up',
    ...moduleFiles.map((file) => `insmod /lib/modules/${file}`),
  ];
  if (network !== null) {
    lines.push(
      `ip addr add ${network.address} dev eth0`,
      'ip link set eth0 up',
      `ip route add default via ${network.gateway}`,
    );
  }
  lines.push(...channels.map((channel) => `/sbin/serve-channel ${channel} &`));
  // Waits for its own children and for orphans; a first process that ends is a kernel's panic.
  lines.push('while :; do wait; sleep 60; done', '');
  return lines.join('\n');
}

/**
 * /sbin/serve-channel: one command at a time. In: a line `NONCE BYTES`, the command in as many
 * bytes, and after its end an empty line as the sign that the host has seen it. Out: `NONCE pid P`,
 * the output as it comes, `NONCE status S`, and after the host's sign `NONCE ready`. The nonce is
 * random and unknown to the command, so that no output is taken for the end. The status goes
 * through the same pipe as the output, and so behind it. What background processes write after the end, up to the host's sign,
 * is before `ready` and thrown away; then their pipe is closed.
 */
export const serveChannelScript = `#!/bin/busybox sh
channel=$1
while ! [ -c "$channel" ]; do usleep 5000; done
echo -1000 > /proc/self/oom_score_adj
exec 3<>"$channel"
[ -t 3 ] && stty raw -echo <&3
pipe=/run/pipe.$$
echo serving >&3
while read -r nonce bytes <&3; do
  [ -n "$nonce" ] || continue
  rm -f $pipe
  mkfifo $pipe
  exec 4<>$pipe
  command=$(head -c "$bytes" <&3)
  (
    echo 0 > /proc/self/oom_score_adj
    exec setsid sh -c "$command" </dev/null >&4 2>&1 3<&- 4<&-
  ) &
  running=$!
  echo "$nonce pid $running" >&3
  cat <$pipe >&3 4<&- &
  copying=$!
  wait $running
  echo "$nonce status $?" >&4
  read -r sign <&3
  kill -9 $copying
  wait $copying
  exec 4<&-
  echo "$nonce ready" >&3
done
`;
