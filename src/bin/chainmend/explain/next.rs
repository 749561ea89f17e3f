//! The command that mends what an error message was about.

use chainmend::errors::Diagnosis;
use chainmend::rules::{Group, Rule};

use crate::quote;
use crate::render::style::{BOLD, paint};

/// What a chain is called where the text names no file: certbot's name for it.
const CHAIN: &str = "fullchain.pem";
/// What its key is called where the text names none.
const KEY: &str = "site.key";
/// Where a server is asked unless the text names a port.
const HTTPS: u16 = 443;

/// A command of the tables, with the file, key, host and port that the text spoke of.
pub fn filled(command: &str, diagnosis: &Diagnosis) -> String {
    let mut parts = command.split('{');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (place, rest) = part.split_once('}').unwrap_or((part, ""));
        out.push_str(&named(place, diagnosis));
        out.push_str(rest);
    }
    out
}

/// What stands at such a place in a command.
fn named(place: &str, diagnosis: &Diagnosis) -> String {
    let port = || match (diagnosis.port, &diagnosis.host) {
        (Some(port), _) => port.to_string(),
        (None, Some(_)) => HTTPS.to_string(),
        (None, None) => "PORT".to_owned(),
    };
    match place {
        "file" => diagnosis.file.as_deref().map_or_else(|| CHAIN.to_owned(), quote::name),
        "key" => diagnosis.key.as_deref().map_or_else(|| KEY.to_owned(), quote::name),
        "host" => diagnosis.host.as_deref().map_or_else(|| "HOST".to_owned(), quote::word),
        "port" => port(),
        other => other.to_owned(),
    }
}

/// The command to type for this rule, with the file and the host that the text spoke of.
pub fn command(rule: Rule, diagnosis: &Diagnosis) -> String {
    let file = diagnosis.file.as_deref().map_or_else(|| CHAIN.to_owned(), quote::name);
    let host = diagnosis.host.as_deref().map_or_else(|| "shop.example.com".to_owned(), quote::word);
    let client = if diagnosis.client { " --purpose client --roots ca.pem" } else { "" };
    let check = |options: &str| format!("chainmend check{options}{client} {file}");
    match rule {
        Rule::MissingIntermediate
        | Rule::LeafNotFirst
        | Rule::Misordered
        | Rule::Duplicate
        | Rule::RootIncluded
        | Rule::Unrelated
        | Rule::Superseded
        | Rule::StaleCrossSign
        | Rule::ExpiredIntermediate
        | Rule::DamagedPem
        | Rule::UnreadableBlock
        | Rule::BadSignature
        | Rule::KeyIdMismatch => format!("chainmend fix -i{client} {file}"),
        Rule::UntrustedRoot | Rule::ExpiredRoot if diagnosis.client => check(""),
        Rule::UntrustedRoot | Rule::ExpiredRoot => check(" --roots internal-root.pem"),
        Rule::VerifyDepth => format!("chainmend check -v --purpose client --roots ca.pem {file}"),
        Rule::RootNotSelfSigned => format!("chainmend check --roots ca.pem --partial-chain {file}"),
        Rule::ExpiredLeaf | Rule::WeakKey | Rule::WeakSignature | Rule::WrongPurpose | Rule::WrongKeyUsage => {
            format!("have it issued anew, then  chainmend fix{client} new.crt -o {file}")
        }
        Rule::NotYetValid => format!("compare the clock (date -u), then  {}", check("")),
        Rule::ExpiresSoon => check(" --warn-days 30 --fail-on expires-soon"),
        Rule::HostMismatch | Rule::NoSan => check(&format!(" --host {host}")),
        Rule::AmbiguousLeaf => format!("chainmend fix --host {host} {file} -o site.pem"),
        Rule::KeyMismatch => {
            let key = diagnosis.key.as_deref().map_or_else(|| KEY.to_owned(), quote::name);
            check(&format!(" --key {key}"))
        }
        Rule::SelfSignedLeaf => {
            format!(
                "get a certificate from a CA, or, where clients know this one,  chainmend check --roots {file} {file}"
            )
        }
        Rule::AlternativePath => format!("chainmend fix --preferred-root NAME {file} -o site.pem"),
        Rule::ChainTooLong => format!("chainmend fix --choose shortest{client} {file} -o site.pem"),
        _ => check(" -v"),
    }
}

/// Ports on which a server speaks TLS only when it is asked to, and `openssl`'s word for asking.
const STARTTLS: &[(u16, &str)] = &[
    (21, "ftp"),
    (25, "smtp"),
    (110, "pop3"),
    (143, "imap"),
    (389, "ldap"),
    (587, "smtp"),
    (3306, "mysql"),
    (5222, "xmpp"),
    (5432, "postgres"),
];

