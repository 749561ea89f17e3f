//! Name constraints (RFC 5280 §4.2.1.10), of every form that can be compared.
//!
//! Where a constraint cannot be compared with a name of its form, the name is out of bounds. Minimum
//! and maximum, which nobody uses, are refused where the certificate itself is looked at.

mod mailbox;
mod words;

use mailbox::{within_email, within_email_of_utf8};
use words::{describe, subtree};

use super::imposed;
use super::names::{Role, common_names_as_hosts, is_dns_name};
use crate::cert::{Certificate, GeneralName, NameConstraints, NameKey, Names, escape};

/// How many (name, constraint) comparisons one path may cost: the limit of Go's crypto/x509 and of
/// webpki. Two certificates of 256 KiB could ask for a billion.
pub(super) const MAX_COMPARISONS: usize = 250_000;

/// Bytes of name and constraint that one comparison covers; longer ones count as several. The
/// longest DNS name has 253 bytes.
const BYTES_PER_COMPARISON: usize = 256;

/// The same for directory names, which are taken apart, folded and sorted, as far as the shorter of
/// the two goes.
const DIRECTORY_BYTES_PER_COMPARISON: usize = 32;

/// What is left of [`MAX_COMPARISONS`], or of another number that a caller may spend.
#[derive(Debug)]
pub(crate) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_COMPARISONS)
    }
}

impl Budget {
    /// So many comparisons.
    pub(crate) fn of(comparisons: usize) -> Self {
        Self(comparisons)
    }

    /// Whether a comparison was refused, or would be.
    pub(crate) fn is_spent(&self) -> bool {
        self.0 == 0
    }

    fn take(&mut self, name: &GeneralName, base: &GeneralName) -> Result<(), Trouble> {
        let cost = match (name, base) {
            (GeneralName::Directory(name), GeneralName::Directory(base)) => {
                1 + name.len().min(base.len()) / DIRECTORY_BYTES_PER_COMPARISON
            }
            _ => 1 + (length(name) + length(base)) / BYTES_PER_COMPARISON,
        };
        self.spend(cost)
    }

    fn spend(&mut self, comparisons: usize) -> Result<(), Trouble> {
        let left = self.0.checked_sub(comparisons);
        self.0 = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Trouble::Budget)
    }

    /// As much as one path may cost, as far as it is there.
    pub(super) fn for_path(&self) -> Self {
        Self(self.0.min(MAX_COMPARISONS))
    }

    /// Takes what a path did cost.
    pub(super) fn settle(&mut self, before: &Self, after: &Self) {
        self.0 = self.0.saturating_sub(before.0.saturating_sub(after.0));
    }
}

fn length(name: &GeneralName) -> usize {
    match name {
        GeneralName::Dns(text) | GeneralName::Email(text) | GeneralName::Utf8Email(text) | GeneralName::Uri(text) => {
            text.len()
        }
        _ => 0,
    }
}

/// Why a name and a constraint of its form cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Trouble {
    /// Nobody defines how.
    Form,
    /// The name is not of its form's syntax.
    Name,
    /// The constraint is not of its form's syntax.
    Constraint(String),
    /// Too many comparisons.
    Budget,
}

/// How a name breaks a constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
enum How {
    /// It lies in none of these permitted subtrees.
    Outside(Vec<String>),
    /// It lies in this excluded subtree.
    Inside(String),
    /// It cannot be compared.
    Trouble(Trouble),
}

/// The first name of a certificate that a CA's constraints do not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Breach {
    name: String,
    how: How,
    more: usize,
}

