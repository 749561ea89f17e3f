//! What programs print, and the rule that each text points to first.

use super::*;

/// Texts as they are pasted, with the rule that has to stand first.
const FIRST: &[(&str, &str)] = &[
    (
        "missing-intermediate",
        "curl: (60) SSL certificate problem: unable to get local issuer certificate\nMore details here: https://curl.haxx.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it.",
    ),
    ("expired-leaf", "curl: (60) SSL certificate problem: certificate has expired"),
    ("self-signed-leaf", "curl: (60) SSL certificate problem: self signed certificate"),
    ("self-signed-leaf", "curl: (60) SSL certificate problem: self-signed certificate"),
    ("untrusted-root", "curl: (60) SSL certificate problem: self signed certificate in certificate chain"),
    ("host-mismatch", "curl: (60) SSL: no alternative certificate subject name matches target host name 'example.org'"),
    (
        "host-mismatch",
        "curl: (51) SSL: certificate subject name 'foo.example.com' does not match target host name 'bar.example.com'",
    ),
    ("missing-intermediate", "curl: (35) error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca"),
    (
        "missing-intermediate",
        "curl: (56) OpenSSL SSL_read: error:14094412:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate, errno 0",
    ),
    (
        "missing-intermediate",
        "curl: (60) schannel: SEC_E_UNTRUSTED_ROOT (0x80090325) - The certificate chain was issued by an authority that is not trusted.",
    ),
    (
        "missing-intermediate",
        "git: fatal: unable to access 'https://git.example.com/repo.git/': server certificate verification failed. CAfile: none CRLfile: none",
    ),
    (
        "missing-intermediate",
        "fatal: unable to access 'https://git.example.com/x/': SSL certificate problem: unable to get local issuer certificate",
    ),
    (
        "key-mismatch",
        "nginx: [emerg] SSL_CTX_use_PrivateKey(\"/etc/nginx/ssl/site.key\") failed (SSL: error:0B080074:x509 certificate routines:X509_check_private_key:key values mismatch)",
    ),
    (
        "key-mismatch",
        "nginx: [emerg] SSL_CTX_use_PrivateKey(\"/etc/ssl/a.key\") failed (SSL: error:05800074:x509 certificate routines::key values mismatch)",
    ),
    (
        "damaged-pem",
        "nginx: [emerg] PEM_read_bio_X509(\"/etc/nginx/cert.pem\") failed (SSL: error:0906D066:PEM routines:PEM_read_bio:bad end line)",
    ),
    (
        "damaged-pem",
        "nginx: [emerg] cannot load certificate \"/etc/nginx/cert.pem\": PEM_read_bio_X509() failed (SSL: error:04800066:PEM routines::bad end line)",
    ),
    (
        "no-certificate",
        "nginx: [emerg] cannot load certificate \"/etc/nginx/cert.pem\": PEM_read_bio_X509_AUX() failed (SSL: error:0909006C:PEM routines:get_name:no start line:Expecting: TRUSTED CERTIFICATE)",
    ),
    (
        "weak-key",
        "nginx: [emerg] SSL_CTX_use_certificate(\"/etc/a.pem\") failed (SSL: error:140AB18F:SSL routines:SSL_CTX_use_certificate:ee key too small)",
    ),
    (
        "weak-signature",
        "nginx: [emerg] SSL_CTX_use_certificate(\"/etc/a.pem\") failed (SSL: error:140AB18E:SSL routines:SSL_CTX_use_certificate:ca md too weak)",
    ),
    (
        "key-mismatch",
        "[ssl:emerg] [pid 123] AH02565: Certificate and private key www.example.com:443:0 from /etc/ssl/cert.pem and /etc/ssl/key.pem do not match",
    ),
    (
        "damaged-pem",
        "AH02562: Failed to configure certificate example.com:443:0 (with chain), check /etc/apache2/cert.pem\nSSL Library Error: error:0906D066:PEM routines:PEM_read_bio:bad end line",
    ),
    ("damaged-pem", "AH01903: Failed to configure CA certificate chain!"),
    (
        "key-mismatch",
        "[ALERT] 123/456 (789) : parsing [/etc/haproxy/haproxy.cfg:12] : 'bind *:443' : inconsistencies between private key and certificate loaded from PEM file '/etc/haproxy/site.pem'.",
    ),
    (
        "missing-intermediate",
        "javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target",
    ),
    (
        "expired-leaf",
        "javax.net.ssl.SSLHandshakeException: sun.security.validator.ValidatorException: PKIX path validation failed: java.security.cert.CertPathValidatorException: timestamp check failed",
    ),
    (
        "expired-leaf",
        "Caused by: java.security.cert.CertificateExpiredException: NotAfter: Sat Nov 21 10:00:00 UTC 2026",
    ),
    ("missing-intermediate", "Get \"https://registry.example.com/v2/\": x509: certificate signed by unknown authority"),
    ("host-mismatch", "x509: certificate is valid for a.example.com, *.b.example.com, not c.example.com"),
    (
        "no-san",
        "x509: certificate relies on legacy Common Name field, use SANs or temporarily enable Common Name matching with GODEBUG=x509ignoreCN=0",
    ),
    ("path-length-exceeded", "x509: too many intermediates for path length constraint"),
    (
        "expired-leaf",
        "x509: certificate has expired or is not yet valid: current time 2026-11-21T10:00:00Z is after 2026-10-01T00:00:00Z",
    ),
    (
        "not-yet-valid",
        "x509: certificate has expired or is not yet valid: current time 2020-01-01T10:00:00Z is before 2026-10-01T00:00:00Z",
    ),
    (
        "missing-intermediate",
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1129)",
    ),
    (
        "host-mismatch",
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is not valid for 'example.com'. (_ssl.c:1007)",
    ),
    (
        "missing-intermediate",
        "requests.exceptions.SSLError: HTTPSConnectionPool(host='example.com', port=443): Max retries exceeded with url: / (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1129)')))",
    ),
    (
        "missing-intermediate",
        "Error: unable to verify the first certificate\n    at TLSSocket.onConnectSecure (node:_tls_wrap:1539:34) {\n  code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'\n}",
    ),
    ("self-signed-leaf", "Error: self signed certificate code: 'DEPTH_ZERO_SELF_SIGNED_CERT'"),
    (
        "untrusted-root",
        "npm ERR! code SELF_SIGNED_CERT_IN_CHAIN\nnpm ERR! request to https://registry.npmjs.org/x failed, reason: self signed certificate in certificate chain",
    ),
    ("expired-leaf", "npm ERR! code CERT_HAS_EXPIRED"),
    (
        "host-mismatch",
        "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: a.com. is not in the cert's altnames: DNS:b.com",
    ),
    (
        "missing-intermediate",
        "error sending request for url (https://x/): error trying to connect: invalid peer certificate: UnknownIssuer",
    ),
    ("expired-leaf", "invalid peer certificate: Expired"),
    (
        "expired-leaf",
        "invalid peer certificate: certificate expired: verification time 1794900000 (UNIX), but certificate is not valid after 1790000000 (4900000 seconds ago)",
    ),
    ("host-mismatch", "invalid peer certificate: NotValidForName"),
    ("self-signed-leaf", "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))"),
    ("beyond-webpki", "invalid peer certificate: Other(OtherError(UnsupportedCertVersion))"),
    (
        "missing-intermediate",
        "ERROR: cannot verify example.com's certificate, issued by 'CN=R3,O=Let's Encrypt,C=US':\n  Unable to locally verify the issuer's authority.\nTo connect to example.com insecurely, use `--no-check-certificate'.",
    ),
    (
        "missing-intermediate",
        "ERROR: The certificate of ‘example.com’ is not trusted.\nERROR: The certificate of ‘example.com’ doesn't have a known issuer.",
    ),
    (
        "expired-leaf",
        "ERROR: The certificate of ‘example.com’ is not trusted.\nERROR: The certificate of ‘example.com’ has expired.",
    ),
    ("host-mismatch", "The certificate's owner does not match hostname ‘example.com’"),
    (
        "missing-intermediate",
        "Status: The certificate is NOT trusted. The certificate issuer is unknown. \n*** PKI verification of server certificate failed...",
    ),
    ("expired-leaf", "Status: The certificate is NOT trusted. The certificate chain uses expired certificate."),
    (
        "missing-intermediate",
        "System.Security.Authentication.AuthenticationException: The remote certificate is invalid because of errors in the certificate chain: PartialChain",
    ),
    ("untrusted-root", "The remote certificate is invalid because of errors in the certificate chain: UntrustedRoot"),
    ("expired-leaf", "The remote certificate is invalid because of errors in the certificate chain: NotTimeValid"),
    (
        "host-mismatch",
        "The remote certificate is invalid according to the validation procedure: RemoteCertificateNameMismatch",
    ),
    (
        "missing-intermediate",
        "The remote certificate is invalid according to the validation procedure: RemoteCertificateChainErrors",
    ),
    ("untrusted-root", "NET::ERR_CERT_AUTHORITY_INVALID"),
    ("expired-leaf", "Your connection is not private NET::ERR_CERT_DATE_INVALID"),
    ("host-mismatch", "NET::ERR_CERT_COMMON_NAME_INVALID"),
    (
        "missing-intermediate",
        "An error occurred during a connection to example.com. Peer’s Certificate issuer is not recognized. Error code: SEC_ERROR_UNKNOWN_ISSUER",
    ),
    ("self-signed-leaf", "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT"),
    ("host-mismatch", "SSL_ERROR_BAD_CERT_DOMAIN"),
    ("missing-intermediate", "This server's certificate chain is incomplete. Grade capped to B."),
    ("root-included", "Chain issues\tContains anchor"),
    ("misordered", "Chain issues: Incorrect order, Extra certs"),
    ("missing-intermediate", "Chain of trust                NOT ok (chain incomplete)"),
    (
        "misordered",
        "An error occurred (ValidationException) when calling the ImportCertificate operation: Could not validate the certificate with the certificate chain.",
    ),
    (
        "misordered",
        "Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: 0",
    ),
    (
        "expired-leaf",
        "depth=0 CN = shop.example.com\nverify error:num=10:certificate has expired\nnotAfter=Oct  1 00:00:00 2026 GMT\nverify return:1",
    ),
    (
        "expired-intermediate",
        "depth=1 C = US, O = Let's Encrypt, CN = R3\nverify error:num=10:certificate has expired\nnotAfter=Sep 29 19:21:40 2021 GMT",
    ),
    (
        "expired-root",
        "depth=3 O = Digital Signature Trust Co., CN = DST Root CA X3\nverify error:num=10:certificate has expired\nnotAfter=Sep 30 14:01:15 2021 GMT",
    ),
    (
        "untrusted-root",
        "VERIFY ERROR: depth=1, error=unable to get local issuer certificate: C=GB, O=Sectigo Limited, CN=Sectigo RSA",
    ),
    ("missing-intermediate", "error 20 at 0 depth lookup:unable to get local issuer certificate"),
    ("expired-intermediate", "error 10 at 1 depth lookup: certificate has expired"),
    ("untrusted-root", "error 20 at 1 depth lookup: unable to get local issuer certificate"),
    (
        "missing-intermediate",
        "client SSL certificate verify error: (20:unable to get local issuer certificate) while reading client request headers",
    ),
    ("wrong-purpose", "client SSL certificate verify error: (26:unsupported certificate purpose)"),
    (
        "missing-intermediate",
        "2026/11/21 10:00:00 [crit] 12#12: *3 SSL_do_handshake() failed (SSL: error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:SSL alert number 48) while SSL handshaking, client: 1.2.3.4, server: 0.0.0.0:443",
    ),
    (
        "missing-intermediate",
        "http: TLS handshake error from 10.0.0.1:1234: remote error: tls: unknown certificate authority",
    ),
    ("missing-intermediate", "http: TLS handshake error from 10.0.0.1:1234: remote error: tls: bad certificate"),
    ("missing-intermediate", "javax.net.ssl.SSLHandshakeException: Received fatal alert: certificate_unknown"),
    (
        "missing-intermediate",
        "postfix/smtp[123]: certificate verification failed for mx.example.com[1.2.3.4]:25: untrusted issuer /C=US/O=Let's Encrypt/CN=R3",
    ),
    (
        "self-signed-leaf",
        "postfix/smtp[1]: certificate verification failed for mx[1.2.3.4]:25: self-signed certificate",
    ),
    (
        "missing-intermediate",
        "Error response from daemon: Get \"https://registry/v2/\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
    ),
    ("missing-intermediate", "Unable to connect to the server: x509: certificate signed by unknown authority"),
    ("key-mismatch", "tls: private key does not match public key"),
    ("no-certificate", "tls: failed to find any PEM data in certificate input"),
    (
        "not-a-ca",
        "x509: certificate signed by unknown authority (possibly because of \"x509: cannot sign this kind of certificate: parent certificate cannot sign this kind of certificate\" while trying to verify candidate authority certificate \"CA\")",
    ),
    (
        "bad-signature",
        "x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\" while trying to verify candidate authority certificate \"Test CA\")",
    ),
    (
        "missing-intermediate",
        "ERROR 2026 (HY000): SSL connection error: error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed",
    ),
    ("missing-intermediate", "MongoServerSelectionError: unable to verify the first certificate"),
    ("missing-intermediate", "Trust anchor for certification path not found."),
    ("missing-intermediate", "Failed to establish chain from reply"),
    (
        "verify-depth",
        "AH02040: Certificate Verification: Certificate Chain too long (chain has 2 certificates, but maximum allowed are only 1)",
    ),
    ("chain-too-long", "verify error:num=22:certificate chain too long"),
    ("missing-intermediate", "AH02039: Certificate Verification: Error (20): unable to get local issuer certificate"),
    (
        "missing-intermediate",
        "[client 1.2.3.4] AH02276: Certificate Verification: Error (21): unable to verify the first certificate [subject: CN=client / issuer: CN=Sub CA]",
    ),
    (
        "missing-intermediate",
        "SSL_connect returned=1 errno=0 state=error: certificate verify failed (unable to get local issuer certificate) (OpenSSL::SSL::SSLError)",
    ),
    (
        "missing-intermediate",
        "SSL_connect returned=1 errno=0 state=SSLv3 read server certificate B: certificate verify failed",
    ),
    (
        "missing-intermediate",
        "PHP Warning:  stream_socket_client(): SSL operation failed with code 1. OpenSSL Error messages:\nerror:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed",
    ),
    (
        "host-mismatch",
        "PHP Warning: stream_socket_enable_crypto(): Peer certificate CN=`*.example.com' did not match expected CN=`mail.example.org'",
    ),
    (
        "missing-intermediate",
        "GuzzleHttp\\Exception\\RequestException: cURL error 60: SSL certificate problem: unable to get local issuer certificate (see https://curl.haxx.se/libcurl/c/libcurl-errors.html)",
    ),
    ("missing-intermediate", "Can't connect to example.com:443 (certificate verify failed)"),
    (
        "missing-intermediate",
        "500 Can't connect to example.com:443 (SSL connect attempt failed error:0A000086:SSL routines::certificate verify failed)",
    ),
    (
        "missing-intermediate",
        "ERROR Tunnel server: TLS handshake with edge error: x509: certificate signed by unknown authority",
    ),
    (
        "missing-intermediate",
        "NSURLErrorDomain Code=-1202 \"The certificate for this server is invalid. You might be connecting to a server that is pretending to be “example.com”\"",
    ),
    ("missing-intermediate", "CFNetwork SSLHandshake failed (-9807)"),
    ("missing-intermediate", "errSSLXCertChainInvalid"),
    ("untrusted-root", "error: x509: “example.com” certificate is not trusted"),
    ("no-san", "x509: “example.com” certificate is not standards compliant"),
    ("missing-intermediate", "mbedtls_ssl_handshake returned -0x2700"),
    ("missing-intermediate", "MBEDTLS_X509_BADCERT_NOT_TRUSTED"),
    ("missing-intermediate", "The certificate is not correctly signed by the trusted CA"),
    ("missing-intermediate", "wolfSSL error: ASN no signer error to confirm failure"),
    (
        "missing-intermediate",
        "** (Mint.TransportError) TLS client: In state wait_cert_cr at ssl_handshake.erl:2098 generated CLIENT ALERT: Fatal - Unknown CA",
    ),
    (
        "missing-intermediate",
        "{:tls_alert, {:unknown_ca, 'TLS client: In state certify at ssl_handshake.erl generated CLIENT ALERT: Fatal - Unknown CA'}}",
    ),
    ("missing-intermediate", "TLS Error: {bad_cert,unknown_ca}"),
    (
        "missing-intermediate",
        "ldap_start_tls: Connect error (-11) additional info: error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed (unable to get local issuer certificate)",
    ),
    ("self-signed-leaf", "TLS certificate verification: Error, self signed certificate"),
    (
        "untrusted-root",
        "TLS certificate verification: depth: 1, err: 19, subject: /CN=CA, issuer: /CN=CA\nTLS certificate verification: Error, self signed certificate in certificate chain",
    ),
    (
        "missing-intermediate",
        "LOG4: CERT: Pre-verification error: unable to get local issuer certificate\nLOG4: Rejected by CERT at depth=0: CN=example.com",
    ),
    ("missing-intermediate", "no issuer certificate found for \"C=US, O=Let's Encrypt, CN=R3\""),
    (
        "missing-intermediate",
        "failed: [host] => {\"changed\": false, \"msg\": \"Failed to validate the SSL certificate for example.com:443. Make sure your managed systems have a valid CA certificate installed.",
    ),
    (
        "untrusted-root",
        "depth=1 C = US, CN = My Root CA\nverify error:num=19:self-signed certificate in certificate chain",
    ),
    (
        "missing-intermediate",
        "CONNECTED(00000003)\ndepth=0 CN = shop.example.com\nverify error:num=20:unable to get local issuer certificate\nverify return:1\ndepth=0 CN = shop.example.com\nverify error:num=21:unable to verify the first certificate\nverify return:1\n---\nCertificate chain\n 0 s:CN = shop.example.com\n   i:C = US, O = Acme, CN = Acme CA\n---\nServer certificate\nVerify return code: 21 (unable to verify the first certificate)",
    ),
    (
        "untrusted-root",
        "CONNECTED(00000003)\ndepth=1 CN = Acme CA\nverify error:num=20:unable to get local issuer certificate\n---\nCertificate chain\n 0 s:CN = shop.example.com\n   i:CN = Acme CA\n 1 s:CN = Acme CA\n   i:CN = Acme Root\n---\nVerify return code: 20 (unable to get local issuer certificate)",
    ),
    ("no-certificate", "tls: failed to find any PEM data in key input"),
    (
        "missing-intermediate",
        "The server certificate used by the backend is not signed by a well-known Certificate Authority (CA).",
    ),
    ("missing-intermediate", "The Intermediate certificate is missing from the backend server chain."),
    ("leaf-not-first", "The Leaf certificate is not topmost certificate in the chain presented by the backend."),
    ("missing-intermediate", "Error code: 526 Invalid SSL certificate"),
    ("revoked", "NET::ERR_CERT_REVOKED"),
    ("revoked", "SEC_ERROR_REVOKED_CERTIFICATE"),
    ("weak-signature", "Algorithm constraints check failed on signature algorithm: SHA1withRSA"),
    ("weak-signature", "[SSL: CA_MD_TOO_WEAK] ca md too weak (_ssl.c:3862)"),
    ("weak-key", "[SSL: EE_KEY_TOO_SMALL] ee key too small (_ssl.c:3845)"),
    ("key-mismatch", "[SSL: KEY_VALUES_MISMATCH] key values mismatch (_ssl.c:3862)"),
    ("damaged-pem", "ssl.SSLError: [SSL] PEM lib (_ssl.c:4065)"),
    ("not-strict", "certificate verify failed: Missing Authority Key Identifier (_ssl.c:1028)"),
    ("not-strict", "certificate verify failed: Basic Constraints of CA cert not marked critical (_ssl.c:1032)"),
    ("unknown-critical-extension", "x509: unhandled critical extension"),
    (
        "name-constraint-violated",
        "x509: a root or intermediate certificate is not authorized to sign for this name: DNS name \"a.b\" is not permitted by any constraint",
    ),
    ("wrong-purpose", "x509: certificate specifies an incompatible key usage"),
    ("wrong-purpose", "VERIFY EKU ERROR"),
    ("malformed-certificate", "x509: negative serial number"),
    ("malformed-certificate", "tls: failed to parse certificate from server: x509: invalid basic constraints"),
    ("search-budget", "x509: signature check attempts limit reached while verifying certificate chain"),
    (
        "untrusted-root",
        "A certificate chain processed, but terminated in a root certificate which is not trusted by the trust provider.",
    ),
    ("missing-intermediate", "Das Remotezertifikat ist laut Validierungsverfahren ungültig."),
    ("missing-intermediate", "根据验证过程，远程证书无效。"),
    ("host-mismatch", "pg: server certificate for \"db.internal\" does not match host name \"10.0.0.5\""),
    ("host-mismatch", "x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs"),
    ("expired-leaf", "WARNING: Certificate for server expired 3 days ago"),
    ("expires-soon", "SSL WARNING - Certificate 'example.com' expires in 13 day(s)"),
    ("misordered", "Found certificate chain in wrong order"),
    ("key-mismatch", "Error: error:0B080074:x509 certificate routines:X509_check_private_key:key values mismatch"),
];

