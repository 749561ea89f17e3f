//! CCADB's reports: CSV files in which the browsers' root programs tell of every CA certificate that
//! they know (<https://www.ccadb.org/resources>).
//!
//! There are many, each with columns of its own. What counts is what a column holds:
//!
//! | column | |
//! |---|---|
//! | any whose cells hold PEM (`X.509 Certificate (PEM)`, `PEM Info`), in quotes or not | certificates |
//! | `SHA-256 Fingerprint` | whom the row is about; without it, the row's own certificate |
//! | `Revocation Status` | `Revoked` or `Not Revoked` |
//!
//! `Parent Cert Revoked` says nothing of the certificate itself: a path through the revoked issuer is
//! refused for that one's sake, and one through another certificate of the same issuer is good.

use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder};

use super::files::Contents;
use crate::bundle::{self, Lost};
use crate::cert::{Certificate, Fingerprint};

/// The most rows that are read of one report. CCADB's largest has some 20,000.
pub const MAX_ROWS: usize = 1_000_000;

/// How far into a file its header may reach: CCADB's longest, of some hundred columns, takes 4 KB.
const MAX_HEADER_BYTES: usize = 64 * 1024;

const BEGIN: &[u8] = b"-----BEGIN";

/// What a report says of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It has been revoked.
    Revoked,
    /// It has not, whatever an earlier report said.
    NotRevoked,
}

/// Which columns of a report say what.
#[derive(Debug, Default, PartialEq, Eq)]
struct Columns {
    fingerprint: Option<usize>,
    status: Option<usize>,
    names_pem: bool,
}

impl Columns {
    /// `None` for a header that is no report's.
    fn of(header: &ByteRecord) -> Option<Self> {
        let mut columns = Self::default();
        for (position, name) in header.iter().enumerate() {
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            // However it is written: `SHA-256 Fingerprint`, `sha256_fingerprint`.
            match name.replace(|c: char| !c.is_alphanumeric(), "").as_str() {
                "sha256fingerprint" => columns.fingerprint = Some(position),
                "revocationstatus" => columns.status = Some(position),
                "pem" | "peminfo" | "certificatepem" | "x509certificatepem" => columns.names_pem = true,
                _ => {}
            }
        }
        // Of tables with other headers the certificates are read as of any text with PEM in it.
        let speaks = columns.names_pem || (columns.fingerprint.is_some() && columns.status.is_some());
        speaks.then_some(columns)
    }
}

/// What a report says; `None` for what is no report. A row that cannot be understood is passed over; a
/// certificate in it that cannot be read is told.
pub fn read(bytes: &[u8]) -> Option<Contents> {
    let head = bytes.get(..MAX_HEADER_BYTES).unwrap_or(bytes);
    // A file that begins with a certificate has no header, and one line is a table of nothing.
    let end = head.iter().position(|b| matches!(b, b'\n' | b'\r'))?;
    if head.get(..end)?.windows(BEGIN.len()).any(|w| w == BEGIN) {
        return None;
    }
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
    let columns = Columns::of(reader.byte_headers().ok()?)?;
    let mut contents = Contents::default();
    let mut row = ByteRecord::new();
    let mut rows = 0;
    while let Ok(true) = reader.read_byte_record(&mut row) {
        if rows == MAX_ROWS {
            let why = format!("more than {MAX_ROWS} rows; what follows is not read");
            contents.lost.push(Lost { line: line_of(&row), why });
            break;
        }
        take(&row, &columns, &mut contents);
        rows += 1;
    }
    Some(contents)
}

fn take(row: &ByteRecord, columns: &Columns, contents: &mut Contents) {
    let cells = row.iter().filter(|cell| cell.windows(BEGIN.len()).any(|w| w == BEGIN));
    let mut certificates: Vec<Arc<Certificate>> = Vec::new();
    for cell in cells {
        let read = bundle::read_pool(cell);
        // Lines of the cell are none of the file.
        let lost = || Lost { line: line_of(row), why: "a certificate in this row cannot be read".to_owned() };
        contents.lost.extend((!read.lost().is_empty()).then(lost));
        certificates.extend(read.certificates().map(|(_, certificate)| Arc::clone(certificate)));
    }
    if let Some(status) = columns.status.and_then(|at| status(row.get(at)?)) {
        let named = columns.fingerprint.and_then(|at| fingerprint(row.get(at)?));
        let about = named.or_else(|| certificates.first().map(|certificate| certificate.fingerprint()));
        contents.statuses.extend(about.map(|fingerprint| (fingerprint, status)));
    }
    contents.certificates.extend(certificates);
}

