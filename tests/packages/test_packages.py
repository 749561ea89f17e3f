"""The Debian package, built by .ci/package, installed, run and removed; and what cargo installs.

dpkg works on a folder of its own (--root): nothing of this machine is changed. The package holds
the build of the tests, not the one that is released; nothing else in it differs.

Needs: git python3
Run by tests/run, which fetches cargo-deb into target/tools, or by hand:
CHAINMEND=target/debug/chainmend python3 tests/packages/test_packages.py
"""

import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/servers"))

import support  # noqa: E402

TOOLS = ROOT / "target/tools/bin"
SAMPLES = ROOT / "samples"
BUILD = 1200
MANIFEST = tomllib.loads((ROOT / "Cargo.toml").read_text())
VERSION = MANIFEST["package"]["version"]
# Where Debian's shells look.
COMPLETIONS = {
    "bash": "usr/share/bash-completion/completions/chainmend",
    "zsh": "usr/share/zsh/vendor-completions/_chainmend",
    "fish": "usr/share/fish/vendor_completions.d/chainmend.fish",
}


def run(*command, **more):
    path = os.pathsep.join([str(TOOLS), os.environ["PATH"], "/usr/sbin", "/sbin"])
    return subprocess.run([str(part) for part in command], cwd=ROOT, env=os.environ | {"PATH": path}, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=BUILD, check=False, **more)


