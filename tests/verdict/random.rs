//! Random PKIs: a handful of entities, certificates among them, faults here and there.

use std::sync::Arc;

use chainmend::cert::{Certificate, Fingerprint, FingerprintPrefix, Time};
use chainmend::choose::PreferredRoot;
use chainmend::roots::Roots;
use chainmend::verify::Purpose;

use crate::support::pki::{self, Aki, Basic, Cert, Kind, Template, armour};
use crate::support::random::Random;

/// A certificate, and what was done to it.
pub struct Made {
    pub certificate: Arc<Certificate>,
    pub said: String,
    pub trusted: bool,
    pub in_file: bool,
    pub on_shelf: bool,
}

/// A PKI, and which part of it is where.
pub struct Drawn {
    pub leaf: Arc<Certificate>,
    leaf_said: String,
    pub made: Vec<Made>,
    seed: u64,
}

pub const LEAF_NAME: &str = "shop.example.com";

impl Drawn {
    pub fn new(number: u64) -> Self {
        let mut random = Random::new(number);
        let names = 2 + random.below(4);
        let mut entities: Vec<(usize, Template)> = (0..names).map(|n| (n, entity(n))).collect();
        if random.percent(25) {
            // Another key of a name that is there: a stranger, or a CA that changed its key.
            let n = random.below(names);
            entities.push((n, entity(n)));
        }
        let mut made = Vec::new();
        let mut serial = 100;
        for (subject, (_, template)) in entities.iter().enumerate() {
            if subject > 0 && random.percent(60) {
                let (template, said) = altered(template.clone(), &mut random, 4);
                // Nobody looks at a root's own signature.
                let root = Template { tampered: false, ..template }.serial(serial).self_signed();
                made.push(Made {
                    said: format!("E{subject} self-signed{said}"),
                    trusted: random.percent(55),
                    in_file: random.percent(20),
                    on_shelf: random.percent(30),
                    certificate: parsed(&root),
                });
                serial += 1;
            }
        }
        for _ in 0..2 + random.below(9) {
            let subject = random.below(entities.len());
            let mut issuer = random.below(entities.len());
            if subject == issuer || (issuer < subject && random.percent(70)) {
                issuer = (subject + 1 + random.below(2)) % entities.len();
            }
            if subject == issuer {
                continue;
            }
            let (template, said) = altered(entities[subject].1.clone(), &mut random, 6);
            let template = template.serial(serial);
            let wrong = &entities[random.below(entities.len())].1;
            let (template, said) = identified(template, said, wrong, &mut random);
            let signed = template.issued_by(&entities[issuer].1);
            made.push(Made {
                said: format!("E{subject} by E{issuer}{said}"),
                trusted: false,
                in_file: random.percent(70),
                on_shelf: random.percent(50),
                certificate: parsed(&signed),
            });
            serial += 1;
        }
        let template = Template::leaf(&[LEAF_NAME]).serial(1);
        let template = if number.is_multiple_of(4) { template } else { template.purposes(&[]) };
        let template = if random.percent(20) { template.aki(Aki::Absent) } else { template };
        let issuer = random.below(2.min(entities.len()));
        let leaf = template.issued_by(&entities[issuer].1);
        let leaf_said = format!("leaf by E{issuer}");
        Self { leaf: parsed(&leaf), leaf_said, made, seed: number }
    }

    pub fn at(&self) -> Time {
        // 2026-11-21
        Time::from_unix(1_795_219_200)
    }

    /// What the leaf is for: in every other PKI a server.
    pub fn purpose(&self) -> Purpose {
        match self.seed % 4 {
            1 => Purpose::Client,
            3 => Purpose::Any,
            _ => Purpose::Server,
        }
    }

    /// What stands in the file, shuffled.
    pub fn input(&self) -> Vec<Arc<Certificate>> {
        let mut input = vec![self.leaf.clone()];
        input.extend(self.made.iter().filter(|m| m.in_file).map(|m| m.certificate.clone()));
        Random::new(self.seed ^ 0xf11e).shuffle(&mut input);
        input
    }

    pub fn shelf(&self) -> Vec<Arc<Certificate>> {
        self.made.iter().filter(|m| m.on_shelf).map(|m| m.certificate.clone()).collect()
    }

    pub fn trusted(&self) -> Vec<Arc<Certificate>> {
        self.made.iter().filter(|m| m.trusted).map(|m| m.certificate.clone()).collect()
    }

    pub fn roots(&self) -> Roots {
        let again = |c: &Arc<Certificate>| Certificate::from_der(c.der()).unwrap();
        Roots::from_certificates("test", self.trusted().iter().map(again))
    }

