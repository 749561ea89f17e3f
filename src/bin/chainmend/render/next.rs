//! The last lines: what to type next.

mod reload;
mod server;

use std::collections::HashSet;

use chainmend::cert::escape;
use chainmend::report::{Finding, Remedy, Severity, Verdict, path_of};
use chainmend::rules::Rule;

use super::View;
use super::style::{BOLD, paint};
use crate::judged::Judged;
use crate::quote;
use crate::settings::Mode;
use crate::terminal::Stdout;

/// A suggested command names at most so many files: more are not typed but globbed.
const MAX_FILES: usize = 20;

/// So many leaves are told apart with a command each; more are a list, which the findings are.
const MAX_LEAVES: usize = 4;

/// As many digits of a fingerprint as nobody has twice by chance.
const LEAF_DIGITS: usize = 16;

/// After one bundle.
pub fn one(judged: &Judged, view: &View) -> String {
    if !judged.problems.is_empty() {
        return String::new();
    }
    let is_kept = !matches!(view.stdout, Some(Stdout::Shown | Stdout::Lost)) || !judged.report.outputs.is_empty();
    if !is_kept && matches!(judged.report.verdict, Verdict::Ok | Verdict::Repaired) {
        return "nothing written; add -i or -o FILE\n".to_owned();
    }
    let lines = match judged.report.verdict {
        Verdict::Repairable => vec![mend(judged, view, "")],
        Verdict::Ok if view.diff && !judged.changed.is_empty() => vec![again(judged, view, "")],
        Verdict::Ok if judged.counted == Some(Rule::ExpiresSoon) => {
            vec!["renew it; to be warned later: --warn-days N".to_owned()]
        }
        Verdict::Ok if judged.code == 1 && judged.counted.is_some() => {
            judged.counted.iter().map(|rule| format!("chainmend explain {rule}")).collect()
        }
        Verdict::Repaired if !judged.report.outputs.is_empty() => {
            vec![reload::line(judged, view)]
        }
        Verdict::Broken | Verdict::Incomplete | Verdict::Unreadable => remedy(judged, view),
        Verdict::Skipped => passed_over(judged, view),
        _ => Vec::new(),
    };
    next(" ", &lines)
}

/// What the last lines after many bundles are made of.
#[derive(Debug, Default)]
pub struct Sum {
    /// Files that `fix -i` would rewrite, quoted: so many that more are not typed, and one.
    in_place: Vec<String>,
    /// What to type for files that it would not rewrite.
    instead: Vec<String>,
    /// The same two of files that only the network could complete.
    incomplete: Vec<String>,
    incomplete_instead: Vec<String>,
    /// The command again, for servers whose chain only the network could complete.
    servers_again: Vec<String>,
    /// Servers that send another chain than their file holds.
    differs: Vec<String>,
    /// Files whose leaf has expired, quoted.
    expired: Vec<String>,
    any_mended: bool,
    /// Whether there are details to look at.
    any_wrong: bool,
}

impl Sum {
    /// Of one bundle.
    pub fn of(judged: &Judged, view: &View) -> Self {
        let verdict = judged.report.verdict;
        let in_place = |wanted| {
            let here = verdict == wanted && judged.refusal.is_none() && !judged.is_live();
            if here { names(judged) } else { Vec::new() }
        };
        let instead = |wanted| {
            let refusal = judged.refusal.iter().filter(|_| verdict == wanted);
            refusal.filter_map(|refusal| refusal.help.clone()).collect()
        };
        let expired =
            verdict == Verdict::Broken && unfixed(judged).is_some_and(|finding| finding.rule == Rule::ExpiredLeaf);
        let server = verdict == Verdict::Incomplete && judged.is_live();
        Self {
            in_place: in_place(Verdict::Repairable),
            instead: instead(Verdict::Repairable),
            incomplete: in_place(Verdict::Incomplete),
            incomplete_instead: instead(Verdict::Incomplete),
            servers_again: if server { vec![again(judged, view, "")] } else { Vec::new() },
            differs: if judged.only_differs() { vec![names(judged).join(" ")] } else { Vec::new() },
            expired: if expired { vec![names(judged).join(" ")] } else { Vec::new() },
            any_mended: verdict == Verdict::Repaired,
            any_wrong: !matches!(verdict, Verdict::Ok | Verdict::Repaired | Verdict::Skipped),
        }
    }

