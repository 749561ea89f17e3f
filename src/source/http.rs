//! The transport: HTTP and HTTPS by reqwest, under the guard of [`super::address`].
//!
//! What an answer can do is bounded here: how long it takes, how large it is once decompressed, how
//! often and where it redirects. What it holds is for the caller to say.

mod body;
mod failure;
mod ports;
mod proxy;

pub use proxy::Proxies;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response, redirect};
use tokio::runtime::{Builder, Handle};
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use super::address::{Forbidden, Guard};
use super::{Fetch, FetchError, Fetched, Limits};

/// Redirects that are followed, each to an address that is checked anew. Real issuers need one
/// (http to https, or to a content network); browsers stop at 20.
pub const MAX_REDIRECTS: usize = 5;

/// How long a connection may take to be made, all addresses of the name together: half of what a
/// request has, so that one dead address does not take it all.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

const USER_AGENT: &str = concat!("chainmend/", env!("CARGO_PKG_VERSION"));

/// Fetches over HTTP and HTTPS: GET only, no credentials, no cookies, no referer. Making one costs
/// nothing; the first fetch builds a client, and the first HTTPS fetch reads the platform's roots.
/// It may be shared by threads.
pub struct HttpFetch {
    guard: Arc<Guard>,
    proxies: Proxies,
    lookup: Arc<dyn Lookup>,
    clients: Mutex<HashMap<Kind, Client>>,
}

/// The clients differ in what they need to be built, and in whose name they may resolve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Kind {
    /// With the roots to verify a server: they take milliseconds to read.
    tls: bool,
    /// Through the proxies, where they apply.
    proxied: bool,
}

impl HttpFetch {
    /// A transport that asks what `guard` lets pass, without a proxy.
    pub fn new(guard: Guard) -> Self {
        let (guard, lookup) = (Arc::new(guard), Arc::new(System));
        Self { guard, proxies: Proxies::default(), lookup, clients: Mutex::default() }
    }

    /// With names resolved by this; whatever it says is checked as any address is.
    #[must_use]
    pub fn lookup(mut self, lookup: impl Lookup + 'static) -> Self {
        self.lookup = Arc::new(lookup);
        self
    }

    /// Through these proxies. A proxy is the user's own choice, so the guard does not apply to its
    /// address; names are then resolved by the proxy, while addresses in URLs are still checked.
    #[must_use]
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// What can be said of a URL before anything is asked.
    fn check(&self, url: &Url) -> Result<(), FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused(format!("{} is not fetched, only http and https", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("a URL with a user name or password is not fetched".to_owned()));
        }
        if let Some(port) = url.port().filter(|port| ports::is_bad(*port)) {
            return Err(refused(format!("port {port} is not asked: another protocol than HTTP has it")));
        }
        // The `url` crate has read every spelling of an address: 0x7f.1, 2130706433, 127.1.
        match url.host() {
            Some(Host::Ipv4(ip)) => self.guard.check(ip.into()).map_err(forbidden),
            Some(Host::Ipv6(ip)) => self.guard.check(ip.into()).map_err(forbidden),
            Some(Host::Domain(name)) if is_localhost(name) => {
                // RFC 6761 §6.3: these names are loopback whatever a resolver, or a proxy, says.
                let loopback = vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
                self.guard.filter(name, loopback).map(drop).map_err(forbidden)
            }
            Some(Host::Domain(_)) => Ok(()),
            None => Err(refused("the URL names no host".to_owned())),
        }
    }

    fn run(&self, url: &Url, limits: Limits) -> Result<Fetched, FetchError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| FetchError::Other(format!("cannot start fetching: {error}")))?;
        let until = Instant::from_std(limits.until);
        let answer = runtime.block_on(async {
            let answer = timeout_at(until, self.follow(url.clone(), limits.bytes)).await;
            answer.unwrap_or(Err(FetchError::TimedOut))
        });
        // Dropping a runtime waits for a resolver that hangs.
        runtime.shutdown_background();
        answer
    }

    async fn follow(&self, mut url: Url, most: usize) -> Result<Fetched, FetchError> {
        for _ in 0..=MAX_REDIRECTS {
            let request = self.client(&url)?.get(url.clone());
            let response = request.send().await.map_err(|error| failure::of(&error, &url))?;
            let status = response.status();
            if status.is_success() {
                let fresh_for = body::fresh_for(response.headers());
                return Ok(Fetched { body: body::read(response, most, &url).await?, fresh_for });
            }
            let Some(target) = redirect_target(&response, &url) else {
                let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
                let retry_after = retry_after.and_then(failure::retry_after);
                return Err(FetchError::Status { status: status.as_u16(), retry_after });
            };
            url = target?;
            self.check(&url).map_err(|error| after_redirect(error, &url))?;
        }
        Err(FetchError::TooManyRedirects(MAX_REDIRECTS))
    }

    fn client(&self, url: &Url) -> Result<Client, FetchError> {
        // A target of the proxy's own name is asked directly, so that whatever a client with
        // proxies resolves under that name can only be the proxy.
        let proxied = self.proxies.applies_to(url)?;
        let kind = Kind { tls: url.scheme() == "https" || (proxied && self.proxies.need_tls()), proxied };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&kind) {
            return Ok(client.clone());
        }
        let client = self.build(kind).map_err(|error| failure::of(&error, url))?;
        clients.insert(kind, client.clone());
        Ok(client)
    }

    fn build(&self, kind: Kind) -> reqwest::Result<Client> {
        if !kind.tls {
            return self.builder(kind)?.tls_certs_only([]).build();
        }
        // A container may have no roots: then Mozilla's.
        self.builder(kind)?.build().or_else(|_| {
            let mozilla = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
            let roots = mozilla.filter_map(|der| reqwest::Certificate::from_der(der).ok());
            self.builder(kind)?.tls_certs_only(roots).build()
        })
    }

    fn builder(&self, kind: Kind) -> reqwest::Result<reqwest::ClientBuilder> {
        let exempt = if kind.proxied { self.proxies.hosts() } else { Vec::new() };
        let builder = Client::builder()
            .user_agent(USER_AGENT)
            .default_headers(HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))]))
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            // Keep-alive against a naive server stalls for 40 ms, and there is nothing to keep.
            .pool_max_idle_per_host(0)
            .dns_resolver(GuardedResolver { guard: Arc::clone(&self.guard), lookup: Arc::clone(&self.lookup), exempt })
            .no_proxy();
        if kind.proxied { self.proxies.add_to(builder) } else { Ok(builder) }
    }
}

