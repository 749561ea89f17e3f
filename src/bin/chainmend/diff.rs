//! What would change in a file, certificate by certificate, as text for a terminal.

use anstyle::{AnsiColor, Style};
use chainmend::bundle::{Bundle, Form, Item, ItemKind};
use chainmend::cert::{Certificate, Fingerprint, clip, escape};
use chainmend::report::{BundleReport, Finding, Source};
use chainmend::rules::Group;

use crate::problem::shown_name;
use crate::render::style::{BOLD, columns, count, paint, place};

/// The most pairs of blocks that are compared to find what stays. Chains are up to some ten
/// certificates, so that this is a file of a hundred thousand blocks; beyond it all of them are shown as
/// removed and added.
const MAX_PAIRS: usize = 1_000_000;

/// As many digits of a fingerprint as nobody has twice by chance.
const DIGITS: usize = 16;

/// So many oddities are enough to see why a file is written anew; the report has them all.
const MAX_ODDITIES: usize = 8;

/// The most characters of what is odd: two lines of a terminal.
const MAX_MESSAGE: usize = 160;

/// The most characters of a comment, so that a line stays a line.
const MAX_TEXT: usize = 60;

/// As many digits of base64 or hexadecimal in a row as no comment has by chance, while a line of a key has
/// some 30 (`openssl pkey -text`) to 64 (PEM).
const SECRET_DIGITS: usize = 24;

const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();

/// A block, or a paragraph of text between blocks.
struct Entry<'a> {
    /// What it is compared by: its very bytes.
    bytes: &'a [u8],
    what: What<'a>,
    /// Name and line of where it stands.
    input: &'a str,
    line: u32,
}

enum What<'a> {
    Certificate(&'a Certificate),
    /// A private key, of which nothing is shown.
    Key,
    /// Another block, by its label.
    Block(&'a str),
    /// A block that cannot be read, by its label.
    Unreadable(&'a str),
    Text,
}

impl Entry<'_> {
    fn fingerprint(&self) -> Option<Fingerprint> {
        match self.what {
            What::Certificate(certificate) => Some(certificate.fingerprint()),
            _ => None,
        }
    }
}

/// The entries of one side against those of the other.
pub struct Diff<'a> {
    old: Vec<Entry<'a>>,
    new: Vec<Entry<'a>>,
    report: &'a BundleReport,
}

impl<'a> Diff<'a> {
    /// A file as it is (`None`: there is none yet), and as it would be, whose bytes differ.
    pub fn of_files(old: Option<&'a Bundle>, new: &'a Bundle, report: &'a BundleReport) -> String {
        let diff = Self { old: old.map(entries).unwrap_or_default(), new: entries(new), report };
        let lines = diff.lines().unwrap_or_else(|| diff.damage(old.map(|bundle| bundle.name.as_str())));
        let name = shown_name(&new.name);
        heading(if old.is_some() { &name } else { "/dev/null" }, &name) + &lines
    }

