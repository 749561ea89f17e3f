"""Real Postfix, real clients: every broken state of its file, before and after `fix`: key, leaf, chain in
`smtpd_tls_chain_files`, as samples/postfix-main.cf shows it.

Needs: postfix openssl curl gnutls-bin default-jdk-headless nodejs golang-go python3
Run by tests/run, or by hand: CHAINMEND=target/debug/chainmend python3 tests/servers/test_postfix.py
"""

import shutil
import unittest

import support
from matrix import OneFile


class Postfix(OneFile, unittest.TestCase):
    """SMTP with TLS from the start (smtps), so that every client can ask."""

    server = "Postfix"
    scheme = "smtps"

    # The key is in it, so that it is no DER.
    NEVER = ("DER",)

    def start(self, folder, file):
        port = support.free_port()
        queue = folder / "queue"
        # What `postfix check` would make.
        for name, owner in ("queue", "root"), ("queue/pid", "root"), ("queue/private", "postfix"), \
                ("queue/public", "postfix"), ("data", "postfix"):
            (folder / name).mkdir()
            shutil.chown(folder / name, owner)
        (folder / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {folder}/data
inet_interfaces = 127.0.0.1
myhostname = {support.HOST}
mydestination =
local_recipient_maps =
alias_maps =
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
smtpd_tls_chain_files = {file}
smtpd_tls_security_level = may
""")
        (folder / "master.cf").write_text(f"""
{port} inet n - n - - smtpd
    -o smtpd_tls_wrappermode=yes
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
postlog unix-dgram n - n - 1 postlogd
""")
        # `postfix start-fg` would leave its master behind.
        return support.serving(["/usr/lib/postfix/sbin/master", "-d", "-c", folder], port, quiet=True)

    def said(self, folder):
        log = folder / "postfix.log"
        return log.read_text() if log.exists() else ""


if __name__ == "__main__":
    support.main()
