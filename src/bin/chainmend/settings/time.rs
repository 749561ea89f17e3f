//! `--at`: RFC 3339, a date, Unix seconds, or a span from now.

use chainmend::cert::{SECONDS_A_DAY, Time};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::problem::Problem;
use crate::quote;

/// A year of `--at +1y`: the mean Gregorian year would shift the hour, and nobody asks to the day.
const SECONDS_A_YEAR: i64 = 365 * SECONDS_A_DAY;

/// What `text` means at `now`. Fractions of a second are cut off.
pub fn parse(text: &str, now: Time) -> Result<Time, Problem> {
    let time = match text.strip_prefix('+') {
        Some(span) => relative(span).and_then(|span| now.unix().checked_add(span)),
        None => absolute(text),
    };
    // What jiff's calendar does not hold (years past 9999), certificates do not either.
    time.filter(|seconds| Timestamp::from_second(*seconds).is_ok()).map(Time::from_unix).ok_or_else(|| {
        Problem::new(format!("--at {}: not a time", quote::word(text)))
            .help("2027-02-12, 2027-02-12T08:00:00Z, 1802419200 or +30d is wanted")
    })
}

fn relative(span: &str) -> Option<i64> {
    let unit = span.chars().next_back()?;
    let count: i64 =
        span.strip_suffix(unit)?.parse().ok().filter(|_| span.starts_with(|c: char| c.is_ascii_digit()))?;
    let seconds = match unit {
        'h' => 3_600,
        'd' => SECONDS_A_DAY,
        'w' => 7 * SECONDS_A_DAY,
        'y' => SECONDS_A_YEAR,
        _ => return None,
    };
    count.checked_mul(seconds)
}

fn absolute(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_millisecond().div_euclid(1_000));
    }
    // A date alone; "2027-02-12T08:00:00" without an offset is none, since nobody knows whose.
    let is_date = text.len() == "2027-02-12".len();
    let date = text.parse::<Date>().ok().filter(|_| is_date)?;
    date.to_zoned(TimeZone::UTC).ok().map(|midnight| midnight.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        let now = Time::from_unix(1_800_000_000);
        for (text, seconds) in [
            ("2027-02-12", 1_802_390_400),
            ("2027-02-12T08:00:00Z", 1_802_419_200),
            ("2027-02-12t08:00:00z", 1_802_419_200),
            ("2027-02-12T08:00:00.999Z", 1_802_419_200),
            ("2027-02-12T10:00:00+02:00", 1_802_419_200),
            ("1802419200", 1_802_419_200),
            ("0", 0),
            ("+0h", 1_800_000_000),
            ("+12h", 1_800_043_200),
            ("+30d", 1_802_592_000),
            ("+2w", 1_801_209_600),
            ("+1y", 1_831_536_000),
        ] {
            assert_eq!(parse(text, now).map(Time::unix), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in ["", "soon", "+", "+d", "+3", "+-3d", "+3x", "+9223372036854775807d", "2027-02-30"] {
            assert!(parse(text, Time::from_unix(0)).is_err(), "{text}");
        }
        for text in ["2027-02-12T08:00:00", "99999999999999999", "+3€"] {
            assert!(parse(text, Time::from_unix(0)).is_err(), "{text}");
        }
    }
}
