"""What the tests with real servers and clients share. The Python standard library only.

Certificates and the key are those of samples/, so that these tests also show that the samples do
what they say.
"""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
CHAINMEND = os.environ.get("CHAINMEND", str(ROOT / "target/debug/chainmend"))
HOST = "shop.example.com"
KEY = SAMPLES / "shop.key"
TRUSTED = SAMPLES / "root.pem"
# A command that takes longer has hung.
TIMEOUT = 60
# Servers start in a fraction of this even on a busy machine.
STARTUP = 20
# A new process has every open socket of this one until it runs its program. So no server begins while
# a port is looked for: it would go on listening there.
FORKING = threading.Lock()


def run(*command, cwd=None, **more):
    """Runs a command to its end, with nothing on stdin; its output is text."""
    command = [str(part) for part in command]
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return subprocess.run(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, errors="replace", timeout=TIMEOUT, check=False, **more,
    )


def chainmend_fix(sample, *outputs):
    """Mends a sample, without the network; `outputs` are a file, or options with files."""
    outputs = ("-o", *outputs) if len(outputs) == 1 else outputs
    done = run(
        CHAINMEND, "fix", SAMPLES / sample, "--offline", "--roots", TRUSTED,
        "--intermediates", SAMPLES / "intermediates.pem", *outputs,
    )
    if done.returncode != 0:
        raise AssertionError(f"chainmend fix {sample}: exit {done.returncode}\n{done.stderr}")
    return outputs[-1]


def fix(*arguments):
    """`chainmend fix` of any file, without the network."""
    intermediates = SAMPLES / "intermediates.pem"
    done = run(CHAINMEND, "fix", "--offline", "--roots", TRUSTED, "--intermediates", intermediates, *arguments)
    if done.returncode != 0:
        raise AssertionError(f"chainmend fix {arguments}: exit {done.returncode}\n{done.stderr}")


def chainmend_in_place(*named):
    """`fix -i` without the network; what these files say must be said without them."""
    done = run(CHAINMEND, "fix", "-i", "--offline", "--roots", TRUSTED, *named)
    if done.returncode != 0:
        raise AssertionError(f"chainmend fix -i: exit {done.returncode}\n{done.stderr}")


def client_pki(folder):
    """Makes Client Root ─ Client CA ─ client, each as NAME.pem and NAME.key; the folder."""
    folder = pathlib.Path(folder)
    extensions = folder / "extensions"
    extensions.write_text("[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n[client]\nextendedKeyUsage=clientAuth\n")
    for name, issuer, kind in ("root", None, "ca"), ("ca", "root", "ca"), ("client", "ca", "client"):
        key, request, cert = (folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        make = [
            ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-keyout", key, "-out", request, "-subj", f"/CN=Client {name}"],
            ["openssl", "x509", "-req", "-in", request, "-out", cert, "-days", "7000", "-extfile", extensions,
             "-extensions", kind, "-set_serial", "7"]
            + (["-CA", folder / f"{issuer}.pem", "-CAkey", folder / f"{issuer}.key"] if issuer else ["-signkey", key]),
        ]
        for command in make:
            done = run(*command)
            if done.returncode != 0:
                raise AssertionError(done.stderr)
    return folder


def free_port():
    """A port of the loopback for a server that is started at once.

    Nobody else is given it meanwhile: a connection to it is left in TIME_WAIT, 60 s long (Linux), and the
    kernel picks no such port for anybody, while a server that names the port and sets SO_REUSEADDR, as
    all of them do, may have it (`inet_csk_find_open_port`).
    """
    with FORKING, socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        with socket.create_connection(listener.getsockname()) as client:
            accepted, _ = listener.accept()
            # Who closes first is the one that waits.
            accepted.close()
            client.recv(1)
        return listener.getsockname()[1]


class NotStarted(Exception):
    """The server ended, or never listened; with what it said."""


@contextlib.contextmanager
def serving(command, port, quiet=False):
    """A server, from when it listens to the end of the block; gives its port. One with children that
    outlive it for a while is `quiet`: they would hold its output open."""
    with FORKING:
        server = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
    try:
        wait_for(server, port)
        yield port
    except NotStarted as error:
        ended, said = server.poll(), stop(server)
        raise NotStarted(f"{error} (exit status {ended})\n{said or ''}") from error
    finally:
        stop(server)


def stop(server):
    """Ends a server; what it said."""
    server.terminate()
    try:
        return server.communicate(timeout=10)[0]
    except subprocess.TimeoutExpired:
        server.kill()
        return server.communicate()[0]


def nginx(folder, chain, client_ca=None, more=""):
    """nginx with this chain and the sample key; with `client_ca` it asks for a client's certificate;
    `more` are further lines of the server's configuration."""
    port = free_port()
    conf = pathlib.Path(folder) / "nginx.conf"
    conf.write_text(nginx_conf(folder, chain, port, client_ca, more))
    return serving(["nginx", "-p", folder, "-c", conf], port)


def nginx_accepts(folder, chain):
    """What `nginx -t` says about this chain: whether it would start, and its words."""
    conf = pathlib.Path(folder) / "nginx.conf"
    conf.write_text(nginx_conf(folder, chain, free_port()))
    done = run("nginx", "-t", "-p", folder, "-c", conf)
    return done.returncode == 0, done.stderr


def nginx_conf(folder, chain, port, client_ca=None, more=""):
    asks = f"ssl_verify_client on; ssl_verify_depth 3; ssl_client_certificate {client_ca};" if client_ca else ""
    temporary = "\n".join(
        f"    {kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
{temporary}
    server {{
        listen 127.0.0.1:{port} ssl;
        server_name {HOST};
        ssl_certificate {chain};
        ssl_certificate_key {KEY};
        {asks}
        {more}
        return 200 "mended\\n";
    }}
}}
"""


def apache(folder, certificate, chain=None, client_ca=None):
    """Apache with this SSLCertificateFile, an SSLCertificateChainFile if there is one, and the key; with
    `client_ca` it asks for a client's certificate."""
    port = free_port()
    conf = pathlib.Path(folder) / "apache.conf"
    asks = f"SSLVerifyClient require\n    SSLVerifyDepth 3\n    SSLCACertificateFile {client_ca}" if client_ca else ""
    conf.write_text(apache_conf(folder, certificate, chain, port, asks))
    return serving(["apache2", "-X", "-f", conf], port)


