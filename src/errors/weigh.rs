//! From what was found to a diagnosis: which message decides, and what the rest of the text says for
//! one cause and against another.

use super::context::Context;
use super::plain::Said;
use super::said::{Entry, FAMILIES, Kind};
use super::text::Text;
use super::{Cause, Diagnosis, Elsewhere, Found, decisive, first_rule};
use crate::rules::Rule;

/// What the first, second … rule of an entry weighs. A message that lists two causes says less for
/// each than one that knows only one of them.
const WEIGHTS: &[u32] = &[16, 8, 4, 2, 1];
/// What a listing of the chain weighs: it shows what a message only suggests.
const SHOWN: u32 = 40;
/// A fault in the listing that clients mostly forgive.
const FORGIVEN: u32 = 3;
/// So many causes are named at most; what is less likely than the seventh is noise.
const MAX_CAUSES: usize = 7;
/// A text that gives more reasons lists what may be wrong, and not what is.
const MAX_REASONS: usize = 2;
/// A quotation is cut after so many characters.
const QUOTE_CHARS: usize = 120;

/// A rule with what was found for it.
struct Weighed {
    weight: u32,
    /// The most that a single message gave it: that message is quoted.
    most: u32,
    cause: Cause,
}

/// What the messages mean, given the rest of the text.
pub fn weigh(text: &Text, context: &Context, found: &[Found]) -> Diagnosis {
    let kinds = || found.iter().map(|found| decisive(found.entry.kind));
    let top = kinds().max();
    let deciding: Vec<&Found> = found.iter().filter(|found| Some(decisive(found.entry.kind)) == top).collect();
    let mut weighed: Vec<Weighed> = Vec::new();
    for found in &deciding {
        let (rules, because) = adjusted(text, context, found);
        for (rule, weight) in rules.into_iter().zip(WEIGHTS.iter().chain(std::iter::repeat(&0))) {
            add(&mut weighed, *weight, cause(text, found, rule, because.clone()));
        }
    }
    let refused = deciding.iter().any(|found| found.entry.kind != Kind::Elsewhere && found.entry.kind != Kind::Vague);
    listed(context, refused, &mut weighed);
    let causes = likely(weighed);
    let unexplained =
        refused && !causes.is_empty() && top == Some(decisive(Kind::Hint)) && context.listing.faults.is_empty();
    let elsewhere = if causes.is_empty() { deciding.first().map(|found| elsewhere(text, found)) } else { None };
    let remarks = remarks(context, &deciding, causes.is_empty() && elsewhere.is_none());
    Diagnosis { causes, elsewhere, remarks, unexplained, ..Diagnosis::default() }
}

/// What the text says in words that are no known program's; where a program said that it refused a
/// chain, only a reason counts, and stands before what is behind such words most often.
pub fn in_plain_words(said: Vec<Said>, diagnosis: &mut Diagnosis) {
    let hint = said.iter().any(|said| said.hint);
    if said.is_empty() || diagnosis.unexplained && (hint || said.len() > MAX_REASONS) {
        return;
    }
    let mut weighed: Vec<Weighed> = Vec::new();
    for Said { rules, means, quote, .. } in said {
        for (rule, weight) in rules.into_iter().zip(WEIGHTS) {
            let cause = Cause { rule, quote: quote.clone(), says: "in plain words", means, because: None, next: None };
            add(&mut weighed, *weight, cause);
        }
    }
    let others = std::mem::replace(&mut diagnosis.causes, likely(weighed));
    for other in others {
        if diagnosis.causes.len() < MAX_CAUSES && diagnosis.causes.iter().all(|cause| cause.rule != other.rule) {
            diagnosis.causes.push(other);
        }
    }
    diagnosis.unexplained = hint;
    diagnosis.elsewhere = None;
    diagnosis.remarks.push("no program's own words were recognised for the first cause: this is what the text says");
}

/// The causes, the most likely first.
fn likely(mut weighed: Vec<Weighed>) -> Vec<Cause> {
    // A stable sort: of equal weight, what was said first stands first.
    weighed.sort_by_key(|rule| std::cmp::Reverse(rule.weight));
    weighed.truncate(MAX_CAUSES);
    weighed.into_iter().map(|rule| rule.cause).collect()
}

fn add(weighed: &mut Vec<Weighed>, weight: u32, cause: Cause) {
    match weighed.iter_mut().find(|known| known.cause.rule == cause.rule) {
        Some(known) => {
            known.weight += weight;
            if weight > known.most {
                (known.most, known.cause) = (weight, cause);
            }
        }
        None => weighed.push(Weighed { weight, most: weight, cause }),
    }
}

fn cause(text: &Text, found: &Found, rule: Rule, because: Option<String>) -> Cause {
    let next = found.entry.next.filter(|_| first_rule(found.entry) == Some(rule));
    Cause { rule, quote: quote(text, found), says: says(found), means: found.entry.means, because, next }
}

fn elsewhere(text: &Text, found: &Found) -> Elsewhere {
    Elsewhere {
        quote: quote(text, found),
        says: says(found),
        means: found.entry.means,
        vague: found.entry.kind == Kind::Vague,
        next: found.entry.next,
    }
}

fn says(found: &Found) -> &'static str {
    FAMILIES.get(found.family).map_or("", |family| family.says)
}

