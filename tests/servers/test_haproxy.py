"""Real HAProxy, real clients: key, leaf and intermediates in one file, as samples/haproxy.cfg shows it.

Needs: haproxy openssl curl gnutls-bin default-jdk-headless nodejs golang-go python3
Run by tests/run, or by hand: CHAINMEND=target/debug/chainmend python3 tests/servers/test_haproxy.py
"""

import unittest

import support
from matrix import FAIL, OneFile


class HAProxy(OneFile, unittest.TestCase):
    server = "HAProxy"
    # What stands behind the leaf may be anything; it then sends the leaf alone.
    BEFORE = {"later one damaged": FAIL}
    SAYS = {"reversed": "inconsistencies between private key and certificate"}

    # The key is in it, so that it is no DER.
    NEVER = ("DER",)

    def start(self, folder, file):
        port = support.free_port()
        conf = folder / "haproxy.cfg"
        conf.write_text(f"""
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend https
    bind 127.0.0.1:{port} ssl crt {file}
    http-request return status 200 content-type text/plain string "mended"
""")
        return support.serving(["haproxy", "-db", "-f", conf], port)


if __name__ == "__main__":
    support.main()
