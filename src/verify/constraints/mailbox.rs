//! E-mail addresses in subtrees of rfc822Name form (RFC 5280 §4.2.1.10, RFC 9598 §6).

use super::{Side, Trouble, is_host_or_in_domain};

/// A mailbox (`a@example.com`), all mailboxes on a host (`example.com`), or on every host of a
/// domain (`.example.com`). The local part is compared with case, the host without. An empty base
/// holds every address (NSS, Go).
pub(super) fn within_email(name: &str, base: &str) -> Result<bool, Trouble> {
    let (local, host) = parts(name).ok_or(Trouble::Name)?;
    Ok(is_within(host, base, |wanted| local == wanted))
}

/// An SmtpUTF8Mailbox, whose local part no rfc822Name can write: only its host is compared. A base
/// that is one mailbox permits none such, and excludes all on its host. The host is in A-labels.
pub(super) fn within_email_of_utf8(name: &str, base: &str, side: Side) -> Result<bool, Trouble> {
    let (_, host) = parts(name).filter(|(_, host)| host.is_ascii()).ok_or(Trouble::Name)?;
    Ok(is_within(host, base, |_| side == Side::Excluded))
}

/// Whether a base holds an address on this host; `is_local` says so of the base's local part.
fn is_within(host: &str, base: &str, is_local: impl Fn(&str) -> bool) -> bool {
    match base.rsplit_once('@') {
        Some((local, at)) => is_local(local) && host.eq_ignore_ascii_case(at),
        None => base.is_empty() || is_host_or_in_domain(host, base),
    }
}

/// Local part and host. An `@` in the local part has to be quoted (RFC 5321 §4.1.2).
fn parts(address: &str) -> Option<(&str, &str)> {
    let (local, host) = address.rsplit_once('@')?;
    let is_quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    (is_quoted || !local.contains('@')).then_some((local, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_subtrees() {
        for (name, base, expected) in [
            ("a@example.com", "a@EXAMPLE.com", true),
            ("A@example.com", "a@example.com", false),
            ("a@example.com", "example.com", true),
            ("a@mail.example.com", "example.com", false),
            ("a@mail.example.com", ".example.com", true),
            ("a@example.com", ".example.com", false),
            ("a@example.com", "", true),
            ("\"a@b\"@example.com", "example.com", true),
        ] {
            assert_eq!(within_email(name, base), Ok(expected), "{name} {base}");
        }
        // Some clients would take the first host, others the second.
        for malformed in ["nobody", "a@example.com@example.org", "a@b@example.com"] {
            assert_eq!(within_email(malformed, "example.com"), Err(Trouble::Name), "{malformed}");
        }
    }

    #[test]
    fn utf8_mailboxes_in_email_subtrees() {
        use Side::{Excluded, Permitted};
        for (name, base, side, expected) in [
            ("ä@example.com", "EXAMPLE.com", Permitted, true),
            ("ä@example.org", "example.com", Permitted, false),
            ("ä@mail.example.com", ".example.com", Excluded, true),
            ("ä@example.com", ".example.com", Excluded, false),
            ("ä@example.com", "a@example.com", Permitted, false),
            ("ä@example.com", "a@example.com", Excluded, true),
            ("ä@example.org", "a@example.com", Excluded, false),
            ("ä@example.com", "", Permitted, true),
        ] {
            assert_eq!(within_email_of_utf8(name, base, side), Ok(expected), "{name} {base}");
        }
        assert_eq!(within_email_of_utf8("a@exämple.com", "example.com", Permitted), Err(Trouble::Name));
    }
}
