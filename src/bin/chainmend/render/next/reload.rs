//! After mending: who has to read the file.

use chainmend::rules::Rule;
use chainmend::verify::Purpose;
use chainmend::write::Part;

use crate::args::OutputForm;
use crate::judged::Judged;
use crate::live;
use crate::quote;
use crate::render::View;
use crate::settings::Mode;

/// What to do, or to type, once a chain is written.
pub fn line(judged: &Judged, view: &View) -> String {
    show_p7b(view).unwrap_or_else(|| after_mending(judged, view))
}

/// Who reads it.
pub fn word(view: &View) -> &'static str {
    if view.purpose == Purpose::Client { "restart the programs that use it" } else { "reload the server" }
}

/// PKCS#7 is for import by another program: how to look at it.
fn show_p7b(view: &View) -> Option<String> {
    match &view.mode {
        Mode::Write(outputs) if outputs.form == OutputForm::P7b => {
            let file = quote::path(outputs.full()?);
            Some(format!("openssl pkcs7 -inform DER -in {file} -print_certs -noout  lists what is in it"))
        }
        _ => None,
    }
}

/// After mending: the server must read the file, and what it sends then shows that it did.
fn after_mending(judged: &Judged, view: &View) -> String {
    if let (Some(url), Some(file)) =
        (judged.report.inputs.iter().find(|name| live::is_server(name)), full(judged, view))
    {
        let command = format!("chainmend check{}{} {} --against {file}", view.carry, view.carry_live, quote::name(url));
        return format!("let the server load {file}, reload it, then  {command}");
    }
    let leaf = judged.report.chain.first().map(|leaf| leaf.short.as_str()).unwrap_or_default();
    let is_host = super::is_host_name(leaf);
    let public = judged.report.anchor.as_ref().is_some_and(|anchor| anchor.store == "mozilla");
    match view.purpose {
        Purpose::Server if is_host && public => {
            let against = full(judged, view).map_or_else(String::new, |file| format!(" --against {file}"));
            format!("{}, then  chainmend check{} https://{leaf}{against}", word(view), view.carry)
        }
        _ => format!("{}{}", word(view), depth(judged)),
    }
}

/// The file that holds the whole chain now, for the shell.
fn full(judged: &Judged, view: &View) -> Option<String> {
    match (&view.mode, judged.report.outputs.as_slice()) {
        (Mode::Write(outputs), _) => {
            let full = outputs.files().find(|(_, part, _)| *part == Part::Full);
            full.filter(|_| outputs.form == OutputForm::Pem).map(|(_, _, path)| quote::path(path))
        }
        (_, [name]) => Some(quote::name(name)),
        _ => None,
    }
}

/// What a long chain of a client asks of the server that it goes to.
fn depth(judged: &Judged) -> String {
    if !judged.findings().any(|(finding, _)| finding.rule == Rule::VerifyDepth) {
        return String::new();
    }
    let depth = judged.report.chain.iter().skip(1).filter(|link| !link.tail).count();
    format!("; at the server: ssl_verify_depth {depth} (nginx) or SSLVerifyDepth {depth} (Apache)")
}
