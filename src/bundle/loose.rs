//! Certificates without BEGIN and END lines: binary files, bare base64, and PEM inside documents.

use std::sync::Arc;

use super::armour::{self, Oddity, is_base64};
use super::der::{self, Shape};
use super::escapes::percent_decoded;
use super::markers::{self, Marker};
use super::pem;
use super::pkcs7;
use super::reader::{LineCounter, MAX_ITEMS, Reader, Terms};
use super::{Form, ItemKind};
use crate::cert::Certificate;
use crate::cert::der::tag;
use crate::report::Severity;
use crate::rules::Rule;

/// Reads a file that starts with a long SEQUENCE. `None` if it is nothing that is known.
pub(super) fn binary(reader: &mut Reader<'_>) -> Option<Form> {
    let text = reader.text;
    let shape = der::shape(text);
    let whole = der::stated_length(text).is_none_or(|length| length <= text.len());
    let used = match shape {
        Shape::Pkcs7 => return Some(binary_pkcs7(reader)),
        Shape::Pkcs12 => return Some(pkcs12(reader)),
        Shape::Certificate => {
            let (certificates, used) = der::series(text, reader.room());
            if certificates.is_empty() {
                return unreadable(reader);
            }
            push_all(reader, certificates, 0);
            used
        }
        Shape::PrivateKey(_) | Shape::EncryptedPrivateKey => {
            let encrypted = shape == Shape::EncryptedPrivateKey;
            let label = if let Shape::PrivateKey(label) = shape { label } else { "ENCRYPTED PRIVATE KEY" };
            let used = der::stated_length(text).unwrap_or(text.len()).min(text.len());
            let der = text.get(..used).filter(|_| whole && !encrypted).map(<[u8]>::to_vec);
            reader.private_key(1);
            reader.push(ItemKind::PrivateKey { label: label.to_owned(), der }, (1, 1), 0..used);
            used
        }
        Shape::Other(label) => {
            let used = der::stated_length(text).unwrap_or(text.len()).min(text.len());
            reader.push(ItemKind::Other(label.to_owned()), (1, 1), 0..used);
            used
        }
        Shape::Unknown => return None,
    };
    rest(reader, used);
    Some(Form::Der)
}

/// What follows the last DER value: nothing, white space, blocks in PEM, or something odd.
fn rest(reader: &mut Reader<'_>, used: usize) {
    let rest = reader.text.get(used..).unwrap_or_default();
    if rest.iter().all(|b| b.is_ascii_whitespace() || *b == 0) {
        return;
    }
    let ordinal = u32::try_from(reader.items.len()).unwrap_or(u32::MAX);
    if reader.is_full(used) || pem::read(reader, used) {
        return;
    }
    let what = match der::stated_length(rest) {
        Some(length) if length > rest.len() => "a value that is cut short follows".to_owned(),
        _ => match rest.len() {
            1 => "1 byte follows that is no certificate".to_owned(),
            length => format!("{length} bytes follow that are no certificate"),
        },
    };
    reader.find(Rule::DamagedPem, Severity::Error, ordinal, what, None);
}

fn push_all(reader: &mut Reader<'_>, certificates: Vec<Arc<Certificate>>, start: usize) {
    let mut at = start;
    for certificate in certificates {
        let ordinal = u32::try_from(reader.items.len() + 1).unwrap_or(u32::MAX);
        let end = at + certificate.der().len();
        reader.push(ItemKind::Certificate(certificate), (ordinal, ordinal), at..end);
        at = end;
    }
}

/// A SEQUENCE that starts like a certificate and is none.
fn unreadable(reader: &mut Reader<'_>) -> Option<Form> {
    let text = reader.text;
    let length = der::stated_length(text)?;
    let why = if length > text.len() {
        format!("the certificate is cut short: {} of {length} bytes", text.len())
    } else {
        Certificate::from_der(text.get(..length)?).err()?.to_string()
    };
    if markers::next(text, 0).is_some() {
        return None;
    }
    reader.find(Rule::UnreadableBlock, Severity::Error, 1, why, None);
    reader.push(ItemKind::Unreadable("CERTIFICATE".to_owned()), (1, 1), 0..text.len());
    Some(Form::Der)
}

fn binary_pkcs7(reader: &mut Reader<'_>) -> Form {
    let text = reader.text;
    let found = pkcs7::read(text, reader.room());
    if let Some(trouble) = found.trouble {
        reader.find(Rule::UnreadableBlock, Severity::Error, 1, trouble, None);
        if found.certificates.is_empty() {
            reader.push(ItemKind::Unreadable("PKCS7".to_owned()), (1, 1), 0..text.len());
        }
    } else if found.certificates.is_empty() {
        reader.push(ItemKind::Other("PKCS7".to_owned()), (1, 1), 0..found.length);
    }
    for certificate in found.certificates {
        let ordinal = u32::try_from(reader.items.len() + 1).unwrap_or(u32::MAX);
        reader.push(ItemKind::Certificate(certificate), (ordinal, ordinal), 0..found.length);
    }
    rest(reader, found.length);
    Form::Pkcs7
}

