//! What a text means, for people: each cause with what in the text says so, and what to type next.

use chainmend::cert::escape;
use chainmend::errors::{Cause, Diagnosis, Elsewhere, MAX_TEXT_BYTES, Near};

use super::next;
use crate::render::style::{BOLD, DIM, of, paint};

/// The whole answer.
pub fn text(diagnosis: &Diagnosis) -> String {
    let mut out = String::new();
    match &diagnosis.elsewhere {
        Some(elsewhere) => out.push_str(&not_the_chain(elsewhere, diagnosis)),
        None if diagnosis.causes.is_empty() && diagnosis.remarks.is_empty() => {
            out.push_str(&unknown(&diagnosis.nearest))
        }
        None => {}
    }
    let look = next::look(diagnosis);
    let first = diagnosis.unexplained && !look.is_empty();
    if first {
        let head = "the chain was refused, and the text does not say why; the likely reasons:";
        out.push_str(&format!("{look}{}\n", paint(BOLD, head)));
    }
    let mut said = None;
    let mut because = None;
    for (position, cause) in diagnosis.causes.iter().enumerate() {
        let words = (cause.quote.as_str(), cause.means);
        let new = said.replace(words) != Some(words);
        let why = because.replace(cause.because.as_deref()) != Some(cause.because.as_deref());
        out.push_str(&one(cause, position + 1, new, why, diagnosis));
    }
    for remark in &diagnosis.remarks {
        out.push_str(&format!("{} {remark}\n", paint(BOLD, "note:")));
    }
    if diagnosis.cut {
        let kib = MAX_TEXT_BYTES / 1024;
        out.push_str(&format!("{} only the first {kib} KiB were looked at\n", paint(BOLD, "note:")));
    }
    if !first && (!diagnosis.causes.is_empty() || diagnosis.elsewhere.as_ref().is_some_and(|elsewhere| elsewhere.vague))
    {
        out.push_str(&look);
    }
    out
}

/// `new` and `why`: whether its words, and what makes it likely, were not told with the cause before.
fn one(cause: &Cause, position: usize, new: bool, why: bool, diagnosis: &Diagnosis) -> String {
    let info = cause.rule.info();
    let mut out = format!("{position} {}  {}\n", paint(of(info.severity), info.name), info.title);
    if new {
        out.push_str(&format!("  {}  {}{}\n", paint(DIM, "says"), quoted(&cause.quote, cause.says), cause.means));
    }
    if let Some(because) = cause.because.as_ref().filter(|_| why) {
        out.push_str(&format!("  {}   {because}\n", paint(DIM, "why")));
    }
    let command = match cause.next {
        Some(command) => next::filled(command, diagnosis),
        None => next::command(cause.rule, diagnosis),
    };
    out.push_str(&format!("  {} {command}\n", paint(BOLD, "next:")));
    out.push_str(&format!("  {} chainmend explain {}\n", paint(DIM, "page:"), info.name));
    out
}

/// `"certificate has expired" (OpenSSL): `
fn quoted(quote: &str, says: &str) -> String {
    if quote.is_empty() { format!("{says}: ") } else { format!("\"{}\" ({says}): ", escape(quote)) }
}

fn not_the_chain(elsewhere: &Elsewhere, diagnosis: &Diagnosis) -> String {
    let head = if elsewhere.vague { "says nothing about a certificate chain" } else { "not about a certificate chain" };
    let mut out = format!("{}\n  {}{}\n", paint(BOLD, head), quoted(&elsewhere.quote, elsewhere.says), elsewhere.means);
    if let Some(command) = elsewhere.next {
        out.push_str(&format!("  {} {}\n", paint(BOLD, "next:"), next::filled(command, diagnosis)));
    }
    out
}

