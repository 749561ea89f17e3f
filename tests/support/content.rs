//! What a file or an answer holds, written in a line: `crlf(leaf ca2) key(leaf)`.
//!
//! | expression | gives |
//! |---|---|
//! | `leaf` | the certificate of that name, PEM |
//! | `key(leaf)`, `csr(leaf)` | its private key (PKCS#8), a signing request; PEM |
//! | `key-der(leaf)` | the key in DER |
//! | `der(leaf)` | DER; several stand one after the other |
//! | `p7(ca2 ca1)`, `p7-der(ca2 ca1)`, `p7-ber(ca2 ca1)` | PKCS#7, certificates only; PEM, DER, BER with indefinite lengths |
//! | `trusted(leaf)`, `rejected(root)` | as `openssl x509 -trustout` writes it, trusted for servers, or not |
//! | `fingerprint(ca2)` | its SHA-256, as reports write it |
//! | `"text\n"` | this text; `\n` is a line's end, `\r` a carriage return |
//! | `block(LABEL)` | a PEM block of that label, for no certificate |
//! | `impostors(N ca2)` | N CAs of its name, each with another key, PEM |
//! | `bom(…)`, `crlf(…)`, `indented(…)`, `utf16(…)`, `utf16be(…)` | the same, written in another way |
//! | `prefixed("> " …)` | with this before each line |
//! | `replaced("a" "b" …)`, `replaced-first("a" "b" …)` | with b for a |
//! | `wrapped(76 …)` | the base64 in lines of so many characters; `0`: in one line |
//! | `base64(…)` | in base64, on one line without an end |
//! | `glued(…)` | END and BEGIN on one line |
//! | `no-newline(…)` | without the last line's end |
//! | `half(…)` | the first half of the bytes |
//! | `broken(…)` | with a character in the middle that base64 does not have |
//!
//! What stands side by side follows one another.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::pki::{self, Cert, Kind};
use super::world::World;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
}

/// The bytes of an expression.
pub fn bytes(expression: &str, world: &World) -> Result<Vec<u8>, String> {
    let tokens = tokens(expression)?;
    let mut rest = tokens.as_slice();
    let bytes = sequence(&mut rest, world)?;
    if rest.is_empty() { Ok(bytes) } else { Err("`)` without `(`".to_owned()) }
}

/// The certificates of a plain list of names.
pub fn certificates<'a>(names: &str, world: &'a World) -> Result<Vec<&'a Cert>, String> {
    names.split_whitespace().map(|name| world.get(name)).collect()
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            '"' => {
                let mut literal = String::new();
                loop {
                    match chars.next() {
                        Some('"') => break,
                        Some('\\') => match chars.next() {
                            Some('n') => literal.push('\n'),
                            Some('r') => literal.push('\r'),
                            Some('t') => literal.push('\t'),
                            Some(c) => literal.push(c),
                            None => return Err("a quote is not closed".to_owned()),
                        },
                        Some(c) => literal.push(c),
                        None => return Err("a quote is not closed".to_owned()),
                    }
                }
                tokens.push(Token::Text(literal));
            }
            c if c.is_whitespace() => {}
            c => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !"()\"".contains(*c)) {
                    word.push(c);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

/// Up to the closing bracket, or the end.
fn sequence(rest: &mut &[Token], world: &World) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    loop {
        match *rest {
            [] | [Token::Close, ..] => return Ok(out),
            [Token::Text(text), tail @ ..] => {
                out.extend_from_slice(text.as_bytes());
                *rest = tail;
            }
            [Token::Word(function), Token::Open, tail @ ..] => {
                *rest = tail;
                out.extend(call(function, rest, world)?);
                match *rest {
                    [Token::Close, tail @ ..] => *rest = tail,
                    _ => return Err(format!("`{function}(` is not closed")),
                }
            }
            [Token::Word(name), tail @ ..] => {
                out.extend_from_slice(world.get(name)?.pem().as_bytes());
                *rest = tail;
            }
            [Token::Open, ..] => return Err("`(` without a name before it".to_owned()),
        }
    }
}

fn call(function: &str, rest: &mut &[Token], world: &World) -> Result<Vec<u8>, String> {
    match made(function, rest, world)? {
        Some(bytes) => Ok(bytes),
        None => rewritten(function, rest, world),
    }
}

