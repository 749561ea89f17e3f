//! What stands beside a file with nothing but a leaf: certbot and Apache keep leaf and chain in files
//! of their own, so that such a file may be right as it is.

#![expect(clippy::disallowed_methods, reason = "reads the files of a folder that is searched")]

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chainmend::bundle::{self, Bundle};
use chainmend::cert::{Certificate, Fingerprint, NameKey};
use chainmend::leaf::{self, Identified, Wanted};
use chainmend::verify::{self, Signatures};

use crate::input;

/// The largest file that is read for it: a list of all public roots has 240 KiB, a chain a few.
const MAX_BYTES: u64 = 1024 * 1024;

/// Chains go by these names too: Sectigo sends NAME.ca-bundle, HAProxy reads NAME.issuer.
const ALSO_CALLED: &[&str] = &["ca-bundle", "bundle", "chain", "issuer", "ca"];

/// So many certificates are kept in mind, over all folders, before all is forgotten and read again
/// where it is needed. At 2 KiB each that is 64 MiB, reached by a search of 32,000 sites.
const MAX_KEPT: usize = 32_768;

/// So many certificates of one name are tried as the issuer: CAs have a few of each, and a check costs
/// as much as looking at a file.
const MAX_NAMESAKES: usize = 16;

/// What makes a file that holds a leaf alone a part of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Companion {
    /// A file that starts with the same leaf and goes on.
    FullChain(PathBuf),
    /// A file without a leaf that holds its issuer.
    Issuer(PathBuf),
}

/// What the folders hold; each is read once, when it is first asked about.
#[derive(Debug, Default)]
pub struct Beside {
    folders: Mutex<Folders>,
}

#[derive(Debug, Default)]
struct Folders {
    read: HashMap<PathBuf, Arc<OnceLock<Folder>>>,
    kept: usize,
}

/// A certificate, and the file that holds it.
type Held = (Arc<Certificate>, Arc<OsStr>);

/// The files of a folder by what a leaf needs of them.
#[derive(Debug, Default)]
struct Folder {
    /// Files that start with a leaf and go on, by the leaf.
    full: HashMap<Fingerprint, OsString>,
    /// Certificates of files without a leaf, by subject, each once.
    issuers: HashMap<NameKey, Vec<Held>>,
    known: HashSet<Fingerprint>,
    /// How many certificates are kept.
    kept: usize,
}

/// The one certificate of a bundle that holds nothing else: no chain, no key, and no block that
/// might have been one.
pub fn lone_leaf(bundle: &Bundle) -> Option<&Arc<Certificate>> {
    let (_, first) = bundle.certificates().next()?;
    let lone = bundle.certificates().all(|(_, other)| other == first) && !bundle.has_lost_certificate();
    (lone && !bundle.has_private_key() && leaf_of(bundle).as_ref() == Some(first)).then_some(first)
}

/// The leaf of a bundle, as far as the certificates tell.
fn leaf_of(bundle: &Bundle) -> Option<Arc<Certificate>> {
    match identify(bundle) {
        Identified::Leaf(leaf) => Some(leaf),
        _ => None,
    }
}

fn identify(bundle: &Bundle) -> Identified {
    let certificates: Vec<Arc<Certificate>> = bundle.certificates().map(|(_, c)| Arc::clone(c)).collect();
    let nothing_more = Wanted {
        fingerprint: None,
        owns_key: &|_| None,
        key_is_named: false,
        serves_host: &|_| None,
        sent_first: None,
        is_named_root: &|_| false,
    };
    leaf::identify(&certificates, &nothing_more)
}

impl Beside {
    /// What makes `path`, which holds `leaf` alone, a part of something, if anything does.
    pub fn companion(&self, path: &Path, leaf: &Certificate, signatures: &Signatures) -> Option<Companion> {
        let place = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let cell = Arc::clone(self.lock().read.entry(place.to_owned()).or_default());
        let mut read_now = 0;
        let folder = cell.get_or_init(|| {
            let folder = Folder::read(place);
            read_now = folder.kept;
            folder
        });
        self.remember(read_now);
        let name_in_folder = |name: &OsStr| path.with_file_name(name);
        if let Some(name) = folder.full.get(&leaf.fingerprint()) {
            return Some(Companion::FullChain(name_in_folder(name)));
        }
        let named = folder.issuers.get(leaf.issuer_key()).map(Vec::as_slice).unwrap_or_default();
        let mut likely = named.iter().filter(|(issuer, _)| verify::key_ids_agree(leaf, issuer)).take(MAX_NAMESAKES);
        let issuer = likely.find(|(issuer, _)| verify::link_fault(leaf, issuer, signatures).is_none());
        issuer.map(|(_, name)| Companion::Issuer(name_in_folder(name)))
    }

