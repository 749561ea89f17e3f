"""Certificates for the tests of hooks, made with openssl; valid for decades, but for none of ours.

    Hook Root ─ Hook Policy CA ─ Hook TLS CA ─ shop.example.com
    (trusted)                    http://crt.acme.example/tls.crt
"""

import base64
import pathlib
import subprocess

URL = "http://crt.acme.example/tls.crt"
NOBODYS = "http://crt.acme.example/nothing.crt"
# A leaf ends before its issuers, in whichever second it was made.
DAYS = {"ca": "10000"}
LEAF_DAYS = "9000"

EXTENSIONS = f"""
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
[leaf]
subjectAltName=DNS:shop.example.com
extendedKeyUsage=serverAuth
authorityInfoAccess=caIssuers;URI:{URL}
[lost]
subjectAltName=DNS:lost.example.com
extendedKeyUsage=serverAuth
authorityInfoAccess=caIssuers;URI:{NOBODYS}
"""


def openssl(*arguments, **more):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False, timeout=60, **more)
    if done.returncode != 0:
        raise AssertionError(f"openssl {' '.join(map(str, arguments))}\n{done.stderr.decode()}")
    return done.stdout


class Pki:
    """The drawing above, in a folder; each certificate as PEM text by its name."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "extensions").write_text(EXTENSIONS)
        self.serial = 1
        self.root = self.issue("root", "Hook Root", "ca", None)
        self.policy = self.issue("policy", "Hook Policy CA", "ca", "root")
        self.tls = self.issue("tls", "Hook TLS CA", "ca", "policy")
        self.leaf = self.issue("leaf", "shop.example.com", "leaf", "tls")
        # Of a CA whose certificate nobody has: no chain mends this one.
        self.issue("unknown", "Unknown CA", "ca", "root")
        self.lost = self.issue("lost", "lost.example.com", "lost", "unknown")

    def issue(self, name, subject, kind, issuer):
        key, request = self.folder / f"{name}.key", self.folder / f"{name}.csr"
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", key, "-out", request, "-subj", f"/CN={subject}")
        return self.sign(name, kind, issuer or name)

    def sign(self, name, kind, issuer):
        """A certificate, or one more, for a key there is."""
        self.serial += 1
        signer = ["-CA", self.folder / f"{issuer}.pem"] if issuer != name else []
        key = "-CAkey" if signer else "-signkey"
        pem = openssl("x509", "-req", "-in", self.folder / f"{name}.csr", "-days", DAYS.get(kind, LEAF_DAYS),
                      "-extfile", self.folder / "extensions", "-extensions", kind, "-set_serial", self.serial,
                      *signer, key, self.folder / f"{issuer}.key").decode()
        (self.folder / f"{name}.pem").write_text(pem)
        return pem

    def key(self, name="leaf"):
        return (self.folder / f"{name}.key").read_text()


def der(pem):
    """The one certificate of a PEM text."""
    return base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-")))
