//! Messages within messages: what names the reason decides, and what only passes it on does not; the
//! same message as a number or in another language; like words about other things.

use super::*;

/// The first rule, and none of those that the wrapper alone would suggest.
fn only(text: &str, first: &str, not: &[&str]) {
    let got = rules(text);
    assert_eq!(got.first(), Some(&first), "{text}");
    assert!(!got.iter().any(|rule| not.contains(rule)), "{got:?}: {text}");
}

#[test]
fn the_reason_decides_not_what_passes_it_on() {
    let file = &["damaged-pem", "unreadable-block"];
    only(
        "An error occurred (MalformedCertificate) when calling the UploadServerCertificate operation: Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order.",
        "misordered",
        file,
    );
    only(
        "Error reading certificate PEM file /config/site.crt for profile /Common/site: error:0B080074:x509 certificate routines:X509_check_private_key:key values mismatch",
        "leaf-not-first",
        file,
    );
    only(
        "warning: cannot get RSA private key from file /etc/site.key: disabling TLS support\nwarning: TLS library problem: error:0B080074:x509 certificate routines:X509_check_private_key:key values mismatch",
        "leaf-not-first",
        file,
    );
    only("tls: failed to parse certificate: x509: trailing data", "malformed-certificate", file);
    only(
        "Can't load SSL certificate (ssl_cert setting): The certificate is empty",
        "no-certificate",
        &["key-mismatch", "leaf-not-first"],
    );
    only(
        "unable to load SSL certificate from PEM file 'x.pem': error:0A00018E:SSL routines::ca md too weak",
        "weak-signature",
        file,
    );
    only(
        "ERROR: Unable to validate certificate chain: cert.pem: O = Digital Signature Trust Co., CN = DST Root CA X3\nerror 10 at 3 depth lookup:certificate has expired",
        "expired-root",
        &["missing-intermediate"],
    );
    // The wrapper alone still says something.
    only("An error occurred (MalformedCertificate)", "damaged-pem", &[]);
    only("Failed to load certificate chain from <inline>", "damaged-pem", &[]);
}

#[test]
fn a_reason_that_is_not_the_chain_decides_too() {
    for text in [
        "VERIFY ERROR: depth=0, error=CRL is not yet valid: CN=server\nOpenSSL: error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed",
        "curl: (58) unable to load client key: -8178 (SEC_ERROR_BAD_KEY)",
        "error:0906D06C:PEM routines:PEM_read_bio:no start line:pem_lib.c:696:Expecting: ANY PRIVATE KEY",
    ] {
        assert_eq!(rules(text), Vec::<&str>::new(), "{text}");
        assert!(diagnose(text.as_bytes()).elsewhere.is_some(), "{text}");
    }
}

#[test]
fn a_text_that_gives_no_reason_is_known_as_such() {
    let unexplained = |text: &str| diagnose(text.as_bytes()).unexplained;
    assert!(unexplained("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (_ssl.c:645)"));
    assert!(unexplained("error:0A000086:SSL routines::certificate verify failed"));
    assert!(!unexplained("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired"));
    assert!(!unexplained("certificate verify failed\n 0 s:CN = a.example\n   i:CN = a.example\n"));
    assert!(!unexplained("tlsv1 alert unknown ca"));
    assert!(!unexplained("Connection refused"));
    assert!(!unexplained("the quick brown fox"));
}

#[test]
fn browsers_numbers_say_what_their_names_say() {
    for (text, first) in [
        ("handshake failed; returned -1, SSL error code 1, net_error -200", "host-mismatch"),
        ("handshake failed; returned -1, SSL error code 1, net_error -201", "expired-leaf"),
        ("handshake failed; returned -1, SSL error code 1, net_error -202", "untrusted-root"),
        ("Exception in CronetUrlRequest: net::ERR, ErrorCode=11, InternalErrorCode=-202", "untrusted-root"),
        (
            "SSL_ForceHandshake failed: (-8172) Peer's certificate issuer has been marked as not trusted by the user.",
            "untrusted-root",
        ),
        ("NSS error -8155", "path-length-exceeded"),
        ("NSS error -8016", "weak-signature"),
        ("NSS error -8183", "malformed-certificate"),
    ] {
        assert_eq!(rules(text).first(), Some(&first), "{text}");
    }
    assert_eq!(rules("handshake failed; returned -1, SSL error code 1, net_error -100"), Vec::<&str>::new());
}

