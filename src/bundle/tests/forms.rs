//! PKCS#7, binary files, bare base64 and documents.

use super::*;

/// DER, or BER with indefinite lengths from the outside in to the certificates.
fn pkcs7(certificates: &[&[u8]], indefinite: bool) -> Vec<u8> {
    let wrap = |tag: u8, content: Vec<u8>| {
        if indefinite {
            return [&[tag, 0x80][..], &content, &[0, 0]].concat();
        }
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x83][..], &length[1..], &content].concat()
    };
    let data = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let signed = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    let content = wrap(0xa0, wrap(0x24, vec![4, 1, 0]));
    let inner = [
        vec![2, 1, 1, 0x31, 0],
        wrap(0x30, [&data[..], &content].concat()),
        wrap(0xa0, certificates.concat()),
        vec![0x31, 0],
    ];
    wrap(0x30, [&signed[..], &wrap(0xa0, wrap(0x30, inner.concat()))].concat())
}

#[test]
fn pkcs7_in_every_coat() {
    for indefinite in [false, true] {
        let bytes = pkcs7(&[der(0), der(1), der(1), der(2)], indefinite);
        expect(&bytes, Form::Pkcs7, &[0, 1, 1, 2], &[]);
        let ordinals: Vec<_> = read("f", &bytes).items.iter().map(|i| i.lines).collect();
        assert_eq!(ordinals, [(1, 1), (2, 2), (3, 3), (4, 4)]);
        expect([&bytes[..], b"\n"].concat(), Form::Pkcs7, &[0, 1, 1, 2], &[]);
        let trailing = "4 damaged-pem error: 4 bytes follow that are no certificate";
        expect([&bytes[..], b"junk"].concat(), Form::Pkcs7, &[0, 1, 1, 2], &[trailing]);
        let trailing = "4 damaged-pem error: 1 byte follows that is no certificate";
        expect([&bytes[..], b"j"].concat(), Form::Pkcs7, &[0, 1, 1, 2], &[trailing]);
        for label in ["PKCS7", "CMS"] {
            expect(armour(label, &bytes), Form::Pkcs7, &[0, 1, 1, 2], &[]);
        }
        let under = "1 damaged-pem error: PKCS#7 stands under the label CERTIFICATE";
        expect(armour("CERTIFICATE", &bytes), Form::Pem, &[0, 1, 1, 2], &[under]);
        let mixed = "1 damaged-pem error: certificates stand in a PKCS7 block, which servers do not read";
        expect(armour("PKCS7", &bytes) + &pem(0), Form::Pem, &[0, 1, 1, 2, 0], &[mixed]);
        expect(STANDARD.encode(&bytes), Form::Base64, &[0, 1, 1, 2], &[]);
        assert_eq!(certificates_in(&bytes).len(), 4);
        // Cut off in the third certificate: the two before it are read.
        let cut = &bytes[..bytes.len() - der(2).len() - der(1).len()];
        let (form, certificates, findings) = told(cut);
        assert_eq!((form, certificates), (Form::Pkcs7, vec![0, 1]));
        assert!(findings[0].starts_with("1 unreadable-block error: the PKCS#7 is cut short"), "{findings:?}");
    }
    expect(pkcs7(&[], false), Form::Pkcs7, &[], &[]);
}

