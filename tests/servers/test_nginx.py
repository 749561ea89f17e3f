"""Real nginx, real clients: what fails before `chainmend fix` works after it.

    Sample Root G2 ─ Sample Policy CA ─ Sample TLS CA 2 ─ shop.example.com
    (trusted)        └───── intermediates.pem ─────┘

Needs: nginx-light openssl curl gnutls-bin python3
Run by tests/run, or by hand: CHAINMEND=target/debug/chainmend python3 tests/servers/test_nginx.py
"""

import pathlib
import tempfile
import unittest

import support
from support import CLIENTS, SAMPLES

CHAIN = ["shop.example.com", "Sample TLS CA 2", "Sample Policy CA"]


class Nginx(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="chainmend-nginx-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def mended(self, sample):
        return support.chainmend_fix(sample, self.folder / "fullchain.pem")

    def assert_all_connect(self, chain):
        with support.nginx(self.folder, chain) as port:
            self.assertEqual(support.sent(port), CHAIN)
            for name, client in CLIENTS.items():
                status, said = client(port)
                self.assertEqual(status, 0, f"{name}: {said}")

    def test_the_right_sample_serves_every_client(self):
        self.assert_all_connect(SAMPLES / "right.pem")

    def test_a_leaf_alone_or_a_hole_fails_every_client(self):
        for sample in "leaf-only.pem", "hole.pem":
            with support.nginx(self.folder, SAMPLES / sample) as port:
                for name, client in CLIENTS.items():
                    status, said = client(port)
                    self.assertNotEqual(status, 0, f"{sample}, {name}: {said}")
                self.assertEqual(support.curl(port)[0], 60)

    def test_a_leaf_alone_mended_serves_every_client(self):
        self.assert_all_connect(self.mended("leaf-only.pem"))

    def test_a_leaf_that_is_not_first_keeps_nginx_from_starting(self):
        starts, said = support.nginx_accepts(self.folder, SAMPLES / "broken.pem")
        self.assertFalse(starts)
        self.assertIn("key values mismatch", said)

    def test_glued_markers_keep_nginx_from_starting(self):
        starts, said = support.nginx_accepts(self.folder, SAMPLES / "glued.pem")
        self.assertFalse(starts)
        self.assertIn("bad end line", said)

    def test_glued_markers_mended_serve_every_client(self):
        self.assert_all_connect(self.mended("glued.pem"))

    def test_a_leaf_that_is_not_first_mended_serves_every_client(self):
        self.assert_all_connect(self.mended("broken.pem"))

    def test_a_hole_mended_serves_every_client(self):
        self.assert_all_connect(self.mended("hole.pem"))

    def test_a_misordered_chain_is_sent_as_it_is(self):
        with support.nginx(self.folder, SAMPLES / "misordered.pem") as port:
            names = support.sent(port)
        self.assertEqual(names, ["shop.example.com", "Sample Root G2", "Sample Policy CA", "Sample TLS CA 2"])

    def test_a_misordered_chain_mended_is_sent_in_order(self):
        self.assert_all_connect(self.mended("misordered.pem"))

    def test_a_list_of_client_cas_is_left_alone_and_accepts_clients_as_before(self):
        """A duplicate, out of order, its root in it: a chain would be mended, and accept nobody."""
        pki = support.client_pki(self.folder)
        texts = {name: (pki / f"{name}.pem").read_text() for name in ("root", "ca")}
        listed = pki / "tls" / "clients.pem"
        listed.parent.mkdir()
        listed.write_text(texts["root"] + texts["ca"] + texts["root"])
        stripped = pki / "stripped.pem"
        stripped.write_text(texts["ca"])
        before = listed.read_bytes()
        for named in listed, listed.parent:
            support.chainmend_in_place(named)
            self.assertEqual(listed.read_bytes(), before)
        present = ("--cert", pki / "client.pem", "--key", pki / "client.key")
        for client_ca, more, expected in (
            (listed, present, "mended"),
            (listed, (), "No required SSL certificate was sent"),
            (stripped, present, "The SSL certificate error"),
        ):
            with support.nginx(self.folder, SAMPLES / "right.pem", client_ca) as port:
                self.assertIn(expected, support.curl(port, *more)[1])

    def test_openssl_verifies_what_was_mended_with_the_root_alone(self):
        verify = ("openssl", "verify", "-no-CApath", "-CAfile", support.TRUSTED)
        self.assertNotEqual(support.run(*verify, SAMPLES / "broken.pem").returncode, 0)
        hole = SAMPLES / "hole.pem"
        self.assertNotEqual(support.run(*verify, "-untrusted", hole, hole).returncode, 0)
        after = self.mended("hole.pem")
        self.assertEqual(support.run(*verify, "-untrusted", after, after).returncode, 0)


if __name__ == "__main__":
    support.main()
