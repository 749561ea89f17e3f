"""Real Apache, real clients: the two ways of giving it a chain, as samples/apache.conf shows them.

Needs: apache2-bin openssl curl gnutls-bin python3
Run by tests/run, or by hand: CHAINMEND=target/debug/chainmend python3 tests/servers/test_apache.py
"""

import pathlib
import tempfile
import unittest

import support
from support import CLIENTS, SAMPLES

CHAIN = ["shop.example.com", "Sample TLS CA 2", "Sample Policy CA"]


class Apache(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="chainmend-apache-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "htdocs").mkdir()

    def assert_all_connect(self, certificate, chain=None):
        with support.apache(self.folder, certificate, chain) as port:
            self.assertEqual(support.sent(port), CHAIN)
            for name, client in CLIENTS.items():
                status, said = client(port)
                self.assertEqual(status, 0, f"{name}: {said}")

    def split(self, sample):
        cert, chain = self.folder / "cert.pem", self.folder / "chain.pem"
        support.chainmend_fix(sample, "--leaf-out", cert, "--chain-out", chain)
        return cert, chain

    def test_a_full_chain_in_one_file_serves_every_client(self):
        self.assert_all_connect(support.chainmend_fix("broken.pem", self.folder / "fullchain.pem"))

    def test_leaf_and_chain_in_two_files_serve_every_client(self):
        self.assert_all_connect(*self.split("misordered.pem"))

    def test_a_full_chain_as_chain_file_sends_the_leaf_twice(self):
        cert, _ = self.split("hole.pem")
        with support.apache(self.folder, cert, SAMPLES / "right.pem") as port:
            self.assertEqual(support.sent(port), CHAIN[:1] + CHAIN)

    def test_leaf_and_chain_files_are_left_alone_in_a_folder(self):
        cert, chain = self.split("hole.pem")
        before = cert.read_bytes(), chain.read_bytes()
        support.chainmend_in_place(self.folder)
        self.assertEqual((cert.read_bytes(), chain.read_bytes()), before)
        self.assert_all_connect(cert, chain)

    def test_a_leaf_that_is_not_first_keeps_apache_from_starting(self):
        self.assertIn("AH02565", support.apache_refuses(self.folder, SAMPLES / "broken.pem"))

    def test_glued_markers_keep_apache_from_starting(self):
        self.assertIn("AH02562", support.apache_refuses(self.folder, SAMPLES / "glued.pem"))


if __name__ == "__main__":
    support.main()
