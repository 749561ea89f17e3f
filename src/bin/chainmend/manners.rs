//! Which files `fix -i` does not rewrite, and what to type instead.

#![expect(clippy::disallowed_methods, reason = "reads certbot's renewal files")]

use std::fs;
use std::path::{Path, PathBuf};

use chainmend::bundle::{Bundle, Form, ItemKind};
use chainmend::cert::Time;

use crate::input;
use crate::problem::{Problem, shown};
use crate::quote;
use crate::walk::{self, File};

/// The largest `renewal/NAME.conf` that is read; certbot's are under 2 KiB.
const MAX_RENEWAL_BYTES: u64 = 1024 * 1024;

/// Why this file is not rewritten where it is, if so.
pub fn refusal(path: &Path, bundle: &Bundle, carry: &str) -> Option<Problem> {
    if input::is_stdin(path) {
        return Some(no_file(path, carry));
    }
    let other = |output: &str| format!("chainmend fix{carry} {} -o {output}", quote::path(path));
    let form = match bundle.form {
        Form::Pem if is_pem(bundle) => None,
        Form::Pem => Some("PKCS#7"),
        Form::Der => Some("DER"),
        Form::Pkcs7 => Some("PKCS#7"),
        Form::Pkcs12 => Some("PKCS#12"),
        _ => Some("not PEM"),
    };
    if let Some(form) = form {
        let output = path.with_extension("pem");
        let output = if output == path { path.with_extension("fullchain.pem") } else { output };
        return Some(
            Problem::new(format!("{} is {form}, and only PEM is rewritten in place", shown(path)))
                .help(other(&quote::path(&output))),
        );
    }
    if !bundle.complete {
        let output = quote::path(&path.with_extension("fullchain.pem"));
        return Some(
            Problem::new(format!("{} holds more blocks than are read, which rewriting would lose", shown(path)))
                .help(other(&output)),
        );
    }
    certbots(path).map(|(problem, conf)| {
        // Each lineage gets a name of its own, which is none of certbot's.
        let own = PathBuf::from(conf.file_name().unwrap_or_default()).with_extension("fullchain.pem");
        problem.help(other(&quote::path(&own)))
    })
}

/// That a file is certbot's, and the renewal file that says so.
pub fn certbots(path: &Path) -> Option<(Problem, PathBuf)> {
    let conf = certbot_lineage(path)?;
    let message = format!("{} belongs to certbot, whose copies must agree ({})", shown(path), shown(&conf));
    Some((Problem::new(message), conf))
}

/// Why a file that a search came across is not written where it leads to.
pub fn outside(file: &File, carry: &str) -> Option<Problem> {
    walk::leaves_its_tree(file).then(|| {
        Problem::new(format!("{} links to a file outside of what was searched", shown(&file.path)))
            .help(format!("chainmend fix -i{carry} {}", quote::path(&file.path)))
    })
}

/// Why `path`, which is no regular file or standard input, is not rewritten.
pub fn no_file(path: &Path, carry: &str) -> Problem {
    let message = match input::is_stdin(path) {
        true => "standard input cannot be rewritten in place".to_owned(),
        false => format!("{} is a pipe or a device, and cannot be rewritten in place", shown(path)),
    };
    Problem::new(message).help(format!("chainmend fix{carry} {} -o fullchain.pem", quote::path(path)))
}

/// Why `path` is not rewritten with a chain that is valid at the time of `--at`.
pub fn not_now(path: &Path, at: Time, carry: &str) -> Problem {
    let output = quote::path(&path.with_extension("fullchain.pem"));
    Problem::new(format!("the chain is valid at {at}, but not now, and so is not written in place"))
        .help(format!("chainmend fix{carry} --at {at} {} -o {output}", quote::path(path)))
}

/// Whether the file is of PEM certificates, as servers and `openssl` read them.
pub fn is_pem(bundle: &Bundle) -> bool {
    bundle.form == Form::Pem && !holds_pkcs7(bundle)
}

/// A PEM file whose certificates come in a PKCS#7 block: programs that read it expect that block.
fn holds_pkcs7(bundle: &Bundle) -> bool {
    let labels: [&[u8]; 3] = [b"PKCS7-----", b"PKCS #7", b"CMS-----"];
    bundle.items.iter().filter(|item| matches!(item.kind, ItemKind::Certificate(_))).any(|item| {
        let block = bundle.text.get(item.span.clone()).unwrap_or_default();
        let first = block.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
        labels.iter().any(|label| first.windows(label.len()).any(|window| window == *label))
    })
}

