//! What the error messages of TLS programs mean for a chain.
//!
//! ```text
//! bytes ─ text ─ find ─ hits in the tables of said/ ─ context ─ weigh ─ Diagnosis
//!                  │                                     └─ a depth, a chain listing, a date, who speaks
//!                  └─ plain, nearest: where no hit says anything
//! ```
//!
//! What programs say is data: `said` holds a table for each family of programs, and an entry says
//! which texts mean what, which rules that points to, the most likely first. Nothing here touches a
//! file, a clock or the network.
//!
//! ```
//! use chainmend::errors::diagnose;
//! use chainmend::rules::Rule;
//!
//! let log = "curl: (60) SSL certificate problem: unable to get local issuer certificate";
//! assert_eq!(diagnose(log.as_bytes()).rules()[0], Rule::MissingIntermediate);
//! ```

mod context;
mod find;
mod listing;
mod nearest;
mod plain;
mod said;
#[cfg(test)]
mod tests;
mod text;
mod weigh;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::rules::Rule;
use context::Context;
use find::{Finder, Hit};
use said::{Entry, FAMILIES, Kind};
use text::Text;

/// So much of a text is looked at. A log that explains a failure is a few screens long, and a
/// debug log of a handshake some hundred kB; a search through a MiB takes a fraction of a second.
pub const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// What a text means for a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// What may be wrong with the chain, the most likely first. Empty where the text is not about one.
    pub causes: Vec<Cause>,
    /// What the text is about where it is not about a chain.
    pub elsewhere: Option<Elsewhere>,
    /// Texts that resemble it, where nothing in it is known; the nearest first.
    pub nearest: Vec<Near>,
    /// What else was seen in it.
    pub remarks: Vec<&'static str>,
    /// The host that the text speaks of.
    pub host: Option<String>,
    /// The port that stands behind it.
    pub port: Option<u16>,
    /// The certificate file that the text speaks of.
    pub file: Option<String>,
    /// The file of the private key that the text speaks of.
    pub key: Option<String>,
    /// Whether the chain is a client's, of mutual TLS.
    pub client: bool,
    /// Whether the text says only that a chain was refused, so that the causes are those that are
    /// behind it most often.
    pub unexplained: bool,
    /// Whether the text was longer than [`MAX_TEXT_BYTES`], and its end was not looked at.
    pub cut: bool,
}

impl Diagnosis {
    /// The rules alone.
    pub fn rules(&self) -> Vec<Rule> {
        self.causes.iter().map(|cause| cause.rule).collect()
    }
}

/// One thing that may be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its rule.
    pub rule: Rule,
    /// The words that say so, as they stand in the text; empty where a listing of the chain does.
    pub quote: String,
    /// Whose words these are: `OpenSSL`.
    pub says: &'static str,
    /// What they mean, in one line.
    pub means: &'static str,
    /// What in the text makes this cause more likely than others.
    pub because: Option<String>,
    /// The command that the words call for, where it is another than the rule's: `{file}`, `{key}`,
    /// `{host}` and `{port}` in it stand for what the text names.
    pub next: Option<&'static str>,
}

/// A failure that no chain mends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The words, as they stand in the text.
    pub quote: String,
    /// Whose words these are.
    pub says: &'static str,
    /// What they mean, in one line.
    pub means: &'static str,
    /// Whether the words say nothing but that something failed: more of the log would help.
    pub vague: bool,
    /// The command that the words call for, as in [`Cause::next`].
    pub next: Option<&'static str>,
}

/// A known text that resembles the one that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The known text.
    pub text: &'static str,
    /// Whose words these are.
    pub says: &'static str,
    /// The rule that it points to first, if it is about a chain.
    pub rule: Option<Rule>,
}

/// What a pattern stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// An entry: family and position.
    Entry(usize, usize),
    /// The number of one of a family's entries.
    Number(usize),
    /// The place of a certificate in the chain.
    Depth,
}

/// An entry that was found, at the first place that says most.
struct Found {
    family: usize,
    entry: &'static Entry,
    hits: Vec<Hit<Meaning>>,
}

/// Says what the output of a program means: text in any encoding of Unicode, with whatever a log,
/// a terminal or a tracker put around it.
pub fn diagnose(bytes: &[u8]) -> Diagnosis {
    let cut = bytes.len() > MAX_TEXT_BYTES;
    let text = Text::new(bytes.get(..MAX_TEXT_BYTES).unwrap_or(bytes));
    let hits = FINDER.hits(&text);
    let context = Context::new(&text, &hits);
    let found = found(&hits);
    let mut diagnosis = weigh::weigh(&text, &context, &found);
    let says_nothing = found.iter().all(|found| found.entry.kind == Kind::Vague) && diagnosis.causes.is_empty();
    if (says_nothing || diagnosis.unexplained) && !context.verified {
        weigh::in_plain_words(plain::said(&text), &mut diagnosis);
    }
    if found.is_empty() && diagnosis.causes.is_empty() && !context.verified {
        diagnosis.nearest = nearest::nearest(&text);
    }
    Diagnosis {
        host: context.host,
        port: context.port,
        file: context.file,
        key: context.key,
        client: context.client,
        cut,
        ..diagnosis
    }
}

/// The tables made ready for finding; under a millisecond, the first time that a text is explained.
static FINDER: LazyLock<Finder<Meaning>> = LazyLock::new(|| Finder::new(patterns()));

/// Every text of the tables, and what it stands for.
fn patterns() -> impl Iterator<Item = (&'static str, Meaning)> {
    let numbered = FAMILIES.iter().enumerate().flat_map(|(family, known)| {
        let texts = known.entries.iter().enumerate();
        let texts =
            texts.flat_map(move |(at, entry)| entry.texts.iter().map(move |text| (*text, Meaning::Entry(family, at))));
        texts.chain(known.numbered.iter().map(move |text| (*text, Meaning::Number(family))))
    });
    numbered.chain(context::DEPTHS.iter().map(|text| (*text, Meaning::Depth)))
}

/// The entries that were found, each once, in order of their first place.
fn found(hits: &[Hit<Meaning>]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut places: HashMap<(usize, usize), usize> = HashMap::new();
    for hit in hits {
        let Some((family, at)) = resolved(hit) else { continue };
        let Some(entry) = FAMILIES.get(family).and_then(|known| known.entries.get(at)) else { continue };
        match places.get(&(family, at)).and_then(|place| found.get_mut(*place)) {
            Some(known) => known.hits.push(*hit),
            None => {
                places.insert((family, at), found.len());
                found.push(Found { family, entry, hits: vec![*hit] });
            }
        }
    }
    found
}

/// The entry that a hit stands for: its own, or the one of its number.
fn resolved(hit: &Hit<Meaning>) -> Option<(usize, usize)> {
    match hit.meaning {
        Meaning::Entry(family, at) => Some((family, at)),
        Meaning::Number(family) => {
            let number = hit.numbers.first().copied().flatten()?;
            let entries = &FAMILIES.get(family)?.entries;
            let at = entries.iter().position(|entry| entry.number == Some(said::one_number(number)))?;
            Some((family, at))
        }
        Meaning::Depth => None,
    }
}

/// The first rule of an entry that this version has.
fn first_rule(entry: &Entry) -> Option<Rule> {
    entry.rules().next()
}

/// Which of several kinds of message decides: what names a cause, what names another one, what says
/// only that a chain was refused, what says only that something failed.
fn decisive(kind: Kind) -> u8 {
    match kind {
        Kind::Cause | Kind::Alert => 3,
        Kind::Elsewhere => 2,
        Kind::Hint => 1,
        Kind::Vague => 0,
    }
}