    /// The certificates of the input, and those of what would be written elsewhere; empty where they
    /// are the same.
    pub fn of_certificates(old: &'a [Bundle], new: &'a Bundle, report: &'a BundleReport) -> String {
        let certificates = |bundle: &'a Bundle| {
            let of_certificate = |entry: &Entry<'_>| match entry.what {
                What::Certificate(_) => true,
                What::Unreadable(label) => label.contains("CERTIFICATE") || label.starts_with("PKCS"),
                _ => false,
            };
            entries(bundle).into_iter().filter(of_certificate)
        };
        let diff = Self { old: old.iter().flat_map(certificates).collect(), new: certificates(new).collect(), report };
        let names: Vec<String> = old.iter().map(|bundle| shown_name(&bundle.name)).collect();
        diff.lines().map_or_else(String::new, |lines| heading(&names.join(" + "), &shown_name(&new.name)) + &lines)
    }

    /// The same blocks and the same text, and yet other bytes: what was odd about the file `name`.
    fn damage(&self, name: Option<&str>) -> String {
        let here = |finding: &&Finding| {
            let input = finding.certificate.as_ref().and_then(|c| c.input.as_deref());
            finding.fixed && finding.rule.info().group == Group::Reading && input == name
        };
        let odd = self.report.findings.iter().filter(here).take(MAX_ODDITIES).map(|finding| {
            let line = finding.certificate.as_ref().and_then(|c| c.line);
            format!("- {}  {}", clip(&escape(&finding.message), MAX_MESSAGE), place(name, line))
        });
        let mut odd: Vec<String> = odd.collect();
        if odd.is_empty() {
            odd.push("- line ends, blank lines or encoding".to_owned());
        }
        let removed = odd.iter().map(|line| paint(REMOVED, line));
        removed.chain([paint(ADDED, "+ the same, written anew")]).map(|line| line + "\n").collect()
    }

    /// A line for each entry, with its sign; nothing where both sides are the same.
    fn lines(&self) -> Option<String> {
        let kept = kept(&self.old, &self.new);
        if kept.len() == self.old.len() && kept.len() == self.new.len() {
            return None;
        }
        let mut rows = Vec::new();
        let (mut from, mut to) = (0, 0);
        for (old, new) in kept.into_iter().chain([(self.old.len(), self.new.len())]) {
            rows.extend(self.old.get(from..old).unwrap_or_default().iter().map(|e| row('-', e, self.why_removed(e))));
            rows.extend(self.new.get(to..new).unwrap_or_default().iter().map(|e| row('+', e, self.whence(e))));
            rows.extend(self.old.get(old).map(|e| row(' ', e, place(Some(e.input), Some(e.line)))));
            (from, to) = (old + 1, new + 1);
        }
        let is_text = |row: &&Vec<String>| row.len() == 2;
        let blocks: Vec<Vec<String>> = rows.iter().filter(|row| !is_text(row)).cloned().collect();
        let blocks = columns(&blocks, "", 2);
        let mut blocks = blocks.lines();
        // A comment is as long as it is, and pushes nothing aside.
        let lines = rows.iter().map(|row| match is_text(&row) {
            true => row.join("  "),
            false => blocks.next().unwrap_or_default().to_owned(),
        });
        let painted = lines.map(|line| match line.chars().next() {
            Some('-') => paint(REMOVED, &line) + "\n",
            Some('+') => paint(ADDED, &line) + "\n",
            _ => format!("{line}\n"),
        });
        Some(painted.collect())
    }

    /// Where an entry stood that is removed, and why it goes.
    fn why_removed(&self, entry: &Entry<'_>) -> String {
        let here = |finding: &&Finding| {
            finding
                .certificate
                .as_ref()
                .is_some_and(|c| c.input.as_deref() == Some(entry.input) && c.line == Some(entry.line))
        };
        let mut rules: Vec<&str> =
            self.report.findings.iter().filter(|f| f.fixed).filter(here).map(|f| f.rule.name()).collect();
        rules.dedup();
        let why = match (rules.as_slice(), self.other(&self.new, entry)) {
            ([], Some(other)) if other.bytes == entry.bytes => "moved".to_owned(),
            ([], Some(_)) => "written anew".to_owned(),
            _ => rules.join(", "),
        };
        let place = place(Some(entry.input), Some(entry.line));
        if why.is_empty() { place } else { format!("{place}  {why}") }
    }

    /// Where an entry comes from that is added.
    fn whence(&self, entry: &Entry<'_>) -> String {
        if let Some(other) = self.other(&self.old, entry) {
            let how = if other.bytes == entry.bytes { "moved from" } else { "written anew from" };
            return format!("{how} {}", place(Some(other.input), Some(other.line)));
        }
        let Some(print) = entry.fingerprint().map(|print| print.to_string()) else { return String::new() };
        let Some(link) = self.report.chain.iter().find(|link| link.sha256 == print) else {
            let anchor = self.report.anchor.as_ref().filter(|anchor| anchor.sha256 == print);
            return anchor.map_or_else(String::new, |anchor| format!("trusted by {}", shown_name(&anchor.store)));
        };
        match (link.source, &link.url) {
            (Source::Input, _) => format!("from {}", place(link.input.as_deref(), link.line)),
            (Source::Server, _) => format!("sent by {}", place(link.input.as_deref(), link.line)),
            (Source::Intermediates, _) => "from --intermediates".to_owned(),
            (Source::Roots, _) => "from --roots".to_owned(),
            (Source::Cache, _) => "from the cache".to_owned(),
            (_, Some(url)) => format!("fetched {}", clip(&escape(url), MAX_TEXT)),
            _ => "fetched".to_owned(),
        }
    }

    /// The same certificate, or the same bytes, on the other side.
    fn other<'e>(&self, side: &'e [Entry<'a>], entry: &Entry<'_>) -> Option<&'e Entry<'a>> {
        let print = entry.fingerprint();
        side.iter().find(|other| match print {
            Some(_) => other.fingerprint() == print,
            None => other.bytes == entry.bytes,
        })
    }
}

