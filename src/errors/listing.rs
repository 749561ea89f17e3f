//! The chain as `openssl s_client`, `gnutls-cli`, `curl -v` and Apple's logs list it: which certificates the server
//! sent says more than any message.

use crate::rules::Rule;

/// A listing is read so far; servers send fewer, and what is longer is no listing.
const MAX_LINKS: usize = 32;

/// One certificate of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    subject: String,
    issuer: String,
}

impl Link {
    fn own(&self) -> bool {
        self.subject == self.issuer
    }
}

/// What a listing shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// How many certificates the server sent, if the text says so.
    pub sent: Option<usize>,
    /// What is wrong with the list itself, the worst first; each with what shows it.
    pub faults: Vec<(Rule, &'static str)>,
    /// Whether the last certificate's issuer is not in the list, and the ones before are linked.
    pub ends_below_root: bool,
}

impl Listing {
    pub fn of(plain: &str) -> Self {
        let (links, whole) = links(plain);
        let sent = counted(plain).or_else(|| (whole && !links.is_empty()).then_some(links.len()));
        Self { sent, faults: faults(&links), ends_below_root: ends_below_root(&links) }
    }
}

/// The certificates of the first listing, and whether it is a list of all that was sent: curl shows
/// the leaf alone.
fn links(plain: &str) -> (Vec<Link>, bool) {
    let mut links: Vec<Link> = Vec::new();
    let mut subject: Option<String> = None;
    let mut whole = true;
    for line in plain.lines() {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '<' | '>' | '|'));
        if let Some((at, name)) = numbered(line) {
            if at == 0 && !links.is_empty() {
                break;
            }
            subject = Some(name);
        } else if let Some(name) = line.strip_prefix("subject:").filter(|_| links.is_empty()) {
            (subject, whole) = (Some(one_form(name)), false);
        } else if let Some(name) = line.strip_prefix("i:").or_else(|| line.strip_prefix("issuer:")) {
            links.extend(subject.take().map(|subject| Link { subject, issuer: one_form(name) }));
        } else if let Some((subject, issuer)) = gnutls(line).or_else(|| apple(line)) {
            links.push(Link { subject, issuer });
        }
        if links.len() >= MAX_LINKS {
            break;
        }
    }
    (links, whole)
}

/// ` 0 s:CN = shop.example.com`
fn numbered(line: &str) -> Option<(usize, String)> {
    let (number, name) = line.split_once(" s:")?;
    Some((number.trim().parse().ok()?, one_form(name)))
}

/// ``- subject `CN=a', issuer `CN=b', serial …``
fn gnutls(line: &str) -> Option<(String, String)> {
    let rest = line.trim_start_matches(['-', ' ']).strip_prefix("subject `")?;
    let (subject, rest) = rest.split_once('\'')?;
    let (issuer, _) = rest.split_once("issuer `")?.1.split_once('\'')?;
    Some((one_form(subject), one_form(issuer)))
}

/// `<cert(0x7f8147826c00) s: localhost i: localhost>`
fn apple(line: &str) -> Option<(String, String)> {
    let (_, rest) = line.split_once("cert(0x")?;
    let (subject, issuer) = rest.split_once(" s: ")?.1.split_once(" i: ")?;
    Some((one_form(subject), one_form(issuer.split('>').next()?)))
}

/// ` - Got a certificate list of 1 certificates.`
fn counted(plain: &str) -> Option<usize> {
    let (_, rest) = plain.split_once("certificate list of ")?;
    rest.split(' ').next()?.parse().ok()
}

/// A name without the white space that versions print or do not print around `=`.
fn one_form(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).collect()
}