/// How to see what the server sends: that answers what a message leaves open, unless it was about a
/// file that could not be loaded, or about a client's chain.
pub fn look(diagnosis: &Diagnosis) -> String {
    let first = diagnosis.causes.first().map(|cause| cause.rule);
    let key = first == Some(Rule::LeafNotFirst) && diagnosis.causes.iter().any(|cause| cause.rule == Rule::KeyMismatch);
    let told = diagnosis.causes.first().is_some_and(|cause| cause.next.is_some());
    let of_a_file = key || first.is_some_and(|rule| rule == Rule::KeyMismatch || rule.info().group == Group::Reading);
    if told || of_a_file || (diagnosis.client && first.is_some()) {
        return String::new();
    }
    let host = diagnosis.host.as_deref().map_or_else(|| "HOST".to_owned(), quote::word);
    let ask = STARTTLS.iter().find(|(port, _)| Some(*port) == diagnosis.port);
    let ask = ask.map_or_else(String::new, |(_, word)| format!(" -starttls {word}"));
    let port = diagnosis.port.unwrap_or(HTTPS);
    let client = format!("openssl s_client{ask} -connect {host}:{port} -servername {host} -showcerts </dev/null");
    let (lead, command) = if diagnosis.causes.is_empty() {
        ("the log of both sides says more, and so does", format!("{client} 2>&1 | chainmend explain -"))
    } else {
        let at = if port == HTTPS { String::new() } else { format!(":{port}") };
        let live = format!("chainmend check https://{host}{at}");
        ("to judge what the server sends", if ask.is_empty() { live } else { format!("{client} | chainmend check -") })
    };
    format!("{} {lead}\n        {command}\n", paint(BOLD, "look:"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::plain;

    #[test]
    fn commands_name_what_the_text_named() {
        let diagnosis = Diagnosis {
            file: Some("a b.pem".to_owned()),
            host: Some("a.example".to_owned()),
            client: true,
            ..Diagnosis::default()
        };
        let got = |rule| command(rule, &diagnosis);
        assert_eq!(got(Rule::MissingIntermediate), "chainmend fix -i --purpose client --roots ca.pem 'a b.pem'");
        assert_eq!(
            got(Rule::HostMismatch),
            "chainmend check --host a.example --purpose client --roots ca.pem 'a b.pem'"
        );
        assert_eq!(command(Rule::MissingIntermediate, &Diagnosis::default()), "chainmend fix -i fullchain.pem");
    }

    #[test]
    fn commands_of_the_tables_are_filled_once() {
        let diagnosis = Diagnosis {
            file: Some("{host}.pem".to_owned()),
            host: Some("a.example".to_owned()),
            port: Some(25),
            ..Diagnosis::default()
        };
        let command = "x {file} {key} {host}:{port} {strange";
        assert_eq!(filled(command, &diagnosis), "x '{host}.pem' site.key a.example:25 strange");
        assert_eq!(filled("x {file} {host}:{port}", &Diagnosis::default()), "x fullchain.pem HOST:PORT");
    }

    #[test]
    fn the_server_is_looked_at_where_the_text_says_that_it_is() {
        let look = |words: &str| plain(&look(&chainmend::errors::diagnose(words.as_bytes())));
        for (words, command) in [
            ("unable to get local issuer certificate", "chainmend check https://HOST\n"),
            (
                "Get \"https://a.example:8443/v2/\": x509: certificate signed by unknown authority",
                " https://a.example:8443\n",
            ),
            (
                "certificate verification failed for mx.example.com[192.0.2.7]:25: untrusted issuer",
                "openssl s_client -starttls smtp -connect mx.example.com:25 -servername mx.example.com -showcerts </dev/null | chainmend check -\n",
            ),
            (
                "SSL handshake failed",
                "-connect HOST:443 -servername HOST -showcerts </dev/null 2>&1 | chainmend explain -\n",
            ),
        ] {
            assert!(look(words).ends_with(command), "{words}: {}", look(words));
        }
        for words in
            ["key values mismatch", "client SSL certificate verify error: (21:unable to verify the first certificate)"]
        {
            assert_eq!(look(words), "", "{words}");
        }
    }

    #[test]
    fn every_rule_has_a_command() {
        for rule in Rule::ALL {
            assert!(command(*rule, &Diagnosis::default()).contains("chainmend "), "{rule}");
        }
    }
}