/// Where a row begins.
fn line_of(row: &ByteRecord) -> Option<u32> {
    row.position().map(|position| u32::try_from(position.line()).unwrap_or(u32::MAX))
}

fn status(cell: &[u8]) -> Option<Status> {
    match unquoted(cell)?.to_ascii_lowercase().as_str() {
        "revoked" => Some(Status::Revoked),
        "not revoked" => Some(Status::NotRevoked),
        _ => None,
    }
}

fn fingerprint(cell: &[u8]) -> Option<Fingerprint> {
    unquoted(cell)?.parse().ok()
}

/// A cell's text; some reports put single quotes around it.
fn unquoted(cell: &[u8]) -> Option<&str> {
    Some(std::str::from_utf8(cell).ok()?.trim().trim_matches('\'').trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF";
    const TWO: &str = "FF:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF";

    fn statuses(text: &str) -> Option<Vec<(String, Status)>> {
        let short = |fingerprint: Fingerprint| fingerprint.to_string()[..2].to_owned();
        Some(read(text.as_bytes())?.statuses.into_iter().map(|(f, s)| (short(f), s)).collect())
    }

    #[test]
    fn the_report_of_all_records_tells_who_is_revoked() {
        let report = format!(
            "\u{feff}CA Owner,\"Revocation Status\",Parent SHA-256 Fingerprint,SHA-256 Fingerprint\r\n\
             \"Acme, Inc\",Revoked,{TWO},{ONE}\r\n\
             Acme,Not Revoked,{ONE},{TWO}\r\n\
             Acme,Parent Cert Revoked,,{ONE}\r\nAcme,,,{ONE}\r\nAcme,revoked,,'{TWO}'\r\n\
             Acme,Revoked,,none\r\nAcme\r\n"
        );
        let wanted = [("01", Status::Revoked), ("ff", Status::NotRevoked), ("ff", Status::Revoked)];
        assert_eq!(statuses(&report), Some(wanted.map(|(f, s)| (f.to_owned(), s)).to_vec()));
    }

    #[test]
    fn what_is_no_report_is_left_to_others() {
        for text in [
            "",
            "SHA-256 Fingerprint,Revocation Status",
            "name,place\nAcme,here\n",
            "SHA-256 Fingerprint\nx\n",
            "-----BEGIN CERTIFICATE-----\nPEM\n",
            "# The intermediates, in PEM\n-----BEGIN CERTIFICATE-----\n",
        ] {
            assert_eq!(statuses(text), None, "{text}");
        }
    }

    #[test]
    fn rows_past_the_limit_are_told() {
        let row = format!("Revoked,{ONE}\n");
        let text = "Revocation Status,SHA-256 Fingerprint\n".to_owned() + &row + &"x\n".repeat(MAX_ROWS - 1) + &row;
        let contents = read(text.as_bytes()).unwrap();
        let why = "more than 1000000 rows; what follows is not read".to_owned();
        let line = u32::try_from(MAX_ROWS + 2).ok();
        assert_eq!((contents.statuses.len(), contents.lost), (1, vec![Lost { line, why }]));
        let contents = read(text.strip_suffix(&row).unwrap().as_bytes()).unwrap();
        assert_eq!((contents.statuses.len(), contents.lost), (1, Vec::new()));
    }

    #[test]
    fn a_header_without_end_costs_little() {
        let endless = vec![b'a'; 8 << 20];
        assert!(read(&endless).is_none());
        let quoted = [&b"\"SHA-256 Fingerprint\nRevocation"[..], &endless].concat();
        assert!(read(&quoted).is_none());
    }
}