    fn remember(&self, more: usize) {
        let mut folders = self.lock();
        folders.kept += more;
        if folders.kept > MAX_KEPT {
            *folders = Folders::default();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Folders> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Folder {
    /// A folder that cannot be read holds nothing that could be pointed to.
    fn read(place: &Path) -> Self {
        let entries = fs::read_dir(place).into_iter().flatten().flatten();
        let mut names: Vec<OsString> = entries.map(|entry| entry.file_name()).filter(|name| may_be(name)).collect();
        names.sort_unstable();
        let mut folder = Self::default();
        for name in names {
            let path = place.join(&name);
            let small = || fs::metadata(&path).is_ok_and(|metadata| metadata.len() <= MAX_BYTES);
            if let Some(input) = small().then(|| input::read_found(&path).ok()).flatten() {
                folder.add(&name, &bundle::read_owned("", input.bytes));
            }
        }
        folder
    }

    fn add(&mut self, name: &OsStr, bundle: &Bundle) {
        match identify(bundle) {
            Identified::Leaf(leaf) => {
                let mut certificates = bundle.certificates().map(|(_, certificate)| certificate);
                if certificates.next() == Some(&leaf) && certificates.any(|other| *other != leaf) {
                    self.full.entry(leaf.fingerprint()).or_insert_with(|| name.to_owned());
                    self.kept += 1;
                }
            }
            Identified::None | Identified::TrustStore => {
                let name: Arc<OsStr> = name.into();
                for (_, certificate) in bundle.certificates() {
                    if self.kept < MAX_KEPT && self.known.insert(certificate.fingerprint()) {
                        let of_that_name = self.issuers.entry(certificate.entity().subject.clone()).or_default();
                        of_that_name.push((Arc::clone(certificate), Arc::clone(&name)));
                        self.kept += 1;
                    }
                }
            }
            _ => {}
        }
    }
}

fn may_be(name: &OsStr) -> bool {
    let extension = Path::new(name).extension().and_then(OsStr::to_str).unwrap_or_default();
    super::EXTENSIONS.iter().chain(ALSO_CALLED).any(|known| extension.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, Issuer, KeyPair, PKCS_ED25519};

    use super::*;

    type Ca = CertifiedIssuer<'static, KeyPair>;

    fn params(name: &str, ca: bool) -> CertificateParams {
        let names = if ca { Vec::new() } else { vec![name.to_owned()] };
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.use_authority_key_identifier_extension = true;
        if ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        params
    }

    fn key() -> KeyPair {
        KeyPair::generate_for(&PKCS_ED25519).unwrap()
    }

    fn root(name: &str) -> Ca {
        Ca::self_signed(params(name, true), key()).unwrap()
    }

    fn leaf(name: &str, issuer: &Issuer<'static, KeyPair>) -> rcgen::Certificate {
        params(name, false).signed_by(&key(), issuer).unwrap()
    }

    fn companion(beside: &Beside, folder: &Path, leaf: &rcgen::Certificate) -> Option<Companion> {
        let leaf = Certificate::from_der(leaf.der()).unwrap();
        beside.companion(&folder.join("cert.pem"), &leaf, &Signatures::default())
    }

    /// ca ─ leaf; and a CA of the same name
    #[test]
    fn a_chain_beside_a_leaf_is_found_and_its_folder_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let (ca, namesake) = (root("CA"), root("CA"));
        let (own, other) = (leaf("a.example", &ca), leaf("b.example", &ca));
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        let ask = |leaf| companion(&Beside::default(), folder.path(), leaf);
        write("cert.pem", own.pem());
        write("namesake.pem", namesake.pem());
        write("reversed.pem", ca.pem() + &own.pem());
        assert_eq!(ask(&own), None);
        write("a.chain", ca.pem());
        assert_eq!(ask(&own), Some(Companion::Issuer(folder.path().join("a.chain"))));
        write("z.pem", own.pem() + &ca.pem());
        let beside = Beside::default();
        assert_eq!(companion(&beside, folder.path(), &own), Some(Companion::FullChain(folder.path().join("z.pem"))));
        fs::remove_file(folder.path().join("a.chain")).unwrap();
        assert_eq!(companion(&beside, folder.path(), &other), Some(Companion::Issuer(folder.path().join("a.chain"))));
        assert_eq!(ask(&other), None);
    }

    #[test]
    fn what_is_too_large_or_called_otherwise_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let ca = root("CA");
        let own = leaf("a.example", &ca);
        fs::write(folder.path().join("chain.txt"), ca.pem()).unwrap();
        let large = folder.path().join("chain.pem");
        fs::write(&large, ca.pem() + &"#".repeat(usize::try_from(MAX_BYTES).unwrap())).unwrap();
        assert_eq!(companion(&Beside::default(), folder.path(), &own), None);
        fs::write(&large, ca.pem()).unwrap();
        assert!(companion(&Beside::default(), folder.path(), &own).is_some());
    }

    #[test]
    fn what_is_kept_in_mind_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let ca = root("CA");
        let own = leaf("a.example", &ca);
        fs::write(folder.path().join("chain.pem"), ca.pem()).unwrap();
        let beside = Beside::default();
        assert!(companion(&beside, folder.path(), &own).is_some());
        let kept = || {
            let folders = beside.lock();
            (folders.read.len(), folders.kept)
        };
        assert_eq!(kept(), (1, 1));
        beside.remember(MAX_KEPT);
        assert_eq!(kept(), (0, 0));
        assert!(companion(&beside, folder.path(), &own).is_some());

        let ca = Arc::new(Certificate::from_der(ca.der()).unwrap());
        let mut full = Folder { kept: MAX_KEPT, ..Folder::default() };
        full.add(OsStr::new("chain.pem"), &bundle::read("", own.pem().as_bytes()));
        full.add(OsStr::new("chain.pem"), &bundle::read("", &fs::read(folder.path().join("chain.pem")).unwrap()));
        assert_eq!((full.issuers.len(), full.kept), (0, MAX_KEPT));
        let mut fresh = Folder::default();
        fresh.add(OsStr::new("chain.pem"), &bundle::read("", &fs::read(folder.path().join("chain.pem")).unwrap()));
        assert_eq!(fresh.issuers[&ca.entity().subject].len(), 1);
    }

