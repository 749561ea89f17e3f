#!/bin/sh
# acme.sh reload command: what acme.sh has renewed goes to HAProxy mended, key and chain in one file.
#   acme.sh --install-cert -d shop.example.com --reloadcmd /usr/local/bin/acme-sh-reload.sh
# haproxy.cfg:  bind :443 ssl crt /etc/haproxy/certs/
#
# acme.sh's own files are left alone. The file is replaced in one step, and only by a chain that
# verified: if none can be made, HAProxy keeps the old one, and acme.sh says `Reload error`.
set -eu
umask 077

# They are set by acme.sh.
chain=${CERT_FULLCHAIN_PATH:?is set by acme.sh: the path of fullchain.cer}
key=${CERT_KEY_PATH:?is set by acme.sh: the path of the private key}
name=$(printf '%s' "${Le_Domain:?is set by acme.sh: the first domain}" | tr '*' '_')
certs=${TLS_DIR:-/etc/haproxy/certs}

mkdir -p "$certs"
chainmend fix -q "$chain" --key "$key" --with-key -o "$certs/$name.pem"

haproxy -c -q -f /etc/haproxy/haproxy.cfg
systemctl reload haproxy
