#!/bin/bash
# A QEMU guest with lent swap: makes the lease unless it is there, then starts QEMU with the flags
# that `pagelend lease show` prints, and with what you give. Needs jq.
#
#   examples/serve/qemu.sh web1 1GiB -m 512M -drive file=web1.qcow2,if=virtio
#
# Then, in the guest, once:   mkswap /dev/disk/by-id/virtio-pagelend-web1
# and at each boot:           echo 0 > /sys/block/vdX/queue/rotational    # so that freed slots are discarded
#                             swapon --discard=pages --priority 100 /dev/disk/by-id/virtio-pagelend-web1
set -euo pipefail
name=$1 size=$2
shift 2
pagelend lease show "$name" > /dev/null 2>&1 || pagelend lease create "$name" --size "$size"
mapfile -t flags < <(pagelend lease show "$name" --json | jq -r '.attachment.qemu_arguments[]')
exec qemu-system-x86_64 "${flags[@]}" "$@"