#[test]
fn binary_files() {
    expect(der(0), Form::Der, &[0], &[]);
    expect([der(0), der(1), der(0), b"\n"].concat(), Form::Der, &[0, 1, 0], &[]);
    let bundle = read("f", &[der(0), der(1)].concat());
    assert_eq!(bundle.items[1].lines, (2, 2));
    assert_eq!(&bundle.text[bundle.items[1].span.clone()], der(1));
    let junk = "1 damaged-pem error: 6 bytes follow that are no certificate";
    expect([der(0), b"\x01\x02junk"].concat(), Form::Der, &[0], &[junk]);
    expect(
        [der(0), &der(1)[..80]].concat(),
        Form::Der,
        &[0],
        &["1 damaged-pem error: a value that is cut short follows"],
    );
    let (form, _, findings) = told(&der(0)[..100]);
    assert_eq!(form, Form::Der);
    assert!(findings[0].starts_with("1 unreadable-block error: the certificate is cut short: 100 of "), "{findings:?}");
    // PEM behind DER, and DER among PEM.
    assert_eq!(told([der(0), pem(1).as_bytes()].concat()).1, [0, 1]);
    let among = [pem(0).as_bytes(), der(1), pem(2).as_bytes()].concat();
    let (form, certificates, findings) = told(&among);
    assert_eq!((form, certificates), (Form::Pem, vec![0, 1, 2]));
    let line = height() + 1;
    assert!(
        findings.contains(&format!("{line} damaged-pem error: a certificate in DER stands among text")),
        "{findings:?}"
    );
    // Whose last byte looks like a dash of the marker that follows.
    let dashed = [&der(1)[..der(1).len() - 1], b"-"].concat();
    let among = read("f", &[pem(0).as_bytes(), &dashed, pem(2).as_bytes()].concat());
    let held: Vec<&[u8]> = among.certificates().map(|(_, c)| c.der()).collect();
    assert_eq!(held, [der(0), &dashed[..], der(2)]);
    let key = read("f", &MADE.key_der);
    let expected = ItemKind::PrivateKey { label: "PRIVATE KEY".into(), der: Some(MADE.key_der.clone()) };
    assert_eq!((key.form, &key.items[0].kind), (Form::Der, &expected));
}

#[test]
fn a_key_that_is_shorter_than_any_certificate() {
    // PKCS#8 of Ed25519 (RFC 8410 §7) and SEC 1 of P-256 (RFC 5915 §3), with keys of nobody.
    let ed25519 = [&[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20][..], &[7; 32]].concat();
    let sec1 = [&[0x30, 0x25, 2, 1, 1, 4, 0x20][..], &[7; 32]].concat();
    for (bytes, label) in [(ed25519, "PRIVATE KEY"), (sec1, "EC PRIVATE KEY")] {
        let bundle = read("f", &bytes);
        let expected = ItemKind::PrivateKey { label: label.into(), der: Some(bytes.clone()) };
        assert_eq!(bundle.items.iter().map(|i| &i.kind).collect::<Vec<_>>(), [&expected]);
    }
    // Text may start with `0`, too.
    for text in ["0\"x", "0\x0c\x02\x01 and so on\n", "0001"] {
        assert_eq!(read("f", text.as_bytes()).form, Form::Unknown, "{text:?}");
    }
}

#[test]
fn pkcs12_is_named_with_the_way_out() {
    let bytes = [&[0x30, 0x82, 1, 0, 2, 1, 3][..], &[0; 253]].concat();
    let bundle = read("my keys.p12", &bytes);
    assert_eq!(bundle.form, Form::Pkcs12);
    assert_eq!(bundle.findings[0].rule, Rule::UnreadableBlock);
    let help = bundle.findings[0].help.as_deref();
    assert_eq!(help, Some("openssl pkcs12 -in 'my keys.p12' -nokeys -out 'my keys.pem'"));
}

#[test]
fn base64_without_markers() {
    expect(body(0), Form::Base64, &[0], &[]);
    expect(body(0).replace('\n', "\r\n") + "\r\n", Form::Base64, &[0], &[]);
    expect(body(0).replace('\n', ""), Form::Base64, &[0], &[]);
    expect(format!("{}\n\n{}\n", body(0), body(1)), Form::Base64, &[0, 1], &[]);
    let bundle = read("f", format!("{}\n\n{}\n", body(0), body(1)).as_bytes());
    assert_eq!(bundle.items[1].lines, (height(), 2 * height() - 3));
}