#[cfg(feature = "pkcs12")]
fn pkcs12(reader: &mut Reader<'_>) -> Form {
    use super::pkcs12::{Trouble, read};

    let Some(password) = reader.terms.password else { return sealed(reader, "PKCS#12 is not read here", "PKCS12") };
    let found = read(reader.text, password, reader.room());
    let span = 0..reader.text.len();
    match found.trouble {
        Some(Trouble::WrongPassword) if password.is_empty() => {
            return locked(reader, "the PKCS#12 needs a password", "PKCS12");
        }
        Some(Trouble::WrongPassword) => {
            return locked(reader, "the password does not open this PKCS#12", "CERTIFICATE");
        }
        Some(Trouble::Other(why)) if found.certificates.is_empty() => return sealed(reader, &why, "PKCS12"),
        Some(Trouble::Other(why)) => reader.find(Rule::UnreadableBlock, Severity::Error, 1, why, None),
        None => {}
    }
    for certificate in found.certificates {
        let ordinal = u32::try_from(reader.items.len() + 1).unwrap_or(u32::MAX);
        reader.push(ItemKind::Certificate(certificate), (ordinal, ordinal), span.clone());
    }
    for (label, der) in found.keys {
        reader.private_key(1);
        reader.push(ItemKind::PrivateKey { label: label.to_owned(), der }, (1, 1), span.clone());
    }
    if reader.items.is_empty() {
        reader.push(ItemKind::Other("PKCS12".to_owned()), (1, 1), span);
    }
    Form::Pkcs12
}

/// Without the right password.
#[cfg(feature = "pkcs12")]
fn locked(reader: &mut Reader<'_>, why: &str, label: &str) -> Form {
    let form = sealed(reader, why, label);
    if let Some(finding) = reader.findings.last_mut() {
        finding.help = Some("--password-file FILE gives the password, or CHAINMEND_PASSWORD in the environment".into());
    }
    form
}

#[cfg(not(feature = "pkcs12"))]
fn pkcs12(reader: &mut Reader<'_>) -> Form {
    sealed(reader, "PKCS#12 is not read", "PKCS12")
}

/// A container that stays shut, with the command that makes PEM of it.
fn sealed(reader: &mut Reader<'_>, why: &str, label: &str) -> Form {
    let name = reader.name;
    reader.find(Rule::UnreadableBlock, Severity::Error, 1, why.to_owned(), None);
    let legacy = if is_legacy(reader.text) { " -legacy" } else { "" };
    if let Some(finding) = reader.findings.last_mut() {
        let (input, output) = (quoted(name), quoted(&format!("{}.pem", stem(name))));
        finding.help = Some(format!("openssl pkcs12{legacy} -in {input} -nokeys -out {output}"));
    }
    reader.push(ItemKind::Unreadable(label.to_owned()), (1, 1), 0..reader.text.len());
    Form::Pkcs12
}

/// Whether a cipher is named that OpenSSL 3 has in its legacy provider only: RC4 and RC2 of RFC 7292
/// appendix C (1.2.840.113549.1.12.1.1, 2, 5 and 6).
fn is_legacy(bytes: &[u8]) -> bool {
    const SCHEMES: &[u8] = &[tag::OID, 10, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1];
    let is = |window: &[u8]| matches!(window.split_last(), Some((1 | 2 | 5 | 6, front)) if front == SCHEMES);
    bytes.windows(SCHEMES.len() + 1).any(is)
}

/// The name without `.p12` or `.pfx`.
fn stem(name: &str) -> &str {
    name.strip_suffix(".p12").or_else(|| name.strip_suffix(".pfx")).unwrap_or(name)
}

