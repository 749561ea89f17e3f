//! What the environment says, and what holds where an option is typed as well: the option.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use chainmend::roots::RootStore;
use clap::ValueEnum;

use crate::args::{self, ReportForm};
use crate::problem::Problem;

/// What the environment says.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `CHAINMEND_ROOTS`.
    pub roots: Option<OsString>,
    /// `CHAINMEND_INTERMEDIATES`.
    pub intermediates: Option<OsString>,
    /// `CHAINMEND_OFFLINE`.
    pub offline: Option<OsString>,
    /// `CHAINMEND_TIMEOUT`.
    pub timeout: Option<OsString>,
    /// `CHAINMEND_REPORT`.
    pub report: Option<OsString>,
    /// `CHAINMEND_CACHE_DIR`.
    pub cache_dir: Option<OsString>,
    /// `CHAINMEND_PASSWORD`.
    pub password: Option<OsString>,
}

impl Environment {
    /// Reads it. A variable that is empty is as good as none.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn read() -> Self {
        let var = |name: &str| std::env::var_os(format!("CHAINMEND_{name}")).filter(|value| !value.is_empty());
        Self {
            roots: var("ROOTS"),
            intermediates: var("INTERMEDIATES"),
            offline: var("OFFLINE"),
            timeout: var("TIMEOUT"),
            report: var("REPORT"),
            cache_dir: var("CACHE_DIR"),
            password: var("PASSWORD"),
        }
    }

    /// Which stores are trusted; `None` where nobody says.
    pub fn roots(&self, typed: &[RootStore]) -> Option<Vec<RootStore>> {
        if !typed.is_empty() {
            return Some(typed.to_vec());
        }
        let stores: Vec<_> = paths(self.roots.as_deref()?).into_iter().map(args::root_store).collect();
        Some(stores).filter(|stores| !stores.is_empty())
    }

    /// Which certificates are used before any fetch.
    pub fn intermediates(&self, typed: Vec<PathBuf>) -> Vec<PathBuf> {
        match &self.intermediates {
            Some(list) if typed.is_empty() => paths(list),
            _ => typed,
        }
    }

    /// Whether `CHAINMEND_OFFLINE` asks to stay offline.
    pub fn is_offline(&self) -> bool {
        self.offline.as_deref().is_some_and(|value| {
            let is_no = value.is_empty() || value == "0" || value.eq_ignore_ascii_case("false");
            !is_no
        })
    }

    /// How long fetching may take; `None` where nobody says.
    pub fn timeout(&self, typed: Option<u64>) -> Result<Option<Duration>, Problem> {
        let seconds = match (typed, &self.timeout) {
            (Some(seconds), _) => Some(seconds),
            (None, None) => None,
            (None, Some(value)) => {
                let seconds = value.to_str().and_then(|text| text.trim().parse::<u64>().ok());
                let seconds = seconds.filter(|seconds| args::TIMEOUT_SECONDS.contains(seconds));
                Some(seconds.ok_or_else(|| {
                    Problem::new(format!("CHAINMEND_TIMEOUT is {}", value.display()))
                        .help("whole seconds are wanted, from 1 to 86400")
                })?)
            }
        };
        Ok(seconds.map(Duration::from_secs))
    }

    /// The form of the report.
    pub fn report(&self, typed: Option<ReportForm>) -> Result<ReportForm, Problem> {
        let Some(value) = self.report.as_deref().filter(|_| typed.is_none()) else {
            return Ok(typed.unwrap_or_default());
        };
        value.to_str().and_then(|name| ReportForm::from_str(name, false).ok()).ok_or_else(|| {
            Problem::new(format!("CHAINMEND_REPORT is {}", value.display()))
                .help("text, json, ndjson, sarif, github or prometheus is wanted")
        })
    }
}

/// A list as in PATH.
fn paths(list: &OsStr) -> Vec<PathBuf> {
    std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect()
}
