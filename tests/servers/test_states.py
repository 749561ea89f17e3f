"""Real nginx and Apache, real clients: every broken state of their files, before and after `fix`.

Needs: nginx-light apache2-bin openssl curl gnutls-bin default-jdk-headless nodejs golang-go python3
Run by tests/run, or by hand: CHAINMEND=target/debug/chainmend python3 tests/servers/test_states.py
"""

import unittest

import support
from matrix import FAIL, OK, STATES, Matrix


class Nginx(Matrix, unittest.TestCase):
    server = "nginx"
    SAYS = {"reversed": "key values mismatch", "glued": "bad end line"}

    def start(self, folder, file):
        return support.nginx(folder, file)


class Apache(Matrix, unittest.TestCase):
    """The whole chain in SSLCertificateFile."""

    server = "Apache"
    SAYS = {"reversed": "AH02565", "glued": "AH02562"}

    def start(self, folder, file):
        (folder / "htdocs").mkdir(exist_ok=True)
        return support.apache(folder, file)

    def said(self, folder):
        log = folder / "error.log"
        return log.read_text() if log.exists() else ""


class ApacheInTwoFiles(Apache):
    """The leaf in SSLCertificateFile; the file as it was as SSLCertificateChainFile, and after `fix`
    the intermediates."""

    server = "Apache, two files"
    SAYS = {"glued": "AH01903"}
    # The order is Apache's: the leaf has a file of its own, and is then sent twice.
    # What it cannot read at all it takes for an empty file.
    BEFORE = {"reversed": OK} | dict.fromkeys(("indented", "UTF-16", "PKCS#7", "DER"), FAIL)

    def start(self, folder, file):
        leaf = folder / "leaf.pem"
        if not leaf.exists():
            leaf.write_bytes(STATES["leaf only"])
        (folder / "htdocs").mkdir(exist_ok=True)
        return support.apache(folder, leaf, file)

    def mend(self, folder, file):
        chain = folder / "chain.pem"
        support.fix(file, "--leaf-out", folder / "leaf.pem", "--chain-out", chain)
        return chain

    def full_chain(self, folder, file):
        whole = folder / "whole.pem"
        whole.write_bytes((folder / "leaf.pem").read_bytes() + file.read_bytes())
        return whole


if __name__ == "__main__":
    support.main()
