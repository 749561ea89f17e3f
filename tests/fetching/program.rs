//! The program before servers and folders that mean ill, or are broken.

use std::io::Write;
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::server::{Server, answer};
use crate::support::pki::{Ca, Cert, Template};
use crate::support::run::{Folder, run};

/// ```text
/// root ─ [ca] ─ leaf with the URLs of the test
/// ```
struct World {
    folder: Folder,
    ca: Cert,
}

impl World {
    fn new() -> Self {
        let root = Ca::root("Acme Root G2");
        let folder = Folder::new();
        folder.write("roots.pem", root.pem());
        Self { ca: root.issue_ca("Acme TLS CA"), folder }
    }

    fn leaf(&self, name: &str, urls: &[String]) {
        let leaf = urls.iter().fold(Template::leaf(&["shop.example.com"]), |leaf, url| leaf.aia(url));
        self.folder.write(name, self.ca.issue(leaf).pem());
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.folder.command(env!("CARGO_BIN_EXE_chainmend"));
        command.args(words).args(["--roots", "roots.pem"]);
        command
    }

    /// What `fix` of `site.pem` writes to standard output, as a server would be sent it.
    fn mends(&self, command: &mut Command) -> String {
        let run = run(command, None).exits(0);
        assert_eq!(run.stdout_text().matches("BEGIN CERTIFICATE").count(), 2);
        run.stderr
    }
}

/// A pull request brings a certificate of its own making: nothing in the network hears of it.
#[test]
fn a_strangers_certificate_reaches_nothing_inside() {
    let world = World::new();
    let server = Server::with_body(world.ca.der());
    let port = server.port();
    let hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.1",
        "0",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST.",
        "ca.localhost",
        "user:password@127.0.0.1",
        "127\u{3002}0.0.1",
        "%3127.0.0.1",
    ];
    for five in hosts.chunks(5) {
        // Spellings of one address are one URL, but for the path.
        let url = |(n, host): (usize, &&str)| format!("http://{host}:{port}/{n}.crt");
        let urls: Vec<String> = five.iter().enumerate().map(url).collect();
        world.leaf("site.pem", &urls);
        let run = run(&mut world.command(&["check", "site.pem", "-v"]), None).exits(1);
        assert_eq!(run.stderr.matches("[fetch-refused]").count(), five.len(), "{}", run.stderr);
        let options = five.iter().filter(|host| !host.contains('@')).count();
        assert_eq!(run.stderr.matches("allowed by --allow-aia ").count(), options, "{}", run.stderr);
    }
    assert_eq!(server.connections(), 0);
    // Each refusal names the option that opens exactly that.
    world.leaf("site.pem", &[server.url("/ca.crt")]);
    let stderr = world.mends(&mut world.command(&["fix", "site.pem", "--allow-aia", "127.0.0.1"]));
    assert!(stderr.contains("signature verified"), "{stderr}");
    assert_eq!(server.connections(), 1);
}

/// Every way to keep a client waiting, and the time that the user gives for all of them together.
#[test]
fn whatever_dribbles_ends_when_the_time_is_up() {
    let world = World::new();
    let flood = |stream: &mut TcpStream, start: &[u8], more: &[u8]| {
        let _ = stream.write_all(start);
        while stream.write_all(more).is_ok() {}
    };
    let server = Server::start(move |request, stream| match request.path() {
        "/continue" => flood(stream, b"", &b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100)),
        "/hints" => flood(stream, b"", &b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(100)),
        "/chunks" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
            while stream.write_all(b"1\r\nx\r\n").is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
        }
        _ => thread::sleep(Duration::from_secs(60)),
    });
    for path in ["/continue", "/hints", "/chunks", "/silence"] {
        world.leaf("site.pem", &[server.url(path), server.url("/silence")]);
        let words = ["check", "site.pem", "--allow-aia", "127.0.0.1", "--timeout", "1", "-v"];
        let start = Instant::now();
        let run = run(&mut world.command(&words), None).exits(1);
        assert!(start.elapsed() < Duration::from_secs(20), "{path}: {:?}", start.elapsed());
        assert!(run.stderr.contains("timed out after "), "{path}: {}", run.stderr);
    }
}

