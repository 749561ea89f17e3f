//! Databases, brokers and directories: PostgreSQL, MySQL, MongoDB, Redis, RabbitMQ, SQL Server, LDAP.

use super::{Entry, cause, elsewhere, hint};

pub static ENTRIES: &[Entry] = &[
    elsewhere(
        &[
            "root certificate file * does not exist",
            "could not read root certificate file",
            "Either provide the file or change sslmode",
            "SSL error: unable to load CA",
            "SSL_CTX_set_default_verify_paths failed",
            "failed to load * CA certificate file",
        ],
        "the client was not given a CA file (sslrootcert); the server's chain was not looked at",
    ),
    cause(
        &[
            "server certificate for * does not match host name",
            "SSL error: certificate name",
            "SSL connection error: Failed to verify the server certificate's name",
            "tlsInsecure hostname",
            "SSL certificate does not match the host",
            "The server hostname does not match the certificate",
        ],
        "host-mismatch no-san",
        "the server's certificate is for other names than the one that was asked for",
    ),
    cause(
        &[
            "certificate does not match private key file",
            "could not load server certificate file * key",
            "could not load private key file",
            "Unable to get private key",
            "SSL connection error: Unable to get private key",
        ],
        "key-mismatch damaged-pem",
        "key and certificate do not belong together, or the key could not be read",
    ),
    cause(
        &[
            "could not load server certificate file",
            "could not load root certificate file",
            "could not read certificate file",
            "SSL connection error: Unable to get certificate",
            "SSL connection error: SSL_CTX_set_default_verify_paths failed",
            "Unable to get certificate from",
            "Failed to setup SSL because of the following SSL library error",
            "cannot read certificate file",
            "The provided SSL certificate is expired or not yet valid",
            "Failed to load X509 certificate",
        ],
        "damaged-pem no-certificate expired-leaf",
        "a certificate file could not be read or used",
    ),
    hint(
        &[
            "ERROR 2026 (HY000)",
            "ERROR 2026",
            "SSL connection error",
            "SSL connection error: error:00000001:lib(0)",
            "SSL error: certificate verify failed",
            "SSL peer certificate validation failed",
            "TLS/SSL error: certificate verify failed",
            "MongoServerSelectionError certificate",
            "SSL_connect failed: certificate verify failed",
            "Error in SSL handshake: certificate",
            "ORA-29024",
            "Certificate validation failure",
            "ORA-28860",
            "SSL0279E",
            "GSKit error",
            "GSK_ERROR_BAD_CERT",
        ],
        "missing-intermediate untrusted-root self-signed-leaf expired-leaf host-mismatch",
        "the server's chain was refused; the words after it say why",
    ),
    cause(
        &["SSL peer certificate validation failed: self signed", "TLS/SSL error: self-signed certificate"],
        "self-signed-leaf",
        "the server's certificate is signed by its own key",
    ),
    cause(
        &[
            "TLS/SSL error: unable to get local issuer",
            "GSK_ERROR_NO_CERTIFICATE",
            "GSK_ERROR_BAD_CERTIFICATE",
            "6000353",
            "6000010 GSKit",
        ],
        "missing-intermediate untrusted-root",
        "no way from the leaf to a root in the key database",
    ),
    elsewhere(
        &[
            "server does not support SSL, but SSL was required",
            "SSL connection error: SSL is required but the server doesn't support it",
            "The server does not support SSL connections",
            "no pg_hba.conf entry for host * SSL off",
            "Connections using insecure transport are prohibited",
            "certificate present, but not private key file",
            "connection requires a valid client certificate",
            "has group or world access",
            "ORA-28759",
            "ORA-28868",
        ],
        "the connection is set up without TLS, or a key file may not be read",
    ),
];
