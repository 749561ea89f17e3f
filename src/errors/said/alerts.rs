//! TLS alerts that were received (RFC 8446 §6.2): the peer speaks, so it is our certificate that it
//! refuses, or our hello that it does not like. By number and by the words of OpenSSL, BoringSSL, Go,
//! Java, rustls, GnuTLS, NSS and Schannel.

use super::{Entry, alert, elsewhere, hint};

const REFUSED: &str = "an alert: the other side refused the certificate that was sent to it, and did not say why";
const OURS: &str = "an alert that this side sent: it is this side that refused the other's chain";

pub static ENTRIES: &[Entry] = &[
    elsewhere(
        &[
            "alert unexpected message",
            "fatal alert unexpected_message",
            "tls: unexpected message",
            "SSL_ERROR_HANDSHAKE_UNEXPECTED_ALERT",
        ],
        "the two sides lost step in the handshake; often one of them speaks no TLS on this port",
    )
    .number(10),
    elsewhere(
        &["alert bad record mac", "fatal alert bad_record_mac", "tls: bad record MAC", "SSL_ERROR_BAD_MAC_ALERT"],
        "a record was damaged on the way",
    )
    .number(20),
    elsewhere(
        &[
            "alert handshake failure",
            "alert read:fatal:handshake failure",
            "Fatal, Description: Handshake Failure",
            "fatal alert handshake_failure",
            "tls: handshake failure",
            "SSL_ERROR_HANDSHAKE_FAILURE_ALERT",
            "Received alert [40]",
            "SEC_E_ILLEGAL_MESSAGE",
            "0x80090326",
        ],
        "the other side found nothing to agree on: version, ciphers, or a client certificate that it wanted",
    )
    .number(40),
    elsewhere(
        &["alert no certificate", "fatal alert no_certificate", "SSL_ERROR_NO_CERTIFICATE_ALERT"],
        "a client certificate was wanted and none was sent",
    )
    .number(41),
    alert(
        &[
            "alert bad certificate",
            "alert read:fatal:bad certificate",
            "Fatal, Description: Bad Certificate",
            "received CLIENT ALERT: Fatal - Bad Certificate",
            "received SERVER ALERT: Fatal - Bad Certificate",
            "fatal alert bad_certificate",
            "remote error: tls: bad certificate",
            "remote error: bad certificate",
            "SSL_ERROR_BAD_CERT_ALERT",
            "ERR_BAD_SSL_CLIENT_AUTH_CERT",
            "ssl_error_bad_client_auth_cert",
            "received alert [42]",
            "tls handshake: bad certificate",
            "received TLS alert: bad certificate",
        ],
        "missing-intermediate untrusted-root self-signed-leaf expired-leaf host-mismatch",
        REFUSED,
    )
    .number(42),
    alert(
        &[
            "alert unsupported certificate",
            "alert read:fatal:unsupported certificate",
            "Fatal, Description: Unsupported Certificate",
            "ALERT: Fatal - Unsupported Certificate",
            "fatal alert unsupported_certificate",
            "tls: unsupported certificate",
            "SSL_ERROR_UNSUPPORTED_CERT_ALERT",
        ],
        "wrong-purpose wrong-key-usage unsupported-algorithm",
        "an alert: the other side says that the certificate is of a kind that it does not take",
    )
    .number(43),
    alert(
        &[
            "alert certificate revoked",
            "alert read:fatal:certificate revoked",
            "Fatal, Description: Certificate Revoked",
            "fatal alert certificate_revoked",
            "tls: revoked certificate",
            "SSL_ERROR_REVOKED_CERT_ALERT",
        ],
        "revoked",
        "an alert: the other side says that the certificate that was sent to it is revoked",
    )
    .number(44),
    alert(
        &[
            "alert certificate expired",
            "alert read:fatal:certificate expired",
            "Fatal, Description: Certificate Expired",
            "received CLIENT ALERT: Fatal - Certificate Expired",
            "received SERVER ALERT: Fatal - Certificate Expired",
            "fatal alert certificate_expired",
            "tls: expired certificate",
            "remote error: expired certificate",
            "SSL_ERROR_EXPIRED_CERT_ALERT",
        ],
        "expired-leaf expired-intermediate expired-root stale-cross-sign",
        "an alert: the other side says that the certificate that was sent to it, or its issuer, has expired",
    )
    .number(45),
    alert(
        &[
            "alert certificate unknown",
            "alert read:fatal:certificate unknown",
            "alert read:fatal:unknown certificate",
            "Fatal, Description: Certificate Unknown",
            "received CLIENT ALERT: Fatal - Certificate Unknown",
            "received SERVER ALERT: Fatal - Certificate Unknown",
            "fatal alert certificate_unknown",
            "tls: unknown certificate",
            "remote error: unknown certificate",
            "SSL_ERROR_CERTIFICATE_UNKNOWN_ALERT",
            "received alert [46]",
        ],
        "missing-intermediate untrusted-root self-signed-leaf host-mismatch expired-leaf",
        REFUSED,
    )
    .number(46),
    elsewhere(
        &["alert illegal parameter", "fatal alert illegal_parameter", "tls: illegal parameter"],
        "the other side did not understand a field of the handshake",
    )
    .number(47),
    alert(
        &[
            "alert unknown ca",
            "alert read:fatal:unknown CA",
            "Fatal, Description: Unknown CA",
            "received CLIENT ALERT: Fatal - Unknown CA",
            "received SERVER ALERT: Fatal - Unknown CA",
            "fatal alert unknown_ca",
            "tls: unknown certificate authority",
            "remote error: unknown certificate authority",
            "SSL_ERROR_UNKNOWN_CA_ALERT",
            "alert CA is unknown",
            "received alert [48]",
            "TLS alert received: unknown CA",
        ],
        "missing-intermediate untrusted-root self-signed-leaf",
        "an alert: the other side cannot follow the chain that was sent to it to a root that it trusts",
    )
    .number(48),
    elsewhere(
        &[
            "alert access denied",
            "alert read:fatal:access denied",
            "Fatal, Description: Access Denied",
            "fatal alert access_denied",
            "tls: access denied",
            "SSL_ERROR_ACCESS_DENIED_ALERT",
        ],
        "the certificate was good, but the other side does not let its owner in",
    )
    .number(49),
    elsewhere(
        &["alert decode error", "fatal alert decode_error", "tls: error decoding message"],
        "a message of the handshake could not be read",
    )
    .number(50),
    alert(
        &[
            "alert decrypt error",
            "fatal alert decrypt_error",
            "tls: error decrypting message",
            "SSL_ERROR_DECRYPT_ERROR_ALERT",
        ],
        "key-mismatch bad-signature",
        "an alert: a signature of the handshake did not fit the key in the certificate",
    )
    .number(51),
    elsewhere(
        &[
            "alert protocol version",
            "alert read:fatal:protocol version",
            "Fatal, Description: Protocol Version",
            "fatal alert protocol_version",
            "tls: protocol version not supported",
            "SSL_ERROR_PROTOCOL_VERSION_ALERT",
        ],
        "the two sides share no version of TLS",
    )
    .number(70),
    elsewhere(
        &[
            "alert insufficient security",
            "fatal alert insufficient_security",
            "tls: insufficient security level",
            "SSL_ERROR_INSUFFICIENT_SECURITY_ALERT",
        ],
        "the ciphers that were offered are too weak for the other side",
    )
    .number(71),
    elsewhere(
        &[
            "alert internal error",
            "alert read:fatal:internal error",
            "Fatal, Description: Internal Error",
            "ALERT: Fatal - Internal Error",
            "fatal alert internal_error",
            "tls: internal error",
            "SSL_ERROR_INTERNAL_ERROR_ALERT",
        ],
        "the other side broke down for a reason of its own; its log says more",
    )
    .number(80),
    elsewhere(
        &["alert inappropriate fallback", "fatal alert inappropriate_fallback", "tls: inappropriate fallback"],
        "a retry with an older version of TLS was refused",
    )
    .number(86),
    elsewhere(
        &[
            "unrecognized name",
            "fatal alert UnrecognisedName",
            "SSL_ERROR_UNRECOGNIZED_NAME_ALERT",
            "ERR_SSL_UNRECOGNIZED_NAME_ALERT",
        ],
        "the server knows no site of the name that was asked for (SNI)",
    )
    .number(112),
    elsewhere(
        &["bad certificate status response", "SSL_ERROR_BAD_CERT_STATUS_RESPONSE_ALERT"],
        "the stapled OCSP answer was refused; the chain itself was not the reason",
    )
    .number(113),
    elsewhere(
        &[
            "alert certificate required",
            "fatal alert certificate_required",
            "tls: certificate required",
            "ERR_SSL_CLIENT_AUTH_CERT_NEEDED",
            "SSL_ERROR_RX_CERTIFICATE_REQUIRED_ALERT",
        ],
        "a client certificate was wanted and none was sent",
    )
    .number(116),
    elsewhere(
        &[
            "no application protocol",
            "fatal alert NoApplicationProtocol",
            "SSL_ERROR_NEXT_PROTOCOL_NO_PROTOCOL",
            "tls: client requested unsupported application protocols",
            "tls: server selected unadvertised ALPN protocol",
        ],
        "the two sides share no application protocol (ALPN)",
    )
    .number(120),
    // Alerts that this side sent, as `curl -v`, Java's debug log and Schannel's event 36888 show them.
    hint(
        &[
            "OUT TLS alert unknown CA",
            "OUT TLS alert Server hello (2): SSL certificate problem",
            "Fatal (UNKNOWN_CA)",
            "Fatal (CERTIFICATE_UNKNOWN)",
            "Fatal (BAD_CERTIFICATE)",
            "write:fatal:unknown CA",
            "SSL3 alert write:fatal:unknown CA",
            "SSL3 alert write:fatal:bad certificate",
            "OUT TLS alert bad certificate",
            "OUT TLS alert unsupported certificate",
            "OUT TLS alert certificate revoked",
            "OUT TLS alert decrypt error",
            "OUT TLS alert certificate unknown",
            "Sending alert bad certificate",
        ],
        "missing-intermediate untrusted-root self-signed-leaf",
        OURS,
    ),
    hint(
        &[
            "OUT TLS alert certificate expired",
            "SSL3 alert write:fatal:certificate expired",
            "Fatal (CERTIFICATE_EXPIRED)",
        ],
        "expired-leaf expired-intermediate expired-root stale-cross-sign",
        OURS,
    ),
    elsewhere(
        &["OUT TLS alert handshake failure", "OUT TLS alert protocol version", "OUT TLS alert internal error"],
        "this side could not agree with the other's handshake",
    ),
];

/// The ways in which programs print the number of an alert that they received.
pub static NUMBERED: &[&str] = &[
    "SSL alert number #",
    "alert number #",
    "received alert #",
    "fatal alert code is #",
    "defined fatal alert code is #",
    "fatal alert code #",
    "alert description #",
];
