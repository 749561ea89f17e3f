"""Every broken state of a file, at a real server, with seven real clients: before and after `fix`.

A server says how it is started with a file (`Server.start`), and what it does with each state before
(`BEFORE`); the rest is here. What comes of it is printed as a matrix and compared cell by cell.

    Sample Root G2 ─ Sample Policy CA ─ Sample TLS CA 2 ─ shop.example.com
    (trusted by every client, alone)
"""

import concurrent.futures
import contextlib
import os
import pathlib
import re
import socket
import ssl
import subprocess
import tempfile
import textwrap
import time

import support
from support import HOST, KEY, ROOT, SAMPLES, TRUSTED

HERE = pathlib.Path(__file__).resolve().parent
BLOCK = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.S)

# A server that listens speaks TLS after this many seconds, or never.
PATIENCE = 4

# What a cell says: the server does not start (or not with TLS); the client connects; it does not.
NO_START, OK, FAIL = "-", "ok", "FAIL"


def blocks(sample):
    return BLOCK.findall((SAMPLES / sample).read_text())


LEAF, TLS_CA, POLICY_CA = blocks("right.pem")
(ROOT_CA,) = blocks("root.pem")
(STRANGER,) = set(blocks("hole.pem")) - {LEAF, POLICY_CA}


def damaged(block):
    """The block with characters in its middle that base64 does not have."""
    middle = len(block) // 2
    return block[:middle] + "!!!!" + block[middle + 4:]


def pkcs7(certificates):
    """A PKCS#7 with these, in PEM."""
    made = subprocess.run(["openssl", "crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin"], input=certificates.encode(),
                          capture_output=True, timeout=support.TIMEOUT, check=True)
    return made.stdout


BOM = b"\xef\xbb\xbf"

# Each state of the file: what stands in it, as bytes. The key is not part of it.
STATES = {
    "leaf only": LEAF.encode(),
    "gap": (LEAF + POLICY_CA).encode(),
    "reversed": (POLICY_CA + TLS_CA + LEAF).encode(),
    "swapped": (LEAF + POLICY_CA + TLS_CA).encode(),
    "root in": (LEAF + TLS_CA + POLICY_CA + ROOT_CA).encode(),
    "stranger": (LEAF + STRANGER + TLS_CA + POLICY_CA).encode(),
    "duplicate": (LEAF + TLS_CA + TLS_CA + POLICY_CA).encode(),
    "glued": (LEAF.rstrip("\n") + TLS_CA + POLICY_CA).encode(),
    "BOM": BOM + (LEAF + TLS_CA + POLICY_CA).encode(),
    "later one damaged": (LEAF + TLS_CA + damaged(POLICY_CA)).encode(),
    "indented": textwrap.indent(LEAF + TLS_CA + POLICY_CA, "    ").encode(),
    "UTF-16": (LEAF + TLS_CA + POLICY_CA).encode("utf-16"),
    "PKCS#7": pkcs7(LEAF + TLS_CA + POLICY_CA),
    "DER": ssl.PEM_cert_to_DER_cert(LEAF),
}


def with_key(content):
    """The file with the private key in front, as it would come about: all of it in one encoding."""
    if content == STATES["UTF-16"]:
        return (KEY.read_text() + content.decode("utf-16")).encode("utf-16")
    # A byte order mark stands at the very start of a file.
    mark = BOM if content.startswith(BOM) else b""
    return mark + KEY.read_bytes() + content.removeprefix(BOM)


# What most servers do with each state: they do not start, or all clients connect, or none. OpenSSL 3
# passes over a byte order mark.
USUAL = (
    dict.fromkeys(STATES, NO_START)
    | dict.fromkeys(("leaf only", "gap"), FAIL)
    | dict.fromkeys(("swapped", "root in", "stranger", "duplicate", "BOM"), OK)
)


class Client:
    """Asks many ports, and gives for each `ok` or why not."""

    def __init__(self, name, ask):
        self.name, self.ask = name, ask


