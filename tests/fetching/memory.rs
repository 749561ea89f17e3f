//! What a hostile answer costs the program in memory, as the kernel counts it.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use crate::server::{Server, answer};
use crate::support::pki::{Ca, Template};
use crate::support::run::Folder;

/// The most that a fetch may make of the program, all in all.
const MOST_KIB: usize = 32 * 1024;

/// 200 MB of zeros, compressed a thousandfold.
fn bomb() -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..200 {
        gzip.write_all(&[0; 1 << 20]).unwrap();
    }
    gzip.finish().unwrap()
}

/// The peak of a process that is still there.
fn peak_kib(pid: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The leaf's URLs are asked one after the other; at the last one the program waits for an answer, and
/// is weighed.
///
/// ```text
/// root ─ [ca] ─ leaf: /bomb /endless /nested /header /weigh
/// ```
#[test]
fn bombs_and_endless_answers_stay_small() {
    let (bomb, pid, peak) = (bomb(), Arc::new(Mutex::new(None)), Arc::new(Mutex::new(0)));
    let nested = {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&bomb).unwrap();
        gzip.finish().unwrap()
    };
    let server = Server::start({
        let (pid, peak) = (Arc::clone(&pid), Arc::clone(&peak));
        move |request, stream| match request.path() {
            "/bomb" => answer(stream, "200 OK", "content-encoding: gzip\r\n", &bomb),
            "/nested" => answer(stream, "200 OK", "content-encoding: gzip, gzip\r\n", &nested),
            "/endless" => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
                while stream.write_all(&[b'x'; 64 * 1024]).is_ok() {}
            }
            // A gzip header with a name that never ends: nothing comes out of it.
            "/header" => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n");
                let _ = stream.write_all(&[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]);
                while stream.write_all(&[b'x'; 64 * 1024]).is_ok() {}
            }
            _ => {
                let pid = pid.lock().unwrap().unwrap();
                *peak.lock().unwrap() = peak_kib(pid);
                answer(stream, "404 Not Found", "", b"");
            }
        }
    });
    let folder = Folder::new();
    let root = Ca::root("Acme Root G2");
    let ca = root.issue_ca("Acme TLS CA");
    let urls = ["/bomb", "/endless", "/nested", "/header", "/weigh"].map(|path| server.url(path));
    let leaf = urls.iter().fold(Template::leaf(&["shop.example.com"]), |leaf, url| leaf.aia(url));
    folder.write("site.pem", ca.issue(leaf).pem());
    folder.write("roots.pem", root.pem());
    let mut command = folder.command(env!("CARGO_BIN_EXE_chainmend"));
    command.args(["check", "site.pem", "--roots", "roots.pem", "--allow-aia", "127.0.0.1", "-v"]);
    // The lock is held until the process is known, which its last request waits for.
    let mut known = pid.lock().unwrap();
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    *known = Some(child.id());
    drop(known);
    let output = child.wait_with_output().unwrap();
    let report = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert_eq!(report.matches("larger than 1 MiB").count(), 6, "{report}");
    let peak = *peak.lock().unwrap();
    assert!((1..MOST_KIB).contains(&peak), "{peak} KiB");
}
