//! What the library is handed: roots and sources. Making them costs nothing until one is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chainmend::KnownStore;
use chainmend::cert::escape;
use chainmend::report::path_of;
use chainmend::roots::{RootStore, Roots, RootsError};
use chainmend::source::files::LoadError;
use chainmend::source::{
    AiaSource, Cache, CacheSource, Fetch, FetchError, Fetched, Guard, HttpFetch, IssuerSource, Limits, LocalSource,
    Proxies,
};
use chainmend::verify::{Revoked, RevokedList};
use url::Url;

use crate::cachecmd;
use crate::input;
use crate::jobs::Waits;
use crate::problem::{Problem, shown};
use crate::settings::Settings;

/// The trust anchors that were asked for.
pub fn roots(settings: &Settings) -> Result<Arc<Roots>, Problem> {
    let roots = Roots::load_for(&settings.roots, settings.partial_chain, settings.repair.purpose);
    roots.map(Arc::new).map_err(|error| match error {
        RootsError::Read { path, error } => {
            input::with_near_names(Problem::io("read the roots in", &path_of(&path), &error), &path_of(&path))
        }
        RootsError::Empty { path } => Problem::new(format!("no certificate in the roots {}", escape(&path))),
        other => Problem::new(escape(&other.to_string())),
    })
}

fn unloaded(error: LoadError) -> Problem {
    match error {
        LoadError::Read { path, error } => {
            input::with_near_names(Problem::io("read the intermediates in", &path, &error), &path)
        }
        LoadError::Empty { path } => Problem::new(format!("no certificate in the intermediates {}", shown(&path))),
        LoadError::TooDeep { .. } => nothing_in(&error).help("name that folder, or one further down"),
        LoadError::Damaged { .. } | LoadError::TooMany { .. } => nothing_in(&error),
        other => Problem::new(escape(&other.to_string())),
    }
}

fn nothing_in(why: &LoadError) -> Problem {
    Problem::new(format!("no certificate in the intermediates: {}", escape(&why.to_string())))
}

/// Stores that were not asked for, so that the help can name the one that would trust a root.
pub fn known_elsewhere(settings: &Settings) -> Vec<KnownStore> {
    let known =
        [(RootStore::System, "your system", "--roots system"), (RootStore::Mozilla, "Mozilla", "--roots mozilla")];
    let others = known.into_iter().filter(|(store, ..)| !settings.roots.contains(store));
    others
        .filter_map(|(store, who, option)| {
            let roots = Arc::new(Roots::load(&[store], false).ok()?);
            Some(KnownStore { who: who.to_owned(), option: option.to_owned(), roots })
        })
        .collect()
}

/// Where missing issuers come from, in the order in which they are asked.
pub struct Sources {
    /// The sources themselves.
    pub list: Vec<Arc<dyn IssuerSource>>,
    /// What the imported reports, and those among `--intermediates`, say of revoked certificates.
    pub revoked: Revoked,
    /// `--intermediates`.
    local: Option<Arc<LocalSource>>,
    cache: Option<Arc<Cache>>,
    /// How many requests were made so far.
    pub requests: Arc<AtomicUsize>,
    /// Who waits for a server.
    pub waits: Arc<Waits>,
}

/// The network, with a count of what was asked and of who waits for it.
struct Watched {
    network: HttpFetch,
    requests: Arc<AtomicUsize>,
    waits: Arc<Waits>,
}

impl Fetch for Watched {
    fn get(&self, url: &Url, limits: Limits) -> Result<Vec<u8>, FetchError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.waits.during(|| self.network.get(url, limits))
    }

    fn fetch(&self, url: &Url, limits: Limits) -> Result<Fetched, FetchError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.waits.during(|| self.network.fetch(url, limits))
    }

    fn while_waiting(&self, wait: &mut dyn FnMut()) {
        self.waits.during(wait);
    }
}

impl Sources {
    /// `--intermediates`, the cache, and, unless `--offline`, the network.
    pub fn of(settings: &Settings) -> Result<Self, Problem> {
        let mut list: Vec<Arc<dyn IssuerSource>> = Vec::new();
        let (requests, waits) = (Arc::default(), Arc::default());
        let mut revoked = Revoked::default();
        let mut given = None;
        if !settings.intermediates.is_empty() {
            let local = Arc::new(LocalSource::load(&settings.intermediates).map_err(unloaded)?);
            if !local.revoked().is_empty() {
                revoked = RevokedList::new(local.revoked().iter().copied(), None).into();
            }
            given = Some(Arc::clone(&local));
            list.push(local);
        }
        let cache = cachecmd::folder(settings.cache_dir.clone()).ok().map(|folder| Arc::new(Cache::new(folder)));
        if let Some(cache) = &cache {
            list.push(Arc::new(CacheSource::new(Arc::clone(cache))));
            let cache = Arc::clone(cache);
            revoked = revoked.and(Revoked::lazy(move || cache.revoked().clone()));
        }
        if !settings.repair.offline {
            let guard = Guard::new(settings.allow_aia.clone());
            let network = HttpFetch::new(guard).proxies(Proxies::from_env());
            let (requests, waits) = (Arc::clone(&requests), Arc::clone(&waits));
            let network = AiaSource::new(Arc::new(Watched { network, requests, waits }));
            list.push(Arc::new(match &cache {
                Some(cache) => network.cache(Arc::clone(cache)),
                None => network,
            }));
        }
        Ok(Self { list, revoked, local: given, cache, requests, waits })
    }

    /// What could not be read of `--intermediates`.
    pub fn lost(&self) -> Vec<String> {
        self.local.iter().flat_map(|local| local.warnings()).map(|warning| escape(&warning)).collect()
    }

    /// The same, and what the cache has to say for itself.
    pub fn warnings(&self) -> Vec<String> {
        let none = || vec!["no folder for the cache: there is no home directory; set CHAINMEND_CACHE_DIR".to_owned()];
        let cache = self.cache.as_ref().map_or_else(none, |cache| cache.warnings());
        self.lost().into_iter().chain(cache).collect()
    }
}