#[test]
fn messages_are_known_in_the_languages_that_they_come_in() {
    for text in [
        "(Anbieter: SSL-Anbieter, Fehler: 0 - Die Zertifikatkette wurde von einer nicht vertrauenswürdigen Zertifizierungsstelle ausgestellt.)",
        "schannel: - La chaîne de certificats a été fournie par une autorité qui n’est pas approuvée.",
        "error: 0 - La cadena de certificación fue emitida por una entidad en la que no se confía.",
        "error: 0 - A cadeia de certificação foi emitida por uma autoridade que não é de confiança.",
        "Цепочка сертификатов выпущена центром сертификации, не имеющим доверия.",
        "(provider: SSL 提供程序, error: 0 - 证书链是由不受信任的颁发机构颁发的。)",
        "error: 0 - 信頼されていない機関によって証明書チェーンが発行されました。",
        "신뢰되지 않은 기관에서 인증서  체인을 발급했습니다.",
        "错误: 无法验证 github.com 的由 “CN=CA” 颁发的证书:\n  无法本地校验颁发者的权限。",
        "ERREUR : le certificat de « a.example » n'est pas d'un émetteur connu.",
        "keytool 错误: java.lang.Exception: 无法从回复中建立链",
        "Der Server sendet eventuell nicht die richtigen Zwischen-Zertifikate.",
        "报错因其证书颁发者未知、证书为自签名的，或者服务器未发送正确的中间证书。",
    ] {
        assert_eq!(rules(text).first(), Some(&"missing-intermediate"), "{text}");
    }
}

#[test]
fn what_servers_say_of_their_own_chain_when_they_start() {
    for (text, first) in [
        (
            "AH01906: www.example.com:443:0 server certificate is a CA certificate (BasicConstraints: CA == TRUE !?)",
            "leaf-not-first",
        ),
        (
            "AH01909: www.example.com:443:0 server certificate does NOT include an ID which matches the server name",
            "host-mismatch",
        ),
        ("java.security.KeyStoreException: Certificate chain is not valid", "missing-intermediate"),
        (
            "unexpected error generating SSL certificate with full intermediate chain CA certs: Get ldap:///CN=x : unsupported protocol scheme \"ldap\"",
            "fetch-refused",
        ),
        ("Error generating CA certificate chain for Secret \"foo/bar\": Invalid certificate", "missing-intermediate"),
        ("ValueError: Unable to load PEM file. MalformedFraming", "damaged-pem"),
        (
            "asn1: structure error: tags don't match (16 vs {class:0 tag:2 length:1 isCompound:false})",
            "unreadable-block",
        ),
    ] {
        assert_eq!(rules(text).first(), Some(&first), "{text}");
    }
}

/// The words of another matter that are like those of a chain.
#[test]
fn like_words_about_other_things_are_not_taken() {
    for text in [
        "gpg: BAD signature from \"Jane Doe <jane@example.org>\" [unknown]",
        "SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided",
        "Error: chain id mismatch: chain is not in the correct order at block 10234",
        "Unhandled promise rejection: broken chain of callbacks",
        "ld: objects must be in order of dependency",
        "invalid_token: issuer not found",
        "between -98,07 and 12",
        // The CA has not issued yet.
        "Referenced \"Issuer\" not found: issuer.cert-manager.io \"ca-issuer\" not found",
        "example.com:Verify error:DNS problem: NXDOMAIN looking up TXT for _acme-challenge.example.com",
        "acme: error: 403 :: urn:ietf:params:acme:error:unauthorized :: Invalid response from http://a.example/.well-known/acme-challenge/x: 404",
        "private key should be a PEM or plain PKCS1 or PKCS8; parse error: asn1: structure error: tags don't match (16 vs {class:0 tag:13})",
    ] {
        assert_eq!(rules(text), Vec::<&str>::new(), "{text}");
    }
}

/// `handshake failure` follows many a message that says more.
#[test]
fn that_a_handshake_failed_hides_no_reason() {
    for text in [
        "<BEA-090477> <Certificate chain received from host - 10.1.1.1 was not trusted causing SSL handshake failure.>",
        "CWPKI0022E: SSL HANDSHAKE FAILURE:  A signer with SubjectDN CN=a was sent. The signer may need to be added to local trust store",
        "handshake failure: certificate verify failed",
    ] {
        assert_eq!(rules(text).first(), Some(&"missing-intermediate"), "{text}");
    }
    assert_eq!(rules("SSL handshake failure"), Vec::<&str>::new());
    assert_eq!(rules("sslv3 alert handshake failure"), Vec::<&str>::new());
}

