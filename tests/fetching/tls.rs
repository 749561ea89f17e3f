//! https: a server is believed by the platform's roots, and what TLS costs is paid for https alone.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use crate::server::{Server, redirect};
use crate::support::pki::{Ca, Cert, Template};
use crate::support::run::{Folder, Run};

/// An https server that gives one body to all, with what it says it is.
struct Tls {
    port: u16,
    /// Requests that came through TLS.
    asked: Arc<AtomicUsize>,
}

impl Tls {
    /// Its thread ends with the process.
    fn start(own: &Cert, body: Vec<u8>) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = PrivateKeyDer::from_pem_slice(own.private_key_pem().as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(own.der().to_vec())], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        thread::spawn({
            let asked = Arc::clone(&asked);
            move || listener.incoming().for_each(|tcp| serve(tcp.unwrap(), &config, &body, &asked))
        });
        Self { port, asked }
    }

    fn url(&self) -> String {
        format!("https://127.0.0.1:{}/ca.crt", self.port)
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn serve(mut tcp: TcpStream, config: &Arc<ServerConfig>, body: &[u8], asked: &AtomicUsize) {
    let mut tls = ServerConnection::new(Arc::clone(config)).unwrap();
    let mut stream = Stream::new(&mut tls, &mut tcp);
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(read @ 1..) => head.extend_from_slice(&buffer[..read]),
            // A client that does not believe us hangs up.
            _ => return,
        }
    }
    asked.fetch_add(1, Ordering::SeqCst);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

/// ```text
/// root ─ ca ─ leaf, whose URL is https          web ─ 127.0.0.1, the https server's own
/// ```
struct World {
    folder: Folder,
    ca: Cert,
    own: Cert,
}

impl World {
    fn new() -> Self {
        let (root, web) = (Ca::root("Acme Root G2"), Ca::root("Web Root"));
        let (ca, own) = (root.issue_ca("Acme TLS CA"), web.issue_leaf(&["127.0.0.1"]));
        let folder = Folder::new();
        folder.write("roots.pem", root.pem());
        folder.write("web.pem", web.pem());
        folder.write("other.pem", Ca::root("Other Root").pem());
        folder.write("empty.pem", "");
        Self { folder, ca, own }
    }

    fn command(&self, url: &str, platform: &str) -> Command {
        let leaf = self.ca.issue(Template::leaf(&["shop.example.com"]).aia(url));
        self.folder.write("site.pem", leaf.pem());
        let mut command = self.folder.command(env!("CARGO_BIN_EXE_chainmend"));
        command
            .env("SSL_CERT_FILE", self.folder.path(platform))
            // A file in its place: nothing is remembered from one run to the next.
            .env("CHAINMEND_CACHE_DIR", self.folder.path("roots.pem"));
        command.args(["check", "site.pem", "--roots", "roots.pem", "--allow-aia", "127.0.0.1", "-v"]);
        command
    }

    fn check(&self, url: &str, platform: &str) -> Run {
        crate::support::run::run(&mut self.command(url, platform), None)
    }
}

#[test]
fn a_server_that_the_platform_trusts_is_asked() {
    let world = World::new();
    let server = Tls::start(&world.own, world.ca.der().to_vec());
    let run = world.check(&server.url(), "web.pem").exits(1);
    assert!(run.stderr.contains(&format!("fetched {}, signature verified", server.url())), "{}", run.stderr);
    assert_eq!(server.asked(), 1);
    // From http on to https, by a redirect.
    let target = server.url();
    let http = Server::start(move |_, stream| redirect(stream, &target));
    let run = world.check(&http.url("/"), "web.pem").exits(1);
    assert!(run.stderr.contains("signature verified"), "{}", run.stderr);
    assert_eq!(server.asked(), 2);
}

#[test]
fn a_server_that_nobody_trusts_is_told_nothing() {
    let world = World::new();
    let server = Tls::start(&world.own, world.ca.der().to_vec());
    // Where the platform has no roots at all, Mozilla's count.
    for platform in ["other.pem", "empty.pem"] {
        let run = world.check(&server.url(), platform).exits(1);
        assert!(run.stderr.contains("TLS: the server's own certificate is not trusted"), "{}", run.stderr);
    }
    // Nor one that is trusted under another name, or no more.
    let web = Ca::root("Web Root");
    world.folder.write("web.pem", web.pem());
    for (own, said) in [
        (web.issue_leaf(&["ca.example"]), "TLS: the server's own certificate is for another name"),
        (
            web.issue(Template::leaf(&["127.0.0.1"]).until("2025-01-01")),
            "TLS: the server's own certificate has expired",
        ),
    ] {
        let server = Tls::start(&own, world.ca.der().to_vec());
        let run = world.check(&server.url(), "web.pem").exits(1);
        assert!(run.stderr.contains(said), "{}", run.stderr);
        assert_eq!(server.asked(), 0);
    }
    assert_eq!(server.asked(), 0);
}

/// The platform's roots are a pipe: whoever reads them waits for somebody who writes.
#[test]
fn what_tls_costs_is_paid_for_https_alone() {
    let world = World::new();
    let pipe = world.folder.path("pipe.pem");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let somebody_reads = || match std::fs::File::options()
        .write(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32)
        .open(&pipe)
    {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::NXIO.raw_os_error()), "{error}");
            assert_ne!(error.kind(), ErrorKind::NotFound);
            false
        }
    };
    let http = Server::with_body(world.ca.der());
    let start = Instant::now();
    let run = world.check(&http.url("/"), "pipe.pem").exits(1);
    assert!(run.stderr.contains("signature verified"), "{}", run.stderr);
    assert!(start.elapsed() < Duration::from_secs(10));

    let https = Tls::start(&world.own, world.ca.der().to_vec());
    let mut child = world.command(&https.url(), "pipe.pem").stderr(Stdio::null()).spawn().unwrap();
    while !somebody_reads() {
        assert!(child.try_wait().unwrap().is_none(), "it ended without the platform's roots");
        thread::sleep(Duration::from_millis(5));
    }
    // It may want to read them once more.
    child.kill().and_then(|()| child.wait()).unwrap();
}