fn heading(old: &str, new: &str) -> String {
    format!("{}\n{}\n", paint(BOLD, &format!("--- {old}")), paint(BOLD, &format!("+++ {new}")))
}

fn row(sign: char, entry: &Entry<'_>, note: String) -> Vec<String> {
    let (what, until, print) = match entry.what {
        What::Certificate(certificate) => {
            let until = certificate.not_after().map_or_else(String::new, |until| format!("to {}", until.date()));
            (certificate.short_name(), until, format!("{:.DIGITS$}", certificate.fingerprint().to_string()))
        }
        What::Key => ("(private key)".to_owned(), String::new(), String::new()),
        What::Block(label) => (format!("({})", clip(&escape(label), MAX_TEXT)), String::new(), String::new()),
        What::Unreadable(label) => {
            (format!("({}, not readable)", clip(&escape(label), MAX_TEXT)), String::new(), String::new())
        }
        What::Text => return vec![format!("{sign} {}", text(entry.bytes)), note],
    };
    vec![format!("{sign} {what}"), until, print, note]
}

/// The first line of a paragraph, and how many more there are.
fn text(paragraph: &[u8]) -> String {
    let paragraph = String::from_utf8_lossy(paragraph);
    let mut lines = paragraph.lines();
    let first = match lines.next().unwrap_or_default().trim_end() {
        first if may_be_secret(first) => "(text)".to_owned(),
        first => clip(&escape(first), MAX_TEXT),
    };
    match lines.count() {
        0 => first,
        more => format!("{first} (and {})", count(more, "more line")),
    }
}

/// Whether a line may be of a private key: one that was commented out, or printed with `openssl pkey
/// -text`, is text like any other here.
fn may_be_secret(line: &str) -> bool {
    let in_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let is_base64 = |word: &str| {
        let has = |kind: fn(&char) -> bool| word.chars().any(|c| kind(&c));
        let mixed = has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase) && has(char::is_ascii_digit);
        word.len() >= SECRET_DIGITS && mixed
    };
    let is_byte = |pair: &&str| pair.len() == 2 && pair.chars().all(|c| c.is_ascii_hexdigit());
    let bytes = line.split([':', ' ']).filter(is_byte).count();
    line.split(|c: char| !in_base64(c)).any(is_base64) || bytes * 2 >= SECRET_DIGITS
}

