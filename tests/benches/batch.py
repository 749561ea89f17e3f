#!/usr/bin/env python3
"""One run for many bundles, fetches, and large pools, each against what others take for the same.

    cargo build --release && cargo build --release --example fleet
    python3 tests/benches/batch.py [--runs N] [fetch] [right] [leaves] [tree] [wide]

Prints a table of figures and aims, and never fails on time. What is installed of openssl, curl and
the peers (peers.py) is measured too, and what is missing left out; a peer that does not print the
chain is told as `failed`. Commands that are compared run in turns, and the best run of each counts:
other work on the machine only ever makes one slower.

fetch   one leaf, two fetches from the loopback, a file written and synced
right   1,000 right bundles of one CA, in one run
leaves  1,000 leaves that need the same two intermediates: files rewritten and synced
tree    100,000 bundles of 500 CAs, out of a tree
wide    10,000 certificates in --intermediates, as many in the cache, a folder of 300 roots
"""

import argparse
import json
import os
import pathlib
import shutil
import tempfile
import time
from functools import partial

from measure import CHAINMEND, FLEET, Cost, Server, Table
from measure import best_of, certificates, in_turn, memory, run, side_by_side, total
from peers import peers, printed

BUNDLES = 1000
SAMPLE = 10
TREE = (100_000, 500)
POOL = 10_000
ROOTS = 300