/// What is made of the certificates that are named.
fn made(function: &str, rest: &mut &[Token], world: &World) -> Result<Option<Vec<u8>>, String> {
    Ok(Some(match function {
        "key" => join(&names(rest), world, Cert::private_key_pem)?,
        "key-der" => {
            let pem = join(&names(rest), world, Cert::private_key_pem)?;
            ::pem::parse(pem).map_err(|error| error.to_string())?.into_contents()
        }
        "csr" => join(&names(rest), world, Cert::request_pem)?,
        "der" => join(&names(rest), world, |c| c.der().to_vec())?,
        "fingerprint" => join(&names(rest), world, |c| c.fingerprint().to_uppercase())?,
        "p7" => pki::pkcs7_pem(&listed(&names(rest), world)?).into_bytes(),
        "p7-der" => pki::pkcs7(&listed(&names(rest), world)?),
        "p7-ber" => pki::pkcs7_ber(&listed(&names(rest), world)?),
        "trusted" | "rejected" => join(&names(rest), world, |c| {
            // What OpenSSL trusts it for, or not: serverAuth (x509(1), -addtrust, -addreject).
            let list = if function == "trusted" { 0x30 } else { 0xa0 };
            let trust = [0x30, 0x0c, list, 0x0a, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
            pki::armour("TRUSTED CERTIFICATE", &[c.der(), &trust].concat())
        })?,
        "block" => pki::armour(&names(rest).join(" "), &[0x30, 0x03, 0x02, 0x01, 0x00]).into_bytes(),
        "impostors" => match names(rest).as_slice() {
            [number, name] => {
                let like = world.get(name)?.again();
                let number: usize = number.parse().map_err(|_| format!("`{number}` is no number"))?;
                (0..number).map(|_| like.clone().key(Kind::P256).self_signed().pem()).collect::<String>().into_bytes()
            }
            _ => return Err("it is impostors(NUMBER NAME)".to_owned()),
        },
        _ => return Ok(None),
    }))
}

/// The same, written in another way.
fn rewritten(function: &str, rest: &mut &[Token], world: &World) -> Result<Vec<u8>, String> {
    Ok(match function {
        "prefixed" => {
            let prefix = literal(rest)?;
            text(rest, world)?.lines().map(|line| format!("{prefix}{line}\n")).collect::<String>().into_bytes()
        }
        "replaced" => {
            let (from, to) = (literal(rest)?, literal(rest)?);
            text(rest, world)?.replace(&from, &to).into_bytes()
        }
        "replaced-first" => {
            let (from, to) = (literal(rest)?, literal(rest)?);
            text(rest, world)?.replacen(&from, &to, 1).into_bytes()
        }
        "wrapped" => match rest {
            [Token::Word(width), tail @ ..] => {
                let width: usize = width.parse().map_err(|_| format!("`{width}` is no number"))?;
                *rest = tail;
                rewrapped(&text(rest, world)?, width).into_bytes()
            }
            _ => return Err("it is wrapped(WIDTH …)".to_owned()),
        },
        "base64" => STANDARD.encode(sequence(rest, world)?).into_bytes(),
        "bom" => [b"\xef\xbb\xbf".to_vec(), sequence(rest, world)?].concat(),
        "crlf" => text(rest, world)?.replace('\n', "\r\n").into_bytes(),
        "indented" => text(rest, world)?.lines().map(|line| format!("    {line}\n")).collect::<String>().into_bytes(),
        "utf16" => {
            let text = text(rest, world)?;
            std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
        }
        "utf16be" => {
            let text = text(rest, world)?;
            std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
        }
        "glued" => text(rest, world)?.replace("-----\n-----", "----------").into_bytes(),
        "no-newline" => text(rest, world)?.trim_end_matches('\n').to_owned().into_bytes(),
        "half" => {
            let mut whole = sequence(rest, world)?;
            whole.truncate(whole.len() / 2);
            whole
        }
        "broken" => {
            let mut whole = sequence(rest, world)?;
            let middle = whole.len() / 2;
            let place = whole.iter().skip(middle).position(u8::is_ascii_alphanumeric).unwrap_or_default();
            whole[middle + place] = b'!';
            whole
        }
        _ => return Err(format!("`{function}` is no way to write a file")),
    })
}

/// A text that stands next.
fn literal(rest: &mut &[Token]) -> Result<String, String> {
    match *rest {
        [Token::Text(text), tail @ ..] => {
            *rest = tail;
            Ok(text.clone())
        }
        _ => Err("a text in quotation marks is missing".to_owned()),
    }
}

/// The lines between markers, joined and broken anew.
fn rewrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut base64 = String::new();
    for line in text.lines() {
        if !line.starts_with("-----") {
            base64.push_str(line);
            continue;
        }
        let width = if width == 0 { base64.len().max(1) } else { width };
        for part in base64.as_bytes().chunks(width) {
            out.push_str(&String::from_utf8_lossy(part));
            out.push('\n');
        }
        base64.clear();
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn text(rest: &mut &[Token], world: &World) -> Result<String, String> {
    String::from_utf8(sequence(rest, world)?).map_err(|_| "DER is no text".to_owned())
}

fn names(rest: &mut &[Token]) -> Vec<String> {
    let mut names = Vec::new();
    while let [Token::Word(name), tail @ ..] = *rest {
        names.push(name.clone());
        *rest = tail;
    }
    names
}

fn listed<'a>(names: &[String], world: &'a World) -> Result<Vec<&'a Cert>, String> {
    names.iter().map(|name| world.get(name)).collect()
}

fn join<B: AsRef<[u8]>>(names: &[String], world: &World, of: impl Fn(&Cert) -> B) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    for certificate in listed(names, world)? {
        out.extend_from_slice(of(certificate).as_ref());
    }
    Ok(out)
}