fn faults(links: &[Link]) -> Vec<(Rule, &'static str)> {
    let mut faults = Vec::new();
    let Some(leaf) = links.first() else { return faults };
    if leaf.own() {
        faults.push((Rule::SelfSignedLeaf, "the first certificate listed is its own issuer"));
    }
    let pairs = || links.iter().zip(links.iter().skip(1));
    let known = |issuer: &str| links.iter().any(|link| link.subject == issuer);
    let broken: Vec<_> =
        pairs().filter(|(link, next)| !link.own() && link.issuer != next.subject && link != next).collect();
    if broken.iter().any(|(link, _)| known(&link.issuer)) {
        faults.push((Rule::Misordered, "the certificates listed are not each followed by their issuer"));
    }
    // In a list that is only out of order the topmost certificate's issuer is a root, which is not sent.
    let useless =
        links.iter().skip(1).find(|link| !links.iter().any(|other| other != *link && other.issuer == link.subject));
    if broken.iter().any(|(link, _)| !known(&link.issuer)) && useless.is_some() && !leaf.own() {
        faults.push((
            Rule::MissingIntermediate,
            "a certificate listed is not followed by its issuer, which is nowhere in the list",
        ));
        faults.push((Rule::Unrelated, "a certificate listed is no one's issuer there"));
    }
    let mut seen: Vec<&Link> = Vec::new();
    if links.iter().any(|link| {
        seen.contains(&link) || {
            seen.push(link);
            false
        }
    }) {
        faults.push((Rule::Duplicate, "a certificate is listed twice"));
    }
    if links.iter().any(|link| link.own() && link != leaf) {
        faults.push((Rule::RootIncluded, "a certificate listed is its own issuer: a root"));
    }
    faults
}

fn ends_below_root(links: &[Link]) -> bool {
    let linked = links.iter().zip(links.iter().skip(1)).all(|(link, next)| link.issuer == next.subject);
    links.len() > 1 && linked && links.last().is_some_and(|last| !last.own())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(plain: &str) -> Vec<Rule> {
        Listing::of(plain).faults.iter().map(|(rule, _)| *rule).collect()
    }

    #[test]
    fn lists_of_openssl_gnutls_and_curl() {
        let one = Listing::of("Certificate chain\n 0 s:CN = a\n   i:CN = ca\n---\n");
        assert_eq!((one.sent, one.faults.len(), one.ends_below_root), (Some(1), 0, false));
        let two = Listing::of(" 0 s:CN = a\n   i:CN = ca\n   a:PKEY: rsaEncryption\n 1 s:CN=ca\n   i:CN=root\n");
        assert_eq!((two.sent, two.faults.len(), two.ends_below_root), (Some(2), 0, true));
        let gnutls = "- Got a certificate list of 1 certificates.\n - subject `CN=a', issuer `CN=ca', serial 0x1\n";
        assert_eq!(Listing::of(gnutls).sent, Some(1));
        assert_eq!(rules("* Server certificate:\n*  subject: CN=a\n*  issuer: CN=a\n"), [Rule::SelfSignedLeaf]);
        assert_eq!(Listing::of("*  subject: CN=a\n*  issuer: CN=b\n").sent, None);
        assert_eq!(rules("(\n    \"<cert(0x7f) s: localhost i: localhost>\"\n)"), [Rule::SelfSignedLeaf]);
        assert_eq!(Listing::of("no list"), Listing::default());
    }

    #[test]
    fn faults_of_the_list() {
        assert_eq!(rules(" 0 s:CN=a\n   i:CN=a\n"), [Rule::SelfSignedLeaf]);
        assert_eq!(rules(" 0 s:a\n i:ca\n 1 s:ca\n i:root\n 2 s:root\n i:root\n"), [Rule::RootIncluded]);
        assert_eq!(rules(" 0 s:a\n i:ca1\n 1 s:ca2\n i:root\n 2 s:ca1\n i:ca2\n"), [Rule::Misordered]);
        assert_eq!(rules(" 0 s:a\n i:ca1\n 1 s:ca9\n i:root\n"), [Rule::MissingIntermediate, Rule::Unrelated]);
        assert_eq!(rules(" 0 s:a\n i:ca\n 1 s:a\n i:ca\n 2 s:ca\n i:root\n"), [Rule::Duplicate]);
    }
}