/// Failures that no chain mends, and errors that are not of TLS.
const NONE: &[&str] = &[
    "curl: (35) error:14094410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure",
    "curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to example.com:443",
    "curl: (35) error:1408F10B:SSL routines:ssl3_get_record:wrong version number",
    "curl: (77) error setting certificate verify locations:  CAfile: /etc/ssl/certs/ca.pem CApath: none",
    "curl: (35) schannel: next InitializeSecurityContext failed: Unknown error (0x80092012) - The revocation function was unable to check revocation for the certificate.",
    "nginx: [emerg] cannot load certificate \"/etc/nginx/cert.pem\": BIO_new_file() failed (SSL: error:02001002:system library:fopen:No such file or directory:fopen('/etc/nginx/cert.pem','r') error:2006D080:BIO routines:BIO_new_file:no such file)",
    "SSL_ERROR_NO_CYPHER_OVERLAP",
    "http: TLS handshake error from 10.0.0.1:1234: EOF",
    "http: TLS handshake error from 10.0.0.1:1234: tls: first record does not look like a TLS handshake",
    "javax.net.ssl.SSLHandshakeException: Received fatal alert: handshake_failure",
    "Received fatal alert: protocol_version",
    "psql: error: connection to server at \"db\" (10.0.0.1), port 5432 failed: root certificate file \"/root/.postgresql/root.crt\" does not exist\nEither provide the file or change sslmode to disable server certificate verification.",
    "connection refused",
    "Segmentation fault (core dumped)",
    "dial tcp: lookup foo.example.com: no such host",
    "CONNECTED(00000003)\nCertificate chain\n 0 s:CN = shop.example.com\n   i:CN = Acme CA\n---\nVerify return code: 0 (ok)",
    "tls: client didn't provide a certificate",
    "remote error: tls: handshake failure",
    "ssl.SSLEOFError: EOF occurred in violation of protocol (_ssl.c:1129)",
    "error:0A000152:SSL routines::unsafe legacy renegotiation disabled",
    "[SSL: DH_KEY_TOO_SMALL] dh key too small",
    "Enter PEM pass phrase: bad decrypt",
    "ERR_SSL_VERSION_OR_CIPHER_MISMATCH",
    "The connection to the database timed out",
    "make: *** [all] Error 2",
    "error 404 not found",
    "npm ERR! code ERESOLVE",
    "Traceback (most recent call last): KeyError: 'certificate'",
    "Permission denied (publickey).",
    "fatal: not a git repository",
    "OOMKilled exit code 137",
    "disk quota exceeded",
    "bash: chainmend: command not found",
    "error: could not compile `foo` due to 3 previous errors",
    "HTTP 500 Internal Server Error",
    "ERROR 1045 (28000): Access denied for user 'root'@'localhost'",
    "No space left on device",
    "panic: runtime error: index out of range [5] with length 3",
    "java.lang.NullPointerException: Cannot invoke \"String.length()\"",
    "TypeError: undefined is not a function",
    "ModuleNotFoundError: No module named 'requests'",
    "kernel: Out of memory: Killed process 123 (java)",
    "ssh: connect to host example.com port 22: Connection refused",
    "fatal: Authentication failed for 'https://git.example.com/'",
    "E: Unable to locate package foo",
    "docker: Error response from daemon: manifest for foo:latest not found",
    "413 Request Entity Too Large",
    "JSON.parse: unexpected end of data",
    "the quick brown fox jumps over the lazy dog",
    "issue a certificate for shop.example.com",
    "depth=1 is all there is",
    "20",
    "error 20",
    "1 2 3",
    "",
    "\n\n",
];