/// Blocks and paragraphs in order.
fn entries(bundle: &Bundle) -> Vec<Entry<'_>> {
    let is_text = matches!(bundle.form, Form::Pem | Form::Pkcs7) && !bundle.text.starts_with(&[0x30]);
    let mut entries = Vec::new();
    let (mut cursor, mut line) = (0, 1);
    for item in &bundle.items {
        let whole = bundle.text.get(item.span.clone()).unwrap_or_default().trim_ascii_end();
        let shares_span = item.span.end <= cursor;
        if is_text && !shares_span {
            let gap = bundle.text.get(cursor..item.span.start).unwrap_or_default();
            entries.extend(paragraphs(gap, line, &bundle.name));
        }
        (cursor, line) = (cursor.max(item.span.end), item.lines.1 + 1);
        let (bytes, what) = block(item, whole);
        // In PKCS#7 and binary files a certificate is told by its own bytes.
        let bytes = match what {
            What::Certificate(certificate) if shares_span || bundle.form != Form::Pem => certificate.der(),
            _ => bytes,
        };
        entries.push(Entry { bytes, what, input: &bundle.name, line: item.lines.0 });
    }
    if is_text {
        entries.extend(paragraphs(bundle.text.get(cursor..).unwrap_or_default(), line, &bundle.name));
    }
    entries
}

fn block<'a>(item: &'a Item, whole: &'a [u8]) -> (&'a [u8], What<'a>) {
    let what = match &item.kind {
        ItemKind::Certificate(certificate) => What::Certificate(certificate),
        ItemKind::PrivateKey { .. } => What::Key,
        ItemKind::Unreadable(label) => What::Unreadable(label),
        ItemKind::Other(label) => What::Block(label),
        _ => What::Block("block"),
    };
    (whole, what)
}

/// The paragraphs of a text that starts in this line.
fn paragraphs<'a>(text: &'a [u8], first: u32, input: &'a str) -> Vec<Entry<'a>> {
    let mut found: Vec<Entry<'a>> = Vec::new();
    let (mut at, mut line, mut start) = (0, first, None);
    for piece in text.split_inclusive(|byte| *byte == b'\n') {
        let end = at + piece.len();
        match (piece.trim_ascii().is_empty(), start) {
            (true, _) => start = None,
            (false, None) => {
                start = Some(at);
                found.push(Entry { bytes: piece.trim_ascii(), what: What::Text, input, line });
            }
            (false, Some(start)) => {
                if let (Some(last), Some(whole)) = (found.last_mut(), text.get(start..end)) {
                    last.bytes = whole.trim_ascii();
                }
            }
        }
        (at, line) = (end, line + 1);
    }
    found
}