fn unknown(nearest: &[Near]) -> String {
    let mut out = format!("{}\n", paint(BOLD, "nothing in this text is known as an error of TLS"));
    for near in nearest {
        let rule = near.rule.map_or_else(|| "not about a chain".to_owned(), |rule| rule.to_string());
        out.push_str(&format!(
            "  {}  \"{}\" ({}): {rule}\n",
            paint(DIM, "near"),
            near.text.replace('*', "…"),
            near.says
        ));
    }
    out.push_str(&format!(
        "{} give all that the program printed: chainmend explain - < error.log\n",
        paint(BOLD, "help:")
    ));
    out
}

#[cfg(test)]
mod tests {
    use chainmend::errors::diagnose;

    use super::*;
    use crate::terminal::plain;

    fn said(words: &str) -> String {
        plain(&text(&diagnose(words.as_bytes())))
    }

    #[test]
    fn a_cause_is_explained_and_mended() {
        let got =
            said("nginx: cannot load certificate \"/etc/nginx/site.pem\": PEM_read_bio_X509() failed (bad end line)");
        let wanted = "\
1 damaged-pem  the PEM text is damaged, but its certificates can be read
  says  \"bad end line\" (servers): the file is not the PEM that the server wants: glued or damaged markers, or another format
  next: chainmend fix -i /etc/nginx/site.pem
  page: chainmend explain damaged-pem
";
        assert!(got.starts_with(wanted), "{got}");
    }

    #[test]
    fn where_the_text_does_not_say_why_looking_comes_first() {
        let got = said("fetch of https://shop.example.com/ failed: CERTIFICATE_VERIFY_FAILED");
        let wanted = "\
look: to judge what the server sends
        chainmend check https://shop.example.com
the chain was refused, and the text does not say why; the likely reasons:
1 missing-intermediate  an intermediate is missing
";
        assert!(got.starts_with(wanted), "{got}");
        assert_eq!(got.matches("look:").count(), 1, "{got}");
        // A file that was not taken is not looked at on a server.
        assert!(said("Failed to load certificate chain from <inline>").starts_with("1 damaged-pem"));
    }

    #[test]
    fn words_may_call_for_a_command_of_their_own() {
        let got = said("The certificate field contains more than one certificate.");
        assert!(
            got.contains("  next: chainmend fix fullchain.pem --leaf-out cert.pem --chain-out chain.pem\n"),
            "{got}"
        );
        assert!(!got.contains("look:"), "{got}");
    }

    #[test]
    fn what_makes_several_causes_likely_is_told_once() {
        let got = said("depth=3 CN = DST Root CA X3\nverify error:num=10:certificate has expired");
        assert_eq!(got.matches("  why ").count(), 1, "{got}");
        assert!(got.contains("\n2 stale-cross-sign  "), "{got}");
    }

    #[test]
    fn what_no_chain_mends_is_said_to_be_so() {
        let got = said("error:0A0000C1:SSL routines::no shared cipher");
        assert!(got.starts_with("not about a certificate chain\n  \"no shared cipher\" (TLS): "), "{got}");
        assert!(got.ends_with("\n  next: chainmend check https://HOST:PORT\n"), "{got}");
        let got = said("cannot load certificate \"/etc/a.pem\": fopen:No such file or directory");
        assert!(got.ends_with("\n  next: ls -lL /etc/a.pem\n"), "{got}");
        let got = said("SSL handshake failed");
        assert!(got.starts_with("says nothing about a certificate chain\n"), "{got}");
        assert!(got.contains("| chainmend explain -"), "{got}");
    }

    #[test]
    fn unknown_texts_get_the_nearest() {
        let got = said("the syntax of a constraint is unsupported");
        assert!(got.starts_with("nothing in this text is known as an error of TLS\n  near  \""), "{got}");
        assert!(got.contains("help: "), "{got}");
    }

    #[test]
    fn what_was_pasted_cannot_steer_the_terminal() {
        let got = text(&diagnose("certificate\u{202e} is valid for \u{1b}]0;x\u{7} not".as_bytes()));
        assert!(!plain(&got).contains(['\u{202e}', '\u{1b}', '\u{7}']), "{got:?}");
    }
}