def each(one):
    """A client that is a program for one connection, or a function."""
    def ask(ports):
        return {port: one(port) for port in ports}
    return ask


def exits(command):
    """A program that says by its exit status whether it could connect."""
    def one(port):
        status, said = command(port)
        return OK if status == 0 else said or f"exit {status}"
    return each(one)


def curl(scheme):
    """curl, which goes on after the handshake; what comes of that is no matter."""
    def one(port):
        done = support.run(
            "curl", "-q", "--silent", "--show-error", "--max-time", "10", "--cacert", TRUSTED, "--resolve",
            f"{HOST}:{port}:127.0.0.1", "--write-out", "\n%{time_appconnect}", f"{scheme}://{HOST}:{port}/",
        )
        shook_hands = done.returncode != 60 and float(done.stdout.splitlines()[-1]) > 0
        return (0 if shook_hands else done.returncode or 1), done.stderr
    return one


def python(port):
    context = ssl.create_default_context(cafile=str(TRUSTED))
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            with context.wrap_socket(plain, server_hostname=HOST):
                return OK
    except OSError as error:
        return str(error)


def lines(*command):
    """A program that asks all ports and prints a line for each."""
    def ask(ports):
        done = support.run(*command, TRUSTED, HOST, *ports)
        told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
        return {port: told.get(str(port), f"nothing said: {done.stderr}") for port in ports}
    return ask


def go_client():
    """The program of clients/client.go, built once."""
    program = ROOT / "target" / "servers" / "client-go"
    source = HERE / "clients" / "client.go"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        program.parent.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"GOCACHE": str(program.parent / "go-cache"), "GO111MODULE": "off"}
        subprocess.run(["go", "build", "-o", program, source], env=environment, check=True, timeout=300)
    return program


def clients(scheme):
    return [
        Client("openssl", exits(support.openssl)),
        Client("gnutls", exits(support.gnutls)),
        Client("curl", exits(curl(scheme))),
        Client("python", each(python)),
        Client("java", lines("java", HERE / "clients" / "Client.java")),
        Client("node", lines("node", HERE / "clients" / "client.mjs")),
        Client("go", lines(go_client())),
    ]


