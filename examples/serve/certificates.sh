#!/bin/bash
# Certificates for lending by TLS: a CA, one for the lender, one for each client. Needs openssl.
#
#   examples/serve/certificates.sh DIR lender.example client NAME…
#
# DIR/lender goes to the lender (--tls-certificates), DIR/clients/NAME to the machine whose QEMU or
# nbdcopy is the client; a client reaches the lease of its NAME. DIR/ca-key.pem signs further ones:
# keep it away from both. Run again with other names to add clients; what is there stays.
set -euo pipefail
umask 077
dir=$1 lender=$2
[ "$3" = client ]
shift 3
mkdir -p "$dir/lender" "$dir/clients"
days=${DAYS:-365}

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

# sign DIR SIDE NAME USAGE [ALTERNATIVE NAME]
sign() {
  key "$1/$2-key.pem"
  openssl req -new -key "$1/$2-key.pem" -subj "/CN=$3" -out "$1/request.pem"
  printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=%s\n%s\n' "$4" "${5:+subjectAltName=$5}" > "$1/extensions"
  openssl x509 -req -in "$1/request.pem" -CA "$dir/ca-cert.pem" -CAkey "$dir/ca-key.pem" -CAcreateserial \
    -days "$days" -extfile "$1/extensions" -out "$1/$2-cert.pem"
  rm "$1/request.pem" "$1/extensions"
  cp "$dir/ca-cert.pem" "$1/"
}

if [ ! -e "$dir/ca-key.pem" ]; then
  key "$dir/ca-key.pem"
  openssl req -new -x509 -key "$dir/ca-key.pem" -subj "/CN=pagelend CA" -days 3650 \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
    -out "$dir/ca-cert.pem"
fi
if [ ! -e "$dir/lender/server-key.pem" ]; then
  # Clients check that the name or address by which they reach the lender is in here.
  case $lender in
    *:*) sign "$dir/lender" server "$lender" serverAuth "IP:$lender" ;;
    *[!0-9.]*) sign "$dir/lender" server "$lender" serverAuth "DNS:$lender" ;;
    *) sign "$dir/lender" server "$lender" serverAuth "IP:$lender" ;;
  esac
fi
for name in "$@"; do
  mkdir -p "$dir/clients/$name"
  [ -e "$dir/clients/$name/client-key.pem" ] || sign "$dir/clients/$name" client "$name" clientAuth
done