def apache_refuses(folder, certificate):
    """Why Apache does not start with this file. `-t` does not read it, and Apache listens before it
    does; so its end is waited for."""
    conf = pathlib.Path(folder) / "apache.conf"
    conf.write_text(apache_conf(folder, certificate, None, free_port()))
    done = run("apache2", "-X", "-f", conf)
    return done.stdout + done.stderr + (pathlib.Path(folder) / "error.log").read_text()


def apache_conf(folder, certificate, chain, port, asks=""):
    modules = "/usr/lib/apache2/modules"
    chain_line = f"SSLCertificateChainFile {chain}" if chain else ""
    return f"""
ServerRoot {folder}
ServerName {HOST}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
DefaultRuntimeDir {folder}
LoadModule mpm_prefork_module {modules}/mod_mpm_prefork.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule ssl_module {modules}/mod_ssl.so
StartServers 1
MinSpareServers 1
Listen 127.0.0.1:{port}
DocumentRoot {folder}/htdocs
<VirtualHost 127.0.0.1:{port}>
    SSLEngine on
    SSLCertificateFile {certificate}
    {chain_line}
    SSLCertificateKeyFile {KEY}
    {asks}
</VirtualHost>
"""


def wait_for(server, port):
    """Until the server listens."""
    until = time.monotonic() + STARTUP
    while time.monotonic() < until:
        if server.poll() is not None:
            raise NotStarted("it has ended")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise NotStarted("nobody listens")


# Clients: each gives its exit status and its words, and trusts the sample root alone.

def curl(port, *more):
    done = run(
        "curl", "-q", "--silent", "--show-error", "--cacert", TRUSTED, "--resolve", f"{HOST}:{port}:127.0.0.1",
        f"https://{HOST}:{port}/", *more,
    )
    return done.returncode, done.stdout + done.stderr


def openssl(port):
    done = run(
        "openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", HOST, "-CAfile", TRUSTED,
        "-no-CApath", "-verify_hostname", HOST, "-verify_return_error", "-showcerts",
    )
    return done.returncode, done.stdout + done.stderr


def gnutls(port):
    done = run(
        "gnutls-cli", "--x509cafile", TRUSTED, "--sni-hostname", HOST, "--verify-hostname", HOST,
        "--port", port, "127.0.0.1",
    )
    return done.returncode, done.stdout + done.stderr


CLIENTS = {"curl": curl, "openssl": openssl, "gnutls": gnutls}


def sent(port):
    """The common names that the server sends, in order."""
    shown = run(
        "openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", HOST, "-showcerts",
        "-nameopt", "RFC2253",
    ).stdout
    subjects = [line for line in shown.splitlines() if line.lstrip()[:1].isdigit() and " s:" in line]
    return [line.split("CN=")[1].split(",")[0] for line in subjects]


def main():
    """Runs the tests of the file that calls, and closes as cargo's runner does."""
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    failed = len(result.failures) + len(result.errors)
    passed = result.testsRun - failed - len(result.skipped)
    word = "ok" if failed == 0 else "FAILED"
    sys.stdout.flush()
    print(f"test result: {word}. {passed} passed; {failed} failed; {len(result.skipped)} ignored", flush=True)
    sys.exit(1 if failed else 0)
