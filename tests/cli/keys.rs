//! Private keys: in the file that they stand in, and nowhere else.
//!
//! ```text
//! root (trusted) ─ ca1 ─ ca2 ─ leaf
//! ```

use crate::support::pki::{Ca, pem};
use crate::support::run::Folder;
use crate::support::site::OPTIONS;

/// Whatever is asked for, no part of the key is printed or reported, or gets into another file.
#[test]
fn a_private_key_is_never_printed() {
    let root = Ca::root("Acme Root G2");
    let ca1 = root.issue_ca("Acme Policy CA");
    let ca2 = ca1.issue_ca("Acme TLS CA 2");
    let leaf = ca2.issue_leaf(&["shop.example.com"]);
    let key = leaf.private_key_pem();
    let secret: Vec<&str> =
        key.lines().filter(|line| !line.starts_with("-----")).map(|line| &line[..20.min(line.len())]).collect();
    assert!(!secret.is_empty());
    let commands: &[&[&str]] = &[
        &["check", "site.pem", "-v"],
        &["check", "site.pem", "--report", "json"],
        &["check", "site.pem", "--diff"],
        &["check", "damaged.pem", "--diff", "-v"],
        &["check", "--together", "site.pem", "site.key", "--diff"],
        &["fix", "site.pem", "--diff"],
        &["fix", "site.pem", "-v"],
        &["fix", "damaged.pem", "-v"],
        &["fix", "damaged.pem", "--key", "site.key", "-o", "out.pem", "--out-dir", "live", "--report", "json", "-v"],
        &["fix", "site.pem", "--key", "site.key", "-o", "out.p7b", "--format", "p7b", "--report-file", "report.txt"],
        &["fix", "site.pem", "--with-key", "-o", "both.pem", "--diff"],
        &["fix", "site.pem", "--with-key", "-o", "keyed.pem", "-v", "--report-file", "report.txt"],
        &["fix", "-i", "copy.pem", "-v", "-l"],
        &["fix", "site.key", "-o", "out.pem"],
        &["fix", "wrong.pem", "--with-key", "-o", "out.pem"],
        &["explain"],
    ];
    for command in commands {
        let folder = Folder::new();
        folder.write("roots.pem", root.pem());
        folder.write("site.key", &key);
        let site = format!("{key}{}", pem(&[&leaf, &ca1, &ca2]));
        folder.write("site.pem", &site);
        folder.write("copy.pem", &site);
        folder.write(
            "damaged.pem",
            site.replace("-----END PRIVATE KEY-----\n", "").replace("-----\n-----", "----------"),
        );
        folder.write("wrong.pem", format!("{key}{}", pem(&[&ca2.issue_leaf(&["blog.example.com"]), &ca2, &ca1])));
        let keyed = ["site.key", "site.pem", "copy.pem", "damaged.pem", "wrong.pem", "keyed.pem"];
        let options: &[&str] = if command[0] == "explain" { &[] } else { &OPTIONS };
        let run = folder.chainmend(&[command, options].concat());
        let printed = format!("{}{}", run.stdout_text(), run.stderr);
        assert!(!printed.is_empty() || folder.exists("report.txt"), "{command:?}");
        let others = folder.files().into_iter().filter(|name| !keyed.contains(&name.as_str()));
        let others: String = others.map(|name| String::from_utf8_lossy(&folder.read(&name)).into_owned()).collect();
        for part in &secret {
            assert!(!printed.contains(part), "{command:?} prints the key:\n{printed}");
            assert!(!others.contains(part), "{command:?} writes the key elsewhere");
        }
    }
}

/// `-o` never copies a key without being asked to, and what holds one stays as closed as it was.
#[test]
fn a_file_with_a_key_is_never_opened_wider() {
    let root = Ca::root("Acme Root G2");
    let ca = root.issue_ca("Acme TLS CA 2");
    let leaf = ca.issue_leaf(&["shop.example.com"]);
    for mode in [0o600, 0o640, 0o644] {
        let folder = Folder::new();
        folder.write("roots.pem", root.pem());
        folder.write("site.pem", format!("{}{}", leaf.private_key_pem(), pem(&[&ca, &leaf])));
        folder.set_mode("site.pem", mode);
        folder.chainmend(&[&["fix", "site.pem", "--with-key", "-o", "out.pem"], &OPTIONS[..]].concat()).exits(0);
        assert_eq!(folder.mode("out.pem"), 0o600);
        folder.chainmend(&[&["fix", "-i", "site.pem"], &OPTIONS[..]].concat()).exits(0);
        assert_eq!(folder.mode("site.pem"), mode);
        assert_eq!(folder.read("site.pem"), folder.read("out.pem"));
    }
}
