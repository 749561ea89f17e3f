//! A finding or a problem in plain text, for reports that have no place for its parts.

use chainmend::cert::escape;
use chainmend::report::{Finding, Severity, Verdict};

use crate::judged::Judged;
use crate::problem::Problem;
use crate::render::{self, View, is_told_by_another};

/// The findings to tell: of bundles that need attention those that the user did not let pass, and each
/// fact once.
pub fn told(judged: &Judged) -> impl Iterator<Item = &Finding> {
    let wanted = judged.needs_attention() || judged.had_it;
    judged
        .findings()
        .filter(move |(finding, ignored)| wanted && !ignored && !is_told_by_another(finding, judged))
        .map(|(finding, _)| finding)
}

/// Whether it is a matter of the past: the file has been mended.
pub fn is_over(finding: &Finding, judged: &Judged) -> bool {
    finding.fixed && judged.report.verdict == Verdict::Repaired
}

/// What is so, who breaks, and what was or can be done: a line each.
pub fn lines(finding: &Finding, judged: &Judged, view: &View) -> Vec<String> {
    let rule = (view.words)(finding.rule);
    let said = if finding.message.is_empty() { rule.title } else { &finding.message };
    let name = finding.certificate.as_ref().map(|certificate| certificate.short.as_str()).unwrap_or_default();
    let mut lines =
        vec![if name.is_empty() { escape(said) } else { format!("\"{}\": {}", escape(name), escape(said)) }];
    if is_over(finding, judged) {
        lines.extend(finding.action.iter().map(|action| format!("fixed: {}", escape(action))));
        return lines;
    }
    if finding.severity > Severity::Info {
        lines.extend(rule.breaks.map(|breaks| format!("breaks {breaks}")));
    }
    lines.extend(match mend(judged, view).filter(|_| finding.fixed) {
        Some(command) => Some(format!("mend it: {command}")),
        None => finding
            .help
            .as_deref()
            .map(|help| format!("help: {}", help.lines().map(escape).collect::<Vec<_>>().join("; "))),
    });
    lines
}

/// What could not be done, and what to type instead.
pub fn problem(problem: &Problem) -> String {
    let help = problem.help.as_ref().map(|help| format!("\nhelp: {help}"));
    format!("{}{}", problem.message, help.unwrap_or_default())
}

/// The command that mends the bundle, if one does.
pub fn mend(judged: &Judged, view: &View) -> Option<String> {
    if judged.report.verdict != Verdict::Repairable {
        return None;
    }
    match &judged.refusal {
        Some(refusal) => refusal.help.clone(),
        None => Some(format!("chainmend fix -i{} {}", view.carry, render::names(judged).join(" "))),
    }
}

/// Where no finding says why a bundle needs attention: that it does.
pub fn otherwise(judged: &Judged, view: &View) -> Option<String> {
    if judged.code == 0 || !judged.problems.is_empty() || told(judged).next().is_some() {
        return None;
    }
    Some(match mend(judged, view) {
        Some(command) => format!("it would be written anew: {command}"),
        None => "it cannot be mended".to_owned(),
    })
}