@unittest.skipUnless((TOOLS / "cargo-deb").exists() and shutil.which("dpkg"), "cargo-deb or dpkg is missing")
class Debian(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        built = run(".ci/package", "dev")
        if built.returncode != 0:
            raise AssertionError(built.stdout + built.stderr)
        cls.package = pathlib.Path(built.stdout.split()[-1])
        folder = tempfile.TemporaryDirectory(prefix="chainmend-deb-")
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        for name in "info", "updates":
            (cls.root / "var/lib/dpkg" / name).mkdir(parents=True)
        (cls.root / "var/lib/dpkg/status").touch()
        cls.dpkg("--install", cls.package)

    @classmethod
    def dpkg(cls, *arguments):
        """dpkg on a root that holds nothing else: so what the package needs is not there."""
        log = cls.root / "dpkg.log"
        done = run("dpkg", f"--root={cls.root}", f"--log={log}", "--force-not-root", "--force-depends", *arguments)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        return done

    def installed(self):
        """What lies below usr/, without folders."""
        return {str(path.relative_to(self.root)) for path in (self.root / "usr").rglob("*") if not path.is_dir()}

    def test_the_program_runs(self):
        program = self.root / "usr/bin/chainmend"
        done = run(program, "--version")
        self.assertEqual(done.stdout.strip(), f"chainmend {VERSION}")
        done = run(program, "check", "--offline", "--roots", SAMPLES / "root.pem", SAMPLES / "right.pem")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_there_is_a_manual_page_for_every_command(self):
        pages = self.root / "usr/share/man/man1"
        names = {path.name for path in pages.iterdir()}
        self.assertEqual(names, {f"{path.name}.gz" for path in (ROOT / "man").glob("*.1")})
        listed = run(self.root / "usr/bin/chainmend", "--help").stdout.split("Commands:")[1].split("\n\n")[0]
        commands = re.findall(r"^  (\w+) ", listed, re.MULTILINE)
        self.assertGreater(len(commands), 4)
        for command in commands:
            self.assertIn(f"chainmend-{command}.1.gz", names)
        if shutil.which("man"):
            for page in sorted(pages.iterdir()):
                done = run("man", "--warnings", "--local-file", "--pager=cat", page)
                self.assertEqual((done.returncode, done.stderr), (0, ""), page.name)

    def test_the_completions_are_those_of_the_program_and_load(self):
        for shell, name in COMPLETIONS.items():
            text = (self.root / name).read_text()
            self.assertEqual(text, run(self.root / "usr/bin/chainmend", "completions", shell).stdout)
            if shutil.which(shell):
                done = run(shell, "-n", self.root / name)
                self.assertEqual((done.returncode, done.stderr), (0, ""), shell)
        line = f'. "{self.root / COMPLETIONS["bash"]}" && complete -p chainmend'
        self.assertIn("_chainmend", run("bash", "-c", line).stdout)
        script = f'. "{self.root / COMPLETIONS["bash"]}"; COMP_WORDS=(chainmend fi); COMP_CWORD=1; ' \
                 '_chainmend chainmend fi chainmend; echo "${COMPREPLY[@]}"'
        self.assertEqual(run("bash", "-c", script).stdout.split(), ["fix", "filter"])

    def test_every_sample_is_there_as_an_example(self):
        examples = self.root / "usr/share/doc/chainmend/examples"
        wanted = {path.name for path in SAMPLES.iterdir()} - {"make.rs"}
        self.assertEqual({path.name for path in examples.iterdir()}, wanted)
        for path in examples.glob("*.sh"):
            self.assertTrue(os.access(path, os.X_OK), path.name)

    def test_it_says_who_may_copy_it_and_what_changed(self):
        doc = self.root / "usr/share/doc/chainmend"
        notice = (doc / "copyright").read_text()
        self.assertIn("License: MIT or Apache-2.0", notice)
        self.assertIn("WITHOUT WARRANTY", notice)
        self.assertEqual(gzip.decompress((doc / "changelog.gz").read_bytes()), (ROOT / "CHANGELOG.md").read_bytes())
        self.assertTrue(gzip.decompress((doc / "changelog.Debian.gz").read_bytes()).startswith(b"chainmend ("))
        fields = run("dpkg-deb", "--field", self.package).stdout
        self.assertIn("Depends: libc6", fields)
        self.assertIn(f"Version: {VERSION}-1", fields)

    @unittest.skipUnless(shutil.which("lintian"), "lintian is not installed")
    def test_lintian_has_nothing_to_say(self):
        # That Debian has not taken it in yet closes no bug of Debian's.
        done = run("lintian", "--allow-root", "--suppress-tags", "initial-upload-closes-no-bugs", self.package)
        self.assertEqual(done.stdout.strip(), "")

    def test_zz_removed_it_leaves_nothing_behind(self):
        self.assertTrue(self.installed())
        self.dpkg("--purge", "chainmend")
        self.assertEqual(self.installed(), set())


class Cargo(unittest.TestCase):
    def test_cargo_installs_the_program_and_nothing_else(self):
        for more in [], ["--bins"]:
            with tempfile.TemporaryDirectory(prefix="chainmend-install-") as root:
                # The build of the tests is at hand; a release build would be another minute of waiting.
                done = run("cargo", "install", "--locked", "--offline", "--debug", "--path", ".", "--root", root, *more)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual([path.name for path in (pathlib.Path(root) / "bin").iterdir()], ["chainmend"])
                done = run(pathlib.Path(root) / "bin/chainmend", "--version")
                self.assertEqual(done.stdout.strip(), f"chainmend {VERSION}")

    def test_the_crate_has_what_a_user_needs_and_no_test(self):
        names = run("cargo", "package", "--list", "--allow-dirty", "--offline").stdout.split()
        for name in "README.md", "LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md", "man/chainmend-fix.1", \
                ".pre-commit-hooks.yaml", "samples/certbot-deploy-hook.sh", "src/rules/misordered.md":
            self.assertIn(name, names)
        self.assertEqual([name for name in names if name.startswith(("tests/", ".ci/", "target/"))], [])

    def test_binstall_finds_the_archive_of_a_release(self):
        binstall = MANIFEST["package"]["metadata"]["binstall"]
        known = {"repo", "version", "name", "target", "archive-suffix", "bin", "binary-ext"}
        for key in "pkg-url", "bin-dir":
            self.assertLessEqual(set(re.findall(r"\{ ([\w-]+) \}", binstall[key])), known)
        self.assertIn("{ version }", binstall["pkg-url"])


if __name__ == "__main__":
    support.main()
