//! Dates: whether a certificate is valid at a time, and how that is said.

use super::Fault;
use crate::cert::{Certificate, Time};
use crate::rules::Rule;

/// RFC 5280 §6.1.3 (a)(2), with §4.1.2.5: from notBefore to notAfter, both included. `expired` is
/// the rule for this place in the path. Dates that cannot be read are a fault as well.
pub(super) fn validity_fault(certificate: &Certificate, at: Time, expired: Rule) -> Option<Fault> {
    let (Some(from), Some(to)) = (certificate.not_before(), certificate.not_after()) else {
        return Some(Fault::new(Rule::MalformedCertificate, "has dates that cannot be read (validity)".to_owned()));
    };
    if from > to {
        let message = format!("ends {} before it starts {} (validity)", to.date(), from.date());
        Some(Fault::new(Rule::MalformedCertificate, message))
    } else if at > to {
        Some(Fault::new(expired, format!("expired {}, {}", to.date(), ago(to, at))))
    } else if at < from {
        let fault = Fault::new(Rule::NotYetValid, format!("valid from {}, {}", from.date(), ahead(at, from)));
        Some(fault.help("check the clock, or wait"))
    } else {
        None
    }
}

/// Calendar days (UTC) from `earlier` to `later`.
fn days(earlier: Time, later: Time) -> i64 {
    later.day() - earlier.day()
}

fn ago(then: Time, now: Time) -> String {
    match days(then, now) {
        0 => "earlier today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{days} days ago"),
    }
}

fn ahead(now: Time, then: Time) -> String {
    match days(now, then) {
        0 => "later today".to_owned(),
        1 => "tomorrow".to_owned(),
        days => format!("in {days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_calendar_days() {
        let noon = Time::from_unix(1_795_262_400); // 2026-11-21T12:00:00Z
        let hours = |h: i64| Time::from_unix(noon.unix() + h * 3600);
        assert_eq!(noon.to_string(), "2026-11-21T12:00:00Z");
        assert_eq!(ago(hours(-1), noon), "earlier today");
        assert_eq!(ago(hours(-13), noon), "yesterday");
        assert_eq!(ago(hours(-50 * 24), noon), "50 days ago");
        assert_eq!(ahead(noon, hours(11)), "later today");
        assert_eq!(ahead(noon, hours(12)), "tomorrow");
        assert_eq!(ahead(noon, hours(41 * 24)), "in 41 days");
        assert_eq!(days(Time::from_unix(-1), Time::from_unix(0)), 1, "before 1970 as well");
    }
}