/// A file name as a shell takes it.
pub(super) fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ':' | '@');
    if name.chars().all(plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

/// JSON, by its first characters; YAML, by a block scalar's `|` or `>` before the first BEGIN; a string,
/// an assignment or a tag of whatever language, by what stands before it in its line.
pub(super) fn is_document(text: &[u8], first: &Marker) -> bool {
    if let [b'{' | b'[', tail @ ..] = text.trim_ascii_start()
        && matches!(tail.trim_ascii_start().first(), Some(b'"' | b'{' | b'['))
    {
        return true;
    }
    let before = text.get(..first.at.start).unwrap_or_default();
    let line = before.rsplit(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or_default();
    let is_inside = |line: &[u8]| {
        let opens = matches!(line.last(), Some(b'=' | b'"' | b'\'' | b'`' | b'>' | b'('));
        opens && line.iter().any(u8::is_ascii_alphanumeric)
    };
    if is_inside(line.trim_ascii_end()) {
        return true;
    }
    let bare = before.trim_ascii_end();
    let between = before.get(bare.len()..).unwrap_or_default();
    let indicator = [&b"|"[..], b"|-", b"|+", b">", b">-", b">+"];
    let opens = |key: &[u8]| key.ends_with(b": ") || key.ends_with(b"- ");
    between.contains(&b'\n')
        && between.ends_with(b" ")
        && indicator.iter().any(|mark| bare.strip_suffix(*mark).is_some_and(opens))
}

/// Base64 of `-----BEGIN`, as far as whole characters go, at each of the three places in a group.
const SECRET_MARKS: &[&[u8]] = &[b"LS0tLS1CRUdJT", b"0tLS0tQkVHSU", b"tLS0tLUJFR0lO"];

/// Every SEQUENCE longer than 127 bytes starts with these bits, and one longer than 255 with these
/// characters.
const DER_MARKS: &[&[u8]] = &[b"MI"];

/// Fewer characters of base64 than this are no certificate.
const MIN_EMBEDDED: usize = 128;

/// Reads PEM that stands in base64: in a Kubernetes Secret, in a property list. True if there was some.
pub(super) fn secret(reader: &mut Reader<'_>) -> bool {
    each_run(reader, SECRET_MARKS, |reader, span, line| {
        let inner_text =
            armour::decode(reader.text.get(span.clone()).unwrap_or_default(), reader.terms.most_body).bytes;
        inner(reader, &inner_text, span, line)
    })
}

/// Reads certificates in bare base64 within other text: `x5c` of a JSON Web Key, X509Certificate of
/// SAML, `data` of a property list. True if there was one.
pub(super) fn embedded(reader: &mut Reader<'_>) -> bool {
    each_run(reader, DER_MARKS, |reader, span, line| {
        if span.len() < MIN_EMBEDDED {
            return false;
        }
        let bytes = armour::decode(reader.text.get(span.clone()).unwrap_or_default(), reader.terms.most_body).bytes;
        let certificates = match der::shape(&bytes) {
            Shape::Certificate => der::series(&bytes, reader.room()).0,
            Shape::Pkcs7 => pkcs7::read(&bytes, reader.room()).certificates,
            _ => return false,
        };
        let any = !certificates.is_empty();
        for certificate in certificates {
            reader.push(ItemKind::Certificate(certificate), (line, line), span.clone());
        }
        any
    })
}

/// Reads PEM that stands in a URL or a form. True if there was some.
pub(super) fn percent_encoded(reader: &mut Reader<'_>) -> bool {
    let text = reader.text;
    let mut lines = LineCounter::new(text);
    let (mut at, mut any) = (0, false);
    while let Some(start) = text.get(at..).and_then(|rest| find(rest, b"-----BEGIN")).map(|i| at + i) {
        let token = text.get(start..).unwrap_or_default();
        let length = token.iter().take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'')).count();
        at = start + length;
        let plus = token.starts_with(b"-----BEGIN+");
        let decoded = percent_decoded(token.get(..length.min(reader.terms.most_body)).unwrap_or_default(), plus);
        let line = lines.at(start);
        any |= inner(reader, &decoded, start..at, line);
    }
    any
}

/// Reads text that stood written otherwise at this place.
fn inner(reader: &mut Reader<'_>, text: &[u8], span: std::ops::Range<usize>, line: u32) -> bool {
    let terms = Terms { most_body: reader.terms.most_body, ..Terms::default() };
    let mut inner = Reader::new(reader.name, text, terms);
    let any = pem::read(&mut inner, 0);
    for item in inner.items {
        if reader.is_full(span.start) {
            return true;
        }
        reader.push(item.kind, (line, line), span.clone());
    }
    for mut finding in inner.findings {
        if let Some(reference) = &mut finding.certificate {
            reference.line = Some(line);
        }
        reader.add_finding(finding);
    }
    any
}