    pub fn leaf_prefix(&self) -> FingerprintPrefix {
        self.leaf.fingerprint().to_string().parse().unwrap()
    }

    /// One of the trusted roots, or a name that nobody has.
    pub fn preferred_root(&self) -> PreferredRoot {
        let trusted = self.trusted();
        let mut random = Random::new(self.seed ^ 0x9007);
        match trusted.get(random.below(trusted.len() + 1)) {
            Some(root) if random.percent(50) => PreferredRoot::Name(root.short_name().to_uppercase()),
            Some(root) => PreferredRoot::Sha256(root.fingerprint().to_string().parse().unwrap()),
            None => PreferredRoot::Name("Nobody".to_owned()),
        }
    }

    pub fn pem(&self, certificates: &[Arc<Certificate>]) -> Vec<u8> {
        certificates.iter().map(|c| armour("CERTIFICATE", c.der())).collect::<String>().into_bytes()
    }

    fn name(&self, print: &Fingerprint) -> String {
        let position = self.made.iter().position(|m| m.certificate.fingerprint() == *print);
        position.map_or_else(|| "leaf".to_owned(), |i| format!("c{i}"))
    }

    pub fn names(&self, prints: &[Fingerprint]) -> Vec<String> {
        prints.iter().map(|print| self.name(print)).collect()
    }

    /// The PKI in words, for a test that fails.
    pub fn text(&self) -> String {
        let mut lines = vec![self.leaf_said.clone()];
        for (i, made) in self.made.iter().enumerate() {
            let flags = [(made.trusted, " TRUSTED"), (made.in_file, " FILE"), (made.on_shelf, " SHELF")];
            let flags: String = flags.iter().filter(|f| f.0).map(|f| f.1).collect();
            let name = made.certificate.short_name();
            lines.push(format!("c{i}: {} \"{name}\"{flags}", made.said));
        }
        let order: Vec<_> = self.input().iter().map(|c| self.name(&c.fingerprint())).collect();
        lines.push(format!("file: {}", order.join(" ")));
        lines.join("\n")
    }
}

fn entity(name: usize) -> Template {
    Template { key: Template::ca("").key(Kind::P256).key, ..Template::ca(&format!("CA {name}")) }
}

fn parsed(cert: &Cert) -> Arc<Certificate> {
    Arc::new(Certificate::from_der(cert.der()).unwrap())
}

/// With faults, each in so many of a hundred.
fn altered(template: Template, random: &mut Random, often: usize) -> (Template, String) {
    let mut template = template.until(["2050-01-01", "2051-01-01", "2052-01-01"][random.below(3)]);
    template = template.from(["2023-01-01", "2024-01-01"][random.below(2)]);
    let mut said = format!(" {}..{}", template.not_before, template.not_after);
    type Change = fn(Template) -> Template;
    let changes: [(&str, Change); 13] = [
        ("server only", |t| t.purposes(&[rcgen::ExtendedKeyUsagePurpose::ServerAuth])),
        ("expired", |t| t.until("2026-01-01")),
        ("not yet valid", |t| t.from("2027-01-01")),
        ("pathlen 0", |t| t.pathlen(0)),
        ("pathlen 0", |t| t.pathlen(0)),
        ("pathlen 1", |t| t.pathlen(1)),
        ("no CA", |t| t.basic(Basic::NotCa)),
        ("no keyCertSign", |t| t.usages(&[rcgen::KeyUsagePurpose::CrlSign])),
        ("client only", |t| t.purposes(&[rcgen::ExtendedKeyUsagePurpose::ClientAuth])),
        ("permits other", |t| t.permit(pki::subtree("dns:other.example"))),
        ("permits example.com", |t| t.permit(pki::subtree("dns:example.com"))),
        ("excludes CA 1", |t| t.exclude(pki::subtree("dir:CA 1"))),
        ("tampered", Template::tampered),
    ];
    for (what, change) in changes {
        if random.percent(often) {
            template = change(template);
            said = format!("{said} {what}");
        }
    }
    (template, said)
}

/// With other key identifiers, now and then.
fn identified(template: Template, said: String, wrong: &Template, random: &mut Random) -> (Template, String) {
    match random.below(20) {
        0 | 1 => (template.aki(Aki::Absent), format!("{said} no AKI")),
        2 => (template.no_ski(), format!("{said} no SKI")),
        // Whoever names its own key says that it is self-signed.
        3 if template.subject != wrong.subject => {
            (template.aki(Aki::KeyId(pki::key_id(&wrong.key))), format!("{said} some AKI"))
        }
        _ => (template, said),
    }
}