/// The longest common subsequence, as pairs of positions: what stays where it is.
fn kept(old: &[Entry<'_>], new: &[Entry<'_>]) -> Vec<(usize, usize)> {
    let same = |(a, b): (&Entry<'_>, &Entry<'_>)| a.bytes == b.bytes;
    let front = old.iter().zip(new).take_while(|pair| same(*pair)).count();
    let (old, new) = (old.get(front..).unwrap_or_default(), new.get(front..).unwrap_or_default());
    let back = old.iter().rev().zip(new.iter().rev()).take_while(|pair| same(*pair)).count();
    let middle = |side: &[Entry<'_>]| side.len() - back;
    let (height, width) = (middle(old), middle(new));
    let mut pairs: Vec<(usize, usize)> = (0..front).map(|at| (at, at)).collect();
    if height.saturating_mul(width) <= MAX_PAIRS {
        let (old, new) = (old.get(..height).unwrap_or_default(), new.get(..width).unwrap_or_default());
        pairs.extend(heaviest(old, new).into_iter().map(|(i, j)| (front + i, front + j)));
    }
    pairs.extend((0..back).map(|at| (front + height + at, front + width + at)));
    pairs
}

/// The heaviest common subsequence, by the table of all ends. What is no certificate weighs more than
/// all certificates: it is they that move around a key, not the key.
fn heaviest(old: &[Entry<'_>], new: &[Entry<'_>]) -> Vec<(usize, usize)> {
    let columns = new.len() + 1;
    let heavy = u32::try_from(columns).unwrap_or(u32::MAX);
    let mut table = vec![0_u32; (old.len() + 1) * columns];
    let at = |table: &[u32], i: usize, j: usize| table.get(i * columns + j).copied().unwrap_or_default();
    for (i, one) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            let weight = if one.fingerprint().is_some() { 1 } else { heavy };
            let without = at(&table, i + 1, j).max(at(&table, i, j + 1));
            let with = if one.bytes == other.bytes { at(&table, i + 1, j + 1).saturating_add(weight) } else { 0 };
            if let Some(cell) = table.get_mut(i * columns + j) {
                *cell = with.max(without);
            }
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while let (Some(one), Some(other)) = (old.get(i), new.get(j)) {
        let here = at(&table, i, j);
        if here == at(&table, i + 1, j) {
            i += 1;
        } else if here == at(&table, i, j + 1) {
            j += 1;
        } else {
            debug_assert!(one.bytes == other.bytes);
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry for each letter.
    fn side(text: &str) -> Vec<Entry<'_>> {
        let entry = |at: usize| Entry { bytes: &text.as_bytes()[at..=at], what: What::Text, input: "f", line: 1 };
        (0..text.len()).map(entry).collect()
    }

    fn stays(old: &str, new: &str) -> String {
        kept(&side(old), &side(new)).into_iter().map(|(at, _)| &old[at..=at]).collect()
    }

    #[test]
    fn what_stays_is_the_most_that_can() {
        for (old, new, stay) in [
            ("", "", ""),
            ("abc", "abc", "abc"),
            ("abc", "", ""),
            ("abc", "acb", "ac"),
            ("abcd", "bcda", "bcd"),
            ("xabcy", "xcy", "xcy"),
            ("aab", "ab", "ab"),
            ("abcabc", "cab", "cab"),
        ] {
            let found = stays(old, new);
            assert_eq!(found.len(), stay.len(), "{old} {new}: {found}");
        }
        for (i, j) in kept(&side("xaybz"), &side("1a2b3")) {
            assert_eq!(side("xaybz")[i].bytes, side("1a2b3")[j].bytes);
        }
    }

    #[test]
    fn more_blocks_than_can_be_compared_are_all_shown_as_new() {
        let half = "ab".repeat(1 + MAX_PAIRS / 4);
        let (old, new) = (format!("s{half}xe"), "sxbxbxe".to_owned());
        assert_eq!(stays(&old, &new), "sbxe");
    }

    #[test]
    fn a_paragraph_is_shown_by_its_first_line() {
        assert_eq!(text(b"# one"), "# one");
        assert_eq!(text(b"# one\r\n# two\n# three"), "# one (and 2 more lines)");
        let found = paragraphs(b"\n# a\n# b\n\n \n# c", 7, "f");
        let found: Vec<_> = found.iter().map(|entry| (entry.bytes, entry.line)).collect();
        assert_eq!(found, [(&b"# a\n# b"[..], 8), (b"# c", 12)]);
    }

    #[test]
    fn what_may_be_of_a_key_is_not_shown() {
        for (line, shown) in [
            ("#MIIEogIBAAKCAQEAzQNx9zUZHbj4Ih9FfRc", "(text)"),
            ("# AAA6BBB+CCC/DDDeEEEfFFFgGGG=", "(text)"),
            ("    00:b3:1f:5d:2c:9a:bb:01:44:6e:19:a0:c2:", "(text)"),
            (
                "# /etc/letsencrypt/live/site.example/fullchain.pem",
                "# /etc/letsencrypt/live/site.example/fullchain.pem",
            ),
            ("localKeyID: 54 69 6D 65", "localKeyID: 54 69 6D 65"),
        ] {
            assert_eq!(text(line.as_bytes()), shown);
        }
        assert_eq!(text(b"#MIIEogIBAAKCAQEAzQNx9zUZHbj4Ih9FfRc\n#x"), "(text) (and 1 more line)");
    }
}