/// Headers without end are cut off by what is read of them, long before the time is up.
#[test]
fn endless_headers_end_early() {
    let world = World::new();
    let server = Server::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(&b"x-more: and more\r\n".repeat(100)).is_ok() {}
    });
    world.leaf("site.pem", &[server.url("/")]);
    let start = Instant::now();
    let run = run(&mut world.command(&["check", "site.pem", "--allow-aia", "127.0.0.1"]), None).exits(1);
    assert!(start.elapsed() < Duration::from_secs(5), "{}", run.stderr);
    assert!(run.stderr.contains("no usable HTTP answer"), "{}", run.stderr);
}

#[test]
fn many_processes_share_one_cache() {
    let world = World::new();
    let server = Server::with_body(world.ca.der());
    world.leaf("site.pem", &[server.url("/ca.crt")]);
    world.folder.write("ca.pem", world.ca.pem());
    let mut children = Vec::new();
    for n in 0..12 {
        let mut command = world.command(&["fix", "-v", "site.pem", "--allow-aia", "127.0.0.1"]);
        if n % 4 == 3 {
            command = world.folder.command(env!("CARGO_BIN_EXE_chainmend"));
            command.args(["cache", "import", "ca.pem"]);
        }
        children.push(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    }
    for child in children {
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !stderr.contains("note: "), "{stderr}");
    }
    let asked = server.connections();
    world.mends(&mut world.command(&["fix", "site.pem", "--allow-aia", "127.0.0.1"]));
    assert_eq!(server.connections(), asked);
}

/// Without a folder to write to all goes on, and one note says why nothing is remembered.
#[test]
fn without_a_cache_all_goes_on() {
    let world = World::new();
    let server = Server::with_body(world.ca.der());
    world.leaf("site.pem", &[server.url("/ca.crt")]);
    world.folder.write("file", "in the way");
    let fix = ["fix", "site.pem", "--allow-aia", "127.0.0.1"];
    let program = env!("CARGO_BIN_EXE_chainmend");
    // A disk that is full, as a process sees it: no file may grow.
    let full = format!("trap '' XFSZ; ulimit -f 0; exec {program} \"$@\"");
    for (what, note) in [("file/below", "note: cannot write the cache"), ("full", "note: cannot write the cache")] {
        for verbose in [false, true] {
            let mut command = world.folder.command(if what == "full" { "sh" } else { program });
            if what == "full" {
                command.args(["-c", &full, "sh"]);
            }
            command.args(fix).args(["--roots", "roots.pem"]).args(verbose.then_some("-v"));
            command.env("CHAINMEND_CACHE_DIR", world.folder.path(what));
            let stderr = world.mends(&mut command);
            assert_eq!(stderr.matches("note: ").count(), usize::from(verbose), "{stderr}");
            assert_eq!(stderr.matches(note).count(), usize::from(verbose), "{stderr}");
        }
    }
    assert_eq!(server.connections(), 4);
}

/// The proxy is the user's own, and hears what is asked, but for what is to go without it.
#[test]
fn proxies_are_those_of_the_environment() {
    let world = World::new();
    let der = world.ca.der().to_vec();
    let proxy = Server::start(move |_, stream| answer(stream, "200 OK", "", &der));
    let direct = Server::with_body(world.ca.der());
    let address = format!("127.0.0.1:{}", proxy.port());
    world.leaf("site.pem", &["http://ca.example/ca.crt".to_owned()]);
    world.mends(world.command(&["fix", "site.pem"]).env("http_proxy", &address));
    assert_eq!(proxy.log(), ["GET http://ca.example/ca.crt HTTP/1.1"]);

    world.leaf("site.pem", &[direct.url("/ca.crt")]);
    let mut command = world.command(&["fix", "site.pem", "--allow-aia", "127.0.0.1"]);
    let elsewhere = world.folder.path("another-cache");
    world
        .mends(command.env("http_proxy", &address).env("no_proxy", "127.0.0.1").env("CHAINMEND_CACHE_DIR", &elsewhere));
    assert_eq!((proxy.connections(), direct.connections()), (1, 1));
    // What it may not reach it may not reach through the proxy.
    world.leaf("site.pem", &["http://10.0.0.7/ca.crt".to_owned()]);
    let mut command = world.command(&["check", "site.pem"]);
    command.env("http_proxy", &address).env("CHAINMEND_CACHE_DIR", world.folder.path("a-third-cache"));
    let run = run(&mut command, None).exits(1);
    assert!(run.stderr.contains("10.0.0.7 is a private address [fetch-refused]"), "{}", run.stderr);
    assert_eq!(proxy.connections(), 1);
}
