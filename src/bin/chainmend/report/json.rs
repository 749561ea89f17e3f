//! Version 1: one document, or a line for each bundle. `samples/report.schema.json` describes both.

use chainmend::cert::Time;
use chainmend::report::BundleReport;
use serde::Serialize;

use super::{Ending, Form, Said, Teller};
use crate::problem::Problem;

/// The version of the reports.
const VERSION: u32 = 1;

/// One bundle in the document.
pub fn bundle(report: &BundleReport) -> String {
    written(report)
}

/// A bundle on a line of its own.
pub fn line(at: Time, report: &BundleReport) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        version: u32,
        at: Time,
        #[serde(flatten)]
        bundle: &'a BundleReport,
    }
    written(&Line { version: VERSION, at, bundle: report }) + "\n"
}

/// JSON of what cannot fail to be JSON: strings, numbers and lists.
pub fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The document as it grows.
#[derive(Default)]
pub struct Json {
    any: bool,
}

impl Form for Json {
    fn begin(&mut self, teller: &Teller<'_>) -> String {
        format!("{{\"version\":{VERSION},\"at\":{},\"bundles\":[", written(&teller.settings.at))
    }

    fn add(&mut self, said: Said) -> String {
        let Said::Whole(bundle) = said else { return String::new() };
        if std::mem::replace(&mut self.any, true) { format!(",{bundle}") } else { bundle }
    }

    fn end(&mut self, _teller: &Teller<'_>, ending: &Ending, put: &mut dyn FnMut(&str)) -> Result<(), Problem> {
        let problems: Vec<chainmend::report::Problem> = ending.problem.iter().map(Into::into).collect();
        put(&format!("],\"problems\":{}}}\n", written(&problems)));
        Ok(())
    }
}
