//! The command that mends what an error message was about.

use chainmend::errors::Diagnosis;
use chainmend::rules::{Group, Rule};

use crate::quote;
use crate::render::style::{BOLD, paint};

/// What a chain is called where the text names no file: certbot's name for it.
const CHAIN: &str = "fullchain.pem";

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
            let key = diagnosis.key.as_deref().map_or_else(|| "site.key".to_owned(), quote::name);
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

/// How to see what the server sends: that answers what a message leaves open, unless it was about a
/// file that could not be loaded.
pub fn look(diagnosis: &Diagnosis) -> String {
    let first = diagnosis.causes.first().map(|cause| cause.rule);
    if first.is_some_and(|rule| rule == Rule::KeyMismatch || rule.info().group == Group::Reading) {
        return String::new();
    }
    let host = diagnosis.host.as_deref().map_or_else(|| "HOST".to_owned(), quote::word);
    let client = format!("openssl s_client -connect {host}:443 -servername {host} -showcerts </dev/null");
    let (lead, command) = if diagnosis.causes.is_empty() {
        ("the log of both sides says more, and so does", format!("{client} 2>&1 | chainmend explain -"))
    } else {
        ("to judge what a server sends", format!("chainmend check https://{host}"))
    };
    format!("{} {lead}\n        {command}\n", paint(BOLD, "look:"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn every_rule_has_a_command() {
        for rule in Rule::ALL {
            assert!(command(*rule, &Diagnosis::default()).contains("chainmend "), "{rule}");
        }
    }
}
