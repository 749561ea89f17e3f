//! What an answer holds: never more than the limit of it, neither as it came nor decompressed, and for
//! how long it is good.

use std::io::Read;
use std::time::Duration;

use flate2::read::GzDecoder;
use reqwest::Response;
use reqwest::header::{AGE, CACHE_CONTROL, CONTENT_ENCODING, DATE, EXPIRES, HeaderMap, HeaderName};
use url::Url;

use super::super::FetchError;
use super::failure;

/// How a gzip stream begins (RFC 1952 §2.3.1); no certificate does.
const GZIP: &[u8] = &[0x1f, 0x8b, 8];

/// The body, of which no more than `most` bytes are ever held beside one chunk. What came compressed
/// is measured twice, so that a stream that only says how it is compressed ends as well.
pub(super) async fn read(mut response: Response, most: usize, url: &Url) -> Result<Vec<u8>, FetchError> {
    // A body that says it is too large need not be read.
    if response.content_length().is_some_and(|length| length > most as u64) {
        return Err(FetchError::TooLarge(most));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure::of(&error, url))? {
        if chunk.len() > most.saturating_sub(body.len()) {
            return Err(FetchError::TooLarge(most));
        }
        body.extend_from_slice(&chunk);
    }
    if body.starts_with(GZIP) {
        return decompressed(&body, most);
    }
    match response.headers().get(CONTENT_ENCODING).map(|value| String::from_utf8_lossy(value.as_bytes())) {
        // Some say gzip of what is none.
        Some(coding) if !matches!(&*coding.trim().to_ascii_lowercase(), "" | "identity" | "gzip" | "x-gzip") => {
            Err(FetchError::Other(format!("answers in the encoding `{coding}`, which was not asked for")))
        }
        _ => Ok(body),
    }
}

fn decompressed(body: &[u8], most: usize) -> Result<Vec<u8>, FetchError> {
    let mut plain = Vec::new();
    let read = GzDecoder::new(body).take(most as u64 + 1).read_to_end(&mut plain);
    match read {
        Ok(length) if length > most => Err(FetchError::TooLarge(most)),
        Ok(_) => Ok(plain),
        Err(error) => Err(FetchError::Other(format!("damaged gzip: {error}"))),
    }
}

/// For how long the answer stays as it is, by RFC 9111 §4.2.1: max-age, else Expires; less the time that
/// it spent in other caches. `None` where the server does not say.
pub(super) fn fresh_for(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let control: Vec<String> = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect();
    if control.iter().any(|directive| matches!(directive.as_str(), "no-store" | "no-cache")) {
        return Some(Duration::ZERO);
    }
    let max_age = control.iter().find_map(|directive| directive.strip_prefix("max-age="));
    let seconds = match max_age {
        // §1.2.2: what is too large to count is as good as for ever.
        Some(seconds) if seconds.bytes().all(|b| b.is_ascii_digit()) => seconds.parse().unwrap_or(u64::MAX),
        Some(quoted) => quoted.trim_matches('"').parse().unwrap_or(0),
        None => {
            // §5.3: what is no date, above all `0`, is past.
            let expires = failure::http_date(text(EXPIRES)?).unwrap_or(0);
            let sent = text(DATE).and_then(failure::http_date).or_else(failure::now)?;
            expires.saturating_sub(sent)
        }
    };
    let age = text(AGE).and_then(|age| age.parse().ok()).unwrap_or(0);
    Some(Duration::from_secs(seconds.saturating_sub(age)))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn of(headers: &[(&'static str, &'static str)]) -> Option<u64> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        fresh_for(&map).map(|duration| duration.as_secs())
    }

    #[test]
    fn a_server_says_in_many_ways_how_long_its_answer_is_good() {
        const DAY: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("cache-control", "public, Max-Age=3600")]), Some(3600));
        assert_eq!(of(&[("cache-control", "max-age=3600"), ("age", "600")]), Some(3000));
        assert_eq!(of(&[("cache-control", "max-age=3600"), ("age", "7200")]), Some(0));
        assert_eq!(of(&[("cache-control", "max-age=\"60\"")]), Some(60));
        assert_eq!(of(&[("cache-control", "max-age=99999999999999999999999")]), Some(u64::MAX));
        assert_eq!(of(&[("cache-control", "max-age=-1")]), Some(0));
        assert_eq!(of(&[("cache-control", "public"), ("cache-control", "no-cache"), ("expires", "0")]), Some(0));
        assert_eq!(of(&[("cache-control", "no-store, max-age=60")]), Some(0));
        assert_eq!(of(&[("cache-control", "public")]), None);
        assert_eq!(of(&[DAY, ("expires", "Sun, 06 Nov 1994 09:49:37 GMT")]), Some(3600));
        assert_eq!(of(&[DAY, ("expires", "Sun, 06 Nov 1994 07:49:37 GMT")]), Some(0));
        assert_eq!(of(&[DAY, ("expires", "0")]), Some(0));
        assert_eq!(of(&[("expires", "Sun, 06 Nov 1994 07:49:37 GMT")]), Some(0));
        assert_eq!(of(&[DAY, ("expires", "Sun, 06 Nov 1994 09:49:37 GMT"), ("cache-control", "max-age=5")]), Some(5));
    }
}
