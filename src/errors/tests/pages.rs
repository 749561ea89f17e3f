//! What the rules' own pages quote is found, and leads back to the rule.

use super::*;

/// Quotations that are no error of this rule's: what is printed without the thing, what another rule's
/// chain brings about, names that stand for a whole family.
const CONTRASTS: &[(Rule, &str, &str)] = &[
    (Rule::SplitFiles, "unable to get local issuer certificate", "what is said where the leaf's file is given alone"),
    (Rule::SplitFiles, "unable to verify the first certificate", "what is said where the leaf's file is given alone"),
    (Rule::NotStrict, "CERTIFICATE_VERIFY_FAILED", "what Python puts before every reason"),
    (Rule::RootIncluded, "unable to get local issuer certificate", "what is said where the root is not sent"),
    (Rule::CrossSignKept, "unable to get local issuer certificate", "what is said without the cross-certificate"),
    (Rule::ExpiresSoon, "certificate has expired", "what is said after the date"),
    (Rule::IntermediateExpiresFirst, "certificate has expired", "what is said after the date"),
];

/// Java says it of every path that it cannot build; what it was is in the exception behind it.
const WRAPPER: &str = "PKIX path building failed";

/// Words in backticks that are error texts: several words, or a name in capitals or humps.
fn quotations(page: &str) -> Vec<&str> {
    let who = page.split("## Who breaks").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap_or_default();
    let spans = who.split('`').skip(1).step_by(2);
    let capitals = |text: &str| text.bytes().filter(u8::is_ascii_uppercase).count() > 1 && !text.contains(['.', '(']);
    let message =
        |text: &&str| !text.starts_with("openssl") && !text.starts_with('-') && (text.contains(' ') || capitals(text));
    let marker = |text: &&str| matches!(*text, "BEGIN" | "END");
    spans
        .filter(message)
        .filter(|text| !marker(text) && *text != WRAPPER)
        .filter(|text| !text.contains("SSLCertificate") && !text.starts_with("SSLVerify"))
        .collect()
}

#[test]
fn every_error_that_a_page_quotes_leads_to_its_rule() {
    let mut lost = Vec::new();
    for rule in Rule::ALL {
        for quoted in quotations(rule.info().page) {
            let text = quoted.replace('…', "shop.example.com").replace('\n', " ");
            let contrast =
                CONTRASTS.iter().any(|(known, words, _)| known == rule && *words == quoted.replace('\n', " "));
            let leads = diagnose(text.as_bytes()).rules().contains(rule);
            if leads == contrast {
                lost.push(format!("(Rule::{rule:?}, {quoted:?}) {leads}: {:?}", diagnose(text.as_bytes()).rules()));
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
