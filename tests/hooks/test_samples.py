"""The samples for deploys: the hooks do what they say, the others are what their programs read.

    Hook Root ─ Hook Policy CA ─ Hook TLS CA ─ shop.example.com
    (trusted)

The hooks run against a pretend /etc/letsencrypt, with links as certbot makes them; the servers that
they reload are scripts that write down how they were called.

Needs: git openssl shellcheck make python3
Run by tests/run, or by hand: CHAINMEND=target/debug/chainmend python3 tests/hooks/test_samples.py
"""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/servers"))
TOOLS = pathlib.Path(os.environ.get("CHAINMEND_HOOK_TOOLS", ROOT / "target/hook-tools"))
sys.path.append(str(TOOLS))

import pki  # noqa: E402
import support  # noqa: E402

try:
    import yaml
except ImportError:
    yaml = None

SAMPLES = ROOT / "samples"
CHAINMEND = pathlib.Path(support.CHAINMEND).resolve()
NAME = "shop.example.com"
TIMEOUT = 120


class Host:
    """A machine: certificates in a pretend live/, and servers that only write down what they hear."""

    servers = "nginx", "haproxy", "postfix", "systemctl"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        for name in "pki", "bin", "cache":
            (self.folder / name).mkdir()
        self.pki = pki.Pki(self.folder / "pki")
        self.tls = self.folder / "tls"
        self.log = self.folder / "log"
        self.log.touch()
        (self.folder / "bin/chainmend").symlink_to(CHAINMEND)
        for server in self.servers:
            self.server(server, 0)
        self.version = 0
        self.live = self.folder / "letsencrypt/live" / NAME
        self.archive = self.folder / "letsencrypt/archive" / NAME
        self.live.mkdir(parents=True)
        self.archive.mkdir(parents=True)
        self.renewal = self.folder / "letsencrypt/renewal"
        self.renewal.mkdir()
        conf = [f"{kind} = {self.live}/{kind}.pem" for kind in ("cert", "chain", "fullchain", "privkey")]
        (self.renewal / f"{NAME}.conf").write_text("\n".join([f"archive_dir = {self.archive}", *conf]) + "\n")

    def server(self, name, status):
        """A program of this name that writes down its arguments and ends with `status`."""
        path = self.folder / "bin" / name
        path.write_text(f'#!/bin/sh\necho {name} "$@" >> "{self.log}"\nexit {status}\n')
        path.chmod(0o755)

    def renew(self, chain, key):
        """What certbot does: new files in archive/, and links in live/ to them."""
        self.version += 1
        parts = {"fullchain": chain, "cert": chain, "chain": self.pki.tls, "privkey": key}
        for kind, text in parts.items():
            real = self.archive / f"{kind}{self.version}.pem"
            real.write_text(text)
            link = self.live / f"{kind}.pem"
            link.unlink(missing_ok=True)
            link.symlink_to(f"../../archive/{NAME}/{real.name}")

    def broken(self):
        return self.pki.leaf + self.pki.root + self.pki.policy + self.pki.tls

    def right(self):
        return self.pki.leaf + self.pki.tls + self.pki.policy

    def run(self, *command, **variables):
        environment = {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "HOME": str(self.folder), "TLS_DIR": str(self.tls),
            "CHAINMEND_ROOTS": str(self.folder / "pki/root.pem"), "CHAINMEND_OFFLINE": "1",
            "CHAINMEND_CACHE_DIR": str(self.folder / "cache"),
        } | {name: str(value) for name, value in variables.items()}
        return subprocess.run([str(part) for part in command], env=environment, cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False)

    def heard(self):
        """What the servers were told since the last time."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return lines


def marks(path):
    """What must not change about a file that is left alone."""
    return path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino, path.is_symlink()


class Hook:
    maxDiff = None

    """What holds for every deploy hook; each says how its client calls it, and what it reloads."""

    script: str
    reloads: list
    checker: str

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="chainmend samples ")
        self.addCleanup(folder.cleanup)
        self.host = Host(folder.name)
        self.host.renew(self.host.broken(), self.host.pki.key())

    def variables(self):
        raise NotImplementedError

    def hook(self, **variables):
        done = self.host.run(SAMPLES / self.script, **(variables or self.variables()))
        self.assertNotIn("PRIVATE KEY", done.stdout + done.stderr)
        return done

    def output(self):
        return self.host.tls / f"{NAME}.pem"

    def expected(self):
        return self.host.pki.key() + self.host.right()

    def test_a_broken_chain_is_mended_elsewhere_and_the_server_reloaded(self):
        before = {path: marks(path) for path in self.host.live.parent.parent.rglob("*.pem")}
        done = self.hook()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.output().read_text(), self.expected())
        self.assertEqual(stat.S_IMODE(self.output().stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.host.tls.stat().st_mode), 0o700)
        self.assertEqual(self.host.heard(), self.reloads)
        self.assertEqual({path: marks(path) for path in before}, before)
        self.assertEqual([path.name for path in self.host.tls.iterdir()], [f"{NAME}.pem"])

    def test_with_nothing_to_do_nothing_is_written_and_all_is_well(self):
        self.host.renew(self.host.right(), self.host.pki.key())
        self.assertEqual(self.hook().returncode, 0)
        before = marks(self.output())
        done = self.hook()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(marks(self.output()), before)

    def test_a_renewal_with_a_new_key_replaces_both(self):
        self.hook()
        pki.openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-out", self.host.folder / "pki/leaf.key")
        self.host.pki.leaf = self.host.pki.issue("leaf", NAME, "leaf", "tls")
        self.host.renew(self.host.broken(), self.host.pki.key())
        done = self.hook()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.output().read_text(), self.expected())

    def test_without_a_valid_chain_the_old_file_stays_and_the_hook_fails(self):
        self.hook()
        self.host.heard()
        before = marks(self.output())
        self.host.renew(self.host.pki.leaf + self.host.pki.policy, self.host.pki.key())
        done = self.hook()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("missing-intermediate", done.stderr)
        self.assertEqual(marks(self.output()), before)
        self.assertEqual(self.host.heard(), [])

    def test_with_the_key_of_another_certificate_nothing_is_written(self):
        self.host.renew(self.host.broken(), self.host.pki.key("tls"))
        done = self.hook()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertFalse(self.output().exists())
        self.assertEqual(self.host.heard(), [])

    def test_a_server_that_refuses_its_configuration_is_not_reloaded(self):
        self.host.server(self.checker, 1)
        done = self.hook()
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.host.heard(), self.reloads[:1])

    def test_by_hand_without_its_variables_it_says_what_is_missing(self):
        done = self.hook(NONE="")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("is set by", done.stderr)
        self.assertEqual(self.host.heard(), [])


class Certbot(Hook, unittest.TestCase):
    script = "certbot-deploy-hook.sh"
    reloads = ["nginx -t -q", "nginx -s reload"]
    checker = "nginx"

    def variables(self):
        return {"RENEWED_LINEAGE": self.host.live, "RENEWED_DOMAINS": f"{NAME} www.{NAME}"}


class AcmeSh(Hook, unittest.TestCase):
    script = "acme-sh-reload.sh"
    reloads = ["haproxy -c -q -f /etc/haproxy/haproxy.cfg", "systemctl reload haproxy"]
    checker = "haproxy"

    def variables(self):
        store = self.host.live
        return {"Le_Domain": NAME, "CERT_PATH": store / "cert.pem", "CERT_KEY_PATH": store / "privkey.pem",
                "CA_CERT_PATH": store / "chain.pem", "CERT_FULLCHAIN_PATH": store / "fullchain.pem"}

    def test_a_wildcard_makes_no_file_called_star(self):
        done = self.hook(**(self.variables() | {"Le_Domain": "*.example.com"}))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([path.name for path in self.host.tls.iterdir()], ["_.example.com.pem"])


class Lego(Hook, unittest.TestCase):
    """lego 5."""

    script = "lego-deploy-hook.sh"
    reloads = ["postfix check", "postfix reload"]
    checker = "postfix"
    word = "HOOK_"

    def variables(self):
        store = self.host.folder / "lego/certificates"
        store.mkdir(parents=True, exist_ok=True)
        for end, kind in ("crt", "fullchain"), ("key", "privkey"):
            shutil.copy(self.host.live / f"{kind}.pem", store / f"{NAME}.{end}")
        return {f"LEGO_{self.word}CERT_PATH": store / f"{NAME}.crt", f"LEGO_{self.word}CERT_KEY_PATH": store / f"{NAME}.key"}


class Lego4(Lego):
    """lego 4 calls its variables otherwise."""

    word = ""


class Live(unittest.TestCase):
    """The check of a server, against one that has loaded its file once, as servers do."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="chainmend samples ")
        self.addCleanup(folder.cleanup)
        self.host = Host(folder.name)
        self.file = self.host.folder / "loaded.pem"

    def serve(self, chain):
        """A server with this chain; its address."""
        self.file.write_text(chain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.host.folder / "pki/leaf.key")
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)

        def answer():
            while True:
                try:
                    plain, _ = listening.accept()
                except OSError:
                    return
                with plain, contextlib.suppress(OSError):
                    context.wrap_socket(plain, server_side=True).close()

        threading.Thread(target=answer, daemon=True).start()
        return f"127.0.0.1:{listening.getsockname()[1]}"

    def check(self, address):
        return self.host.run(SAMPLES / "live-check.sh", NAME, self.file, address)

    def test_a_server_that_sends_its_file_is_nothing_to_speak_of(self):
        done = self.check(self.serve(self.host.right()))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_a_server_that_was_not_reloaded_is_named(self):
        address = self.serve(self.host.right())
        self.host.pki.leaf = self.host.pki.issue("leaf", NAME, "leaf", "tls")
        self.file.write_text(self.host.right())
        done = self.check(address)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("server-differs", done.stderr)
        self.assertIn("reload the server", done.stderr)

    def test_a_server_that_sends_the_leaf_alone_is_named(self):
        done = self.check(self.serve(self.host.pki.leaf))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("missing-intermediate", done.stderr)

    def test_nobody_there_is_not_taken_for_well(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
        self.file.write_text(self.host.right())
        self.assertEqual(self.check(address).returncode, 2)

    def test_without_its_words_it_says_which(self):
        done = self.host.run(SAMPLES / "live-check.sh", NAME)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is wanted: the file", done.stderr)


class Made(unittest.TestCase):
    """What other programs run: make, Ansible, systemd."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="chainmend-samples-")
        self.addCleanup(folder.cleanup)
        self.host = Host(folder.name)
        self.incoming = self.host.folder / "incoming"
        self.incoming.mkdir()
        for name in "site", "shop":
            (self.incoming / f"{name}.crt").write_text(self.host.broken())
            (self.incoming / f"{name}.key").write_text(self.host.pki.key())

    def test_the_makefile_mends_once(self):
        make = ["make", "-f", SAMPLES / "Makefile", "-C", self.incoming, "shop.fullchain.pem"]
        done = self.host.run(*make)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual((self.incoming / "shop.fullchain.pem").read_text(), self.host.right())
        self.assertIn("up to date", self.host.run(*make).stdout)
        # The certificate is renewed, and its chain the same: made anew, and then up to date again.
        later = (self.incoming / "shop.fullchain.pem").stat().st_mtime + 5
        os.utime(self.incoming / "shop.crt", (later, later))
        self.assertIn("chainmend fix", self.host.run(*make).stdout)
        (self.incoming / "shop.crt").write_text(self.host.pki.leaf)
        done = self.host.run(*make)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual((self.incoming / "shop.fullchain.pem").read_text(), self.host.right())

    def test_the_line_of_the_systemd_service_mends(self):
        service = unit("chainmend@.service")
        line = service["Service"]["ExecStart"][0].replace("%i", "shop").replace("/usr/bin/chainmend", str(CHAINMEND))
        line = line.replace("/etc/ssl/incoming", str(self.incoming)).replace("/etc/nginx/tls", str(self.host.folder))
        done = self.host.run(*line.split())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.host.folder / "shop.pem").read_text(), self.host.pki.key() + self.host.right())
        path = unit("chainmend@.path")["Path"]
        self.assertEqual(path["Unit"], ["chainmend@%i.service"])
        self.assertEqual([watched.split(".")[-1] for watched in path["PathChanged"]], ["crt", "key"])
        for watched in path["PathChanged"]:
            self.assertIn(watched, service["Service"]["ExecStart"][0])

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_systemd_takes_the_units(self):
        units = self.host.folder / "units"
        units.mkdir()
        for name in "chainmend@.service", "chainmend@.path":
            text = (SAMPLES / name).read_text().replace("/usr/bin/", str(self.host.folder / "bin") + "/")
            (units / name.replace("@", "@shop")).write_text(text)
            (units / name).write_text(text)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units.glob("chainmend@shop.*")], text=True,
                              env=os.environ | {"SYSTEMD_UNIT_PATH": f"{units}:"}, capture_output=True,
                              timeout=TIMEOUT, check=False)
        said = [line for line in done.stderr.splitlines() if "chainmend" in line]
        self.assertEqual(said, [], done.stderr)

    @unittest.skipUnless((TOOLS / "ansible").exists(), "ansible-core is not installed")
    def test_the_ansible_playbook_changes_once_and_reloads_once(self):
        target = self.host.folder / "shop.pem"
        play = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local",
                "-e", json.dumps({"tls_source": str(self.incoming), "tls_file": str(target),
                                  "ansible_python_interpreter": sys.executable}), SAMPLES / "ansible-playbook.yaml"]
        variables = {"PYTHONPATH": TOOLS, "ANSIBLE_HOME": self.host.folder / "ansible", "LC_ALL": "C.UTF-8",
                     "ANSIBLE_LOCAL_TEMP": self.host.folder / "ansible/tmp", "ANSIBLE_NOCOLOR": "1"}
        done = self.host.run(*play, **variables)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("changed=2", done.stdout)
        self.assertEqual(target.read_text(), self.host.pki.key() + self.host.right())
        self.assertEqual(self.host.heard(), ["nginx -s reload"])
        done = self.host.run(*play, **variables)
        self.assertIn("changed=0", done.stdout, done.stdout + done.stderr)
        self.assertEqual(self.host.heard(), [])
        (self.incoming / "site.crt").write_text(self.host.pki.leaf)
        done = self.host.run(*play, **variables)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("missing-intermediate", done.stdout)
        self.assertEqual(self.host.heard(), [])


def unit(name):
    """A systemd unit: by section and key all values, since a key may stand more than once."""
    sections = {}
    for line in (SAMPLES / name).read_text().splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            section.setdefault(key, []).append(value)
    return sections


class Read(unittest.TestCase):
    """What cannot be run here is at least what its reader reads."""

    def test_the_shell_scripts_are_clean(self):
        scripts = sorted(SAMPLES.glob("*.sh")) + [ROOT / "tests/run", *(ROOT / ".ci").iterdir()]
        done = support.run("shellcheck", *scripts)
        self.assertEqual(done.returncode, 0, done.stdout)
        for script in SAMPLES.glob("*.sh"):
            self.assertTrue(os.access(script, os.X_OK), script.name)

    @unittest.skipIf(yaml is None, "PyYAML is not installed")
    def test_the_yaml_is_what_its_programs_expect(self):
        files = {path.name: list(yaml.safe_load_all(path.read_text())) for path in SAMPLES.glob("*.yaml")}
        self.assertEqual(sorted(files), ["ansible-playbook.yaml", "github-workflow.yaml", "gitlab-ci.yaml",
                                         "kubernetes-cronjob.yaml", "pre-commit-config.yaml", "prometheus-alerts.yaml"])
        alerts = [rule for group in files["prometheus-alerts.yaml"][0]["groups"] for rule in group["rules"]]
        self.assertTrue(alerts and all("chainmend_" in rule["expr"] for rule in alerts))
        [workflow] = files["github-workflow.yaml"]
        # YAML 1.1 reads `on` as true.
        self.assertEqual(set(workflow), {"name", True, "permissions", "jobs"})
        self.assertIn("--against", workflow["jobs"]["live"]["steps"][-1]["run"])
        steps = workflow["jobs"]["chains"]["steps"]
        self.assertTrue(any("chainmend check" in step.get("run", "") for step in steps))
        [pipeline] = files["gitlab-ci.yaml"]
        self.assertIn("chainmend check", pipeline["certificate chains"]["script"][-1])
        [cron] = files["kubernetes-cronjob.yaml"]
        self.assertEqual((cron["apiVersion"], cron["kind"]), ("batch/v1", "CronJob"))
        pod = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        [container] = pod["containers"]
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        self.assertEqual(mounted, {volume["name"] for volume in pod["volumes"]})
        [config] = files["pre-commit-config.yaml"]
        offered = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
        for repository in config["repos"]:
            self.assertLessEqual({hook["id"] for hook in repository["hooks"]}, offered)

    @unittest.skipUnless((TOOLS / "check_jsonschema").exists(), "check-jsonschema is not installed")
    def test_the_pipelines_keep_to_their_published_schemas(self):
        for schema, name in ("vendor.github-workflows", "github-workflow.yaml"), ("vendor.gitlab-ci", "gitlab-ci.yaml"):
            done = subprocess.run(
                [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, SAMPLES / name],
                env=os.environ | {"PYTHONPATH": str(TOOLS)}, text=True, capture_output=True, timeout=TIMEOUT, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    support.main()