impl Breach {
    /// In words about the certificate that carries the name.
    pub(super) fn of_the_lower(&self, upper: &Certificate) -> String {
        let ca = upper.short_name();
        let message = match &self.how {
            How::Outside(permitted) => {
                format!("{} is outside what \"{ca}\" permits: {}", self.name, permitted.join(", "))
            }
            How::Inside(excluded) => format!("{} is excluded by \"{ca}\": {excluded}", self.name),
            How::Trouble(Trouble::Budget) => format!(
                "has more names than can be compared with the constraints of \"{ca}\": more than {MAX_COMPARISONS} comparisons"
            ),
            How::Trouble(trouble) => format!("{} {} of \"{ca}\"", self.name, trouble_text(trouble)),
        };
        message + &self.rest()
    }

    /// In words about the CA.
    pub(super) fn of_the_upper(&self) -> String {
        let message = match &self.how {
            How::Outside(permitted) => {
                format!("does not permit the leaf's {}, only {}", self.name, permitted.join(", "))
            }
            How::Inside(excluded) => format!("excludes the leaf's {}: {excluded}", self.name),
            How::Trouble(Trouble::Budget) => {
                format!(
                    "has more constraints than the leaf's names can be compared with: more than {MAX_COMPARISONS} comparisons"
                )
            }
            How::Trouble(trouble) => format!("the leaf's {} {} here", self.name, trouble_text(trouble)),
        };
        message + &self.rest()
    }

    fn rest(&self) -> String {
        match self.more {
            0 => " (nameConstraints)".to_owned(),
            1 => ", and so is another name (nameConstraints)".to_owned(),
            more => format!(", and so are {more} other names (nameConstraints)"),
        }
    }
}

fn trouble_text(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Form => "is of a form that cannot be compared with the constraints".to_owned(),
        Trouble::Name => "is malformed and cannot be compared with the constraints".to_owned(),
        Trouble::Constraint(which) => format!("cannot be compared with the malformed constraint {which}"),
        Trouble::Budget => "cannot be compared any more with the constraints".to_owned(),
    }
}

/// RFC 5280 §6.1.3 (b) and (c): the first name of `lower` that `upper`'s constraints, or those
/// that its root programme imposes on it, do not allow. Self-issued certificates are exempt unless
/// they are the leaf.
pub(super) fn breach(
    upper: &Certificate,
    lower: &Certificate,
    lower_is_leaf: bool,
    budget: &mut Budget,
) -> Option<Breach> {
    let own = upper.fields().name_constraints.as_ref();
    let imposed = imposed::permitted(upper);
    if (own.is_none() && imposed.is_empty()) || (!lower_is_leaf && lower.is_self_issued()) {
        return None;
    }
    let unpack = |side: fn(&NameConstraints) -> &Names| own.into_iter().flat_map(side).collect::<Vec<_>>();
    let (permitted, excluded) = (unpack(|nc| &nc.permitted), unpack(|nc| &nc.excluded));
    // To unpack eight costs about as much as to compare two.
    if let Err(trouble) = budget.spend(1 + (permitted.len() + excluded.len()) / 8) {
        return Some(Breach { name: "a name".to_owned(), how: How::Trouble(trouble), more: 0 });
    }
    let mut first: Option<Breach> = None;
    // Neither judge nor RFC asks for this; but OpenSSL, GnuTLS and NSS refuse.
    let hosts = if lower_is_leaf { common_names_as_hosts(lower) } else { Vec::new() };
    let hosts = hosts.into_iter().map(|host| (format!("common name {}", escape(&host)), GeneralName::Dns(host)));
    let names = names(lower).map(|name| (String::new(), name)).chain(hosts);
    for (told, name) in names {
        let mut how = check(&name, &permitted, &excluded, budget).err();
        if how.is_none() && !imposed.is_empty() {
            how = check(&name, &imposed, &[], budget).err();
        }
        let Some(how) = how else { continue };
        let spent = how == How::Trouble(Trouble::Budget);
        match &mut first {
            Some(first) => first.more += 1,
            None if told.is_empty() => first = Some(Breach { name: describe(&name), how, more: 0 }),
            None => first = Some(Breach { name: told, how, more: 0 }),
        }
        if spent {
            break;
        }
    }
    first
}