#[test]
fn documents() {
    let json = format!("{{\n  \"cert\": \"{}\"\n}}\n", format!("{}{}", pem(0), pem(1)).replace('\n', "\\n"));
    expect(json, Form::Document, &[0, 1], &[]);
    let block = pem(0).replace('\n', "\n    ");
    expect(format!("tls:\n  crt: |\n    {block}\n"), Form::Document, &[0], &[]);
    let secret = format!("kind: Secret\ndata:\n  tls.crt: {}\n", STANDARD.encode(pem(0) + &pem(1)));
    expect(&secret, Form::Document, &[0, 1], &[]);
    assert_eq!(read("f", secret.as_bytes()).items[0].lines, (3, 3));
    // A string, an assignment or a tag of whatever language.
    for before in ["CERT=\"", "CERT='", "cert: \"", "export C=", "<pre>", "x := `", "[tls]\ncert = "] {
        expect(format!("{before}{}\n", pem(0).trim_end()), Form::Document, &[0], &[]);
    }
    expect(format!("C=\"{}\"\n", pem(0).replace('\n', "\\n")), Form::Document, &[0], &[]);
    // But not a quotation mark alone, nor text that lost its line end.
    for before in ["\"", "issued to us "] {
        assert_eq!(told(format!("{before}{}", pem(0))).0, Form::Pem);
    }
}

#[test]
fn escapes_of_every_kind() {
    let text = format!("{}{}", pem(0), pem(1));
    for (line_end, plus) in [("\\u000a", "\\u002B"), ("\\r\\n", "+"), ("\\\\n", "+")] {
        let json = format!("{{\"c\":\"{}\"}}", text.replace('\n', line_end).replace('+', plus).replace('=', "\\u003d"));
        expect(json, Form::Document, &[0, 1], &[]);
    }
    for line_end in ["&#10;", "&#xA;", "&#13;\n", "<br>\n", "<br/>\n"] {
        expect(format!("<c>{}</c>\n", text.replace('\n', line_end)), Form::Document, &[0, 1], &[]);
    }
    // As nginx escapes it for a header, and as a form sends it.
    let percent = text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D").replace('\n', "%0A");
    expect(percent.replace(' ', "%20"), Form::Document, &[0, 1], &[]);
    let form = format!("a=b&cert={}\n", percent.replace(' ', "+"));
    expect(&form, Form::Document, &[0, 1], &[]);
    assert_eq!(read("f", form.as_bytes()).items[1].lines, (1, 1));
}

#[test]
fn base64_within_other_text() {
    let wrapped = |i: usize, by: &str| body(i).replace('\n', &format!("\n{by}"));
    let bare = |i: usize| STANDARD.encode(der(i));
    for text in [
        format!("{{\"keys\":[{{\"x5c\":[\"{}\",\"{}\"]}}]}}", bare(0), bare(1)),
        format!(
            "<ds:X509Certificate>{}</ds:X509Certificate>\n<ds:X509Certificate>\n{}\n</ds:X509Certificate>",
            wrapped(0, ""),
            body(1)
        ),
        format!("<data>\n\t\t{}\n\t\t</data><data>{}</data>", wrapped(0, "\t\t"), bare(1)),
        format!("a: {}\nb: {}\n", bare(0), bare(1)),
        format!("- {}\n- {}\n", bare(0), bare(1)),
        format!("a={}\nb={}\n", bare(0), bare(1)),
        format!("<data>{}</data>", STANDARD.encode(pkcs7(&[der(0), der(1)], false))),
    ] {
        expect(&text, Form::Document, &[0, 1], &[]);
    }
    let lines = read("f", format!("- x\n- {}\n", bare(1)).as_bytes()).items[0].lines;
    assert_eq!(lines, (2, 2));
    // PEM in base64, wherever in a group its first marker falls, and wrapped.
    for before in ["", "x", "xy", "xyz", "Bag Attributes\n    localKeyID: 01\n"] {
        let inner = STANDARD.encode(format!("{before}\n{}{}", pem(0), pem(1)));
        expect(format!("data:\n  tls.crt: {inner}\n  b: 1\n"), Form::Document, &[0, 1], &[]);
        let lines: Vec<&str> = inner.as_bytes().chunks(76).map(|c| std::str::from_utf8(c).unwrap()).collect();
        if before.len() < 20 {
            expect(format!("  tls.crt: |\n    {}\n  b: 1\n", lines.join("\n    ")), Form::Document, &[0, 1], &[]);
        }
    }
    // Words that look like it.
    for text in ["MI", "MIssissippi", "a MIddle of MIlk\nMIxed", &"MI".repeat(200), "<data>MIIB</data>"] {
        assert_eq!(read("f", text.as_bytes()).items.len(), 0, "{text}");
    }
}
