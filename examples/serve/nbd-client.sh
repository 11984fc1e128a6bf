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
# -swap lets the connection use memory when there is none; it must not go through TLS. -persist
# connects again when the lender was restarted. There is no -timeout: a guest waits for its pages.
set -eu
host=$1 port=$2 name=$3
device=${4:-/dev/nbd0}
modprobe nbd
nbd-client "$host" "$port" "$device" -name "$name" -block-size 4096 -persist -swap
# A swap area that is there is used again: its lease outlived this guest's last boot.
blkid -p -t TYPE=swap "$device" > /dev/null || mkswap "$device"
swapon --discard=pages --priority 100 "$device"
