"""Real Dovecot, real clients: every broken state of its file, before and after `fix`.

Needs: dovecot-core dovecot-imapd openssl curl gnutls-bin default-jdk-headless nodejs golang-go python3
Run by tests/run, or by hand: CHAINMEND=target/debug/chainmend python3 tests/servers/test_dovecot.py
"""

import unittest

import support
from matrix import KEY, Matrix


class Dovecot(Matrix, unittest.TestCase):
    """IMAP with TLS from the start."""

    server = "Dovecot"
    scheme = "imaps"

    def start(self, folder, file):
        port = support.free_port()
        conf = folder / "dovecot.conf"
        conf.write_text(f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
listen = 127.0.0.1
protocols = imap
ssl = required
ssl_cert = <{file}
ssl_key = <{KEY}
passdb {{
  driver = static
  args = nopassword=y
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
""")
        return support.serving(["dovecot", "-F", "-c", conf], port, quiet=True)

    def said(self, folder):
        log = folder / "dovecot.log"
        return log.read_text() if log.exists() else ""

if __name__ == "__main__":
    support.main()