/// The names that constraints speak of: those in subjectAltName, a subject that is not empty, and
/// the e-mail addresses in the subject (§4.2.1.10; OpenSSL looks at them whether or not there are
/// others in subjectAltName). The common name is no DNS name.
fn names(certificate: &Certificate) -> impl Iterator<Item = GeneralName> + '_ {
    let subject = certificate.subject();
    let own = (!certificate.entity().subject.is_empty()).then(|| GeneralName::Directory(subject.der().to_vec()));
    let emails = own.iter().flat_map(|_| subject.email_addresses()).map(GeneralName::Email).collect::<Vec<_>>();
    certificate.fields().subject_alt_names.iter().flatten().chain(own).chain(emails)
}

fn check(
    name: &GeneralName,
    permitted: &[GeneralName],
    excluded: &[GeneralName],
    budget: &mut Budget,
) -> Result<(), How> {
    // Looking at a name costs something though there be nothing to compare it with.
    budget.take(name, &GeneralName::Other(0)).map_err(How::Trouble)?;
    for base in excluded {
        budget.take(name, base).map_err(How::Trouble)?;
        if within(name, base, Side::Excluded).map_err(How::Trouble)? == Some(true) {
            return Err(How::Inside(subtree(base)));
        }
    }
    let mut missed = false;
    let mut met = false;
    for base in permitted {
        budget.take(name, base).map_err(How::Trouble)?;
        match within(name, base, Side::Permitted).map_err(How::Trouble)? {
            Some(true) => met = true,
            Some(false) => missed = true,
            None => {}
        }
    }
    if missed && !met { Err(How::Outside(subtrees_of_form(name, permitted))) } else { Ok(()) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Permitted,
    Excluded,
}

/// Whether `name` lies in the subtree; `None` where they are of different forms.
fn within(name: &GeneralName, base: &GeneralName, side: Side) -> Result<Option<bool>, Trouble> {
    match (name, base) {
        (GeneralName::Dns(name), GeneralName::Dns(base)) => within_dns(name, base, side).map(Some),
        (GeneralName::Ip(name), GeneralName::Ip(base)) => within_ip(name, base).map(Some),
        (GeneralName::Email(name), GeneralName::Email(base)) => within_email(name, base).map(Some),
        (GeneralName::Utf8Email(name), GeneralName::Email(base)) => within_email_of_utf8(name, base, side).map(Some),
        (GeneralName::Uri(name), GeneralName::Uri(base)) => within_uri(name, base).map(Some),
        (GeneralName::Directory(name), GeneralName::Directory(base)) => Ok(Some(within_directory(name, base))),
        // A name that could not be read might be of any form.
        (GeneralName::Other(u8::MAX), _) => Err(Trouble::Name),
        (_, GeneralName::Other(u8::MAX)) => Err(Trouble::Constraint("of unknown form".to_owned())),
        // §4.2.1.10: a constraint on a form that is not processed rejects names of that form.
        (GeneralName::Other(name), GeneralName::Other(base)) if name == base => Err(Trouble::Form),
        (GeneralName::Utf8Email(_), GeneralName::Utf8Email(_) | GeneralName::Other(0))
        | (GeneralName::Other(0), GeneralName::Utf8Email(_)) => Err(Trouble::Form),
        _ => Ok(None),
    }
}

/// A DNS name that is the base with zero or more labels added on the left. A leading dot, which no
/// standard has, asks for at least one more label; an empty base holds every name (webpki, NSS,
/// OpenSSL). A wildcard lies in a permitted subtree where all names that it stands for do, and in
/// an excluded one where any does.
fn within_dns(name: &str, base: &str, side: Side) -> Result<bool, Trouble> {
    if !is_dns_name(name, Role::Presented) {
        return Err(Trouble::Name);
    }
    if !is_dns_name(base, Role::Constraint) {
        return Err(Trouble::Constraint(escape(base)));
    }
    if base.is_empty() {
        return Ok(true);
    }
    if let (Side::Excluded, Some(rest)) = (side, name.strip_prefix("*.")) {
        let bare = base.strip_prefix('.').unwrap_or(base);
        if bare.split_once('.').is_some_and(|(_, tail)| tail.eq_ignore_ascii_case(rest)) {
            return Ok(true);
        }
    }
    Ok(is_in_domain(name, base))
}

/// Equal, or ends in the base at a label boundary; with a leading dot only the latter.
fn is_in_domain(name: &str, base: &str) -> bool {
    let (bare, itself) = base.strip_prefix('.').map_or((base, true), |bare| (bare, false));
    if itself && name.eq_ignore_ascii_case(bare) {
        return true;
    }
    let Some(start) = name.len().checked_sub(bare.len()).filter(|start| *start > 0) else { return false };
    let (Some(front), Some(tail)) = (name.get(..start), name.get(start..)) else { return false };
    front.ends_with('.') && tail.eq_ignore_ascii_case(bare)
}

/// Address and mask, four octets each or 16. An address of the other family lies outside. The mask
/// must be that of a prefix (RFC 4632, as §4.2.1.10 asks).
fn within_ip(name: &[u8], base: &[u8]) -> Result<bool, Trouble> {
    if !matches!(name.len(), 4 | 16) {
        return Err(Trouble::Name);
    }
    if !matches!(base.len(), 8 | 32) || prefix_length(base).is_none() {
        return Err(Trouble::Constraint(subtree(&GeneralName::Ip(base.to_vec()))));
    }
    let (address, mask) = base.split_at(base.len() / 2);
    let same = || name.iter().zip(address).zip(mask).all(|((n, a), m)| (n ^ a) & m == 0);
    Ok(name.len() == address.len() && same())
}

fn prefix_length(base: &[u8]) -> Option<u32> {
    let (_, mask) = base.split_at(base.len() / 2);
    let ones: u32 = mask.iter().map(|b| b.count_ones()).sum();
    let leading: u32 = {
        let full = mask.iter().take_while(|b| **b == 0xff).count();
        full as u32 * 8 + mask.get(full).map_or(0, |b| b.leading_ones())
    };
    (ones == leading).then_some(ones)
}

/// A host (`example.com`) or, with a leading dot, every host below a domain. A URI without a DNS
/// host is rejected, as §4.2.1.10 asks. An empty base holds every URI (NSS, Go).
fn within_uri(name: &str, base: &str) -> Result<bool, Trouble> {
    let host = uri_host(name).ok_or(Trouble::Name)?;
    Ok(base.is_empty() || is_host_or_in_domain(host, base))
}

/// The host of a URI's authority, where it is a DNS name (RFC 3986 §3.2).
fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    is_dns_name(host, Role::Host).then_some(host)
}

