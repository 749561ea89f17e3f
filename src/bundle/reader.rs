//! What is being collected while a file is read, its limits, and line numbers.

use std::ops::Range;

use super::armour::MAX_BODY_BYTES;
use super::{Item, ItemKind, MAX_CHAIN};
use crate::cert::{Certificate, Shared};
use crate::report::{Finding, Place, Severity};
use crate::rules::Rule;

/// The most blocks that are read of one file. The largest real pools, dumps of certificate
/// transparency logs aside, have some ten thousand certificates, and this leaves room. Each costs
/// about a kilobyte besides its own bytes.
pub const MAX_ITEMS: usize = 16_384;

/// The most findings that are listed for one file; the rest is counted. A person reads a few, and
/// each takes some 300 bytes.
pub const MAX_FINDINGS: usize = 1_000;

/// On what terms a file is read.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    /// What opens PKCS#12, if that is to be opened.
    #[cfg_attr(not(feature = "pkcs12"), expect(dead_code, reason = "none is opened without it"))]
    pub(super) password: Option<&'a str>,
    /// The CA certificates of other bundles.
    pub(super) shared: Option<&'a Shared>,
    /// The largest body that is decoded.
    pub(super) most_body: usize,
}

impl Default for Terms<'_> {
    fn default() -> Self {
        Self { password: None, shared: None, most_body: MAX_BODY_BYTES }
    }
}

/// Collects the items and findings of one file.
pub(super) struct Reader<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a [u8],
    pub(super) terms: Terms<'a>,
    pub(super) items: Vec<Item>,
    pub(super) findings: Vec<Finding>,
    /// The blocks are part of JSON or YAML, where indentation and `\n` are as they should be.
    pub(super) document: bool,
    /// First lines of the blocks labelled PKCS7 that held certificates.
    pub(super) pkcs7_blocks: Vec<u32>,
    /// False once there was no room for more items.
    pub(super) complete: bool,
    /// Findings past [`MAX_FINDINGS`], and the gravest severity among them.
    unlisted: usize,
    gravest: Severity,
}

impl<'a> Reader<'a> {
    pub(super) fn new(name: &'a str, text: &'a [u8], terms: Terms<'a>) -> Self {
        Self {
            name,
            text,
            terms,
            items: Vec::new(),
            findings: Vec::new(),
            document: false,
            pkcs7_blocks: Vec::new(),
            complete: true,
            unlisted: 0,
            gravest: Severity::Info,
        }
    }

    /// How many items may still come.
    pub(super) fn room(&self) -> usize {
        MAX_ITEMS.saturating_sub(self.items.len())
    }

    /// Whether no more may come; says so, once, as of `at`.
    pub(super) fn is_full(&mut self, at: usize) -> bool {
        let full = self.room() == 0;
        if full {
            let line = LineCounter::new(self.text).peek(at);
            let message = format!("more than {MAX_ITEMS} blocks; what follows is not read");
            self.complete = false;
            self.gravest = Severity::Error;
            self.add(Rule::UnreadableBlock, Severity::Error, line, message, None);
        }
        full
    }

    /// What other bundles hold too, while this one is as small as chains are: of a pool nothing more is
    /// parsed than is asked for.
    pub(super) fn shared(&self) -> Option<&'a Shared> {
        self.terms.shared.filter(|_| self.items.len() < MAX_CHAIN)
    }

    pub(super) fn push(&mut self, kind: ItemKind, lines: (u32, u32), span: Range<usize>) {
        let kind = match (kind, self.shared()) {
            (ItemKind::Certificate(certificate), Some(shared)) => ItemKind::Certificate(shared.of(&certificate)),
            (kind, _) => kind,
        };
        self.items.push(Item { kind, lines, span, mended: None, trust: None });
    }

    /// [`Reader::push`], for a block that is kept but must be written anew.
    pub(super) fn push_mended(&mut self, kind: ItemKind, lines: (u32, u32), span: Range<usize>, der: Option<Vec<u8>>) {
        self.items.push(Item { kind, lines, span, mended: der, trust: None });
    }

    /// Adds a finding, unless there are too many.
    pub(super) fn find(
        &mut self,
        rule: Rule,
        severity: Severity,
        line: u32,
        message: String,
        certificate: Option<&Certificate>,
    ) {
        if self.findings.len() < MAX_FINDINGS {
            self.add(rule, severity, line, message, certificate);
        } else {
            self.unlisted += 1;
            self.gravest = self.gravest.max(severity);
        }
    }

    fn add(&mut self, rule: Rule, severity: Severity, line: u32, message: String, certificate: Option<&Certificate>) {
        let place = Place { input: self.name.into(), line };
        let finding = Finding::new(rule, message).severity(severity);
        self.findings.push(match certificate {
            Some(certificate) => finding.on(certificate, Some(&place)),
            None => finding.at(&place),
        });
    }

    /// Adds a finding that was made elsewhere.
    pub(super) fn add_finding(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        } else {
            self.unlisted += 1;
            self.gravest = self.gravest.max(finding.severity);
        }
    }

    /// Says that a private key stands here; never what it is.
    pub(super) fn private_key(&mut self, line: u32) {
        let message = "a private key stands in this file".to_owned();
        self.find(Rule::PrivateKeyPresent, Severity::Info, line, message, None);
    }

    /// The items and findings, the latter with a last one that counts those not listed.
    pub(super) fn finish(mut self) -> (Vec<Item>, Vec<Finding>) {
        if self.unlisted > 0 {
            let message = match self.unlisted {
                1 => "1 more thing is odd in this file".to_owned(),
                unlisted => format!("{unlisted} more things are odd in this file"),
            };
            self.findings.push(Finding::new(Rule::DamagedPem, message).severity(self.gravest));
        }
        (self.items, self.findings)
    }
}

/// Line numbers of ascending positions, in one pass over the text. LF, CRLF and a lone CR end lines.
pub(super) struct LineCounter<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
}

impl<'a> LineCounter<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, line: 1 }
    }

    pub(super) fn starting_at(text: &'a [u8], at: usize) -> Self {
        let line = Self::new(text).at(at);
        Self { text, at, line }
    }

    /// The line of this position, and the place to count on from.
    pub(super) fn at(&mut self, position: usize) -> u32 {
        let line = self.peek(position);
        if position > self.at {
            (self.at, self.line) = (position, line);
        }
        line
    }

    /// The line of this position.
    pub(super) fn peek(&self, position: usize) -> u32 {
        if position >= self.at {
            self.line.saturating_add(self.ends(self.at, position))
        } else {
            self.line.saturating_sub(self.ends(position, self.at))
        }
    }

    /// How many lines end between `from` and `to`. The pair CRLF ends at its LF.
    fn ends(&self, from: usize, to: usize) -> u32 {
        let text = self.text.get(from..to).unwrap_or_default();
        // Counts of up to 255 fit a byte, so that many are counted at once.
        let count = |part: &[u8]| part.iter().fold(0u8, |n, b| n.wrapping_add(u8::from(*b == b'\n')));
        let lf: usize = text.chunks(255).map(|part| usize::from(count(part))).sum();
        let lone = if text.contains(&b'\r') {
            let cr = text.iter().filter(|b| **b == b'\r').count();
            let followed = text.windows(2).filter(|pair| *pair == b"\r\n").count();
            let cut = text.ends_with(b"\r") && self.text.get(to) == Some(&b'\n');
            cr - followed - usize::from(cut)
        } else {
            0
        };
        u32::try_from(lf + lone).unwrap_or(u32::MAX)
    }
}
