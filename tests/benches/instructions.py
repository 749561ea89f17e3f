#!/usr/bin/env python3
"""Counts the instructions of whole runs: the same on every day and under every load.

    cargo build --release && cargo build --release --example fleet
    python3 tests/benches/instructions.py [--write]

Needs valgrind. Prints a table; with --write it takes the place of the one in tests/benches/README.md,
with the commit it was taken at. What is not counted: waiting, and what the kernel does. valgrind has
no SHA instructions, so that hashing weighs more here than it does in fact.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from measure import CHAINMEND, FLEET, ROOT, Server, run

README = ROOT / "tests/benches/README.md"
BEGIN, END = "<!-- instructions -->\n", "<!-- end -->\n"


def count(command):
    """Instructions of a run, on one thread where that is up to us."""
    with tempfile.NamedTemporaryFile() as out:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", *map(str, command)],
            capture_output=True, text=True, check=False,
        )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"{' '.join(map(str, command[:8]))}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return int(found[1])


def cases(folder):
    """What is run, and of how many bundles it is."""
    server = Server()
    tree, leaves, pool = folder / "tree", folder / "leaves", folder / "pool"
    run([FLEET, "tree", tree, 200, 1])
    run([FLEET, "leaves", leaves, 200, server.url])
    run([FLEET, "pool", pool, 10_000, 300])
    server.folder = leaves
    right = sorted((tree / "tree").rglob("*.pem"))
    check = [CHAINMEND, "check", "--offline", "-j", "1", "--roots"]
    yield "check, one right bundle", 1, [*check, tree / "roots.pem", right[0]]
    yield "check, 200 right bundles of one CA", 200, [*check, tree / "roots.pem", *right]
    fix = [CHAINMEND, "fix", "-j", "1", "--allow-aia", "127.0.0.1", "--roots", leaves / "roots.pem"]
    files = sorted((leaves / "leaves").iterdir())
    yield "fix, one leaf, two fetches", 1, [*fix, files[0], "-o", folder / "out.pem"]
    shutil.rmtree(folder / "cache", ignore_errors=True)
    yield "fix -i, 200 leaves, two fetches", 200, [*fix, "-i", *files]
    alone = [pool / "right.pem", "--intermediates", pool / "pool.pem"]
    yield "check, 10,000 certificates in --intermediates", 1, [*check, pool / "root.pem", *alone]
    fix = [CHAINMEND, "fix", "--offline", "--roots", pool / "root.pem", pool / "leaf.pem", "-o", folder / "out.pem"]
    yield "fix, out of these", 1, [*fix, *alone[1:]]
    shutil.rmtree(folder / "cache", ignore_errors=True)
    run([CHAINMEND, "cache", "import", pool / "pool.pem"])
    yield "fix, out of a cache of as many", 1, fix
    yield "check, folder of 300 roots", 1, [*check, pool / "roots", pool / "right.pem"]


def table(folder):
    lines = ["| run | instructions | a bundle |\n", "|---|---:|---:|\n"]
    for name, bundles, command in cases(folder):
        instructions = count(command)
        each = f"{instructions / bundles / 1e6:.2f} M" if bundles > 1 else ""
        lines.append(f"| {name} | {instructions / 1e6:.1f} M | {each} |\n")
        print(lines[-1], end="", flush=True)
    return "".join(lines)


def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CHAINMEND_CACHE_DIR"] = f"{folder}/cache"
        counted = table(pathlib.Path(folder))
    if "--write" in sys.argv:
        text = README.read_text(encoding="utf-8")
        head, rest = text.split(BEGIN)
        tail = rest.split(END)[1]
        taken = f"Taken at {git('rev-parse', '--short=12', 'HEAD')} of {git('log', '-1', '--format=%cs')}.\n\n"
        README.write_text(f"{head}{BEGIN}{taken}{counted}{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
