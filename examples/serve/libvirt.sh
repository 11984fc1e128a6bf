#!/bin/bash
# A libvirt guest with lent swap: makes the lease unless it is there and attaches it, now and at each
# start of the guest. The daemon must let libvirt's QEMU in: pagelend serve --socket-group libvirt-qemu.
# libvirt 9.0 (Debian 12) and older drop the disk's <reconnect> without a word, and the guest would lose
# its swap when the lender restarts: docs/guests/libvirt.md has the way for those. Only the XML is
# tested, not this script.
#
#   examples/serve/libvirt.sh web1 1GiB
#
# Then, in the guest, once:   mkswap /dev/disk/by-id/virtio-pagelend-web1
# and at each boot:           echo 0 > /sys/block/vdX/queue/rotational    # so that freed slots are discarded
#                             swapon --discard=pages --priority 100 /dev/disk/by-id/virtio-pagelend-web1
set -euo pipefail
guest=$1 size=$2
pagelend lease show "$guest" > /dev/null 2>&1 || pagelend lease create "$guest" --size "$size"
pagelend lease show "$guest" --json | jq -r '.attachment.libvirt_xml' > "$guest-swap.xml"
virsh attach-device "$guest" "$guest-swap.xml" --persistent --live
if ! virsh dumpxml "$guest" | grep -q '<reconnect delay='; then
  virsh detach-device "$guest" "$guest-swap.xml" --persistent --live
  echo "this libvirt does not know <reconnect>; see docs/guests/libvirt.md" >&2
  exit 1
fi
