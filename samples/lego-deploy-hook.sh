#!/bin/sh
# lego deploy hook: what lego has renewed goes to Postfix mended, key and chain in one file.
#   lego 5:  lego run -d mail.example.com --deploy-hook /usr/local/bin/lego-deploy-hook.sh
#   lego 4:  lego -d mail.example.com renew --renew-hook /usr/local/bin/lego-deploy-hook.sh
# main.cf:  smtpd_tls_chain_files = /etc/postfix/tls/mail.example.com.pem
#
# lego's own files are left alone. The file is replaced in one step, and only by a chain that
# verified: if none can be made, Postfix keeps the old one, and lego says that the hook failed.
set -eu
umask 077

# lego 5 has put HOOK into the names.
chain=${LEGO_HOOK_CERT_PATH:-${LEGO_CERT_PATH:?is set by lego: the path of NAME.crt}}
key=${LEGO_HOOK_CERT_KEY_PATH:-${LEGO_CERT_KEY_PATH:?is set by lego: the path of NAME.key}}
tls=${TLS_DIR:-/etc/postfix/tls}

mkdir -p "$tls"
chainmend fix -q "$chain" --key "$key" --with-key -o "$tls/$(basename "$chain" .crt).pem"

postfix check
postfix reload
