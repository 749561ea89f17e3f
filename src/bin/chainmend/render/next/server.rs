//! What to type of a live server.

use chainmend::report::Finding;
use chainmend::verify::Host;

use crate::judged::Judged;
use crate::live::{self, Server};
use crate::quote;
use crate::render::View;

/// It sends the certificate of another name than it was asked for.
pub fn of_another_name(finding: &Finding, judged: &Judged, view: &View) -> Vec<String> {
    let (against, inputs) = (against(view), super::inputs(judged, view));
    let mut lines = Vec::new();
    if let Some(by_name) = by_its_name(finding, judged, view) {
        lines.push("to ask for its own name there:".to_owned());
        lines.push(by_name);
    }
    lines.push("see to the server's configuration for this name; if another machine has it:".to_owned());
    lines.push(format!("  chainmend check{}{against} {inputs} --connect HOST:PORT", view.carry));
    lines
}

/// ` --against FILE`, as it was typed.
fn against(view: &View) -> &str {
    view.carry_live.find(" --against ").and_then(|at| view.carry_live.get(at..)).unwrap_or_default()
}

/// A machine that was named by its address, or as this one, is asked for the name that its certificate has.
fn by_its_name(finding: &Finding, judged: &Judged, view: &View) -> Option<String> {
    let [name] = judged.report.inputs.as_slice() else { return None };
    let Server { host, port, .. } = live::named(&chainmend::report::path_of(name))?.ok()?;
    let is_machine = matches!(&host, Host::Ip(_)) || matches!(&host, Host::Dns(name) if name == "localhost");
    let leaf = finding.certificate.as_ref().map(|c| c.short.as_str()).filter(|leaf| super::is_host_name(leaf))?;
    let connect = match view.carry_live.contains(" --connect ") {
        true => view.carry_live.clone(),
        false => format!("{} --connect {}", against(view), quote::word(&live::authority(&host, port))),
    };
    is_machine.then(|| format!("  chainmend check{} https://{leaf}{connect}", view.carry))
}
