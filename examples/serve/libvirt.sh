#!/bin/bash
# A libvirt guest with lent swap: makes the lease unless it is there and attaches it, now and at each
# start of the guest. The daemon must let libvirt's QEMU in: pagelend serve --socket-group libvirt-qemu.
# Not run against a libvirt here; the XML follows its documentation.
#
#   examples/serve/libvirt.sh web1 1GiB
#
# Then, in the guest, once:   mkswap /dev/disk/by-id/virtio-pagelend-web1
# and at each boot:           swapon --discard=pages --priority 100 /dev/disk/by-id/virtio-pagelend-web1
set -euo pipefail
guest=$1 size=$2
pagelend lease show "$guest" > /dev/null 2>&1 || pagelend lease create "$guest" --size "$size"
pagelend lease show "$guest" --json | jq -r '.attachment.libvirt_xml' > "$guest-swap.xml"
virsh attach-device "$guest" "$guest-swap.xml" --persistent --live
