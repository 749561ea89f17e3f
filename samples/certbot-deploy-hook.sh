#!/bin/sh
# certbot deploy hook: checks what certbot has just renewed, and writes the chain where nginx
# reads it. Install: cp certbot-deploy-hook.sh /etc/letsencrypt/renewal-hooks/deploy/chainmend
#
# certbot's own files are left alone (its copies must agree): the output is another file, which
# is replaced only by a chain that verified. If none can be made, the server keeps the old one.
set -eu

out=/etc/nginx/tls/$(basename "$RENEWED_LINEAGE")
mkdir -p "$out"
chainmend fix "$RENEWED_LINEAGE/fullchain.pem" --key "$RENEWED_LINEAGE/privkey.pem" -o "$out/fullchain.pem"
install -m 0600 "$RENEWED_LINEAGE/privkey.pem" "$out/privkey.pem"

nginx -t
nginx -s reload