#[test]
fn texts_point_to_their_rule() {
    let mut wrong = Vec::new();
    for (first, text) in FIRST.iter().filter(|(first, _)| first.parse::<Rule>().is_ok()) {
        let got = rules(text);
        if got.first() != Some(first) {
            wrong.push(format!("{first} expected, got {got:?}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (first, _) in FIRST {
        assert!(first.parse::<Rule>().is_ok() || DESIGNED.contains(first), "{first}");
    }
}

#[test]
fn what_is_not_about_a_chain_has_no_rule() {
    for text in NONE {
        assert_eq!(rules(text), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn the_depth_tells_the_leaf_from_its_issuers() {
    let expired =
        |depth: &str| rules(&format!("{depth}\nverify error:num=10:certificate has expired\nverify return:1"));
    assert_eq!(expired("depth=0 CN = shop.example.com"), ["expired-leaf"]);
    assert_eq!(expired("depth=1 CN = Acme TLS CA")[..2], ["expired-intermediate", "expired-root"]);
    assert_eq!(expired("depth=2 CN = Acme Root G2")[0], "expired-root");
    assert_eq!(expired("")[..2], ["expired-leaf", "expired-intermediate"]);
    assert_eq!(rules("certificate has expired (depth 1)")[0], "expired-intermediate");
    assert_eq!(rules("error 10 at 0 depth lookup: certificate has expired"), ["expired-leaf"]);
    // A setting is no depth.
    assert_eq!(rules("ssl_verify_depth 1; certificate has expired")[0], "expired-leaf");
    assert_eq!(rules("depth=1 CN = X\n20: unable to get local issuer certificate")[0], "untrusted-root");
    assert_eq!(rules("depth=0 CN = X\n20: unable to get local issuer certificate")[0], "missing-intermediate");
}

#[test]
fn a_date_that_is_known_tells_which_root_expired() {
    let text = "x509: certificate has expired or is not yet valid: current time 2021-10-01T00:00:00Z is after 2021-09-30T14:01:15Z";
    assert_eq!(rules(text)[..2], ["expired-root", "stale-cross-sign"]);
}

/// ```text
/// leaf ── intermediate ── root        which of them the server sent
/// ```
#[test]
fn a_listing_of_the_chain_outweighs_the_message() {
    let said = "PKIX path building failed: unable to find valid certification path to requested target\n";
    let listed = |list: &str| rules(&format!("{said}Certificate chain\n{list}---\n"));
    let leaf = " 0 s:CN = a.example\n   i:CN = CA\n";
    assert_eq!(listed(leaf), ["missing-intermediate", "untrusted-root"]);
    assert_eq!(listed(" 0 s:CN = a.example\n   i:CN = a.example\n")[0], "self-signed-leaf");
    assert_eq!(listed(&format!("{leaf} 1 s:CN = CA\n   i:CN = Root\n"))[0], "untrusted-root");
    let whole = listed(&format!("{leaf} 1 s:CN = CA\n   i:CN = Root\n 2 s:CN = Root\n   i:CN = Root\n"));
    assert!(whole.contains(&"root-included"), "{whole:?}");
    let gap = listed(&format!("{leaf} 1 s:CN = Other CA\n   i:CN = Root\n"));
    assert_eq!(gap[0], "missing-intermediate");
    assert!(gap.contains(&"unrelated"), "{gap:?}");
    // Nothing was refused: only what is wrong with the list itself counts.
    assert_eq!(rules(&format!("{leaf}Verify return code: 0 (ok)")), Vec::<&str>::new());
    assert_eq!(rules(&format!("{leaf}{}Verify return code: 0 (ok)", leaf.replace(" 0 s", " 1 s"))), ["duplicate"]);
}

#[test]
fn an_alert_is_the_other_sides_word() {
    let server = diagnose(b"SSL_do_handshake() failed (SSL: error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:SSL alert number 48) while SSL handshaking, client: 192.0.2.7");
    assert_eq!(server.rules()[0], Rule::MissingIntermediate);
    assert_eq!(server.remarks, ["the alert came from a client: look at the chain that this server sends"]);
    // The same words about an alert that was sent are this side's own refusal.
    let sent =
        diagnose(b"* TLSv1.3 (OUT), TLS alert, unknown CA (560):\n* SSL certificate problem: self-signed certificate");
    assert_eq!((sent.rules(), sent.remarks.len()), (vec![Rule::SelfSignedLeaf], 0));
    assert_eq!(rules("SSL alert number 45")[0], "expired-leaf");
    assert_eq!(rules("The TLS protocol defined fatal alert code is 48.")[0], "missing-intermediate");
}

#[test]
fn a_servers_words_about_its_clients_are_told_apart() {
    let got = diagnose(b"client SSL certificate verify error: (20:unable to get local issuer certificate) while reading client request headers");
    assert!(got.client);
    assert!(!diagnose(b"curl: (60) SSL certificate problem: unable to get local issuer certificate").client);
    // 22 is the depth that the verifier was set to, 25 the path length that a CA allows.
    assert_eq!(rules("(25:path length constraint exceeded)"), ["path-length-exceeded"]);
    assert!(rules("(22:certificate chain too long)").contains(&"chain-too-long"));
}

#[test]
fn pasted_logs_are_read_whatever_they_went_through() {
    for text in [
        "2026-11-21T10:00:00Z web1 nginx[12]: \u{1b}[31munable to get local issuer certificate\u{1b}[0m",
        "unable to get local issuer certi\r\nficate",
        "unable to get local\nissuer certificate",
        "{\"msg\":\"Error: unable to get local issuer certificate\\n    at TLSSocket\"}",
        "{\\\"err\\\":\\\"unable\\u0020to get local issuer certificate\\\"}",
        "UNABLE TO GET LOCAL ISSUER CERTIFICATE",
        "> unable to get local issuer&nbsp;certificate",
        "unable%20to%20get%20local%20issuer%20certificate",
        "Fehler beim Prüfen (verify error:num=20:lokales Ausstellerzertifikat fehlt)",
        "証明書の検証に失敗しました (Verify return code: 20)",
    ] {
        assert_eq!(rules(text).first(), Some(&"missing-intermediate"), "{text:?}");
    }
}

#[test]
fn host_and_file_are_taken_from_the_text() {
    let got = diagnose(
        b"nginx: [emerg] cannot load certificate \"/etc/nginx/site.pem\": PEM_read_bio_X509() failed (bad end line)",
    );
    assert_eq!(got.file.as_deref(), Some("/etc/nginx/site.pem"));
    let got = diagnose(b"Get \"https://shop.example.com/v2/\": x509: certificate signed by unknown authority");
    assert_eq!(got.host.as_deref(), Some("shop.example.com"));
}

#[test]
fn an_unknown_text_gets_the_nearest() {
    let got = diagnose(b"the certificate of the peer has long expired");
    assert!(got.causes.is_empty() && got.elsewhere.is_none());
    assert!(got.nearest.iter().any(|near| near.rule == Some(Rule::ExpiredLeaf)), "{:?}", got.nearest);
    assert!(diagnose(b"the quick brown fox jumps").nearest.is_empty());
}
