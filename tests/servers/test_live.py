"""Real nginx, asked by `chainmend check https://…`: what it sends, and whether it is what a file holds.

    Sample Root G2 ─ Sample Policy CA ─ Sample TLS CA 2 ─ shop.example.com
    (trusted)

Needs: nginx-light openssl python3
Run by tests/run, or by hand: CHAINMEND=target/debug/chainmend python3 tests/servers/test_live.py
"""

import os
import pathlib
import shutil
import tempfile
import unittest

import support
from support import HOST, SAMPLES, TRUSTED

URL = f"https://{HOST}"


class Live(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="chainmend-live-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.chain = self.folder / "fullchain.pem"

    def chainmend(self, port, *more, command="check"):
        return support.run(
            support.CHAINMEND, command, URL, "--connect", f"127.0.0.1:{port}", "--roots", TRUSTED, "--offline", *more,
        )

    def assert_ends(self, done, status, *said):
        self.assertEqual(done.returncode, status, done.stderr)
        for part in said:
            self.assertIn(part, done.stderr)

    def test_a_right_chain_is_right_in_every_way_to_ask(self):
        pki = support.client_pki(self.folder)
        for client_ca, more, version in (
            (None, "ssl_protocols TLSv1.2;", "TLS 1.2"),
            (None, "ssl_protocols TLSv1.3;", "TLS 1.3"),
            (pki / "root.pem", "ssl_protocols TLSv1.2;", "TLS 1.2"),
            (pki / "root.pem", "ssl_protocols TLSv1.3;", "TLS 1.3"),
        ):
            with support.nginx(self.folder, SAMPLES / "right.pem", client_ca, more) as port:
                self.assert_ends(self.chainmend(port, "-v"), 0, f"{URL}: OK", f", {version}")

    def test_a_leaf_alone_is_found_out_and_mended_from_what_is_sent(self):
        intermediates = ("--intermediates", SAMPLES / "intermediates.pem")
        with support.nginx(self.folder, SAMPLES / "leaf-only.pem") as port:
            self.assert_ends(self.chainmend(port, *intermediates), 1, "NEEDS MENDING", "missing-intermediate")
            done = self.chainmend(port, *intermediates, "-o", self.chain, command="fix")
            self.assert_ends(done, 0, "MENDED")
        self.assertTrue((SAMPLES / "right.pem").read_text().endswith(self.chain.read_text()))
        with support.nginx(self.folder, self.chain) as port:
            done = self.chainmend(port, "--against", self.chain)
            self.assert_ends(done, 0, f"{URL}: OK, and what {self.chain} holds")

    def test_a_file_that_was_mended_after_the_start_is_not_what_is_sent(self):
        shutil.copy(SAMPLES / "leaf-only.pem", self.chain)
        with support.nginx(self.folder, self.chain) as port:
            shutil.copy(SAMPLES / "right.pem", self.chain)
            done = self.chainmend(port, "--against", self.chain)
            self.assert_ends(done, 1, "server-differs", "the server does not send", "reload the server")
        with support.nginx(self.folder, self.chain) as port:
            self.assert_ends(self.chainmend(port, "--against", self.chain), 0)

    def test_the_command_that_is_shown_for_old_ciphers_works(self):
        """AES in CBC mode, which rustls does not speak: openssl does, and its output is read."""
        old = "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES256-SHA;"
        with support.nginx(self.folder, SAMPLES / "right.pem", None, old) as port:
            done = self.chainmend(port)
            self.assert_ends(done, 2, "TLS alert handshake_failure")
            command = next(line for line in done.stderr.splitlines() if line.startswith("openssl s_client"))
            program = self.folder / "bin" / "chainmend"
            program.parent.mkdir()
            program.symlink_to(pathlib.Path(support.CHAINMEND).resolve())
            path = f"{program.parent}:{os.environ['PATH']}"
            shown = support.run("env", f"PATH={path}", "sh", "-c", command)
            self.assert_ends(shown, 0, "-: OK")


if __name__ == "__main__":
    support.main()
