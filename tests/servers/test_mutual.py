"""Mutual TLS at real nginx and Apache that know only the root of the clients' CA: a client that sends
its leaf alone is refused, one with the chain that `fix --purpose client` makes is let in.

    Client root ─ Client ca ─ Client client
    (known to the server)     (all that the client has at first)

Needs: nginx-light apache2-bin openssl curl python3
Run by tests/run, or by hand: CHAINMEND=target/debug/chainmend python3 tests/servers/test_mutual.py
"""

import contextlib
import pathlib
import socket
import ssl
import tempfile
import unittest

import support
from support import HOST, SAMPLES, TRUSTED


def curl(port, chain, key):
    """The HTTP status, or why there is none."""
    more = ("--output", "/dev/null", "--write-out", "%{http_code}")
    status, said = support.curl(port, "--cert", chain, "--key", key, *more)
    return said if status == 0 else f"exit {status}: {said}"


def python(port, chain, key):
    context = ssl.create_default_context(cafile=str(TRUSTED))
    context.load_cert_chain(chain, key)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            with context.wrap_socket(plain, server_hostname=HOST) as tls:
                tls.sendall(f"GET / HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
                return tls.recv(4096).decode(errors="replace").partition(" ")[2][:3]
    except OSError as error:
        return str(error)


# nginx has an answer for everybody, Apache an empty folder; who is refused gets 400, or no answer.
LET_IN = ("200", "404")


class Mutual(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="chainmend-mutual-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)
        (self.folder / "htdocs").mkdir()
        support.client_pki(self.folder)
        self.root, self.leaf, self.key = (self.folder / name for name in ("root.pem", "client.pem", "client.key"))

    def fix(self, *more):
        return support.run(
            support.CHAINMEND, "fix", self.leaf, "--purpose", "client", "--roots", self.root, "--offline", *more,
        )

    def servers(self):
        """nginx and Apache, each with its name and port."""
        right = SAMPLES / "right.pem"
        running = contextlib.ExitStack()
        self.addCleanup(running.close)
        yield "nginx", running.enter_context(support.nginx(self.folder, right, self.root))
        yield "Apache", running.enter_context(support.apache(self.folder, right, client_ca=self.root))

    def test_a_leaf_alone_is_refused_and_the_mended_chain_let_in(self):
        mended = self.folder / "chain.pem"
        done = self.fix("--intermediates", self.folder / "ca.pem", "-o", mended)
        self.assertEqual(done.returncode, 0, done.stderr)
        for server, port in self.servers():
            for client in curl, python:
                for chain, let_in in (self.leaf, False), (mended, True), (self.leaf, False):
                    answer = client(port, chain, self.key)
                    came = answer in LET_IN
                    row = f"{server:<8}{client.__name__:<8}{chain.name:<12}"
                    print(f"{row}{'let in' if came else 'refused'}", flush=True)
                    self.assertEqual(came, let_in, f"{row}: {answer}")

    def test_nothing_is_written_where_the_issuer_is_not_to_be_had(self):
        mended = self.folder / "chain.pem"
        done = self.fix("-o", mended)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("missing-intermediate", done.stderr)
        self.assertFalse(mended.exists())


if __name__ == "__main__":
    support.main()
