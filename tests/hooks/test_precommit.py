"""The hooks of .pre-commit-hooks.yaml, run by the real pre-commit and by prek in real repositories.

    Hook Root ─ Hook Policy CA ─ Hook TLS CA ─ shop.example.com
    (trusted)                    http://crt.acme.example/tls.crt

The CA's server is a proxy on the loopback: it answers for that name, and counts what is asked.

Needs: git openssl python3
Run by tests/run, which fetches pre-commit and prek, or by hand with both in a folder:
CHAINMEND_HOOK_TOOLS=FOLDER CHAINMEND=target/debug/chainmend python3 tests/hooks/test_precommit.py
"""

import http.server
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/servers"))

import pki  # noqa: E402
import support  # noqa: E402

TOOLS = pathlib.Path(os.environ.get("CHAINMEND_HOOK_TOOLS", ROOT / "target/hook-tools"))
CHAINMEND = pathlib.Path(support.CHAINMEND).resolve()
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PREK_HOME = TARGET / "prek-home"
# Building the program is part of what `language: rust` does.
BUILD = 1800
# What a commit may cost, for 200 bundles that are right; a debug build takes three times as long as
# the release build that hooks run, and then some where the machine is busy.
COMMIT = 0.5
SLOWER = 3 if "debug" in CHAINMEND.parts else 1


class Ca(http.server.BaseHTTPRequestHandler):
    """A proxy that answers for the CA, and counts."""

    asked: list = []
    answers: dict = {}

    def do_GET(self):  # noqa: N802
        self.asked.append(self.path)
        body = self.answers.get(self.path)
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


class Repository:
    """A git repository, with hooks that one of the runners runs."""

    def __init__(self, world, folder, hooks):
        self.world, self.folder = world, pathlib.Path(folder)
        self.folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        lines = [f"      - id: {hook}" for hook in hooks]
        config = f"repos:\n  - repo: {world.hooks}\n    rev: {world.revision}\n    hooks:\n" + "\n".join(lines) + "\n"
        self.write(".pre-commit-config.yaml", config)

    def git(self, *arguments, check=True):
        return self.world.run("git", *arguments, cwd=self.folder, check=check)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        self.git("add", "--force", "--", name)

    def read(self, name):
        return (self.folder / name).read_text()

    def hooks(self, *more):
        """Runs the hooks on all files: the exit status, and what was said."""
        return self.world.runner(self.folder, "run", "--all-files", "--verbose", "--color", "never", *more)