    /// With those of the next bundle.
    pub fn add(&mut self, other: Self) {
        add_new(&mut self.in_place, other.in_place, MAX_FILES + 1);
        add_new(&mut self.incomplete, other.incomplete, MAX_FILES + 1);
        add_new(&mut self.instead, other.instead, MAX_FILES);
        add_new(&mut self.incomplete_instead, other.incomplete_instead, MAX_FILES);
        add_new(&mut self.servers_again, other.servers_again, MAX_FILES);
        add_new(&mut self.differs, other.differs, MAX_FILES);
        add_new(&mut self.expired, other.expired, MAX_FILES);
        self.any_mended |= other.any_mended;
        self.any_wrong |= other.any_wrong;
    }
}

/// Adds what is not there yet, up to so many.
fn add_new(list: &mut Vec<String>, more: Vec<String>, most: usize) {
    for text in more {
        if list.len() < most && !list.contains(&text) {
            list.push(text);
        }
    }
}

/// After several bundles.
pub fn many(sum: &Sum, view: &View) -> String {
    let mut lines = Vec::new();
    let would = view.mode == Mode::Check || view.diff;
    if would && !sum.in_place.is_empty() {
        let (options, files) = match sum.in_place.len() {
            ..=MAX_FILES => ("", sum.in_place.join(" ")),
            _ if view.is_listed() => (view.options.as_str(), typed(view)),
            _ => ("", "FILES".to_owned()),
        };
        lines.push(format!("chainmend fix -i{}{options} {files}", view.carry));
    }
    lines.extend(online(sum, view));
    // Of several servers the file is mended in the same way.
    let mut told = HashSet::new();
    let instead = sum.instead.iter().flat_map(|help| help.lines());
    lines.extend(instead.filter(|line| told.insert(*line)).map(str::to_owned));
    lines.extend(sum.differs.iter().map(|names| format!("reload {names}, and check it again")));
    if sum.any_mended {
        lines.push(reload::word(view).to_owned());
    }
    lines.extend(sum.expired.iter().map(|names| format!("renew {names}: no chain can save it")));
    if sum.any_wrong && !view.verbose {
        lines.push(format!("details: chainmend check -v{} FILE", view.carry));
    }
    next("", &lines)
}

/// The commands for what only the network can mend, where we were told to stay off it.
fn online(sum: &Sum, view: &View) -> Vec<String> {
    let mut commands: Vec<String> = match sum.incomplete.len() {
        0 => Vec::new(),
        1..=MAX_FILES => vec![format!("chainmend fix -i{} {}", view.carry, sum.incomplete.join(" "))],
        _ => vec![format!("chainmend fix -i{} FILES", view.carry)],
    };
    commands.extend(sum.incomplete_instead.iter().cloned());
    commands.extend(sum.servers_again.iter().cloned());
    commands.iter().map(|command| format!("with the network: {}{command}", view.online)).collect()
}

fn next(indent: &str, lines: &[String]) -> String {
    let mut out = String::new();
    for (position, line) in lines.iter().enumerate() {
        let lead = if position == 0 { paint(BOLD, "next:") } else { "     ".to_owned() };
        out.push_str(&format!("{indent}{lead} {}\n", line.replace('\n', &format!("\n{indent}      "))));
    }
    out
}

/// The inputs, for a command.
pub fn names(judged: &Judged) -> Vec<String> {
    match judged.paths.as_slice() {
        [] => judged.report.inputs.iter().map(|name| quote::name(name)).collect(),
        paths => paths.iter().map(|path| quote::path(path)).collect(),
    }
}

fn unfixed(judged: &Judged) -> Option<&Finding> {
    judged.findings().find(|(f, _)| f.severity == Severity::Error && !f.fixed).map(|(f, _)| f)
}

/// The command that mends, with more options where the command is ours to make.
fn mend(judged: &Judged, view: &View, more: &str) -> String {
    match judged.refusal.as_ref().and_then(|refusal| refusal.help.clone()) {
        Some(instead) => format!("{instead}{more}"),
        None if view.together || judged.is_live() || matches!(view.mode, Mode::Write(_)) => again(judged, view, more),
        None => format!("chainmend fix -i{} {}{more}", view.carry, names(judged).join(" ")),
    }
}

