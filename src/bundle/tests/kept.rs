//! Blocks that are no certificates: keys, requests, parameters, and what is commented out.

use super::*;

#[test]
fn keys_are_kept_and_their_bytes_told_to_nobody() {
    let present = "private-key-present info: a private key stands in this file";
    let text = format!("{}{}{}", MADE.key, pem(0), pem(1));
    expect(&text, Form::Pem, &[0, 1], &[&format!("1 {present}")]);
    let bundle = read("f", text.as_bytes());
    assert!(bundle.has_private_key() && bundle.is_plain_pem());
    let expected = ItemKind::PrivateKey { label: "PRIVATE KEY".into(), der: Some(MADE.key_der.clone()) };
    assert_eq!(bundle.items[0].kind, expected);

    let rsa = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    let encrypted = armour("ENCRYPTED PRIVATE KEY", &MADE.key_der);
    let openssh = armour("OPENSSH PRIVATE KEY", b"openssh-key-v1\0");
    for key in [rsa, &encrypted, &openssh] {
        expect(format!("{key}{}", pem(0)), Form::Pem, &[0], &[&format!("1 {present}")]);
        let bundle = read("f", key.as_bytes());
        assert!(matches!(&bundle.items[0].kind, ItemKind::PrivateKey { der: None, .. }));
    }

    // Damaged keys are told of, never quoted, and written anew where they could be read.
    let base64: String = MADE.key.lines().nth(1).unwrap().to_owned();
    for (damaged, can_be_read) in [
        (MADE.key.replacen("MIG", "%IG", 1), false),
        (MADE.key.replacen(&base64, "", 1), false),
        (MADE.key.replacen("MIG", "MI%", 1), false),
        (armour("PRIVATE KEY", &MADE.key_der[..40]), false),
        // What is left of it happens to begin as a value of ten bytes does.
        (
            format!("-----BEGIN PRIVATE KEY-----\n%{base64}\nMAoAAAAAAAAAAAAAAAAAAAAA\n-----END PRIVATE KEY-----\n"),
            false,
        ),
        (MADE.key.replace("-----END", "END"), true),
        (format!("  {}", MADE.key), true),
        (armour("CERTIFICATE", &MADE.key_der), true),
        (MADE.key.split_once('\n').unwrap().1.to_owned(), true),
    ] {
        let bundle = read("f", format!("{damaged}{}", pem(0)).as_bytes());
        assert!(bundle.has_private_key() && !bundle.is_plain_pem(), "{damaged}\n{:#?}", bundle.findings);
        assert_eq!(bundle.certificates().count(), 1);
        assert_eq!(bundle.is_beyond_mending(), !can_be_read, "{damaged}\n{:#?}", bundle.findings);
        assert_eq!(bundle.is_undamaged(), !can_be_read);
        let key = bundle.items.iter().find(|item| matches!(item.kind, ItemKind::PrivateKey { .. })).unwrap();
        assert_eq!(key.mended.as_ref(), can_be_read.then_some(&MADE.key_der), "{damaged}");
        let said = format!("{:?}", bundle.findings);
        assert!(!said.contains(&base64[4..12]), "{said}");
    }
}

#[test]
fn other_blocks() {
    let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    let pgp = "-----BEGIN PGP SIGNATURE-----\nVersion: 2\n\niQEz\n=abcd\n-----END PGP SIGNATURE-----\n";
    let text = format!("{}{parameters}{}{pgp}", MADE.request, pem(0));
    clean(&text, &[0]);
    let kinds: Vec<ItemKind> = read("f", text.as_bytes()).items.into_iter().map(|i| i.kind).collect();
    assert_eq!(kinds[0], ItemKind::Other("CERTIFICATE REQUEST".into()));
    assert_eq!(kinds[1], ItemKind::Other("EC PARAMETERS".into()));
    assert_eq!(kinds[3], ItemKind::Other("PGP SIGNATURE".into()));
    // Damage that rewriting mends is an error on any block; what it cannot mend is a warning.
    let glued = format!("{}-----BEGIN X-----\n-----END X-----\n", pem(0).trim_end());
    let h = height();
    let glue = format!("{h} damaged-pem error: the BEGIN line is glued to the line before it");
    let empty = format!("{h} damaged-pem error: in X: nothing stands between BEGIN and END");
    expect(glued, Form::Pem, &[0], &[&glue, &empty]);
    let bad = format!("-----BEGIN DH PARAMETERS-----\n%\n-----END DH PARAMETERS-----\n{}", pem(0));
    let message = "2 damaged-pem error: in DH PARAMETERS: a line holds `%`, which is no base64";
    expect(&bad, Form::Pem, &[0], &[message]);
    assert!(read("f", bad.as_bytes()).is_beyond_mending());
    let whole = format!("-----BEGIN DH PARAMETERS-----\n{}\n-----END DH PARAMETERS-----\n", STANDARD.encode([0x30, 0]));
    let spoilt = whole.replace("-----BEGIN", "  -----BEGIN") + &pem(0);
    expect(&spoilt, Form::Pem, &[0], &["1 damaged-pem error: in DH PARAMETERS: the BEGIN line is indented"]);
    assert_eq!(read("f", spoilt.as_bytes()).items[0].mended.as_deref(), Some(&[0x30, 0][..]));
    // Good base64 of no whole value: readers of certificates pass over it.
    let odd = format!("-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n{}", pem(0));
    expect(odd, Form::Pem, &[0], &["1 unreadable-block warning: the content of X509 CRL is no whole DER value"]);
}

#[test]
fn what_is_commented_out_is_kept_and_not_read() {
    for sign in ["# ", "#", "// ", "; "] {
        let comment = |text: &str| text.lines().map(|line| format!("{sign}{line}\n")).collect::<String>();
        let text = format!("{}{}{}", pem(0), comment(&pem(1)), pem(2));
        clean(&text, &[0, 2]);
        let bundle = read("f", text.as_bytes());
        assert_eq!(bundle.items[1].kind, ItemKind::Other("CERTIFICATE (commented out)".into()));
        assert_eq!(&text.as_bytes()[bundle.items[1].span.clone()], comment(&pem(1)).as_bytes());
        assert!(read("f", format!("{}{}", pem(0), comment(&MADE.key)).as_bytes()).has_private_key());
    }
}
