//! What the library is handed: roots and sources. Nothing is made that is not needed.

use std::path::Path;
use std::sync::Arc;

use chainmend::bundle;
use chainmend::cert::{Certificate, escape};
use chainmend::path::Gap;
use chainmend::report::Source;
use chainmend::roots::{Roots, RootsError};
use chainmend::source::{Budget, Found, IssuerSource, Issuers};

use crate::input;
use crate::problem::{Problem, shown};
use crate::settings::Settings;

/// The trust anchors that were asked for.
pub fn roots(settings: &Settings) -> Result<Arc<Roots>, Problem> {
    let roots = Roots::load(&settings.roots, settings.partial_chain);
    roots.map(Arc::new).map_err(|error| match error {
        RootsError::Read { path, error } => Problem::io("read", Path::new(&path), &error),
        other => Problem::new(escape(&other.to_string())),
    })
}

/// Where missing issuers come from, in the order in which they are asked.
///
/// To be plugged in, as `chainmend::source` gains them: `LocalSource::load(&settings.intermediates)`
/// for [`AtHand`]; `CacheSource` over `Cache::open` of `cachecmd::folder(settings)`; and, unless
/// `settings.repair.offline`, `AiaSource` over `HttpFetch` with `settings.allow_aia`.
pub fn sources(settings: &Settings) -> Result<Vec<Arc<dyn IssuerSource>>, Problem> {
    let mut sources: Vec<Arc<dyn IssuerSource>> = Vec::new();
    if !settings.intermediates.is_empty() {
        sources.push(Arc::new(AtHand::read(settings)?));
    }
    Ok(sources)
}

/// The certificates of `--intermediates`.
struct AtHand(Vec<Arc<Certificate>>);

impl AtHand {
    fn read(settings: &Settings) -> Result<Self, Problem> {
        let mut certificates = Vec::new();
        for path in &settings.intermediates {
            let input = input::read(path)?;
            let before = certificates.len();
            certificates.extend(bundle::read(&input.name, &input.bytes).certificates().map(|(_, c)| Arc::clone(c)));
            if certificates.len() == before {
                return Err(Problem::new(format!("no certificate in {}", shown(path))));
            }
        }
        Ok(Self(certificates))
    }
}

impl IssuerSource for AtHand {
    fn issuers_of(&self, gap: &Gap, _budget: &mut Budget) -> Issuers {
        let fits = self.0.iter().filter(|c| c.entity().subject == *gap.child.issuer_key());
        let found =
            fits.map(|c| Found { certificate: Arc::clone(c), source: Source::Intermediates, url: None }).collect();
        Issuers { certificates: found, ..Issuers::default() }
    }
}
