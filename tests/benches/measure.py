"""Runs programs and says what they cost: wall time, processor time, memory. Tables of aims."""

import dataclasses
import http.server
import json
import os
import pathlib
import re
import statistics
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHAINMEND = os.environ.get("CHAINMEND", str(ROOT / "target/release/chainmend"))
FLEET = os.environ.get("FLEET", str(ROOT / "target/release/examples/fleet"))


@dataclasses.dataclass
class Cost:
    """What a run took: seconds on the clock, seconds of processors (user and system)."""

    wall: float
    cpu: float

    def __truediv__(self, runs):
        return Cost(self.wall / runs, self.cpu / runs)


class Failed(SystemExit):
    """A run that did not end well. Where nobody minds, it ends this program with its message."""


def start(command, stdout="/dev/null"):
    """A command, under way. By posix_spawn, so that this program's own size costs nothing."""
    command = [str(word) for word in command]
    files = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(stdout), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0),
    ]
    return os.posix_spawnp(command[0], command, os.environ, file_actions=files)


def end(pid, command):
    """What it took of the processors."""
    _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        raise Failed(f"{' '.join(map(str, command[:12]))}: exit {code}")
    return usage.ru_utime + usage.ru_stime


def run(command, stdout="/dev/null"):
    """One run of a command, which has to end well."""
    begun = time.perf_counter()
    cpu = end(start(command, stdout), command)
    return Cost(time.perf_counter() - begun, cpu)


def side_by_side(*commands):
    """Several commands at a time, as one work."""
    begun = time.perf_counter()
    under_way = [(start(command), command) for command in commands]
    cpu = sum(end(pid, command) for pid, command in under_way)
    return Cost(time.perf_counter() - begun, cpu)


def rounds(runs, *works):
    """The costs of so many runs of each, in turns, so that all of them see the same machine; None for
    a work of which one run failed (it gave None), and it runs no more."""
    costs = [[] for _ in works]
    for _ in range(runs):
        for work, taken in zip(works, costs):
            if None not in taken:
                taken.append(work())
    return [None if None in taken else taken for taken in costs]


def best_of(runs, *works):
    """The best run of each, in turns; None for a work that failed."""
    return [taken and best(taken) for taken in rounds(runs, *works)]


def best(costs):
    return Cost(min(cost.wall for cost in costs), min(cost.cpu for cost in costs))


def median(costs):
    return Cost(statistics.median(cost.wall for cost in costs), statistics.median(cost.cpu for cost in costs))


def in_turn(*commands):
    """Several commands, one after the other, as one work."""
    return total([run(command) for command in commands])


def total(costs):
    """All of them; None if one failed."""
    return None if None in costs else Cost(sum(cost.wall for cost in costs), sum(cost.cpu for cost in costs))


def memory(command):
    """The most megabytes that a run has at a time, by GNU time (Debian package `time`); None without it.

    What wait4(2) says of a child of this program counts this program's own memory too."""
    if not os.path.exists("/usr/bin/time"):
        return None
    command = ["/usr/bin/time", "-f", "%M", *map(str, command)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return int(done.stderr.split()[-1]) / 1024


class Table:
    """Figures and what is aimed at; a figure that misses its aim is a line, never a failure."""

    def __init__(self):
        self.missed = 0
        print(f"{'':<72} {'figure':>10} {'aim':>8}")

    def aim(self, what, figure, aim, unit=""):
        if figure is None:
            return self.note(what, "-")
        met = figure <= aim
        self.missed += not met
        print(f"{what:<72} {shown(figure, unit):>10} {shown(aim, unit):>8} {'met' if met else 'MISSED'}", flush=True)
        return None

    def ratio(self, what, ours, theirs, aim):
        """Our wall time by theirs, which failed where it is None."""
        if theirs is None:
            return self.note(what, "failed")
        return self.aim(what, ours.wall / theirs.wall, aim)

    def note(self, what, figure):
        print(f"{what:<72} {figure:>10}", flush=True)


def shown(number, unit):
    digits = 0 if number == int(number) else 3 if number < 0.1 else 2 if number < 100 else 1
    return f"{number:.{digits}f}{unit and ' ' + unit}"


class Server:
    """Serves a folder on the loopback, and counts what it is asked for."""

    def __init__(self):
        self.folder = None
        self.requests = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # The answer is one small write: nothing is gained by waiting for more to send.
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_GET(self):
                outer.requests += 1
                body = (outer.folder / self.path.lstrip("/")).read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def count(self):
        """Requests since the last call."""
        requests, self.requests = self.requests, 0
        return requests


def certificates(file):
    """The certificates of a PEM file, or of the JSON that cfssl prints, as base64 without line breaks."""
    text = pathlib.Path(file).read_text(encoding="utf-8", errors="replace")
    if text.startswith("{"):
        text = json.loads(text).get("bundle", "")
    blocks = re.findall("-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", text, re.DOTALL)
    return ["".join(block.split()) for block in blocks]
