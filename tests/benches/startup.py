#!/usr/bin/env python3
"""One check of one right bundle, offline, against `openssl verify` of the same chain.

    cargo build --release && python3 tests/benches/startup.py [RUNS]

Prints a table and never fails on time. What is aimed at: at most 0.4 of openssl's wall time, at
most 8 MB. The runs alternate, so that both see the same machine; medians, so that one slow run
says nothing. Memory is what GNU time says (Debian package `time`), left out where it is missing.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RIGHT = str(ROOT / "samples/right.pem")
TRUSTED = str(ROOT / "samples/root.pem")
CHAINMEND = os.environ.get("CHAINMEND", str(ROOT / "target/release/chainmend"))
COMMANDS = {
    "chainmend check": [CHAINMEND, "check", "--offline", "--roots", TRUSTED, RIGHT],
    "openssl verify": [shutil.which("openssl") or "openssl", "verify", "-CAfile", TRUSTED, "-untrusted", RIGHT, RIGHT],
    "true": ["/bin/true"],
}
WALL_TARGET = 0.4
MEMORY_TARGET = 8.0


def wall(command):
    """Milliseconds from start to end; posix_spawn, so that Python's own size costs nothing."""
    quiet = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1, 2)]
    start = time.perf_counter()
    _, status = os.waitpid(os.posix_spawn(command[0], command, os.environ, file_actions=quiet), 0)
    took = (time.perf_counter() - start) * 1000
    if status != 0:
        sys.exit(f"{' '.join(command)}: status {status}")
    return took


def memory(command):
    """Peak resident megabytes, or None."""
    gnu_time = "/usr/bin/time"
    if not os.path.exists(gnu_time):
        return None
    done = subprocess.run([gnu_time, "-f", "%M", *command], capture_output=True, text=True, check=False)
    return int(done.stderr.split()[-1]) / 1024


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for command in COMMANDS.values():
        wall(command)
    times = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, command in COMMANDS.items():
            times[name].append(wall(command))
    print(f"{runs} alternating runs        median      best    memory")
    for name, command in COMMANDS.items():
        peak = memory(command)
        shown = "-" if peak is None else f"{peak:.1f} MB"
        print(f"{name:<22} {statistics.median(times[name]):7.2f} ms {min(times[name]):7.2f} ms {shown:>9}")
    ratio = statistics.median(times["chainmend check"]) / statistics.median(times["openssl verify"])
    peak = memory(COMMANDS["chainmend check"])
    print(f"wall / openssl verify   {ratio:7.2f}     aimed at {WALL_TARGET}: {'met' if ratio <= WALL_TARGET else 'MISSED'}")
    if peak is not None:
        met = "met" if peak <= MEMORY_TARGET else "MISSED"
        print(f"memory                  {peak:7.1f} MB  aimed at {MEMORY_TARGET:.0f} MB: {met}")


if __name__ == "__main__":
    main()
