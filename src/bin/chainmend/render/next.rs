//! The last lines: what to type next.

use chainmend::cert::escape;
use chainmend::report::{Finding, Severity, Verdict};
use chainmend::rules::Rule;
use chainmend::verify::Purpose;

use super::View;
use super::style::{BOLD, paint};
use crate::judged::Judged;
use crate::quote;
use crate::settings::Mode;

/// A suggested command names at most so many files: more are not typed but globbed.
const MAX_FILES: usize = 20;

/// After one bundle.
pub fn one(judged: &Judged, view: &View) -> String {
    if !judged.problems.is_empty() {
        return String::new();
    }
    if view.to_terminal && matches!(judged.report.verdict, Verdict::Ok | Verdict::Repaired) {
        return "nothing written; add -i or -o FILE\n".to_owned();
    }
    let lines = match judged.report.verdict {
        Verdict::Repairable => vec![mend(judged, view)],
        Verdict::Repaired if !judged.report.outputs.is_empty() => vec![reload(judged, view)],
        Verdict::Broken | Verdict::Incomplete => remedy(judged, view),
        _ => Vec::new(),
    };
    next(" ", &lines)
}

/// After several bundles.
pub fn many(judged: &[Judged], view: &View) -> String {
    let mut lines = Vec::new();
    let mendable: Vec<&Judged> = judged.iter().filter(|j| j.report.verdict == Verdict::Repairable).collect();
    let in_place: Vec<String> = mendable.iter().filter(|j| j.refusal.is_none()).flat_map(|j| names(j)).collect();
    if view.mode == Mode::Check && !in_place.is_empty() {
        let files = if in_place.len() > MAX_FILES { "FILES".to_owned() } else { in_place.join(" ") };
        lines.push(format!("chainmend fix -i{} {files}", view.carry));
        lines.extend(mendable.iter().filter_map(|j| j.refusal.as_ref()?.help.clone()));
    }
    if judged.iter().any(|j| j.report.verdict == Verdict::Repaired) {
        lines.push(reload_word(view).to_owned());
    }
    let expired = |j: &&Judged| unfixed(j).is_some_and(|f| f.rule == Rule::ExpiredLeaf);
    for one in judged.iter().filter(|j| j.report.verdict == Verdict::Broken).filter(expired).take(MAX_FILES) {
        lines.push(format!("renew {}: no chain can save it", names(one).join(" ")));
    }
    let more = judged.iter().any(|j| !matches!(j.report.verdict, Verdict::Ok | Verdict::Repaired | Verdict::Skipped));
    if more && !view.verbose {
        lines.push(format!("details: chainmend check -v{} FILE", view.carry));
    }
    next("", &lines)
}

fn next(indent: &str, lines: &[String]) -> String {
    let mut out = String::new();
    for (position, line) in lines.iter().enumerate() {
        let lead = if position == 0 { paint(BOLD, "next:") } else { "     ".to_owned() };
        out.push_str(&format!("{indent}{lead} {}\n", line.replace('\n', &format!("\n{indent}      "))));
    }
    out
}

fn names(judged: &Judged) -> Vec<String> {
    judged.report.inputs.iter().map(|name| quote::name(name)).collect()
}

fn unfixed(judged: &Judged) -> Option<&Finding> {
    judged.findings().find(|(f, _)| f.severity == Severity::Error && !f.fixed).map(|(f, _)| f)
}

fn mend(judged: &Judged, view: &View) -> String {
    match judged.refusal.as_ref().and_then(|refusal| refusal.help.clone()) {
        Some(instead) => instead,
        None => format!("chainmend fix -i{} {}", view.carry, names(judged).join(" ")),
    }
}

fn reload_word(view: &View) -> &'static str {
    if view.purpose == Purpose::Client { "restart the programs that use it" } else { "reload the server" }
}

/// After mending: the server must read the file, and a client that fetches nothing by itself
/// shows that it did.
fn reload(judged: &Judged, view: &View) -> String {
    let leaf = judged.report.chain.first().map(|leaf| leaf.short.as_str()).unwrap_or_default();
    let host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let is_host = leaf.contains('.') && leaf.chars().all(host) && !leaf.starts_with(['-', '.']);
    let public = judged.report.anchor.as_ref().is_some_and(|anchor| anchor.store == "mozilla");
    match view.purpose {
        Purpose::Server if is_host && public => format!("{}, then  curl -I https://{leaf}", reload_word(view)),
        _ => reload_word(view).to_owned(),
    }
}

/// What helps where we cannot: the finding's own words, else what its rule asks for.
fn remedy(judged: &Judged, view: &View) -> Vec<String> {
    let Some(finding) = unfixed(judged) else { return Vec::new() };
    let mut lines = Vec::new();
    if finding.rule == Rule::AmbiguousLeaf && matches!(view.mode, Mode::Write(_)) && view.inputs.len() > 1 {
        lines.push(format!("to mend each:  chainmend fix -i{} {}", view.carry, inputs(view)));
    }
    if let Some(help) = &finding.help {
        lines.extend(help.lines().map(escape));
    } else if lines.is_empty() {
        lines = by_rule(finding, judged, view);
    }
    lines
}

/// What a rule asks for, where the finding does not say more.
fn by_rule(finding: &Finding, judged: &Judged, view: &View) -> Vec<String> {
    let name = finding.certificate.as_ref().map(|c| super::style::quoted(&c.short)).unwrap_or_default();
    match finding.rule {
        Rule::ExpiredLeaf => vec!["renew it: no chain can save an expired certificate".to_owned()],
        Rule::ExpiredIntermediate => vec![
            format!("ask the CA for a renewed {name}, then"),
            format!("  {}", again(view, " --intermediates NEW.crt")),
            "if there is none, only reissuing helps".to_owned(),
        ],
        Rule::MissingIntermediate if judged.report.verdict == Verdict::Incomplete => {
            vec![format!("{}, online", again(view, ""))]
        }
        Rule::MissingIntermediate if refused(judged).is_some() => {
            vec![again(view, &refused(judged).map(|option| format!(" {option}")).unwrap_or_default())]
        }
        Rule::MissingIntermediate => vec![
            format!("get the issuer of {name} from the CA, then"),
            format!("  {}", again(view, " --intermediates ISSUER.crt")),
        ],
        Rule::AmbiguousLeaf => vec![format!("say which:  {}", again(view, " --leaf SHA256"))],
        rule => vec![format!("chainmend explain {rule}")],
    }
}

/// The option that would have let a refused URL be asked.
fn refused(judged: &Judged) -> Option<String> {
    judged.report.fetches.iter().find_map(|fetch| fetch.option.as_deref()).map(escape)
}

fn inputs(view: &View) -> String {
    view.inputs.iter().map(|name| quote::name(name)).collect::<Vec<_>>().join(" ")
}

/// The command that was typed, with more options.
fn again(view: &View, more: &str) -> String {
    let inputs = inputs(view);
    let carry = &view.carry;
    match &view.mode {
        Mode::Check => format!("chainmend check{carry} {inputs}{more}"),
        Mode::InPlace => format!("chainmend fix -i{carry} {inputs}{more}"),
        Mode::Write(outputs) => {
            let options = [("-o", &outputs.full), ("--chain-out", &outputs.chain), ("--leaf-out", &outputs.leaf)];
            let outputs = options.into_iter().filter_map(|(option, path)| path.as_ref().map(|path| (option, path)));
            let outputs: String = outputs.map(|(option, path)| format!(" {option} {}", quote::path(path))).collect();
            format!("chainmend fix{carry} {inputs}{more}{outputs}")
        }
    }
}