class World:
    """Certificates, the CA's server, and a repository that holds the hooks as they are now."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "pki").mkdir()
        (self.folder / "bin").mkdir()
        self.pki = pki.Pki(self.folder / "pki")
        (self.folder / "bin/chainmend").symlink_to(CHAINMEND)
        Ca.answers = {pki.URL: pki.der(self.pki.tls)}
        self.ca = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ca)
        threading.Thread(target=self.ca.serve_forever, daemon=True).start()
        self.runner = self.pre_commit
        self.count = 0
        self.hooks = self.folder / "hooks"
        self.revision = None
        self.publish()

    def publish(self):
        """The sources as they are in the work tree, as a repository of their own."""
        leave = shutil.ignore_patterns("target", ".git", "__pycache__")
        shutil.copytree(ROOT, self.hooks, ignore=leave, symlinks=True)
        for arguments in ["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=hooks"]:
            self.run("git", *arguments, cwd=self.hooks, check=True)
        self.revision = self.run("git", "rev-parse", "HEAD", cwd=self.hooks, check=True).stdout.strip()

    def environment(self):
        kept = {name: value for name, value in os.environ.items()
                if not name.upper().endswith("_PROXY") and not name.startswith(("GIT_", "CHAINMEND"))}
        return kept | {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(TOOLS),
            "PRE_COMMIT_HOME": str(self.folder / "pre-commit-home"),
            "PREK_HOME": str(PREK_HOME),
            # prek's own; that of pre-commit too, so that both build the same crates.
            "CARGO_HOME": str(PREK_HOME / "cache/cargo"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.com",
            "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.com",
            # The release build of a user, in a fraction of the time.
            "CARGO_TARGET_DIR": str(TARGET / "hooks"),
            "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0", "CARGO_PROFILE_RELEASE_LTO": "off",
            "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "256",
            "CHAINMEND_ROOTS": str(self.folder / "pki/root.pem"),
            "CHAINMEND_CACHE_DIR": str(self.folder / f"cache-{self.count}"),
            "http_proxy": f"http://127.0.0.1:{self.ca.server_port}",
        }

    def run(self, *command, cwd=None, check=False, build=False, **more):
        env = self.environment()
        if build:
            # cargo asks its registry, on the way that is usual here.
            proxies = {name: value for name, value in os.environ.items() if name.upper().endswith("_PROXY")}
            env = {name: value for name, value in env.items() if name != "http_proxy"} | proxies
        done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", timeout=BUILD, check=False, **more)
        if check and done.returncode != 0:
            raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def pre_commit(self, folder, *arguments, build=False):
        done = self.run(sys.executable, "-m", "pre_commit", *arguments, cwd=folder, build=build)
        return done.returncode, done.stdout + done.stderr

    def prek(self, folder, *arguments, build=False):
        done = self.run(TOOLS / "bin/prek", *arguments, cwd=folder, build=build)
        return done.returncode, done.stdout + done.stderr

    def repository(self, *hooks):
        """A new repository; the cache is empty, and nobody has asked for anything."""
        self.count += 1
        Ca.asked.clear()
        return Repository(self, self.folder / f"repository-{self.count}", hooks)

    def right(self):
        return self.pki.leaf + self.pki.tls + self.pki.policy

    def misordered(self):
        return self.pki.leaf + self.pki.root + self.pki.policy + self.pki.tls

    def incomplete(self):
        return self.pki.leaf + self.pki.policy

    def fill(self, repository):
        """Good, misordered, incomplete and unmendable."""
        repository.write("certs/good.pem", self.right())
        repository.write("certs/misordered.pem", self.misordered())
        repository.write("certs/incomplete.crt", self.incomplete())
        repository.write("lost/unmendable.pem", self.pki.lost)


class Hooks(unittest.TestCase):
    """What holds for pre-commit; below, the same for prek."""

    runner = "pre_commit"

    @classmethod
    def setUpClass(cls):
        if not (TOOLS / "pre_commit").exists():
            raise unittest.SkipTest("pre-commit is not installed")
        folder = tempfile.TemporaryDirectory(prefix="chainmend-hooks-")
        cls.addClassCleanup(folder.cleanup)
        cls.world = World(folder.name)
        cls.world.runner = getattr(cls.world, cls.runner)
        cls.addClassCleanup(cls.world.ca.shutdown)
        # As a user would have it: `cargo install --bins --path .`, once.
        repository = cls.world.repository("chainmend-check", "chainmend-fix")
        status, said = cls.world.runner(repository.folder, "install-hooks", build=True)
        if status != 0:
            raise AssertionError(f"{cls.runner} install-hooks: exit {status}\n{said}")

    def exits(self, status, ran):
        self.assertEqual(ran[0], status, ran[1])
        self.assertNotIn("panicked", ran[1])
        return ran[1]

    def test_only_the_program_itself_is_installed(self):
        home = PREK_HOME / "hooks" if self.runner == "prek" else self.world.folder / "pre-commit-home"
        crates = list(home.rglob(".crates.toml"))
        self.assertTrue(crates)
        for crate in crates:
            installed = sorted(path.name for path in (crate.parent / "bin").iterdir() if "rustup" not in path.name)
            self.assertEqual(installed, ["chainmend"])

    def test_fix_fails_and_mends_and_passes_the_second_time(self):
        repository = self.world.repository("chainmend-fix")
        self.world.fill(repository)
        said = self.exits(1, repository.hooks())
        for name in "misordered.pem", "incomplete.crt", "unmendable.pem":
            self.assertIn(name, said)
        self.assertNotIn("good.pem", said)
        self.assertEqual(repository.read("certs/good.pem"), self.world.right())
        self.assertEqual(repository.read("certs/misordered.pem"), self.world.right())
        self.assertEqual(repository.read("certs/incomplete.crt"), self.world.right())
        self.assertEqual(repository.read("lost/unmendable.pem"), self.world.pki.lost)
        self.assertEqual(sorted(set(Ca.asked)), [pki.NOBODYS, pki.URL])

        said = self.exits(1, repository.hooks())
        self.assertIn("unmendable.pem", said)
        self.assertNotIn("misordered.pem", said)
        repository.git("rm", "--quiet", "--force", "lost/unmendable.pem")
        Ca.asked.clear()
        self.exits(0, repository.hooks())
        self.assertEqual(Ca.asked, [])

    def check(self, hook):
        repository = self.world.repository(hook)
        self.world.fill(repository)
        before = {path: path.read_bytes() for path in repository.folder.glob("*/*") if ".git" not in path.parts}
        said = self.exits(1, repository.hooks())
        for name in "misordered.pem", "incomplete.crt", "unmendable.pem":
            self.assertIn(name, said)
        self.assertNotIn("good.pem", said)
        self.assertEqual({path: path.read_bytes() for path in before}, before)
        repository.git("rm", "--quiet", "--force", "-r", "lost", "certs/misordered.pem", "certs/incomplete.crt")
        self.exits(0, repository.hooks())
        self.assertEqual(Ca.asked, [])

    def test_check_names_what_is_wrong_and_asks_nobody(self):
        self.check("chainmend-check")

    def test_check_system_is_the_same_with_the_installed_program(self):
        self.check("chainmend-check-system")

    def test_an_offline_commit_says_how_to_go_on(self):
        repository = self.world.repository("chainmend-check-system")
        self.exits(0, self.world.runner(repository.folder, "install"))
        repository.write("shop.pem", self.world.incomplete())
        commit = repository.git("commit", "--message=shop", check=False)
        said = commit.stdout + commit.stderr
        self.assertEqual(commit.returncode, 1, said)
        self.assertIn("INCOMPLETE, and only the network could tell", said)
        go_on = re.search(r"with the network: (chainmend fix -i shop\.pem)$", said, re.MULTILINE)
        self.assertTrue(go_on, said)
        self.assertEqual(Ca.asked, [])
        # As it says, and the commit goes through.
        self.world.run(*go_on.group(1).split(), cwd=repository.folder, check=True)
        self.assertEqual(Ca.asked, [pki.URL])
        repository.git("add", "shop.pem")
        repository.git("commit", "--message=shop")
        # Several at once: in a line of their own.
        self.world.run(CHAINMEND, "cache", "clear", check=True)
        for name in "one.pem", "two.pem":
            repository.write(name, self.world.incomplete() + f"# {name}\n")
        commit = repository.git("commit", "--message=more", check=False)
        said = commit.stdout + commit.stderr
        self.assertEqual(commit.returncode, 1, said)
        self.assertIn("next: with the network: chainmend fix -i one.pem two.pem", said)

    def test_a_file_whose_name_is_an_option_is_a_file(self):
        for hook in "chainmend-check-system", "chainmend-fix":
            repository = self.world.repository(hook)
            repository.write("-x.pem", self.world.misordered())
            repository.write("with spaces and 'quotes'.pem", self.world.misordered())
            # Would leave everything out, were it an option.
            repository.write("--exclude=*.pem", self.world.right())
            said = self.exits(1, repository.hooks())
            self.assertIn("-x.pem", said)
            self.assertIn("with spaces", said)
            self.assertIn("3 files: 1 ok, 2 m", said)

    def test_what_is_no_chain_is_passed_over(self):
        repository = self.world.repository("chainmend-check-system", "chainmend-fix")
        odd(repository, self.world.pki)
        before = {path: path.read_bytes() for path in repository.folder.glob("odd/*") if path.is_file()}
        self.assertGreater(len(before), 15)
        self.exits(0, repository.hooks())
        self.assertEqual({path: path.read_bytes() for path in before}, before)
        self.assertEqual(Ca.asked, [])

    def test_a_deleted_file_is_no_error(self):
        repository = self.world.repository("chainmend-check-system")
        repository.write("gone.pem", self.world.right())
        repository.write("stays.pem", self.world.right())
        repository.git("commit", "--quiet", "--no-verify", "--message=both")
        repository.git("rm", "--quiet", "gone.pem")
        self.exits(0, repository.hooks())
        # Still in the index, but not on the disk.
        (repository.folder / "stays.pem").unlink()
        self.exits(0, repository.hooks("--hook-stage", "pre-commit"))
        # Named by name, as a hook's runner may.
        self.exits(0, self.hook_command(repository, "gone.pem", "stays.pem"))

    def hook_command(self, repository, *names):
        """The command of the check hooks, by itself."""
        done = self.world.run(CHAINMEND, "check", "--found", "--offline", "--", *names, cwd=repository.folder)
        return done.returncode, done.stdout + done.stderr

    def test_a_link_in_a_circle_is_passed_over(self):
        repository = self.world.repository("chainmend-check-system")
        (repository.folder / "a.pem").symlink_to("b.pem")
        (repository.folder / "b.pem").symlink_to("a.pem")
        repository.git("add", "a.pem", "b.pem")
        repository.write("right.pem", self.world.right())
        self.exits(0, repository.hooks())
        self.assertIn("2 skipped", self.exits(0, self.hook_command(repository, "a.pem", "b.pem", "right.pem")))


class Prek(Hooks):
    runner = "prek"

    @classmethod
    def setUpClass(cls):
        if not (TOOLS / "bin/prek").exists():
            raise unittest.SkipTest("prek is not installed")
        # The crates that it built stay, what it installed for another run does not.
        for folder in "hooks", "repos":
            shutil.rmtree(PREK_HOME / folder, ignore_errors=True)
        super().setUpClass()


class Command(unittest.TestCase):
    """The hooks' definition, and what the command in it costs."""

    @unittest.skipUnless((TOOLS / "pre_commit").exists(), "pre-commit is not installed")
    def test_the_definition_is_valid_and_says_what_it_has_to(self):
        sys.path.insert(0, str(TOOLS))
        import yaml
        validate = [sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml"]
        done = subprocess.run(validate, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(TOOLS)}, text=True,
                              capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
        self.assertEqual(sorted(hooks), ["chainmend-check", "chainmend-check-system", "chainmend-fix"])
        walked = re.search(r"EXTENSIONS: &\[&str\] = &\[(.*)\]", (ROOT / "src/bin/chainmend/walk.rs").read_text())
        extensions = re.findall(r'"(\w+)"', walked.group(1))
        for name, hook in hooks.items():
            self.assertIn("--found", hook["entry"])
            self.assertEqual("--offline" in hook["entry"], "check" in name)
            self.assertEqual(hook["language"], "system" if name.endswith("-system") else "rust")
            self.assertEqual(hook["args"], ["--"])
            self.assertNotIn("types", hook)
            # What a search finds, and no more.
            for extension in extensions:
                self.assertTrue(re.search(hook["files"], f"a/x.{extension}"))
                self.assertTrue(re.search(hook["files"], f"X.{extension.upper()}"))
            for other in "x.key", "x.csr", "x.p12", "x.jks", "pem", "x.pem.orig":
                self.assertFalse(re.search(hook["files"], other), other)

    def test_200_right_bundles_cost_under_half_a_second_and_no_request(self):
        with tempfile.TemporaryDirectory(prefix="chainmend-hooks-") as folder:
            folder = pathlib.Path(folder)
            (folder / "pki").mkdir()
            certs = pki.Pki(folder / "pki")
            names = []
            for number in range(200):
                names.append(f"{number}.pem")
                chain = certs.sign("leaf", "leaf", "tls") + certs.tls + certs.policy
                (folder / names[-1]).write_text(chain)
            took = []
            for _ in range(5):
                started = time.monotonic()
                done = support.run(
                    CHAINMEND, "check", "--found", "--offline", "--roots", folder / "pki/root.pem", "--report", "json",
                    "--", *names, cwd=folder,
                )
                took.append(time.monotonic() - started)
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout.count('"verdict":"ok"') + done.stdout.count('"verdict": "ok"'), 200)
            self.assertNotIn('"url"', done.stdout)
            print(f"200 bundles: {min(took) * 1000:.0f} ms ({CHAINMEND})")
            self.assertLess(min(took), COMMIT * SLOWER)


