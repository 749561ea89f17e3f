#!/bin/sh
# certbot deploy hook: what certbot has renewed goes to nginx mended, key and chain in one file.
#   install certbot-deploy-hook.sh /etc/letsencrypt/renewal-hooks/deploy/chainmend
# In nginx.conf both name that file, so that key and chain are never of two minds:
#   ssl_certificate     /etc/nginx/tls/shop.example.com.pem;
#   ssl_certificate_key /etc/nginx/tls/shop.example.com.pem;
#
# certbot's own files are left alone. The file is replaced in one step, and only by a chain that
# verified: if none can be made, nginx keeps the old one, and certbot says that the hook failed.
# Apache reads the same file as SSLCertificateFile, HAProxy as crt, Postfix as smtpd_tls_chain_files.
set -eu
umask 077

live=${RENEWED_LINEAGE:?is set by certbot; by hand, the folder in /etc/letsencrypt/live}
tls=${TLS_DIR:-/etc/nginx/tls}

mkdir -p "$tls"
chainmend fix -q "$live/fullchain.pem" --key "$live/privkey.pem" --with-key -o "$tls/$(basename "$live").pem"

nginx -t -q
nginx -s reload