fn is_host_or_in_domain(host: &str, base: &str) -> bool {
    if base.starts_with('.') { is_in_domain(host, base) } else { host.eq_ignore_ascii_case(base) }
}

/// The base is a prefix of the name's RDNs, compared as §7.1 asks.
fn within_directory(name: &[u8], base: &[u8]) -> bool {
    NameKey::is_within(name, base)
}

fn subtrees_of_form(name: &GeneralName, subtrees: &[GeneralName]) -> Vec<String> {
    /// How many subtrees a message lists: a line's worth.
    const LISTED: usize = 4;
    let is_email = |name: &GeneralName| matches!(name, GeneralName::Email(_) | GeneralName::Utf8Email(_));
    let is_same = |base: &&GeneralName| {
        std::mem::discriminant(*base) == std::mem::discriminant(name) || (is_email(name) && is_email(base))
    };
    let same: Vec<_> = subtrees.iter().filter(is_same).collect();
    let mut list: Vec<String> = same.iter().take(LISTED).map(|s| subtree(s)).collect();
    if same.len() > LISTED {
        list.push(format!("and {} more", same.len() - LISTED));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dns_subtrees() {
        use Side::{Excluded, Permitted};
        for (name, base, side, expected) in [
            ("example.com", "example.com", Permitted, true),
            ("a.b.EXAMPLE.com", "example.COM", Permitted, true),
            ("badexample.com", "example.com", Permitted, false),
            ("example.com", "", Permitted, true),
            ("example.com", ".example.com", Permitted, false),
            ("a.example.com", ".example.com", Permitted, true),
            ("com", "example.com", Permitted, false),
            ("*.example.com", "example.com", Permitted, true),
            ("*.example.com", "a.example.com", Permitted, false),
            ("*.example.com", "a.example.com", Excluded, true),
            ("*.example.com", "b.a.example.com", Excluded, false),
            ("*.a.example.com", "a.example.com", Excluded, true),
        ] {
            assert_eq!(within_dns(name, base, side), Ok(expected), "{name} {base}");
        }
        assert_eq!(within_dns("a b.com", "com", Permitted), Err(Trouble::Name));
        assert_eq!(within_dns("a.com", "*.com", Permitted), Err(Trouble::Constraint("*.com".into())));
    }

    #[test]
    fn ip_subtrees() {
        let v4 = [10, 0, 0, 0, 255, 0, 0, 0];
        assert_eq!(within_ip(&[10, 1, 2, 3], &v4), Ok(true));
        assert_eq!(within_ip(&[11, 1, 2, 3], &v4), Ok(false));
        assert_eq!(within_ip(&[0; 16], &v4), Ok(false), "of the other family");
        assert_eq!(within_ip(&[10, 1], &v4), Err(Trouble::Name));
        let sparse = within_ip(&[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 255, 0]);
        assert_eq!(sparse, Err(Trouble::Constraint("10.0.0.0 mask 255.0.255.0".into())));
        assert_eq!(within_ip(&[10, 1, 2, 3], &[10, 0]), Err(Trouble::Constraint("of 2 bytes".into())));
        let mut v6 = [0; 32];
        v6[..4].copy_from_slice(&[0x20, 1, 0x0d, 0xb8]);
        v6[16..20].fill(0xff);
        assert_eq!(subtree(&GeneralName::Ip(v6.to_vec())), "2001:db8::/32");
        let mut address = [7; 16];
        address[..4].copy_from_slice(&[0x20, 1, 0x0d, 0xb8]);
        assert_eq!(within_ip(&address, &v6), Ok(true));
    }

    #[test]
    fn uri_subtrees() {
        for (name, base, expected) in [
            ("https://example.com/x", "example.com", true),
            ("https://u:p@EXAMPLE.com:8443?x", "example.com", true),
            ("https://a.example.com", "example.com", false),
            ("spiffe://a.example.com/x", ".example.com", true),
        ] {
            assert_eq!(within_uri(name, base), Ok(expected), "{name} {base}");
        }
        for no_host in ["urn:x:y", "https://192.0.2.1/", "https://[::1]/", "mailto:a@example.com"] {
            assert_eq!(within_uri(no_host, "example.com"), Err(Trouble::Name), "{no_host}");
        }
    }

    /// Comparisons end at the limit, and then the name is refused.
    #[test]
    fn comparisons_are_bounded() {
        let mut budget = Budget(4);
        let name = GeneralName::Dns("a.example".into());
        let bases = vec![GeneralName::Dns("b.example".into()); 4];
        assert_eq!(check(&name, &[], &bases, &mut budget), Err(How::Trouble(Trouble::Budget)));
        assert!(budget.is_spent());
        // A long name counts for its length.
        let long = GeneralName::Email("a".repeat(BYTES_PER_COMPARISON * 4) + "@a.example");
        assert_eq!(check(&long, &[], &bases[..1], &mut Budget(9)), Err(How::Trouble(Trouble::Budget)));
        assert_eq!(check(&long, &[], &bases[..1], &mut Budget(10)), Ok(()));
        assert_eq!(Budget::default().0, 250_000);
    }
}