    /// Certificates of one name and without key identifiers: more than are tried hide the right one.
    #[test]
    fn of_many_namesakes_some_are_tried() {
        let mut right = params("CA", true);
        right.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(vec![1]);
        let ca = Ca::self_signed(right, key()).unwrap();
        let own = leaf("a.example", &ca);
        for (namesakes, found) in [(MAX_NAMESAKES - 1, true), (MAX_NAMESAKES, false)] {
            let folder = tempfile::tempdir().unwrap();
            for number in 0..namesakes {
                let mut namesake = params("CA", true);
                namesake.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(vec![1]);
                let namesake = Ca::self_signed(namesake, key()).unwrap();
                fs::write(folder.path().join(format!("a{number}.pem")), namesake.pem()).unwrap();
            }
            fs::write(folder.path().join("z.pem"), ca.pem()).unwrap();
            assert_eq!(companion(&Beside::default(), folder.path(), &own).is_some(), found, "{namesakes}");
        }
    }

    #[test]
    fn a_lone_leaf_has_neither_chain_nor_key_nor_damaged_certificates_beside_it() {
        let ca = root("CA");
        let (own, key) = (leaf("a.example", &ca), key());
        let lone = |text: String| lone_leaf(&bundle::read("", text.as_bytes())).is_some();
        assert!(lone(own.pem()));
        assert!(lone(own.pem() + &own.pem()));
        assert!(!lone(own.pem() + &ca.pem()));
        assert!(!lone(ca.pem()));
        assert!(!lone(own.pem() + &key.serialize_pem()));
        assert!(!lone(own.pem() + &ca.pem()[..ca.pem().len() / 2]));
        assert!(!lone(String::new()));
    }
}