/// Whether a certificate's short name is one that a server may be asked for.
fn is_host_name(short: &str) -> bool {
    let host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    short.contains('.') && short.chars().all(host) && !short.starts_with(['-', '.'])
}

/// What helps where we cannot: a command where one can be made, else the finding's own words, else
/// the rule's page.
fn remedy(judged: &Judged, view: &View) -> Vec<String> {
    // A server that was not told of its file may need nothing else.
    let differs = || judged.findings().map(|(f, _)| f).find(|f| f.rule == Rule::ServerDiffers);
    let Some(finding) = differs().or_else(|| unfixed(judged)) else { return Vec::new() };
    let lines = by_rule(finding, judged, view);
    match &finding.help {
        _ if !lines.is_empty() => lines,
        Some(help) => help.lines().map(escape).collect(),
        None if finding.rule == Rule::ExpiredLeaf => vec!["renew it: no chain can save an expired certificate".into()],
        None if finding.rule == Rule::Revoked => vec!["have it issued anew: no chain can save a revoked one".into()],
        None => vec![format!("chainmend explain {}", finding.rule)],
    }
}

/// What was passed over may be what somebody took for the certificate: what to name instead.
fn passed_over(judged: &Judged, view: &View) -> Vec<String> {
    let says = |rule| judged.findings().find(|(finding, _)| finding.rule == rule).map(|(finding, _)| finding);
    let Some(nothing) = says(Rule::NoCertificate) else { return Vec::new() };
    match (&nothing.help, says(Rule::PrivateKeyPresent), names(judged).as_slice()) {
        (Some(help), ..) => help.lines().map(escape).collect(),
        (None, Some(_), [key]) => {
            let key = if key == "-" { "KEY" } else { key };
            vec![format!(
                "with the certificate that it belongs to:  chainmend check{} CERT.pem --key {key}",
                view.carry
            )]
        }
        (None, None, _) if nothing.remedy == Some(Remedy::CertificateOfRequest) => {
            vec![format!("name the certificate that the CA made of it:  chainmend check{} CERT.pem", view.carry)]
        }
        _ => Vec::new(),
    }
}

/// A pipe, a device: nothing that a certificate is put back into.
fn is_device(name: &str) -> bool {
    path_of(name).metadata().is_ok_and(|metadata| !metadata.is_file())
}

/// Where there is nothing to read: who has it.
fn elsewhere(finding: &Finding, judged: &Judged, view: &View) -> Vec<String> {
    match (judged.report.inputs.as_slice(), names(judged).as_slice()) {
        ([input], _) if input == "-" => vec![
            "nothing that is a certificate came in; of a live server:".to_owned(),
            format!("  chainmend check{} https://HOST", view.carry),
        ],
        (inputs, [name]) if finding.remedy == Some(Remedy::Refill) && !inputs.iter().any(|name| is_device(name)) => {
            vec![
                "get the certificate anew from the CA, then".to_owned(),
                format!("  chainmend fix{} NEW.crt -o {name}", view.carry),
                "or, while the server still sends it:".to_owned(),
                format!("  chainmend fix{} https://HOST -o {name}", view.carry),
            ]
        }
        _ => vec![
            "name the file with the certificate; what a server sends:".to_owned(),
            format!("  chainmend check{} https://HOST", view.carry),
        ],
    }
}

