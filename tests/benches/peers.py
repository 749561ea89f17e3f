"""The programs that others complete and check chains with, as far as they are installed."""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
from collections.abc import Callable

from measure import Cost, Failed, certificates, run

# What the two libraries do for a host, done for a file: a leaf alone is completed, a bundle verified.
# They start with the given roots only, since reading the system's takes longer than all the rest.
AIA = """
import os, ssl, sys
from aia import AIASession
begin = "-----BEGIN CERTIFICATE-----"
bundle, roots = (
    [ssl.PEM_cert_to_DER_cert(begin + block) for block in open(file).read().split(begin)[1:]] for file in sys.argv[1:]
)
os.environ["SSL_CERT_FILE"] = sys.argv[2]
session = AIASession()
session.get_host_cert = lambda host: bundle[0]
chain = list(session.aia_chase("host")) if len(bundle) == 1 else bundle + roots
session.validate_certificate_chain(chain)
print(*map(ssl.DER_cert_to_PEM_cert, chain), sep="")
"""
AIA_CHASER = """
import ssl, sys
from aia_chaser import AiaChaser, verify_certificate_chain
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates
bundle, roots = (load_pem_x509_certificates(open(file, "rb").read()) for file in sys.argv[1:])
chain = bundle + roots
if len(bundle) == 1:
    chain = list(AiaChaser(ssl.create_default_context(cafile=sys.argv[2])).aia_chase_cert(bundle[0]))
verify_certificate_chain(chain, {root.subject: root for root in roots})
print(*[each.public_bytes(Encoding.PEM).decode() for each in chain], sep="")
"""

# A command out of a PEM file and one of roots; it prints the chain.
Command = Callable[[os.PathLike, os.PathLike], list]


@dataclasses.dataclass
class Peer:
    """A program that is there."""

    name: str
    version: str
    # Completes a leaf out of the URLs in it.
    complete: Command
    # Verifies a bundle that is right, without the network; None if it has no such command.
    check: Command | None = None
    # How much of its wall time, for one leaf, chainmend may take.
    aim: float = 1.0

    def __str__(self):
        return f"{self.name} {self.version}".strip()


def printed(command, out, chain) -> Cost | None:
    """One run, or None where it fails: it has to end well and to print this chain, with or without a root.

    The exit status alone would not do: some peers end well with a wrong file."""
    try:
        cost, found = run(command, stdout=out), certificates(out)
    except (Failed, ValueError):
        return None
    return cost if found[: len(chain)] == chain and len(found) <= len(chain) + 1 else None


def peers() -> list[Peer]:
    """All that can be found, by the PATH and by the Python on it."""
    return [peer for find in (cfssl, zakjan, h0lly, resolver, aia, aia_chaser) if (peer := find())]


def cfssl():
    path = shutil.which("cfssl")

    def bundle(file, roots):
        return [path, "bundle", "-loglevel", "5", "-ca-bundle", roots, "-cert", file]

    return path and Peer("cfssl bundle", version(path, "version"), bundle, bundle)


def zakjan():
    path = on_path("cert-chain-resolver", script=False)
    number = path and version(path, "--version")
    return path and Peer("zakjan/cert-chain-resolver", number, lambda leaf, _: [path, leaf], aim=0.7)


def h0lly():
    path = shutil.which("tls-cert-chain-resolver")
    return path and Peer("tls-cert-chain-resolver", version(path, "--version"), lambda leaf, _: [path, "-f", leaf])


def resolver():
    path = on_path("cert-chain-resolver", script=True)
    if not path:
        return None
    _, number = installed(path.resolve().with_name("python3"), "cert-chain-resolver")
    return Peer("PyPI cert-chain-resolver", number, lambda leaf, roots: [path, "--ca-bundle-path", roots, leaf])


def aia():
    return library("aia", AIA)


def aia_chaser():
    return library("aia-chaser", AIA_CHASER)


def library(package, code):
    """A package without a command of its own."""
    python, number = installed("python3", package)

    def command(file, roots):
        return [python, "-c", code, file, roots]

    return python and Peer(f"PyPI {package}", number, command, command)


def installed(python, package):
    """The interpreter itself, whatever stands before it on the PATH, and the version of a package it has."""
    code = "import sys; from importlib.metadata import version; print(sys.executable, version(sys.argv[1]), sep='\\n')"
    lines = said(python, "-c", code, package).splitlines()
    return lines if len(lines) == 2 else (None, "")


def on_path(name, script):
    """zakjan's program and that from PyPI have one name; the latter is a script. The first of its kind on the PATH."""
    for folder in os.get_exec_path():
        path = pathlib.Path(folder, name)
        if os.access(path, os.X_OK) and path.is_file():
            with open(path, "rb") as file:
                if (file.read(2) == b"#!") == script:
                    return path
    return None


def version(*command):
    found = re.search(r"\d+\.\d+[.\w]*", said(*command))
    return found[0] if found else ""


def said(*command):
    """What a command prints, if it ends well."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout
