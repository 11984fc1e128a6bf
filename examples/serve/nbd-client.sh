#!/bin/sh
# Lent swap by the guest's own kernel, for microVMs and containers' hosts: run this inside of the
# guest. The lender listens on an address that only the host and its guests reach:
#
#   pagelend serve --memory 4GiB --lease web1=1GiB --listen tcp:192.168.122.1:10809 --insecure-tcp
#
# and `pagelend lease show web1` prints the export's name, NAME/KEY.
#
#   examples/serve/nbd-client.sh 192.168.122.1 10809 web1/KEY
#
# nbd-client before 3.27 does not connect again when the lender was restarted, -persist or not: the
# guest then waits for ever. docs/guests/microvm.md has what does. No TLS on this connection: sending
# a page away must not need memory that is not there, hence the memory that is kept free as well.
set -eu
host=$1 port=$2 name=$3
device=${4:-/dev/nbd0}
modprobe nbd
sysctl -w vm.min_free_kbytes=16384
nbd-client "$host" "$port" "$device" -name "$name" -block-size 4096 -persist -swap
# A swap area that is there is used again: its lease outlived this guest's last boot.
blkid -p -t TYPE=swap "$device" > /dev/null || mkswap "$device"
swapon --discard=pages --priority 100 "$device"