def shake_hands(port):
    """Until the server speaks TLS: some listen before they have looked at their files. What it sends
    is no matter here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    until, why = time.monotonic() + PATIENCE, None
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain:
                with context.wrap_socket(plain, server_hostname=HOST):
                    return
        except ConnectionRefusedError as error:
            raise support.NotStarted("it has ended") from error
        except OSError as error:
            why = error
        time.sleep(0.05)
    raise support.NotStarted(f"no TLS: {why}")


class Matrix:
    """What every server's test does; it is a `unittest.TestCase` together with this."""

    # The server's name, for what is printed.
    server = ""
    # What curl speaks to it.
    scheme = "https"
    # What it does with each state before; states that are not named are as usual.
    BEFORE = {}
    # Words that a server says that does not start, by state.
    SAYS = {}
    # States that its file cannot be in.
    NEVER = ()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="chainmend-server-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        # Some servers read as another user.
        self.folder.chmod(0o755)

    def start(self, folder, file):
        """A context manager that starts the server with this file, and gives its port. What stands in
        `folder` is the server's own."""
        raise NotImplementedError

    def said(self, folder):
        """What the server wrote about itself, where that is in a file."""
        return ""

    def file(self, folder, content):
        """Writes the file as it was before; the path."""
        path = folder / "site.pem"
        path.write_bytes(content)
        return path

    def mend(self, folder, file):
        """What a user types to mend the file; the path of what the server is to load."""
        mended = folder / "fullchain.pem"
        support.fix(file, "-o", mended)
        return mended

    def full_chain(self, folder, file):
        """The whole chain that a server with this file sends, as a file."""
        return file

    def ask_all(self, ports):
        """What each client says of each state's server: `ports` is a dict from states."""
        answers = {state: {} for state in ports}
        with concurrent.futures.ThreadPoolExecutor() as pool:
            asked = {client.name: pool.submit(client.ask, list(ports.values())) for client in clients(self.scheme)}
            for name, future in asked.items():
                for (state, port), answer in zip(ports.items(), future.result().values(), strict=True):
                    answers[state][name] = answer
        return answers

    def started(self, folder, file):
        """A running server, to be closed, and its port; or why there is none."""
        try:
            with contextlib.ExitStack() as stack:
                port = stack.enter_context(self.start(folder, file))
                shake_hands(port)
                return stack.pop_all(), port
        except support.NotStarted as error:
            return None, f"{error} {self.said(folder)}"

    def look(self, files, also=lambda state, port: None):
        """Starts a server for each state's file and asks them all; why those that do not start do not."""
        with concurrent.futures.ThreadPoolExecutor(len(files)) as pool:
            started = dict(zip(files, pool.map(lambda file: self.started(*file), files.values())))
            running = [server for server, _ in started.values() if server]
            try:
                refused = {state: why for state, (server, why) in started.items() if not server}
                ports = {state: port for state, (server, port) in started.items() if server}
                answers = self.ask_all(ports) if ports else {}
                for state, port in ports.items():
                    also(state, port)
                return refused, answers
            finally:
                list(pool.map(lambda server: server.close(), running))

    def test_every_state_before_and_after(self):
        before, after = {}, {}
        states = {state: content for state, content in STATES.items() if state not in self.NEVER}
        for state, content in states.items():
            for stage, files in ("before", before), ("after", after):
                # `#` begins a comment in some configurations.
                folder = self.folder / re.sub(r"\W", "-", f"{state} {stage}")
                folder.mkdir(mode=0o755)
                file = self.file(folder, content)
                files[state] = folder, file if stage == "before" else self.mend(folder, file)
        names = [client.name for client in clients(self.scheme)]
        expected = USUAL | self.BEFORE
        faults = []

        def agrees(state, port):
            """`chainmend check` of the server says so, too."""
            chain = self.full_chain(*after[state])
            done = support.run(
                support.CHAINMEND, "check", f"https://{HOST}", "--connect", f"127.0.0.1:{port}", "--against", chain,
                "--roots", TRUSTED, "--offline",
            )
            if done.returncode != 0:
                faults.append(f"after, {state}: chainmend check: {done.stderr}")

        for stage, files in ("before", before), ("after", after):
            refused, answers = self.look(files, agrees if stage == "after" else lambda state, port: None)
            heading = f"{self.server}, {stage}:"
            print(f"\n{heading:<26}{''.join(f'{name:>9}' for name in names)}", flush=True)
            for state in states:
                cells = {name: NO_START if state in refused else answers[state][name] for name in names}
                short = {name: cell if cell in (OK, NO_START) else FAIL for name, cell in cells.items()}
                print(f"  {state:<24}{''.join(f'{short[name]:>9}' for name in names)}", flush=True)
                wanted = expected[state] if stage == "before" else OK
                wrong = [name for name in names if short[name] != wanted]
                if wrong:
                    why = refused.get(state) or cells[wrong[0]]
                    faults.append(f"{stage}, {state}, {' '.join(wrong)}: not {wanted}: {why}")
            if stage == "before":
                for state, words in self.SAYS.items():
                    if words not in refused.get(state, ""):
                        faults.append(f"{state}: the server does not say {words!r} but {refused.get(state)!r}")
        self.assertFalse(faults, "\n".join(faults))


class OneFile(Matrix):
    """A server that reads its key from the file with the chain, in front of it."""

    def file(self, folder, content):
        return super().file(folder, with_key(content))

    def mend(self, folder, file):
        mended = folder / "mended.pem"
        support.fix(file, "--with-key", "-o", mended)
        return mended
