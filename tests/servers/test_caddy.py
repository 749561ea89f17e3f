"""Real Caddy, real clients: every broken state of its file, before and after `fix`.

Needs: caddy openssl curl gnutls-bin default-jdk-headless nodejs golang-go python3
Run by tests/run, or by hand: CHAINMEND=target/debug/chainmend python3 tests/servers/test_caddy.py
"""

import unittest

import support
from matrix import FAIL, KEY, NO_START, Matrix


class Caddy(Matrix, unittest.TestCase):
    server = "Caddy"
    # Go's PEM reader passes over what it cannot read: behind the leaf, that is not sent; a leaf behind
    # a byte order mark is no leaf any more.
    BEFORE = {"later one damaged": FAIL, "BOM": NO_START}
    SAYS = {"BOM": "private key does not match public key"}

    def start(self, folder, file):
        port = support.free_port()
        conf = folder / "Caddyfile"
        conf.write_text(f"""
{{
    admin off
    auto_https off
}}
https://{support.HOST}:{port} {{
    bind 127.0.0.1
    tls {file} {KEY}
    respond "mended"
}}
""")
        home = [f"{name}={folder}" for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")]
        return support.serving(["env", *home, "caddy", "run", "--config", conf, "--adapter", "caddyfile"], port)

if __name__ == "__main__":
    support.main()