impl Fetch for HttpFetch {
    fn get(&self, url: &Url, limits: Limits) -> Result<Vec<u8>, FetchError> {
        self.fetch(url, limits).map(|fetched| fetched.body)
    }

    fn fetch(&self, url: &Url, limits: Limits) -> Result<Fetched, FetchError> {
        self.check(url)?;
        if Handle::try_current().is_err() {
            return self.run(url, limits);
        }
        // The caller is within a runtime of its own, and a thread has only one.
        let other = thread::scope(|scope| scope.spawn(|| self.run(url, limits)).join());
        other.unwrap_or_else(|_| Err(FetchError::Other("the fetch broke off".to_owned())))
    }
}

/// Where a redirect leads; `None` for an answer that is no redirect.
fn redirect_target(response: &Response, url: &Url) -> Option<Result<Url, FetchError>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(LOCATION)?;
    let location = String::from_utf8_lossy(location.as_bytes());
    Some(url.join(&location).map_err(|_| refused(format!("redirects to `{location}`, which is no URL"))))
}

fn after_redirect(error: FetchError, url: &Url) -> FetchError {
    match error {
        FetchError::Refused { why, option } => {
            let mut shown = url.clone();
            let _ = shown.set_password(None);
            FetchError::Refused { why: format!("redirects to {shown}: {why}"), option }
        }
        other => other,
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

fn refused(why: String) -> FetchError {
    FetchError::Refused { why, option: None }
}

fn forbidden(forbidden: Forbidden) -> FetchError {
    FetchError::Refused { why: forbidden.why, option: Some(forbidden.option) }
}

/// How names become addresses. The system's resolver does it unless another is given: a library that
/// asks a resolver of its own, or a test in which a name means something else every time.
pub trait Lookup: Send + Sync {
    /// The addresses of a name, in the order in which they are tried. It may block.
    ///
    /// # Errors
    /// When the name has none.
    fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

struct System;

impl Lookup for System {
    fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok((name, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
    }
}

/// Resolves names, and lets through only addresses that may be asked: reqwest connects to exactly
/// those, so that a name that resolves anew a moment later changes nothing.
struct GuardedResolver {
    guard: Arc<Guard>,
    lookup: Arc<dyn Lookup>,
    /// The names of the proxies, which the user chose.
    exempt: Vec<String>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let guard = (!self.exempt.contains(&name)).then(|| Arc::clone(&self.guard));
        let lookup = Arc::clone(&self.lookup);
        Box::pin(async move {
            let asked = name.clone();
            let mut addresses = tokio::task::spawn_blocking(move || lookup.addresses(&asked)).await??;
            if let Some(guard) = guard {
                addresses = guard.filter(&name, addresses)?;
            }
            // Port 0 stands for the port of the URL.
            let addresses = addresses.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