/// What to type for a rule, if there is something to type.
fn by_rule(finding: &Finding, judged: &Judged, view: &View) -> Vec<String> {
    let name = finding.certificate.as_ref().map(|c| super::style::quoted(&escape(&c.short))).unwrap_or_default();
    match finding.rule {
        Rule::MissingIntermediate | Rule::ExpiredIntermediate | Rule::Revoked
            if judged.report.verdict == Verdict::Incomplete =>
        {
            vec![
                format!("with the network: {}{}", view.online, mend(judged, view, "")),
                "or, without it, with the issuer's file:".to_owned(),
                format!("  {}", mend(judged, view, " --offline --intermediates ISSUER.crt")),
            ]
        }
        Rule::ExpiredIntermediate | Rule::Revoked if is_an_issuer(finding, judged) => vec![
            format!("ask the CA for {} {name}{}, then", another(finding.rule), key_id(finding)),
            format!("  {}", again(judged, view, " --intermediates NEW.crt")),
            "if there is none, only reissuing helps".to_owned(),
        ],
        Rule::MissingIntermediate if !refused(judged).is_empty() => {
            vec!["if that server is your own:".to_owned(), format!("  {}", again(judged, view, &refused(judged)))]
        }
        Rule::MissingIntermediate => missing(finding, &name, judged, view),
        Rule::UntrustedRoot => untrusted(finding, judged, view),
        Rule::HostMismatch if judged.is_live() => server::of_another_name(finding, judged, view),
        Rule::HostMismatch => {
            vec!["name the file with that host's certificate, or have this one issued anew with its name".to_owned()]
        }
        Rule::ServerDiffers => vec![
            "reload the server, then".to_owned(),
            format!("  {}", again(judged, view, "")),
            "if it stays so, its configuration names another file, or another server answers".to_owned(),
        ],
        Rule::SelfSignedLeaf => match judged.report.inputs.as_slice() {
            [input] if input != "-" && !judged.is_live() => vec![
                "if clients are told to trust it:".to_owned(),
                format!("  {}", again(judged, view, &format!(" --roots {}", quote::name(input)))),
                "else get a certificate from a CA".to_owned(),
            ],
            _ => Vec::new(),
        },
        Rule::WrongPurpose if finding.remedy == Some(Remedy::ForClient) => vec![
            "if it is for a TLS client:".to_owned(),
            format!("  {}", again(judged, view, &format!(" --purpose client{}", roots_of_clients(view)))),
        ],
        Rule::WrongPurpose if finding.remedy == Some(Remedy::ForServer) => vec![
            "if it is for a TLS server:".to_owned(),
            format!("  {}", again(judged, view, " --purpose server").replacen(" --purpose client", "", 1)),
        ],
        Rule::ChainTooLong => too_long(finding, judged, view),
        Rule::AmbiguousLeaf => which(judged, view),
        Rule::NoCertificate if finding.help.is_none() => elsewhere(finding, judged, view),
        _ => Vec::new(),
    }
}

/// Public roots say nothing of clients, so that others have to be named.
fn roots_of_clients(view: &View) -> &'static str {
    if view.carry.contains(" --roots ") { "" } else { " --roots ROOT.pem" }
}

/// How a path that goes on beyond what clients follow may end sooner.
fn too_long(finding: &Finding, judged: &Judged, view: &View) -> Vec<String> {
    let (what, options) = match &finding.remedy {
        Some(Remedy::Root { name }) => {
            (format!("if \"{}\" is its root, and clients trust it:", escape(name)), " --roots ROOT.pem")
        }
        _ => (
            "where clients can be told to trust a CA further down the path:".to_owned(),
            " --roots CA.pem --partial-chain",
        ),
    };
    vec![
        what,
        format!("  {}", again(judged, view, options)),
        "else have the CA issue from nearer to its root".to_owned(),
    ]
}

/// Where an issuer may be had; `name` is that of the certificate that lacks it.
fn missing(finding: &Finding, name: &str, judged: &Judged, view: &View) -> Vec<String> {
    let get = match &finding.remedy {
        Some(Remedy::Issuer { name, key_id }) => {
            let id = key_id.as_deref().map_or_else(String::new, |id| format!(" (key id {})", hex(id)));
            format!("get \"{}\"{id} from the CA that issued it", escape(name))
        }
        _ => format!("get the issuer of {name} from the CA"),
    };
    let mut lines = vec![format!("{get}, then"), format!("  {}", again(judged, view, " --intermediates ISSUER.crt"))];
    if !view.carry.contains(" --roots ") {
        lines.push("of a public CA, a report of CCADB has it (https://www.ccadb.org/resources):".to_owned());
        lines.push("  chainmend cache import REPORT.csv".to_owned());
        lines.push("if the issuer is the root of your own CA:".to_owned());
        lines.push(format!("  {}", again(judged, view, " --roots ROOT.pem")));
    }
    lines
}

/// Of what a CA is asked for.
fn another(rule: Rule) -> &'static str {
    if rule == Rule::Revoked { "an unrevoked" } else { "a renewed" }
}

