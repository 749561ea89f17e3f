"""Verifies chains as Python's `cryptography` does: `verify.py FOLDER SECONDS HOST` prints a line for each
subfolder, `NAME ok` or `NAME WHY`. Each holds chain.pem, leaf first, and anchor.pem."""

import datetime
import pathlib
import sys

from cryptography import x509
from cryptography.x509 import verification


def verify(folder, at, host):
    chain = x509.load_pem_x509_certificates((folder / "chain.pem").read_bytes())
    anchors = x509.load_pem_x509_certificates((folder / "anchor.pem").read_bytes())
    builder = verification.PolicyBuilder().store(verification.Store(anchors)).time(at).max_chain_depth(20)
    try:
        builder.build_server_verifier(x509.DNSName(host)).verify(chain[0], chain[1:])
    except verification.VerificationError as error:
        return " ".join(str(error).split())
    return "ok"


def main():
    folder, seconds, host = sys.argv[1:]
    at = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).replace(tzinfo=None)
    for each in sorted(pathlib.Path(folder).iterdir()):
        print(each.name, verify(each, at, host))


main()
