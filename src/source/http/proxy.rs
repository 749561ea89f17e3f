//! Which proxies the user's environment asks for.

#![expect(clippy::disallowed_methods, reason = "the usual variables are the only way in which proxies are configured")]

use std::env;
use std::fmt;

use reqwest::{ClientBuilder, NoProxy, Proxy};
use url::{Host, Url};

use super::super::FetchError;

/// The proxies for http and https, and the hosts that are reached without one.
#[derive(Clone, Default)]
pub struct Proxies {
    http: Option<String>,
    https: Option<String>,
    none_for: String,
}

/// Without the credentials that a proxy's URL may hold.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies").field("hosts", &self.hosts()).field("none_for", &self.none_for).finish()
    }
}

impl Proxies {
    /// Proxies as in the variables' values: `http://user:password@proxy.corp:3128`, or without the
    /// scheme; `none_for` as in NO_PROXY: names with their subdomains, addresses, blocks, `*`.
    pub fn new(http: Option<&str>, https: Option<&str>, none_for: &str) -> Self {
        let with_scheme = |text: &str| {
            let text = text.trim();
            let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
            (!text.is_empty()).then_some(whole)
        };
        Self {
            http: http.and_then(with_scheme),
            https: https.and_then(with_scheme),
            none_for: none_for.trim().to_owned(),
        }
    }

    /// What HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say, in either case, as reqwest reads
    /// them. Nothing under CGI, where a request can set HTTP_PROXY (CVE-2016-5385).
    pub fn from_env() -> Self {
        if env::var_os("REQUEST_METHOD").is_some() {
            return Self::default();
        }
        let get = |upper: &str, lower: &str| {
            let value = env::var(upper).or_else(|_| env::var(lower)).ok();
            value.filter(|value| !value.trim().is_empty())
        };
        let all = get("ALL_PROXY", "all_proxy");
        let http = get("HTTP_PROXY", "http_proxy").or_else(|| all.clone());
        let https = get("HTTPS_PROXY", "https_proxy").or(all);
        Self::new(http.as_deref(), https.as_deref(), &get("NO_PROXY", "no_proxy").unwrap_or_default())
    }

    /// The hosts of the proxies, as a resolver is asked for them.
    pub(super) fn hosts(&self) -> Vec<String> {
        let urls = [&self.http, &self.https].into_iter().flatten().filter_map(|text| Url::parse(text).ok());
        urls.filter_map(|url| url.host_str().map(str::to_owned)).collect()
    }

    /// Whether one of the proxies is itself reached over TLS.
    pub(super) fn need_tls(&self) -> bool {
        [&self.http, &self.https].into_iter().flatten().any(|text| text.starts_with("https://"))
    }

    /// Whether the client with proxies is the one to ask for `url`; it may still go without one,
    /// for the sake of NO_PROXY.
    ///
    /// # Errors
    /// When the proxy for it cannot be used: going round it is not what the user asked for.
    pub(super) fn applies_to(&self, url: &Url) -> Result<bool, FetchError> {
        let proxy = if url.scheme() == "https" { &self.https } else { &self.http };
        let Some(proxy) = proxy else { return Ok(false) };
        match Url::parse(proxy) {
            Ok(proxy) if matches!(proxy.scheme(), "http" | "https") && proxy.has_host() => {}
            Ok(proxy) => {
                return Err(FetchError::Other(format!(
                    "a {} proxy is not supported, only http and https",
                    proxy.scheme()
                )));
            }
            Err(_) => return Err(FetchError::Other("the proxy in the environment is no URL".to_owned())),
        }
        let is_proxy = |name: &str| self.hosts().iter().any(|host| host == name);
        Ok(!matches!(url.host(), Some(Host::Domain(name)) if is_proxy(name)))
    }

    pub(super) fn add_to(&self, mut builder: ClientBuilder) -> reqwest::Result<ClientBuilder> {
        let none_for = || NoProxy::from_string(&self.none_for);
        if let Some(http) = &self.http {
            builder = builder.proxy(Proxy::http(http)?.no_proxy(none_for()));
        }
        if let Some(https) = &self.https {
            builder = builder.proxy(Proxy::https(https)?.no_proxy(none_for()));
        }
        Ok(builder)
    }
}
