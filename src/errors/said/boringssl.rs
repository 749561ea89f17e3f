//! BoringSSL's own verifier (Chrome's, Conscrypt's and gRPC's logs), NSS's `pkix`, and Squid, which
//! names OpenSSL's errors and some of its own.

use super::{Entry, cause, elsewhere, hint};

pub static ENTRIES: &[Entry] = &[
    cause(
        &["No matching issuer found", "ERROR: No matching issuer found"],
        "missing-intermediate untrusted-root self-signed-leaf",
        "no way from the leaf to a root that the client trusts",
    ),
    cause(
        &["Time is after notAfter"],
        "expired-leaf expired-intermediate",
        "a certificate of the chain is past its notAfter date",
    ),
    cause(&["Time is before notBefore"], "not-yet-valid", "a certificate's notBefore date lies ahead of the clock"),
    cause(
        &["VerifySignedData failed", "AKID_MISMATCH", "ISSUER_MISMATCH"],
        "bad-signature key-id-mismatch missing-intermediate",
        "a certificate was not issued by the one that was found for it",
    ),
    cause(
        &["Does not have Basic Constraints", "Basic Constraints indicates not a CA"],
        "not-a-ca",
        "a certificate stands as an issuer that is not a CA",
    ),
    cause(
        &["Unconsumed critical extension"],
        "unknown-critical-extension precertificate",
        "a certificate has a critical extension that the client does not know",
    ),
    cause(
        &["Not permitted by name constraints"],
        "name-constraint-violated",
        "a name in the chain is not among those that a CA may certify",
    ),
    cause(
        &["The extended key usage does not include server auth", "The extended key usage does not include client auth"],
        "wrong-purpose",
        "a certificate of the chain is not meant for this use",
    ),
    cause(
        &["Unacceptable signature algorithm", "RSA modulus too small"],
        "weak-signature weak-key",
        "a signature or key of the chain is weaker than Chrome allows",
    ),
    cause(
        &["Exceeded path building iteration limit", "Path building exceeded its limits"],
        "search-budget duplicate unrelated",
        "the certificates that were sent make too many paths to try",
    ),
    cause(
        &["SQUID_X509_V_ERR_DOMAIN_MISMATCH", "Certificate does not match domainname"],
        "host-mismatch",
        "the leaf is for other names than the one that was asked for",
    ),
    cause(
        &["SQUID_X509_V_ERR_INFINITE_VALIDATION", "SQUID_X509_V_ERR_CERT_CHANGE"],
        "search-budget missing-intermediate",
        "Squid found no end of issuers to fetch",
    ),
    hint(
        &[
            "SQUID_ERR_SSL_HANDSHAKE",
            "ERR_SECURE_CONNECT_FAIL",
            "Failed to establish a secure connection to",
            "SQUID_TLS_ERR_ACCEPT",
        ],
        "missing-intermediate untrusted-root self-signed-leaf",
        "Squid could not set up TLS with the server; the lines around it say why",
    ),
    elsewhere(&["ERR_CANNOT_FORWARD", "ERR_CONNECT_FAIL", "ERR_DNS_FAIL"], "the proxy could not reach the server"),
];