/// Calls `read` with each run of base64 in which a mark stands, and its line. True if any call is.
fn each_run(
    reader: &mut Reader<'_>,
    marks: &[&[u8]],
    mut read: impl FnMut(&mut Reader<'_>, std::ops::Range<usize>, u32) -> bool,
) -> bool {
    let text = reader.text;
    let mut lines = LineCounter::new(text);
    let (mut at, mut any) = (0, false);
    while let Some(found) = text.get(at..).and_then(|rest| find_any(rest, marks)).map(|i| at + i) {
        let before = text.get(at..found).unwrap_or_default();
        let start = found - before.iter().rev().take_while(|b| is_base64(b) && **b != b'=').count();
        if reader.is_full(start) {
            return true;
        }
        at = run(text, start, marks);
        let line = lines.at(start);
        any |= read(reader, start..at, line);
    }
    any
}

/// How many bytes of base64 a text starts with; line ends and slashes may be written with `\`.
fn base64_length(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match text.get(at..).unwrap_or_default() {
            [b'\\', b'n' | b'r' | b'/', ..] => at += 2,
            [first, ..] if is_base64(first) => at += 1,
            _ => return at,
        }
    }
}

/// Where a run of base64 ends: with its line or, where it is wrapped, after the first line that is of
/// another length.
fn run(text: &[u8], start: usize, marks: &[&[u8]]) -> usize {
    let width = base64_length(text.get(start..).unwrap_or_default());
    let mut end = start + width;
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        let Some([b'\n', next @ ..]) = rest.get(blanks..) else { return end };
        let indent = next.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let line = next.get(indent..).unwrap_or_default();
        let length = base64_length(line);
        let closes = matches!(line.get(length), None | Some(b'\n' | b'\r' | b' ' | b'<' | b'"' | b'\'' | b','));
        if length == 0
            || length > width
            || !closes
            || marks.iter().any(|mark| line.starts_with(mark))
            || text.get(end - 1) == Some(&b'=')
        {
            return end;
        }
        end += blanks + 1 + indent + length;
        if length < width {
            return end;
        }
    }
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window == needle)
}

/// Where the first of the needles stands.
fn find_any(text: &[u8], needles: &[&[u8]]) -> Option<usize> {
    (0..text.len()).find(|at| needles.iter().any(|needle| text.get(*at..).is_some_and(|rest| rest.starts_with(needle))))
}

/// Reads base64 without markers: certificates or PKCS#7, one after another. True if there was one.
pub(super) fn base64(reader: &mut Reader<'_>) -> bool {
    let text = reader.text;
    let start = text.len() - text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start().len();
    // Every SEQUENCE longer than 127 bytes starts with these bits.
    if !text.get(start..).unwrap_or_default().starts_with(b"M") {
        return false;
    }
    let mut lines = LineCounter::new(text);
    let (mut chunk, mut at, mut ends) = (start, start, false);
    let (mut any, mut chunks) = (false, 0);
    for line in text.get(start..).unwrap_or_default().split_inclusive(|b| *b == b'\n') {
        let content = line.trim_ascii();
        if ends && content.starts_with(b"M") && chunks < MAX_ITEMS {
            chunks += 1;
            any |= base64_value(reader, &mut lines, chunk..at);
            chunk = at;
        }
        ends = content.is_empty() || content.ends_with(b"=");
        at += line.len();
    }
    any |= base64_value(reader, &mut lines, chunk..at);
    any
}

fn base64_value(reader: &mut Reader<'_>, lines: &mut LineCounter<'_>, span: std::ops::Range<usize>) -> bool {
    let body = reader.text.get(span.clone()).unwrap_or_default();
    let decoded = armour::decode(body, reader.terms.most_body);
    let first = lines.at(span.start);
    let last = lines.peek(span.start + body.trim_ascii_end().len());
    let (certificates, trouble) = match der::shape(&decoded.bytes) {
        Shape::Pkcs7 => {
            let found = pkcs7::read(&decoded.bytes, reader.room());
            (found.certificates, found.trouble)
        }
        Shape::Certificate => {
            let (certificates, _) = der::series(&decoded.bytes, reader.room());
            let cut = der::stated_length(&decoded.bytes).is_some_and(|length| length > decoded.bytes.len());
            let trouble = (certificates.is_empty() && cut).then(|| "a certificate in base64 is cut short".to_owned());
            (certificates, trouble)
        }
        _ => return false,
    };
    let any = !certificates.is_empty();
    if let Some(trouble) = trouble.filter(|_| any || first > 1 || reader.items.is_empty()) {
        reader.find(Rule::UnreadableBlock, Severity::Error, first, trouble, None);
    }
    if any {
        for (at, oddity) in decoded.oddities.iter().filter(|(_, oddity)| *oddity != Oddity::BlankLine) {
            let line = first + LineCounter::new(body).peek(*at) - 1;
            reader.find(Rule::DamagedPem, Severity::Error, line, oddity.message(), None);
        }
    }
    for certificate in certificates {
        reader.push(ItemKind::Certificate(certificate), (first, last), span.clone());
    }
    any
}
