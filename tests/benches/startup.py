#!/usr/bin/env python3
"""One check of one right bundle, offline, against `openssl verify` and others' verdict on the same chain.

    cargo build --release && python3 tests/benches/startup.py [RUNS]

Prints a table and never fails on time. What is aimed at: at most 0.4 of openssl's wall time, less
than that of certtool and of any peer (peers.py), at most 8 MB. Programs that are missing are left
out; a peer that does not print the chain is told as `failed`. Each alternates with chainmend, so
that both see the same machine; medians, so that one slow run says nothing. Memory is what GNU time
says (Debian package `time`), left out where it is missing.
"""

import pathlib
import shutil
import sys
import tempfile
from functools import partial

from measure import CHAINMEND, ROOT, best, certificates, median, memory, rounds, run
from peers import peers, printed

RIGHT = ROOT / "samples/right.pem"
TRUSTED = ROOT / "samples/root.pem"
CHECK = [CHAINMEND, "check", "--offline", "--roots", TRUSTED, RIGHT]
# Floors: they say what they find by their exit status. And how much of their wall time we may take.
FLOORS = {
    "openssl verify": (["openssl", "verify", "-CAfile", TRUSTED, "-untrusted", RIGHT, RIGHT], 0.4),
    "certtool --verify": (["certtool", "--verify", "--load-ca-certificate", TRUSTED, "--infile", RIGHT], 1),
    "true": (["true"], None),
}
MEMORY_TARGET = 8.0


def found(folder):
    """Each other program that is there: its name, its command, a run of it, what is aimed at."""
    for name, ((program, *words), aim) in FLOORS.items():
        # By its path: looking for it would count, too.
        if path := shutil.which(program):
            yield name, [path, *words], partial(run, [path, *words]), aim
    for peer in peers():
        if peer.check:
            command = peer.check(RIGHT, TRUSTED)
            yield str(peer), command, partial(printed, command, folder / "printed", certificates(RIGHT)), 1


def row(name, costs, peak):
    shown = "-" if peak is None else f"{peak:.1f} MB"
    return f"{name:<24} {median(costs).wall * 1000:7.2f} ms {best(costs).wall * 1000:7.2f} ms {shown:>9}"


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    check, peak = partial(run, CHECK), memory(CHECK)
    run(CHECK)
    print(f"{runs} alternating runs          median      best    memory   chainmend's wall / its")
    with tempfile.TemporaryDirectory() as folder:
        (ours,) = rounds(runs, check)
        print(row("chainmend check", ours, peak))
        for name, command, work, aim in found(pathlib.Path(folder)):
            work()
            # By itself: what runs after a large program finds the caches cold.
            ours, theirs = rounds(runs, check, work)
            if theirs is None:
                print(f"{name:<24} {'failed':>10}")
                continue
            print(row(name, theirs, memory(command)), told(median(ours).wall / median(theirs).wall, aim))
    if peak is not None:
        print(f"memory of chainmend check, in MB {told(peak, MEMORY_TARGET)}")


def told(figure, aim):
    return f"{figure:6.2f}" + (f" of at most {aim}: {'met' if figure <= aim else 'MISSED'}" if aim else "")


if __name__ == "__main__":
    main()