def odd(repository, certs):
    """Everything that is called as certificates are, and is none."""
    key = certs.folder / "leaf.key"
    write = lambda name, content: repository.write(f"odd/{name}", content)  # noqa: E731
    write("key.pem", certs.key())
    write("key.der", pki.openssl("pkey", "-in", key, "-outform", "DER"))
    write("encrypted-key.pem", pki.openssl("pkcs8", "-topk8", "-in", key, "-passout", "pass:x"))
    write("public.pem", pki.openssl("pkey", "-in", key, "-pubout"))
    write("parameters.pem", pki.openssl("ecparam", "-name", "prime256v1"))
    write("request.pem", (certs.folder / "leaf.csr").read_text())
    write("request.der", pki.openssl("req", "-in", certs.folder / "leaf.csr", "-outform", "DER"))
    write("container.crt", pki.openssl("pkcs12", "-export", "-in", certs.folder / "leaf.pem", "-inkey", key,
                                       "-passout", "pass:secret"))
    # The first bytes of a Java key store, and of a JCEKS one.
    write("store.cer", bytes.fromhex("feedfeed0000000200000001") + bytes(range(256)) * 4)
    write("store.der", bytes.fromhex("cececece0000000200000001") + bytes(range(256)) * 4)
    write("pointer.pem", f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d' * 32}\nsize 4711\n")
    write("empty.pem", "")
    write("text.crt", "see the wiki\n")
    write("random.der", bytes((7 * n * n + 3 * n) % 251 for n in range(3000)))
    write("root.pem", certs.root)
    write("trust.pem", certs.root + certs.policy)
    write("ssh.pem", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n")
    write("name with spaces.pem", certs.key())


if __name__ == "__main__":
    support.main()
