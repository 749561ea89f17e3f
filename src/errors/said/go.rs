//! Go's crypto/x509 and crypto/tls, and the programs written in it: docker, kubectl, helm, terraform,
//! Caddy, Traefik, Prometheus, Vault, cert-manager.

use super::{Entry, cause, elsewhere, hint};

pub static ENTRIES: &[Entry] = &[
    cause(
        &[
            "certificate signed by unknown authority",
            "signed by unknown authority",
            "unknown certificate authority x509",
            "server's certificate is not trusted",
        ],
        "missing-intermediate untrusted-root self-signed-leaf missing-cert-sign not-a-ca name-encoding-differs expired-intermediate",
        "no way from the leaf to a root that the client trusts",
    ),
    cause(
        &[
            "certificate signed by unknown authority possibly because of * cannot sign this kind of certificate",
            "parent certificate cannot sign this kind of certificate",
            "certificate is not authorized to sign other certificates",
        ],
        "not-a-ca missing-cert-sign",
        "a certificate with the issuer's name is no CA, or may not sign certificates",
    ),
    cause(
        &[
            "certificate signed by unknown authority possibly because of * verification error",
            "certificate signed by unknown authority possibly because of * verification failure",
            "crypto/rsa: verification error",
            "x509: ECDSA verification failure",
            "x509: Ed25519 verification failure",
        ],
        "bad-signature missing-intermediate untrusted-root",
        "a certificate with the issuer's name has another key than the one that signed",
    ),
    cause(
        &[
            "certificate is not trusted",
            "x509: certificate is not trusted",
            "certificate not standards compliant",
            "x509: \"*\" certificate is not trusted",
        ],
        "untrusted-root missing-intermediate self-signed-leaf",
        "the system's verifier (macOS, Windows) trusts no root above the chain",
    ),
    cause(
        &["certificate is not standards compliant"],
        "no-san wrong-purpose weak-key not-strict",
        "macOS refuses the leaf: no SAN, no serverAuth, too weak a key, or a lifetime past its limit",
    ),
    cause(
        &["x509: certificate has expired or is not yet valid", "certificate has expired or is not yet valid"],
        "expired-leaf expired-intermediate not-yet-valid expired-root",
        "a certificate of the chain is outside its dates",
    ),
    cause(
        &[
            "certificate has expired or is not yet valid: current time * is after",
            "x509: certificate has expired or is not yet valid: current time * is after",
            "current time * is after",
            "certificate has expired: expired at",
            "x509: \"*\" certificate is expired",
        ],
        "expired-leaf expired-intermediate expired-root",
        "a certificate of the chain is past its notAfter date",
    ),
    cause(
        &[
            "certificate has expired or is not yet valid: current time * is before",
            "x509: certificate has expired or is not yet valid: current time * is before",
            "current time * is before",
        ],
        "not-yet-valid",
        "a certificate's notBefore date lies ahead of the clock, which may be wrong itself",
    ),
    cause(
        &[
            "certificate is valid for * not",
            "x509: certificate is valid for * not",
            "certificate is not valid for any names",
            "cannot validate certificate for * because it doesn't contain any IP SANs",
            "because it doesn't contain any IP SANs",
            "x509: certificate is not valid for",
            "certificate name does not match input",
            "x509: \"*\" certificate name does not match input",
            "certificate is not valid for requested server name",
            "certificate not valid for * but wanted to match",
        ],
        "host-mismatch",
        "the leaf is for other names than the one that was asked for",
    ),
    cause(
        &[
            "certificate relies on legacy Common Name field",
            "x509: certificate relies on legacy Common Name field, use SANs",
            "temporarily enable Common Name matching with GODEBUG",
            "use SANs instead",
        ],
        "no-san",
        "the leaf has its name in the common name only, which Go does not look at",
    ),
    cause(
        &[
            "too many intermediates for path length constraint",
            "x509: too many intermediates for path length constraint",
        ],
        "path-length-exceeded",
        "a CA allows fewer CAs below it than the chain has",
    ),
    cause(
        &["certificate specifies an incompatible key usage", "x509: certificate specifies an incompatible key usage"],
        "wrong-purpose wrong-key-usage",
        "the leaf is not meant for this use: server for client, or the other way about",
    ),
    cause(
        &[
            "not authorized to sign for this name",
            "x509: a root or intermediate certificate is not authorized to sign for this name",
            "is not permitted by any constraint",
            "is excluded by constraint",
            "issuer has name constraints but leaf",
            "x509: issuer has name constraints but leaf doesn't have a SAN",
            "contains name constraints but leaf",
        ],
        "name-constraint-violated",
        "a name of the leaf is not among those that a CA may certify",
    ),
    cause(
        &["a root or intermediate certificate is not authorized for an extended key usage"],
        "wrong-purpose",
        "a CA of the chain is not meant for this use",
    ),
    cause(
        &["issuer name does not match subject from issuing certificate"],
        "name-encoding-differs missing-intermediate misordered",
        "a certificate is followed by one that it does not name as its issuer",
    ),
    cause(
        &["x509: unhandled critical extension"],
        "unknown-critical-extension precertificate",
        "a certificate has a critical extension that Go does not know",
    ),
    cause(
        &[
            "cannot verify signature: insecure algorithm",
            "x509: cannot verify signature: insecure algorithm",
            "insecure algorithm SHA1-RSA",
            "insecure algorithm MD5-RSA",
            "x509sha1=1",
        ],
        "weak-signature",
        "a certificate of the chain is signed with SHA-1 or MD5",
    ),
    cause(
        &[
            "cannot verify signature: algorithm unimplemented",
            "x509: unsupported elliptic curve",
            "x509: unknown public key algorithm",
        ],
        "unsupported-algorithm",
        "a key or signature of the chain is of a kind that Go does not know",
    ),
    cause(
        &["tls: server sent certificate containing RSA key larger than", "server selected * RSA key larger"],
        "unsupported-algorithm",
        "a key is larger than Go takes (8192 bits)",
    ),
    cause(&["is insecure (see https://go.dev/pkg/crypto/rsa"], "weak-key", "an RSA key is smaller than Go takes"),
    cause(
        &["signature check attempts limit reached while verifying certificate chain"],
        "search-budget duplicate unrelated",
        "the certificates that were sent make too many paths to try",
    ),
    cause(
        &[
            "x509: malformed certificate",
            "x509: malformed",
            "x509: invalid",
            "x509: negative serial number",
            "x509: trailing data",
            "x509: certificate contains duplicate extensions",
            "x509: duplicate extension",
            "x509: inner and outer signature algorithm identifiers don't match",
            "x509: cannot parse dnsName",
            "x509: cannot parse IP address",
            "x509: failed to parse",
            "failed to parse certificate from server",
            "tls: failed to parse certificate from server",
            "asn1: structure error",
            "asn1: syntax error",
            "x509: serial number too long",
            "x509: RSA modulus is not a positive number",
            "x509: zero or negative",
            "x509: SAN * is malformed",
        ],
        "malformed-certificate",
        "a field of a certificate cannot be read; Go refuses at parsing what others let pass",
    ),
    cause(
        &[
            "tls: private key does not match public key",
            "tls: private key type does not match public key type",
            "private key type does not match public key type",
            "the private key provided is not for the public key",
        ],
        "key-mismatch leaf-not-first",
        "the first certificate in the file does not belong to the private key",
    ),
    hint(
        &[
            "tls: failed to verify certificate",
            "tls: failed to verify certificate: x509",
            "failed to verify certificate",
            "x509: certificate",
            "transport: authentication handshake failed",
            "authentication handshake failed",
            "crypto/x509",
        ],
        "missing-intermediate untrusted-root expired-leaf host-mismatch",
        "Go refused the chain; the words after it say why",
    ),
    elsewhere(
        &[
            "x509: failed to load system roots and no roots provided",
            "failed to load system roots",
            "unable to load CA certificates",
            "unable to load root certificates",
            "failed to append CA certs",
            "unable to append certificates to cert pool",
            "error reading CA certificate",
        ],
        "the client has no trust store, as in an image without ca-certificates; the chain was not looked at",
    ),
    elsewhere(
        &[
            "tls: first record does not look like a TLS handshake",
            "http: server gave HTTP response to HTTPS client",
            "tls: oversized record received",
            "tls: unsupported SSLv2 handshake received",
            "client sent an HTTP request to an HTTPS server",
        ],
        "one side speaks no TLS on this port",
    ),
    elsewhere(
        &[
            "tls: client offered only unsupported versions",
            "tls: no cipher suite supported by both client and server",
            "tls: server selected unsupported protocol version",
            "tls: no supported versions satisfy",
            "tls: no ECDHE curve supported by both client and server",
        ],
        "the two sides share no version or cipher of TLS",
    ),
    elsewhere(
        &[
            "tls: no certificates configured",
            "no certificate available for",
            "tls: either ServerName or InsecureSkipVerify must be specified",
            "tls: unrecognized name",
        ],
        "the server has no certificate for the name that was asked for",
    ),
    cause(
        &["certificate signed by unknown authority possibly because of"],
        "bad-signature not-a-ca missing-cert-sign missing-intermediate untrusted-root",
        "a certificate with the issuer's name was found, and was refused for the reason in brackets",
    ),
];
