"""Real stunnel, real clients: every broken state of its file, before and after `fix`.

Needs: stunnel4 openssl curl gnutls-bin default-jdk-headless nodejs golang-go python3
Run by tests/run, or by hand: CHAINMEND=target/debug/chainmend python3 tests/servers/test_stunnel.py
"""

import unittest

import support
from matrix import KEY, Matrix


class Stunnel(Matrix, unittest.TestCase):
    server = "stunnel"

    def start(self, folder, file):
        port = support.free_port()
        conf = folder / "stunnel.conf"
        conf.write_text(f"""
foreground = yes
pid =
[https]
accept = 127.0.0.1:{port}
exec = /bin/cat
cert = {file}
key = {KEY}
""")
        return support.serving(["stunnel4", conf], port)

if __name__ == "__main__":
    support.main()