/// The words that were found, on one line.
fn quote(text: &Text, found: &Found) -> String {
    let words = found.hits.first().and_then(|hit| text.plain.get(text.place(hit.start, hit.end)));
    let line: Vec<&str> = words.unwrap_or_default().split_whitespace().collect();
    let line = line.join(" ");
    match line.char_indices().nth(QUOTE_CHARS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// The rules of an entry in the order that the rest of the text suggests, and what suggests it.
fn adjusted(text: &Text, context: &Context, found: &Found) -> (Vec<Rule>, Option<String>) {
    let mut rules: Vec<Rule> = found.entry.rules().collect();
    let has = |rule| rules.contains(&rule);
    let depth = context.depth(text, &found.hits);
    let because = if has(Rule::ExpiredLeaf) {
        expired(context, depth, &mut rules)
    } else if has(Rule::MissingIntermediate) && rules.first() != Some(&Rule::KeyIdMismatch) {
        unknown_issuer(context, depth, &mut rules)
    } else {
        None
    };
    let side = by_side(context, found.entry, &mut rules);
    (rules, side.or(because))
}

/// Which certificate has expired: the leaf has depth 0.
fn expired(context: &Context, depth: Option<(u32, bool)>, rules: &mut Vec<Rule>) -> Option<String> {
    if !rules.iter().take(2).any(|rule| *rule == Rule::ExpiredLeaf) {
        return None;
    }
    match depth {
        Some((0, _)) => {
            rules.retain(|rule| !matches!(rule, Rule::ExpiredIntermediate | Rule::ExpiredRoot | Rule::StaleCrossSign));
            Some("depth 0 is the leaf".to_owned())
        }
        _ if context.retired_root => {
            rules.retain(|rule| *rule != Rule::ExpiredLeaf);
            front(rules, &[Rule::ExpiredRoot, Rule::StaleCrossSign, Rule::ExpiredIntermediate]);
            Some("this root expired in 2020 or 2021, and servers went on to send a path to it".to_owned())
        }
        Some((depth, root)) => {
            rules.retain(|rule| *rule != Rule::ExpiredLeaf);
            let order = [Rule::ExpiredIntermediate, Rule::ExpiredRoot, Rule::StaleCrossSign];
            let root_first = [Rule::ExpiredRoot, Rule::StaleCrossSign, Rule::ExpiredIntermediate];
            front(rules, if root { &root_first } else { &order });
            Some(format!("depth {depth} is above the leaf"))
        }
        None => None,
    }
}

/// Whose issuer is unknown: the leaf's is an intermediate, the topmost certificate's is a root.
fn unknown_issuer(context: &Context, depth: Option<(u32, bool)>, rules: &mut Vec<Rule>) -> Option<String> {
    if context.listing.sent == Some(1) && context.listing.faults.is_empty() {
        rules.retain(|rule| *rule != Rule::SelfSignedLeaf);
        front(rules, &[Rule::MissingIntermediate]);
        return Some("the server sent one certificate, and it is not its own issuer".to_owned());
    }
    if context.listing.ends_below_root {
        front(rules, &[Rule::UntrustedRoot]);
        return Some("the certificates listed are linked up to one whose issuer the client does not have".to_owned());
    }
    match depth {
        Some((0, _)) => {
            front(rules, &[Rule::MissingIntermediate]);
            Some("depth 0: it is the leaf's own issuer that is missing".to_owned())
        }
        Some((depth, _)) if rules.contains(&Rule::UntrustedRoot) => {
            rules.retain(|rule| *rule != Rule::SelfSignedLeaf);
            front(rules, &[Rule::UntrustedRoot]);
            Some(format!("depth {depth}: intermediates were found, and the issuer above them was not"))
        }
        _ => None,
    }
}

/// Servers that judge clients allow a depth of 1 unless told otherwise, and then say that an issuer
/// is missing (nginx `ssl_verify_depth`, Apache `SSLVerifyDepth`).
fn by_side(context: &Context, entry: &Entry, rules: &mut Vec<Rule>) -> Option<String> {
    if !context.client || !matches!(entry.number, Some(2 | 20 | 21 | 22) | None) || entry.kind == Kind::Alert {
        return None;
    }
    if rules.contains(&Rule::MissingIntermediate) && !rules.contains(&Rule::VerifyDepth) {
        rules.insert(1.min(rules.len()), Rule::VerifyDepth);
    }
    if context.depth_setting && rules.contains(&Rule::VerifyDepth) {
        front(rules, &[Rule::VerifyDepth]);
        return Some("the text names the depth that the server was set to".to_owned());
    }
    None
}

/// Puts `first` at the front, in this order.
fn front(rules: &mut Vec<Rule>, first: &[Rule]) {
    rules.retain(|rule| !first.contains(rule));
    rules.splice(0..0, first.iter().copied());
}

/// What the listing itself shows. Where nothing was refused, only what is wrong with the list in any
/// client's eyes counts.
fn listed(context: &Context, refused: bool, weighed: &mut Vec<Weighed>) {
    for (rule, shows) in &context.listing.faults {
        let grave = matches!(rule, Rule::SelfSignedLeaf | Rule::MissingIntermediate);
        if grave && !refused {
            continue;
        }
        let cause =
            Cause { rule: *rule, quote: String::new(), says: "the listing", means: shows, because: None, next: None };
        add(weighed, if grave { SHOWN } else { FORGIVEN }, cause);
    }
}

fn remarks(context: &Context, deciding: &[&Found], nothing: bool) -> Vec<&'static str> {
    let mut remarks = Vec::new();
    if deciding.iter().any(|found| found.entry.kind == Kind::Alert) {
        remarks.push(if context.server_log {
            "the alert came from a client: look at the chain that this server sends"
        } else if context.client {
            "the alert came from a server that judges client certificates: look at the client's chain"
        } else {
            "an alert comes from the other side: in a server's log look at the server's own chain, in a client's log at the client's certificate"
        });
    }
    if nothing && context.verified {
        remarks.push("the text says that the verification succeeded");
    }
    remarks
}
