//! OpenSSL's verify errors, by number and text: `X509_verify_cert_error_string` of 1.0 to 4.0, and
//! the constants of `x509_vfy.h`. curl, Python, Node, Ruby, PHP, Perl, nginx and many others repeat
//! them.

use super::{Entry, cause, elsewhere, hint};

const CRL: &str = "revocation lists could not be used; the chain itself was not the reason";
const OCSP: &str = "an answer about revocation (OCSP) could not be used; the chain itself was not the reason";
const STRICT: &str = "a strict client (Python 3.13, `-x509_strict`) refuses what RFC 5280 forbids and others let pass";
const SUITE_B: &str = "the client insists on Suite B, and a key or signature of the chain is not of it";

pub static ENTRIES: &[Entry] = &[
    hint(
        &["unspecified certificate verification error", "unknown certificate verification error"],
        "missing-intermediate untrusted-root",
        "the chain was refused, without a reason",
    )
    .number(1),
    cause(
        &["unable to get issuer certificate", "UNABLE_TO_GET_ISSUER_CERT"],
        "root-not-self-signed missing-intermediate untrusted-root",
        "the trust store holds an issuer, but not the issuer's own issuer",
    )
    .number(2),
    elsewhere(&["unable to get certificate CRL", "UNABLE_TO_GET_CRL"], CRL).number(3),
    cause(
        &["unable to decrypt certificate's signature", "UNABLE_TO_DECRYPT_CERT_SIGNATURE"],
        "bad-signature malformed-certificate",
        "a signature does not even have the form that the issuer's key makes",
    )
    .number(4),
    elsewhere(&["unable to decrypt CRL's signature", "UNABLE_TO_DECRYPT_CRL_SIGNATURE"], CRL).number(5),
    cause(
        &["unable to decode issuer public key"],
        "unsupported-algorithm malformed-certificate",
        "the key in an issuer's certificate cannot be read",
    )
    .number(6),
    cause(
        &["certificate signature failure", "CERT_SIGNATURE_FAILURE"],
        "bad-signature",
        "a certificate was not signed by the key of the issuer that was found for it",
    )
    .number(7),
    elsewhere(&["CRL signature failure"], CRL).number(8),
    cause(
        &["certificate is not yet valid", "certificate is not yet valid or the system clock is incorrect", "CERT_NOT_YET_VALID"],
        "not-yet-valid",
        "a certificate's notBefore date lies ahead of the client's clock, which may be wrong itself",
    )
    .number(9),
    cause(
        &["certificate has expired", "cert has expired"],
        "expired-leaf expired-intermediate expired-root stale-cross-sign",
        "a certificate on the way to the root is past its notAfter date",
    )
    .number(10),
    elsewhere(&["CRL is not yet valid", "CRL_NOT_YET_VALID"], CRL).number(11),
    elsewhere(&["CRL has expired"], CRL).number(12),
    cause(
        &["format error in certificate's notBefore field", "ERROR_IN_CERT_NOT_BEFORE_FIELD"],
        "malformed-certificate",
        "the notBefore date of a certificate cannot be read",
    )
    .number(13),
    cause(
        &["format error in certificate's notAfter field", "ERROR_IN_CERT_NOT_AFTER_FIELD"],
        "malformed-certificate",
        "the notAfter date of a certificate cannot be read",
    )
    .number(14),
    elsewhere(&["format error in CRL's lastUpdate field", "ERROR_IN_CRL_LAST_UPDATE_FIELD"], CRL).number(15),
    elsewhere(&["format error in CRL's nextUpdate field", "ERROR_IN_CRL_NEXT_UPDATE_FIELD"], CRL).number(16),
    cause(
        &["self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT", "certificate is self-signed", "certificate was self-signed", "cert is self-signed", "self-signed cert"],
        "self-signed-leaf",
        "the certificate that was sent is signed by its own key, and the client was not told to trust it",
    )
    .number(18),
    cause(
        &["self-signed certificate in certificate chain", "self-signed certificate in chain", "SELF_SIGNED_CERT_IN_CHAIN", "self signed cert in certificate chain"],
        "untrusted-root root-included",
        "the chain ends in a root that was sent along and that the client does not trust",
    )
    .number(19),
    cause(
        &["unable to get local issuer certificate", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
        "missing-intermediate untrusted-root key-id-mismatch bad-signature",
        "the issuer of a certificate was neither sent nor is it in the client's trust store",
    )
    .number(20),
    cause(
        &["unable to verify the first certificate", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
        "missing-intermediate untrusted-root key-id-mismatch",
        "the leaf came alone, or with certificates that did not issue it, and its issuer is not in the trust store",
    )
    .number(21),
    cause(
        &["certificate chain too long", "CERT_CHAIN_TOO_LONG", "certificate chain is too long"],
        "verify-depth chain-too-long",
        "the chain is longer than the depth that the verifier was set to; this is its setting, not a path length",
    )
    .number(22),
    cause(
        &["certificate revoked", "certificate is revoked", "certificate was revoked", "CERT_REVOKED"],
        "revoked",
        "the CA has withdrawn a certificate of the chain",
    )
    .number(23),
    cause(
        &["invalid CA certificate", "INVALID_CA", ],
        "not-a-ca missing-cert-sign",
        "a certificate stands as an issuer that is not allowed to be one",
    )
    .number(24),
    // 24 is NO_ISSUER_PUBLIC_KEY since 3.0, where 79 took over INVALID_CA.
    cause(
        &["issuer certificate doesn't have a public key", "NO_ISSUER_PUBLIC_KEY"],
        "malformed-certificate not-a-ca",
        "an issuer's certificate holds no key that could be used",
    ),
    cause(
        &["path length constraint exceeded", "PATH_LENGTH_EXCEEDED"],
        "path-length-exceeded",
        "a CA allows fewer CAs below it than the chain has",
    )
    .number(25),
    cause(
        &["unsuitable certificate purpose", "unsupported certificate purpose", "INVALID_PURPOSE", "inappropriate certificate purpose"],
        "wrong-purpose not-a-ca wrong-key-usage",
        "a certificate of the chain is not meant for this use: server for client, or no CA",
    )
    .number(26),
    cause(
        &["certificate not trusted", "CERT_UNTRUSTED"],
        "untrusted-root missing-intermediate",
        "the chain ends in a certificate that is not trusted for this use",
    )
    .number(27),
    cause(
        &["certificate rejected", "CERT_REJECTED"],
        "untrusted-root wrong-purpose",
        "the trust store marks a certificate as rejected for this use",
    )
    .number(28),
    cause(
        &["subject issuer mismatch"],
        "missing-intermediate unrelated misordered",
        "the next certificate is not the issuer that the one before names",
    )
    .number(29),
    cause(
        &["authority and subject key identifier mismatch", "AKID_SKID_MISMATCH"],
        "key-id-mismatch missing-intermediate",
        "a certificate has the issuer's name, but another key identifier than the one that is named",
    )
    .number(30),
    cause(
        &["authority and issuer serial number mismatch", "AKID_ISSUER_SERIAL_MISMATCH"],
        "key-id-mismatch missing-intermediate",
        "a certificate has the issuer's name, but another issuer or serial number than the one that is named",
    )
    .number(31),
    cause(
        &["key usage does not include certificate signing", "KEYUSAGE_NO_CERTSIGN"],
        "missing-cert-sign not-a-ca",
        "an issuer's key usage does not allow it to sign certificates",
    )
    .number(32),
    elsewhere(&["unable to get CRL issuer certificate", "UNABLE_TO_GET_CRL_ISSUER"], CRL).number(33),
    cause(
        &["unhandled critical extension"],
        "unknown-critical-extension precertificate",
        "a certificate has a critical extension that the client does not know",
    )
    .number(34),
    elsewhere(&["key usage does not include CRL signing", "KEYUSAGE_NO_CRL_SIGN"], CRL).number(35),
    elsewhere(&["unhandled critical CRL extension"], CRL).number(36),
    cause(
        &["invalid non-CA certificate", "INVALID_NON_CA"],
        "malformed-certificate not-strict",
        "the leaf has the marks of a CA",
    )
    .number(37),
    elsewhere(
        &["proxy path length constraint exceeded", "PROXY_PATH_LENGTH_EXCEEDED", "proxy certificates not allowed", "proxy subject name violation"],
        "it is about proxy certificates (RFC 3820), which chains of TLS servers do not have",
    ),
    cause(
        &["key usage does not include digital signature", "KEYUSAGE_NO_DIGITAL_SIGNATURE"],
        "wrong-key-usage",
        "the leaf's key usage does not allow what the handshake needs",
    )
    .number(39),
    cause(
        &["invalid or inconsistent certificate extension", "X509_V_ERR_INVALID_EXTENSION"],
        "malformed-certificate not-strict",
        "an extension of a certificate cannot be read, or contradicts another",
    )
    .number(41),
    cause(
        &["invalid or inconsistent certificate policy extension", "INVALID_POLICY_EXTENSION"],
        "policy-rejected malformed-certificate",
        "the policies in a certificate cannot be read, or contradict each other",
    )
    .number(42),
    cause(
        &["no explicit policy"],
        "policy-rejected",
        "a CA demands a policy that the chain does not have",
    )
    .number(43),
    elsewhere(&["different CRL scope"], CRL).number(44),
    cause(
        &["unsupported extension feature"],
        "unknown-critical-extension",
        "an extension asks for something that the client does not do",
    )
    .number(45),
    cause(
        &["RFC 3779 resource not subset of parent's resources", "UNNESTED_RESOURCE"],
        "name-constraint-violated",
        "a certificate claims addresses that its issuer may not hand on",
    )
    .number(46),
    cause(
        &["permitted subtree violation", "X509_V_ERR_PERMITTED_VIOLATION"],
        "name-constraint-violated",
        "a name in the chain is not among those that a CA may certify",
    )
    .number(47),
    cause(
        &["excluded subtree violation", "X509_V_ERR_EXCLUDED_VIOLATION"],
        "name-constraint-violated",
        "a name in the chain is one that a CA must not certify",
    )
    .number(48),
    cause(
        &["name constraints minimum and maximum not supported", "X509_V_ERR_SUBTREE_MINMAX"],
        "name-constraint-violated",
        "a CA's name constraints use a feature that no client supports",
    )
    .number(49),
    hint(
        &["application verification failure", "APPLICATION_VERIFICATION"],
        "missing-intermediate untrusted-root host-mismatch",
        "the program's own check refused the chain",
    )
    .number(50),
    cause(
        &["unsupported name constraint type", "UNSUPPORTED_CONSTRAINT_TYPE"],
        "name-constraint-violated",
        "a CA constrains names of a form that the client cannot compare",
    )
    .number(51),
    cause(
        &["unsupported or invalid name constraint syntax", "UNSUPPORTED_CONSTRAINT_SYNTAX"],
        "name-constraint-violated malformed-certificate",
        "a CA's name constraints cannot be read",
    )
    .number(52),
    cause(
        &["unsupported or invalid name syntax", "UNSUPPORTED_NAME_SYNTAX"],
        "name-constraint-violated malformed-certificate",
        "a name below a constrained CA cannot be read",
    )
    .number(53),
    elsewhere(&["CRL path validation error"], CRL).number(54),
    cause(
        &["X509_V_ERR_PATH_LOOP", "55 path loop", "lookup: path loop"],
        "untrusted-root",
        "the issuers lead in a circle and never to a root",
    )
    .number(55),
    cause(&["Suite B: certificate version invalid"], "malformed-certificate", SUITE_B).number(56),
    cause(&["Suite B: invalid public key algorithm"], "weak-key unsupported-algorithm", SUITE_B).number(57),
    cause(&["Suite B: invalid ECC curve"], "weak-key unsupported-algorithm", SUITE_B).number(58),
    cause(&["Suite B: invalid signature algorithm"], "weak-signature", SUITE_B).number(59),
    cause(&["Suite B: curve not allowed for this LOS"], "weak-key", SUITE_B).number(60),
    cause(&["Suite B: cannot sign P-384 with P-256"], "weak-signature", SUITE_B).number(61),
    cause(
        &["hostname mismatch", "X509_V_ERR_HOSTNAME_MISMATCH"],
        "host-mismatch no-san",
        "the leaf is for other names than the one that was asked for",
    )
    .number(62),
    cause(&["email address mismatch", "EMAIL_MISMATCH"], "host-mismatch", "the leaf is for another address").number(63),
    cause(
        &["IP address mismatch"],
        "host-mismatch no-san",
        "the leaf does not name the address that was connected to",
    )
    .number(64),
    elsewhere(
        &["no matching DANE TLSA records", "DANE_NO_MATCH", "TLSA records did not match"],
        "the TLSA records in DNS do not fit the certificates; with usage DANE-TA(2) the root must be sent (--include-root)",
    )
    .number(65),
    cause(
        &["EE certificate key too weak", "EE_KEY_TOO_SMALL"],
        "weak-key",
        "the leaf's key is weaker than the security level asks for",
    )
    .number(66),
    cause(
        &["CA certificate key too weak", "CA_KEY_TOO_SMALL"],
        "weak-key",
        "a CA's key is weaker than the security level asks for",
    )
    .number(67),
    cause(
        &["CA signature digest algorithm too weak", "CA_MD_TOO_WEAK"],
        "weak-signature",
        "a certificate of the chain is signed with a hash that the security level refuses",
    )
    .number(68),
    elsewhere(
        &["invalid certificate verification context", "issuer certificate lookup error"],
        "the program could not use its trust store; the chain itself was not the reason",
    ),
    elsewhere(
        &["Certificate Transparency required, but no valid SCTs found", "NO_VALID_SCTS"],
        "the certificate was not shown to be in public logs; ask the CA for one with SCTs",
    )
    .number(71),
    elsewhere(&["OCSP verification needed", "OCSP_VERIFY_NEEDED"], OCSP).number(73),
    elsewhere(&["OCSP verification failed", "OCSP_VERIFY_FAILED"], OCSP).number(74),
    elsewhere(&["OCSP unknown cert", "OCSP_CERT_UNKNOWN"], OCSP).number(75),
    cause(
        &["Cannot find certificate signature algorithm", "X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM"],
        "unsupported-algorithm",
        "a certificate is signed with an algorithm that the client does not know",
    )
    .number(76),
    cause(
        &["subject signature algorithm and issuer public key algorithm mismatch", "X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH"],
        "bad-signature missing-intermediate",
        "the issuer that was found has a key of another kind than the one that signed",
    )
    .number(77),
    cause(
        &["cert info signature and signature algorithm mismatch", "SIGNATURE_ALGORITHM_INCONSISTENCY"],
        "malformed-certificate",
        "a certificate names two different signature algorithms",
    )
    .number(78),
    cause(&["Path length invalid for non-CA cert", "PATHLEN_INVALID_FOR_NON_CA"], "not-strict not-a-ca", STRICT)
        .number(80),
    cause(
        &["Path length given without key usage keyCertSign", "PATHLEN_WITHOUT_KU_KEY_CERT_SIGN"],
        "not-strict missing-cert-sign",
        STRICT,
    )
    .number(81),
    cause(
        &["Key usage keyCertSign invalid for non-CA cert", "KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA"],
        "not-strict not-a-ca",
        STRICT,
    )
    .number(82),
    cause(&["Issuer name empty"], "not-strict malformed-certificate", STRICT).number(83),
    cause(&["Subject name empty"], "not-strict malformed-certificate", STRICT).number(84),
    cause(&["Missing Authority Key Identifier"], "not-strict", STRICT).number(85),
    cause(&["Missing Subject Key Identifier"], "not-strict", STRICT).number(86),
    cause(
        &["Empty Subject Alternative Name extension", "EMPTY_SUBJECT_ALT_NAME"],
        "not-strict no-san malformed-certificate",
        STRICT,
    )
    .number(87),
    cause(
        &["Subject empty and Subject Alt Name extension not critical", "EMPTY_SUBJECT_SAN_NOT_CRITICAL"],
        "not-strict",
        STRICT,
    )
    .number(88),
    cause(&["Basic Constraints of CA cert not marked critical", "CA_BCONS_NOT_CRITICAL"], "not-strict", STRICT)
        .number(89),
    cause(
        &["Authority Key Identifier marked critical", "AUTHORITY_KEY_IDENTIFIER_CRITICAL"],
        "not-strict",
        STRICT,
    )
    .number(90),
    cause(&["Subject Key Identifier marked critical", "SUBJECT_KEY_IDENTIFIER_CRITICAL"], "not-strict", STRICT)
        .number(91),
    cause(&["CA cert does not include key usage extension", "CA_CERT_MISSING_KEY_USAGE"], "not-strict", STRICT)
        .number(92),
    cause(
        &["Using cert extension requires at least X509v3", "EXTENSIONS_REQUIRE_VERSION_3"],
        "not-strict malformed-certificate",
        STRICT,
    )
    .number(93),
    cause(
        &["Certificate public key has explicit ECC parameters", "EC_KEY_EXPLICIT_PARAMS"],
        "unsupported-algorithm",
        "a key spells its curve out instead of naming it",
    )
    .number(94),
    elsewhere(
        &["Raw public key untrusted", "RPK_UNTRUSTED"],
        "the peer sent a bare key (RFC 7250); there is no chain",
    )
    .number(95),
    elsewhere(&["OCSP response(s) invalid", "OCSP_RESP_INVALID"], OCSP).number(96),
    elsewhere(&["OCSP response signature verification failure", "OCSP_SIGNATURE_FAILURE"], OCSP).number(97),
    elsewhere(&["OCSP response not yet valid", "OCSP_NOT_YET_VALID"], OCSP).number(98),
    elsewhere(&["OCSP response has expired", "OCSP_HAS_EXPIRED"], OCSP).number(99),
    elsewhere(&["no OCSP response available for certificate", "OCSP_NO_RESPONSE"], OCSP).number(100),
    elsewhere(&["CRL verification failed", "CRL_VERIFY_FAILED"], CRL).number(101),
    cause(
        &["Empty Authority Key Identifier", "AKID_ISSUER_SERIAL_NOT_PAIRED"],
        "not-strict key-id-mismatch",
        STRICT,
    )
    .number(102),
];

/// The ways in which programs print the number of a verify error.
pub static NUMBERED: &[&str] = &[
    "verify error num #",
    "verify error #",
    "verify return code #",
    "verify error code #",
    "verify result #",
    "verify error result #",
    "ssl verify result #",
    "certificate verify result #",
    "certificate verification error #",
    "certificate verify error #",
    "verification error #",
    "verify failed #",
    "verify failed error #",
    "ssl_c_err #",
    "ssl_client_verify failed #",
    "preverify error #",
    "x509 error #",
    "X509 code #",
    "openssl verify result #",
    "X509_V_ERR #",
    "SSL certificate problem #",
    "error # at # depth",
    "error # at depth #",
    "verification failed for * num #",
    "openssl error #",
];
