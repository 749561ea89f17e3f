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

/// What helps where we cannot: a command to type, else the finding's own words.
fn remedy(judged: &Judged, view: &View) -> Vec<String> {
    let Some(finding) = unfixed(judged) else { return Vec::new() };
    let lines = by_rule(finding, judged, view);
    match &finding.help {
        _ if !lines.is_empty() => lines,
        Some(help) => help.lines().map(escape).collect(),
        None => vec![format!("chainmend explain {}", finding.rule)],
    }
}

/// What a rule asks for, as far as a command can be named.
fn by_rule(finding: &Finding, judged: &Judged, view: &View) -> Vec<String> {
    let name = finding.certificate.as_ref().map(|c| super::style::quoted(&c.short)).unwrap_or_default();
    let help = finding.help.as_deref().unwrap_or_default();
    let after = |when: &str, more: &str| vec![when.to_owned(), format!("  {}", again(view, more))];
    match finding.rule {
        Rule::ExpiredLeaf => vec!["renew it: no chain can save an expired certificate".to_owned()],
        Rule::ExpiredIntermediate => {
            let mut lines = after(&format!("ask the CA for a renewed {name}, then"), " --intermediates NEW.crt");
            lines.push("if there is none, only reissuing helps".to_owned());
            lines
        }
        Rule::MissingIntermediate if judged.report.verdict == Verdict::Incomplete => {
            after("where the network can be reached, without --offline:", "")
        }
        Rule::MissingIntermediate => missing(finding, judged, view, &name),
        Rule::UntrustedRoot if help.contains("--roots system") => {
            after("your system trusts this root; if clients do too:", " --roots system")
        }
        Rule::UntrustedRoot if help.contains("--roots mozilla") => {
            after("Mozilla trusts this root; if clients do too:", " --roots mozilla")
        }
        Rule::UntrustedRoot => {
            let mut lines = after("if it is your own CA, name its root:", " --roots ROOT.pem");
            lines.push("else ask the CA for a chain to a root that clients trust".to_owned());
            lines
        }
        Rule::SelfSignedLeaf => match judged.report.inputs.as_slice() {
            [input] => {
                let mut lines = after("if clients are told to trust it:", &format!(" --roots {}", quote::name(input)));
                lines.push("else get a certificate from a CA".to_owned());
                lines
            }
            _ => Vec::new(),
        },
        Rule::WrongPurpose if help.contains("--purpose client") => {
            after("if it is for a TLS client:", " --purpose client --roots ROOT.pem")
        }
        Rule::AmbiguousLeaf => which_leaf(judged, view),
        _ => Vec::new(),
    }
}

/// Where the issuer may still come from.
fn missing(finding: &Finding, judged: &Judged, view: &View, name: &str) -> Vec<String> {
    let named = |option: &String| finding.help.as_ref().is_none_or(|help| help.contains(option.as_str()));
    if let Some(option) = refused(judged).filter(named) {
        return vec![
            "if that is a server of your own:".to_owned(),
            format!("  {}", again(view, &format!(" {option}"))),
        ];
    }
    let mut lines = vec![
        format!("get the issuer of {name} from the CA, then"),
        format!("  {}", again(view, " --intermediates ISSUER.crt")),
    ];
    if !view.carry.contains(" --roots ") {
        lines.push("if the issuer is a root of your own:".to_owned());
        lines.push(format!("  {}", again(view, " --roots ROOT.pem")));
    }
    lines
}

/// At most so many leaves are offered as commands.
const MAX_LEAVES: usize = 4;

/// Each file for itself, or one leaf of those that are there.
fn which_leaf(judged: &Judged, view: &View) -> Vec<String> {
    let mut lines = Vec::new();
    if matches!(view.mode, Mode::Write(_)) && view.inputs.len() > 1 {
        lines.push(format!("to mend each:  chainmend fix -i{} {}", view.carry, inputs(view)));
    }
    let leaves = judged.findings().filter(|(f, _)| f.rule == Rule::AmbiguousLeaf);
    for leaf in leaves.filter_map(|(f, _)| f.certificate.as_ref()).take(MAX_LEAVES) {
        let digits: String = leaf.sha256.chars().take(LEAF_DIGITS).collect();
        let command = again(view, &format!(" --leaf {digits}"));
        lines.push(format!("for {}:  {command}", super::style::quoted(&leaf.short)));
    }
    lines.push("--key FILE or --host NAME choose by key or name".to_owned());
    lines
}

/// So many digits of a fingerprint tell a file's leaves apart.
const LEAF_DIGITS: usize = 16;

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