class Bench:
    def __init__(self, runs, folder):
        self.runs, self.folder, self.table, self.server = runs, folder, Table(), Server()
        self.openssl, self.curl, self.peers = shutil.which("openssl"), shutil.which("curl"), peers()
        # Nobody's cache, folder of roots or proxy.
        for name in [n for n in os.environ if n.startswith("CHAINMEND_") or n.lower().endswith("_proxy")]:
            del os.environ[name]
        os.environ["CHAINMEND_CACHE_DIR"] = str(folder / "cache")

    def make(self, kind, *words):
        """A folder with what `fleet` makes, and nothing that another section left there."""
        folder = self.folder / kind
        shutil.rmtree(folder, ignore_errors=True)
        run([FLEET, kind, folder, *words])
        return folder

    def no_cache(self):
        shutil.rmtree(self.folder / "cache", ignore_errors=True)

    def by_hand(self, folder, leaf):
        """What a leaf takes with openssl and curl: two requests, one verification."""
        curls = [[self.curl, "-sfo", self.folder / "got", f"{self.server.url}/ca{n}.crt"] for n in (1, 2)]
        verify = [self.openssl, "verify", "-CAfile", folder / "roots.pem", "-untrusted", folder / "intermediates.pem"]
        return in_turn(*curls, [*verify, leaf])

    def by_peer(self, peer, folder, leaf):
        """The same by a peer; None unless it prints the chain."""
        chain = certificates(leaf) + certificates(folder / "intermediates.pem")
        return printed(peer.complete(leaf, folder / "roots.pem"), self.folder / "printed", chain)

    def rivals(self):
        """What completes a leaf, each with the part of its wall time that chainmend may take for one.

        Each has to be compared by itself: what runs after a large program finds the caches cold."""
        rivals = {str(peer): (partial(self.by_peer, peer), peer.aim) for peer in self.peers}
        if self.openssl and self.curl:
            rivals["(openssl verify + 2 curl)"] = (self.by_hand, 0.8)
        return rivals

    def fetch(self):
        folder = self.server.folder = self.make("leaves", 1, self.server.url)
        leaf, out = folder / "leaves/00000.pem", self.folder / "out.pem"

        def fix():
            self.no_cache()
            out.unlink(missing_ok=True)
            return run(
                [CHAINMEND, "fix", leaf, "-o", out, "--roots", folder / "roots.pem", "--allow-aia", "127.0.0.1"]
            )

        runs = self.runs * 10
        (ours,) = best_of(runs, fix)
        self.server.count()
        fix()
        assert certificates(out) == certificates(leaf) + certificates(folder / "intermediates.pem"), "another chain"
        self.table.aim("fix, one leaf, two fetches, synced: requests", self.server.count(), 2)
        self.table.note("  wall", f"{ours.wall * 1000:.1f} ms")
        for name, (work, aim) in self.rivals().items():
            self.table.ratio(f"  wall / {name}", *best_of(runs, fix, lambda work=work: work(folder, leaf)), aim)

    def check(self, folder, files, *options):
        return [CHAINMEND, "check", "--offline", "--roots", folder / "roots.pem", *options, *files]

    def verify(self, folder, files):
        """openssl verify on all of them in one process."""
        chain = ["-CAfile", folder / "roots.pem", "-untrusted", folder / "intermediates.pem"]
        return [self.openssl, "verify", *chain, *files]

    def right(self):
        folder = self.make("tree", BUNDLES, 1)
        files = sorted((folder / "tree").rglob("*.pem"))
        works = [
            lambda: run(self.check(folder, files, "-j", "1")),
            lambda: run(self.check(folder, files, "-j", "2")),
            lambda: run([FLEET, "floor", folder / "ca.der", *files]),
        ]
        halves = [self.check(folder, half, "-j", "1") for half in (files[::2], files[1::2])]
        works.append(lambda: side_by_side(*halves))
        if self.openssl:
            works.append(lambda: run(self.verify(folder, files)))
        one, two, floor, apart, *openssl = best_of(self.runs, *works)
        self.table.note(f"check, {BUNDLES} right bundles of one CA: CPU, -j 1", f"{one.cpu * 1000:.0f} ms")
        for openssl in openssl:
            self.table.aim("  CPU / openssl verify of the leaves in one process", one.cpu / openssl.cpu, 0.15)
        self.table.aim("  CPU / reading, PEM, parsing and one signature", one.cpu / floor.cpu, 1.3)
        if (os.cpu_count() or 1) > 1:
            self.table.aim("  wall, -j 2 / -j 1", two.wall / one.wall, 0.6)
            self.table.note("    two runs of half of them each, side by side / -j 1", f"{apart.wall / one.wall:.2f}")
        self.table.note("  memory", f"{memory(self.check(folder, files, '-j', '2')) or 0:.0f} MB")

    def leaves(self):
        for place in (pathlib.Path("/dev/shm"), self.folder):
            if place.is_dir():
                with tempfile.TemporaryDirectory(dir=place) as folder:
                    self.leaves_in(pathlib.Path(folder), "disk" if place == self.folder else "tmpfs")

    def leaves_in(self, place, kind):
        folder = self.server.folder = place
        run([FLEET, "leaves", folder, BUNDLES, self.server.url])
        files = sorted((folder / "leaves").iterdir())
        texts = [file.read_bytes() for file in files]
        fix = [CHAINMEND, "fix", "-i", "--roots", folder / "roots.pem", "--allow-aia", "127.0.0.1", *files]

        def lay_out():
            self.no_cache()
            for file, text in zip(files, texts):
                file.write_bytes(text)
            os.sync()
            self.server.count()

        def ours():
            lay_out()
            return run(fix)

        works = [ours]
        if self.openssl and kind == "tmpfs":
            works.append(lambda: run(self.verify(folder, files)))
        least, *openssl = best_of(self.runs, *works)
        ours()
        requests, mended = self.server.count(), [file.read_bytes() for file in files]
        assert all(len(certificates(file)) == 3 for file in files), "not every leaf has its chain"
        self.table.aim(f"fix -i, {BUNDLES} leaves, two fetches, on {kind}: requests", requests, 2)
        lay_out()
        self.table.aim("  memory", memory(fix), 40, "MB")
        if kind == "disk":
            (floor,) = best_of(self.runs, lambda: synced(folder, mended))
            return self.table.note("  wall / writing the same files with fsync", f"{least.wall / floor.wall:.2f}")
        for cost in openssl:
            self.table.aim("  CPU / openssl verify of the leaves in one process", least.cpu / cost.cpu, 0.3)
        self.each_by_a_peer(folder, texts, ours)
        return None

    def each_by_a_peer(self, folder, texts, ours):
        """A run for each leaf: a few stand for all, and chainmend does all of them between those."""
        sample = [folder / f"{number}.pem" for number in range(SAMPLE)]
        for file, text in zip(sample, texts):
            file.write_bytes(text)
        for name, (work, _) in self.rivals().items():
            mine, theirs = best_of(self.runs, ours, lambda work=work: total([work(folder, leaf) for leaf in sample]))
            self.table.ratio(f"  wall / {BUNDLES} runs of {name}", mine / BUNDLES, theirs and theirs / SAMPLE, 0.02)

    def tree(self):
        bundles, cas = TREE
        folder = self.make("tree", bundles, cas)
        # Whole CAs, so that a smaller run has as many bundles of each.
        few = [folder / f"tree/{n:03}" for n in range(BUNDLES * cas // bundles)]
        out = self.folder / "report"

        def check(paths, *options):
            return run(self.check(folder, paths, *options), stdout=out)

        small, large = best_of(self.runs, lambda: check(few), lambda: check([folder / "tree"]))
        each = [cost.cpu / count * 1e6 for cost, count in ((small, BUNDLES), (large, bundles))]
        self.table.note(f"check, {bundles} bundles of {cas} CAs, out of a tree: CPU a bundle", f"{each[1]:.0f} µs")
        self.table.aim(f"  CPU a bundle / that of {BUNDLES}", each[1] / each[0], 1.2)
        self.table.aim("  memory", memory(self.check(folder, [folder / "tree"])), 100, "MB")
        for jobs in ("1", "2", "7"):
            cost = check([folder / "tree"], "-j", jobs, "--report", "ndjson")
            with open(out, encoding="utf-8") as lines:
                order = [json.loads(line)["inputs"][0] for line in lines]
            assert len(order) == bundles and order == sorted(order), "not in input order"
            self.table.note(f"  --report ndjson, -j {jobs}, in input order: wall", f"{cost.wall:.1f} s")

    def wide(self):
        folder = self.make("pool", POOL, ROOTS)
        check = [CHAINMEND, "check", "--offline", folder / "right.pem", "--roots"]
        fix = [CHAINMEND, "fix", "--offline", "-o", self.folder / "out.pem", "--roots", folder / "root.pem"]
        fix.append(folder / "leaf.pem")
        pool = ["--intermediates", folder / "pool.pem"]
        self.no_cache()
        plain, roots, listed, mended, used = best_of(
            self.runs * 5,
            lambda: run([*check, folder / "root.pem"]),
            lambda: run([*check, folder / "roots"]),
            lambda: run([*check, folder / "root.pem", *pool]),
            lambda: run([*fix, "--intermediates", folder / "ca.pem"]),
            lambda: run([*fix, *pool]),
        )
        run([CHAINMEND, "cache", "import", folder / "pool.pem"])
        (cached,) = best_of(self.runs * 5, lambda: run(fix))

        def more(what, cost, base, aim):
            self.table.aim(f"{what}: wall above plain", (cost.wall - base.wall) * 1000, aim, "ms")
            self.table.note("  CPU above plain", f"{(cost.cpu - base.cpu) * 1000:.1f} ms")

        more(f"--intermediates of {POOL}, none needed", listed, plain, 45)
        more("  one needed", used, mended, 45)
        self.table.note("  memory", f"{memory([*fix, *pool]) or 0:.0f} MB")
        more(f"imported cache of {POOL}, one needed", cached, mended, 10)
        more(f"--roots, folder of {ROOTS}", roots, plain, 5)


def synced(folder, texts):
    """Writes these files and syncs each."""
    start, cpu = time.perf_counter(), time.process_time()
    for number, text in enumerate(texts):
        with open(folder / f"{number}.out", "wb") as file:
            file.write(text)
            os.fsync(file.fileno())
    return Cost(time.perf_counter() - start, time.process_time() - cpu)


def main():
    sections = ["fetch", "right", "leaves", "tree", "wide"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs of each command; short ones run more often")
    parser.add_argument("sections", nargs="*", choices=[*sections, []], metavar="SECTION")
    args = parser.parse_args()
    # Not beside the sources, where git, and so a walk, passes over what is built. TMPDIR names a disk.
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(args.runs, pathlib.Path(folder))
        for section in args.sections or sections:
            getattr(bench, section)()
    missed = bench.table.missed
    print(f"{missed} missed" if missed else "all met")


if __name__ == "__main__":
    main()