#[test]
fn the_reasons_of_haskell_wlan_clients_and_panels() {
    for (text, first) in [
        ("HandshakeFailed (Error_Protocol (\"certificate has unknown CA\",True,UnknownCa))", "missing-intermediate"),
        (
            "HandshakeFailed (Error_Packet_unexpected \"Alert13 [(AlertLevel_Fatal,UnknownCa)]\" \" expected: handshake 13\")",
            "missing-intermediate",
        ),
        ("Error_Protocol (\"certificate rejected: [SelfSigned]\",True,CertificateUnknown)", "self-signed-leaf"),
        ("Error_Protocol (\"certificate rejected: [Expired]\",True,CertificateExpired)", "expired-leaf"),
        ("\"certificate rejected: [NameMismatch \\\"www.example.com\\\"]\"", "host-mismatch"),
        (
            "CTRL-EVENT-EAP-TLS-CERT-ERROR reason=10 depth=0 subject='/CN=radius.example.org' err='Domain mismatch'",
            "host-mismatch",
        ),
        ("Warning: (7) Certificate chain - 1 cert(s) untrusted", "untrusted-root"),
        (
            "svn: E230001: Server SSL certificate verification failed: certificate issued for a different hostname",
            "host-mismatch",
        ),
        ("No cert in -in file 'fullchain.pem' matches private key", "key-mismatch"),
        (
            "SSL Error 61: You have not chosen to trust \"Acme CA\", the issuer of the server's security certificate.",
            "untrusted-root",
        ),
        ("AH02411: SSL Proxy: Peer certificate does not match for hostname 10.0.0.2", "host-mismatch"),
        ("证书链不完整", "missing-intermediate"),
        ("Die Zertifikatskette ist unvollständig", "missing-intermediate"),
    ] {
        assert_eq!(rules(text).first(), Some(&first), "{text}");
    }
}

/// No table has these; what they say in plain words is a chain's matter all the same.
#[test]
fn plain_words_are_understood_whoever_says_them() {
    for (text, first) in [
        ("the certificate of the peer has long expired", "expired-leaf"),
        ("PortalError{CertExpired}", "expired-leaf"),
        ("Das Zertifikat des Servers ist abgelaufen", "expired-leaf"),
        ("サーバー証明書の期限切れです", "expired-leaf"),
        ("upload refused: the private key doesn't match this certificate", "key-mismatch"),
        ("Der private Schlüssel passt nicht zum Zertifikat", "key-mismatch"),
        ("the name of the host is different from the one in its certificate", "host-mismatch"),
        ("panel: certificate bundle has no issuer, the intermediate is missing", "missing-intermediate"),
        ("中间证书缺失，请检查证书", "missing-intermediate"),
        ("the certificates are listed in the wrong order", "misordered"),
        ("peer rejected: certificate revoked by its issuer", "revoked"),
        ("we do not recognise it: certificate of an unknown authority", "missing-intermediate"),
        ("El certificado no es de confianza", "missing-intermediate"),
        ("appliance: cannot parse this certificate", "damaged-pem"),
        ("agent: validating the certificate failed", "missing-intermediate"),
    ] {
        let got = diagnose(text.as_bytes());
        assert_eq!(rules(text).first(), Some(&first), "{text}: {:?}", got.causes);
    }
    let got = diagnose(b"the certificate of the peer has long expired");
    assert_eq!((got.causes[0].says, got.remarks.len(), got.nearest.len()), ("in plain words", 1, 0));
}

#[test]
fn plain_words_tell_what_a_bare_refusal_does_not() {
    let got = diagnose(b"Curl error 60: Cert verify failed, it has long expired. Error code: 7");
    assert_eq!(got.rules()[..2], [Rule::ExpiredLeaf, Rule::ExpiredIntermediate]);
    assert!(got.rules().contains(&Rule::MissingIntermediate) && !got.unexplained);
    // A list of what may be wrong is no reason.
    let listed = diagnose(
        b"curl: (60) the certificate may be expired, the certificate may be revoked, the certificate may be self-signed by someone",
    );
    assert_eq!(listed.rules()[0], Rule::MissingIntermediate, "{:?}", listed.causes);
}

#[test]
fn plain_words_about_other_things_are_not_taken() {
    for text in [
        "the session has expired",
        "sshd: Certificate invalid: expired",
        "error: No signing certificate found, or it has expired",
        "the password does not match",
        "your gift certificate: it has long expired",
        "Verification: OK, the certificate has not expired",
        "Congratulations! Your certificate and chain have been saved",
        "Certificate not yet due for renewal; no action taken.",
    ] {
        assert_eq!(rules(text), Vec::<&str>::new(), "{text}");
    }
}