/// The `renewal/NAME.conf` that names this file: it lies in `live/NAME` or `archive/NAME` beside
/// it, as it was given or with links resolved.
fn certbot_lineage(path: &Path) -> Option<PathBuf> {
    [std::path::absolute(path).ok(), path.canonicalize().ok()].into_iter().flatten().find_map(|path| {
        let lineage = path.parent()?;
        let (name, kind) = (lineage.file_name()?, lineage.parent()?.file_name()?);
        if kind != "live" && kind != "archive" {
            return None;
        }
        let mut conf = name.to_owned();
        conf.push(".conf");
        let conf = lineage.parent()?.parent()?.join("renewal").join(conf);
        let small = fs::metadata(&conf).ok()?.len() <= MAX_RENEWAL_BYTES;
        let text = small.then(|| fs::read(&conf).ok()).flatten()?;
        names(&String::from_utf8_lossy(&text), &path, kind == "archive").then_some(conf)
    })
}

/// Whether a renewal file speaks of `path`. Its last two components are compared, since the tree
/// may be mounted elsewhere than where certbot sees it.
fn names(conf: &str, path: &Path, in_archive: bool) -> bool {
    let tail = |path: &Path, count: usize| -> Vec<_> {
        path.components().rev().take(count).map(|c| c.as_os_str().to_owned()).collect()
    };
    conf.lines().filter_map(|line| line.split_once('=')).any(|(key, value)| {
        let value = Path::new(value.trim());
        match key.trim() {
            "archive_dir" => in_archive && path.parent().is_some_and(|folder| tail(folder, 1) == tail(value, 1)),
            "cert" | "chain" | "fullchain" | "privkey" => tail(path, 2) == tail(value, 2),
            _ => false,
        }
    })
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn bundle(form: Form) -> Bundle {
        Bundle { name: "x".to_owned(), form, text: Vec::new(), items: Vec::new(), findings: Vec::new(), complete: true }
    }

    fn help(path: &str, form: Form) -> Option<String> {
        refusal(Path::new(path), &bundle(form), "").map(|problem| problem.help.unwrap())
    }

    #[test]
    fn only_pem_is_rewritten() {
        assert_eq!(help("x.pem", Form::Pem), None);
        assert_eq!(help("x.p7b", Form::Pkcs7).unwrap(), "chainmend fix x.p7b -o x.pem");
        assert_eq!(help("my x.der", Form::Der).unwrap(), "chainmend fix 'my x.der' -o 'my x.pem'");
        assert_eq!(help("x.pem", Form::Der).unwrap(), "chainmend fix x.pem -o x.fullchain.pem");
        assert_eq!(help("-", Form::Pem).unwrap(), "chainmend fix - -o fullchain.pem");
        assert!(help("x", Form::Unknown).is_some());
    }

    #[test]
    fn certbots_files_are_left_to_certbot() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in ["live/a.example", "archive/a.example", "renewal", "live/other"] {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        let real = root.join("archive/a.example/fullchain1.pem");
        fs::write(&real, "x").unwrap();
        let live = root.join("live/a.example/fullchain.pem");
        std::os::unix::fs::symlink("../../archive/a.example/fullchain1.pem", &live).unwrap();
        let outside = root.join("site.pem");
        std::os::unix::fs::symlink(&live, &outside).unwrap();
        let other = root.join("live/other/fullchain.pem");
        fs::write(&other, "x").unwrap();
        for path in [&live, &real, &outside, &other] {
            assert_eq!(certbot_lineage(path), None);
        }

        let conf = root.join("renewal/a.example.conf");
        fs::write(
            &conf,
            "# renew_before_expiry = 30 days\narchive_dir = /etc/letsencrypt/archive/a.example\n\
             fullchain = /etc/letsencrypt/live/a.example/fullchain.pem\n[renewalparams]\n",
        )
        .unwrap();
        for path in [&live, &real, &outside] {
            assert!(certbot_lineage(path).is_some(), "{}", path.display());
        }
        assert_eq!(certbot_lineage(&other), None);
        // Somebody's own file in that folder.
        fs::write(root.join("live/a.example/haproxy.pem"), "x").unwrap();
        assert_eq!(certbot_lineage(&root.join("live/a.example/haproxy.pem")), None);
        assert!(refusal(&live, &bundle(Form::Pem), "").unwrap().message.contains("belongs to certbot"));
    }
}
