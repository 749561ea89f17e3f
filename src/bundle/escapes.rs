//! Escapes and character references: of JSON and JavaScript, of XML, of URLs.

use std::borrow::Cow;

/// Whether something may be written by an escape here.
pub(super) fn has_escapes(body: &[u8]) -> bool {
    body.contains(&b'\\') || body.windows(2).any(|pair| pair == b"&#")
}

/// `\n` becomes a line's end, `\r` and `\t` nothing, `\/` (PHP's JSON) a slash; `\u002B` (.NET), `\u003d`
/// (Gson) and `&#10;` (XML) become the character that they stand for. A file's own line ends stay, so
/// that offsets stay near enough to count lines by.
pub(super) fn unescape(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    loop {
        rest = match rest {
            [] => return out,
            [b'\\', b'n', tail @ ..] => {
                out.push(b'\n');
                tail
            }
            [b'\\', b'r' | b't', tail @ ..] => tail,
            [b'\\', b'/', tail @ ..] => {
                out.push(b'/');
                tail
            }
            [first, tail @ ..] => match character(rest) {
                Some((character, tail)) => {
                    out.push(character);
                    tail
                }
                None => {
                    out.push(*first);
                    tail
                }
            },
        };
    }
}

/// An ASCII character written by its number: `\u000a`, `&#10;`, `&#xA;`; and what follows it.
fn character(text: &[u8]) -> Option<(u8, &[u8])> {
    let number = |digits: &[u8], radix| u8::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
    let (character, tail) = match text {
        [b'\\', b'u', b'0', b'0', digits @ ..] => {
            let (digits, tail) = digits.split_at_checked(2)?;
            (number(digits, 16)?, tail)
        }
        [b'&', b'#', digits @ ..] => {
            let end = digits.iter().take(6).position(|b| *b == b';')?;
            let (digits, tail) = digits.split_at_checked(end)?;
            let number = match digits {
                [b'x' | b'X', hex @ ..] => number(hex, 16),
                decimal => number(decimal, 10),
            };
            (number?, tail.get(1..)?)
        }
        _ => return None,
    };
    character.is_ascii().then_some((character, tail))
}

/// `%20` for a blank, as in the header that nginx fills from `$ssl_client_escaped_cert`; with `plus`,
/// `+` for one too, as in forms.
pub(super) fn percent_decoded(text: &[u8], plus: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| *first == b'%').map(String::from_utf8_lossy).unwrap_or(Cow::Borrowed(""));
        rest = match u8::from_str_radix(&hex, 16) {
            Ok(byte) => {
                out.push(byte);
                tail.get(2..).unwrap_or_default()
            }
            Err(_) => {
                out.push(if plus && *first == b'+' { b' ' } else { *first });
                tail
            }
        };
    }
    out
}