/// The certificate is no leaf, so that another one of its name and key would do.
fn is_an_issuer(finding: &Finding, judged: &Judged) -> bool {
    let leaf =
        judged.report.attempts.first().and_then(|nearest| nearest.chain.first()).map(|leaf| leaf.sha256.as_str());
    finding.certificate.as_ref().is_none_or(|c| Some(c.sha256.as_str()) != leaf)
}

/// Who trusts the root, if somebody does.
fn untrusted(finding: &Finding, judged: &Judged, view: &View) -> Vec<String> {
    if let Some(Remedy::Store { who, option }) = &finding.remedy {
        let command = again(judged, view, &format!(" {option}"));
        return vec![format!("{who} trusts this root; if clients do too:"), format!("  {command}")];
    }
    vec![
        "if it is the root of your own CA:".to_owned(),
        format!("  {}", again(judged, view, " --roots ROOT.pem")),
        "else ask the CA for a chain to a root that clients trust".to_owned(),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// ` (key id 5A:3F:…:91)`: by it a CA knows its key.
fn key_id(finding: &Finding) -> String {
    let id = finding.certificate.as_ref().and_then(|c| c.key_id.as_deref());
    match id {
        Some([one, two, .., last]) => format!(" (key id {one:02X}:{two:02X}:…:{last:02X})"),
        _ => String::new(),
    }
}

/// Several leaves: a command for each of the first few.
fn which(judged: &Judged, view: &View) -> Vec<String> {
    let leaves = || judged.report.findings.iter().filter(|f| f.rule == Rule::AmbiguousLeaf);
    let mut lines = Vec::new();
    let files = judged.report.inputs.len().max(view.inputs.len());
    if matches!(view.mode, Mode::Write(_)) && files > 1 {
        let (leaves, files) = (count(leaves().count(), "leaf", "leaves"), count(files, "file", "files"));
        lines.push(format!("{leaves} in {files}; to mend each, add -i:"));
        lines.push(format!("  chainmend fix -i{} {}", view.carry, inputs(judged, view)));
    }
    for certificate in leaves().filter_map(|f| f.certificate.as_ref()).take(MAX_LEAVES) {
        let or = if lines.is_empty() { "" } else { "or, " };
        let digits = certificate.sha256.get(..LEAF_DIGITS).unwrap_or(&certificate.sha256);
        // A certificate and the one that renews it differ in nothing else that a person knows.
        let dates = certificate.valid.map(|(from, until)| format!(", valid {} to {}", from.date(), until.date()));
        let name = super::style::quoted(&escape(&certificate.short));
        lines.push(format!("{or}for {name}{}:", dates.unwrap_or_default()));
        lines.push(format!("  {}", again(judged, view, &format!(" --leaf {digits}"))));
    }
    lines
}

fn count(number: usize, one: &str, more: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {more}") }
}

/// The options that would have let refused URLs be asked, each with a space in front.
fn refused(judged: &Judged) -> String {
    let mut options: Vec<&str> = judged.report.fetches.iter().filter_map(|fetch| fetch.option.as_deref()).collect();
    options.sort_unstable();
    options.dedup();
    options.iter().map(|option| format!(" {}", escape(option))).collect()
}

/// The inputs as they were named.
fn typed(view: &View) -> String {
    view.inputs.iter().map(|path| quote::path(path)).collect::<Vec<_>>().join(" ")
}

/// What was named together, or else the one file that is spoken of.
fn inputs(judged: &Judged, view: &View) -> String {
    match view.mode {
        Mode::Write(_) => [view.options.trim_start(), &typed(view)].join(" ").trim_start().to_owned(),
        _ => names(judged).join(" "),
    }
}

/// The command that was typed, with more options.
fn again(judged: &Judged, view: &View, more: &str) -> String {
    let inputs = inputs(judged, view);
    let live = if judged.is_live() { view.carry_live.as_str() } else { "" };
    let carry = &format!("{}{live}", view.carry);
    match &view.mode {
        Mode::Check if view.together => format!("chainmend check --together{carry} {inputs}{more}"),
        Mode::Check => format!("chainmend check{carry} {inputs}{more}"),
        Mode::InPlace => format!("chainmend fix -i{carry} {inputs}{more}"),
        Mode::Write(outputs) => {
            let together = if view.together { " --together" } else { "" };
            format!("chainmend fix{together}{carry} {inputs}{more}{}", outputs.typed())
        }
    }
}
