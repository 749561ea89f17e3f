"""Real lighttpd, real clients: every broken state of its file, before and after `fix`.

Needs: lighttpd lighttpd-mod-openssl openssl curl gnutls-bin default-jdk-headless nodejs golang-go python3
Run by tests/run, or by hand: CHAINMEND=target/debug/chainmend python3 tests/servers/test_lighttpd.py
"""

import unittest

import support
from matrix import FAIL, KEY, Matrix


class Lighttpd(Matrix, unittest.TestCase):
    server = "lighttpd"
    # What cannot be read behind the leaf is left out of what it sends; a leaf in DER is read, and sent alone.
    BEFORE = {"later one damaged": FAIL, "DER": FAIL}

    def start(self, folder, file):
        port = support.free_port()
        conf = folder / "lighttpd.conf"
        conf.write_text(f"""
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{folder}"
server.modules = ("mod_openssl")
ssl.engine = "enable"
ssl.pemfile = "{file}"
ssl.privkey = "{KEY}"
""")
        return support.serving(["lighttpd", "-D", "-f", conf], port)

if __name__ == "__main__":
    support.main()
