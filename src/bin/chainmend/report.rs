//! The report out: text to standard error, JSON to standard output, either to a file.

use std::time::Duration;

use chainmend::report::Report;

use crate::args::{Color, ReportForm};
use crate::judged::Judged;
use crate::output::{self, Guard};
use crate::problem::Problem;
use crate::render::{self, View};
use crate::settings::Settings;
use crate::terminal;

/// Reports what came of the bundles.
pub fn report(settings: &Settings, judged: &[Judged], took: Duration, color: Color) -> Result<(), Problem> {
    match settings.report {
        ReportForm::Text => {
            let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            let text = render::text(judged, &View::new(settings, milliseconds, terminal::stdout_is_terminal()));
            match &settings.report_file {
                Some(path) => output::write(path, terminal::plain(&text).into_bytes(), Guard::NoKey).map(|_| ()),
                None => {
                    terminal::stderr_text(&text, color);
                    Ok(())
                }
            }
        }
        ReportForm::Json => {
            let problems = judged.iter().flat_map(|j| &j.problems);
            if settings.quiet < 2 {
                problems.for_each(|p| terminal::stderr_text(&render::problem(p, ""), color));
            }
            let bytes = json(settings, judged)?;
            match &settings.report_file {
                Some(path) => output::write(path, bytes, Guard::NoKey).map(|_| ()),
                None => terminal::stdout(&bytes),
            }
        }
    }
}

fn json(settings: &Settings, judged: &[Judged]) -> Result<Vec<u8>, Problem> {
    let report = Report::new(settings.at, judged.iter().map(|j| j.report.clone()).collect());
    let mut bytes =
        serde_json::to_vec(&report).map_err(|error| Problem::new(format!("cannot make the report: {error}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}
