//! What live servers send, judged, and held against a file.

use std::path::Path;
use std::sync::Arc;

use chainmend::bundle::{self, Bundle};
use chainmend::report::{Against, BundleReport, Finding, Place, Verdict};
use chainmend::rules::Rule;
use chainmend::verify::Host;
use chainmend::write::Part;

use super::Engine;
use crate::input;
use crate::judged::Judged;
use crate::live::{self, Server};
use crate::problem::{Problem, shown, shown_name};
use crate::quote;

/// The file of `--against`.
pub fn file(path: &Path, password: &str) -> Result<Bundle, Problem> {
    let input = input::read(path)?;
    let bundle = input::bundle(&input.name, input.bytes, password);
    if bundle.certificates().next().is_some() {
        return Ok(bundle);
    }
    let problem = Problem::new(format!("no certificate in {}, which --against names", shown(path)));
    Err(match input::locked(&bundle) {
        Some((why, help)) => Problem::new(format!("{}: {why}", problem.message)).help(help),
        None => problem.help("name the file with the certificates that the server loads"),
    })
}

/// What a server sent, and from where.
pub struct Answer {
    pub bundle: Bundle,
    pub reached: String,
}

impl Engine<'_> {
    /// Asks a server for its certificates.
    pub(super) fn ask(&self, server: &Server) -> Result<Answer, Problem> {
        let settings = self.settings;
        let connect = settings.connect.as_ref();
        let sent = self.waits().during(|| live::ask(server, connect, settings.server_timeout, &settings.carry))?;
        let mut bundle = bundle::sent(&server.name(), &sent.certificates);
        bundle.share(&self.shared);
        Ok(Answer { bundle, reached: sent.reached })
    }

    /// What the library is told where these servers are among the inputs: the leaf has to be valid for
    /// the host that was named, if it is one.
    pub(super) fn settings_for(&self, hosts: &[Host]) -> Arc<chainmend::Settings> {
        let implied = match hosts {
            [first, others @ ..] if others.iter().all(|other| other == first) => Some(first.clone()),
            _ => None,
        };
        let host = self.repair.host.clone().or(implied);
        Arc::new(chainmend::Settings { host, ..(*self.repair).clone() })
    }

    /// `check` of one server.
    pub(super) fn live(&self, server: &Server) -> Judged {
        let Answer { bundle, reached } = match self.ask(server) {
            Ok(answer) => answer,
            Err(problem) => return Judged::unread(vec![server.name()], vec![problem]),
        };
        let host = std::slice::from_ref(&server.host);
        let outcome = self.judge_with(vec![bundle], self.settings.at, self.settings_for(host));
        let mut report = outcome.report();
        if let (Some(file), Some(sent)) = (&self.against, outcome.inputs.first()) {
            hold_against(&mut report, sent, file);
        }
        let mut judged = Judged::weighed(report, self.settings);
        self.look_at(&outcome, &mut judged);
        judged.reached.push(reached);
        if judged.report.verdict == Verdict::Repairable {
            judged.refusal = Some(self.at_the_server(server, &judged.report));
            judged.changed.push(server.typed.clone());
            if let (Some(chain), true) = (&outcome.chain, self.settings.diff) {
                judged.diff = self.diff_of_all(&outcome.inputs, Part::Full, chain, &judged);
            }
        }
        judged.count_warnings(self.settings);
        judged
    }

    /// A server is mended where its file is.
    fn at_the_server(&self, server: &Server, report: &BundleReport) -> Problem {
        let (carry, name) = (self.carry(), quote::path(&server.typed));
        let problem = Problem::new("the file that the server loads is to be mended");
        let connect = &self.settings.connect;
        let connect = connect.as_ref().map_or_else(String::new, |address| format!(" --connect {}", address.typed));
        problem.help(match &report.against {
            Some(Against { input, same: true }) => {
                format!("chainmend fix -i{carry} {}, and reload the server", quote::name(input))
            }
            Some(Against { input, same: false }) => format!(
                "reload the server with {0}, then  chainmend check{carry} {name}{connect} --against {0}",
                quote::name(input)
            ),
            None => format!(
                "mend the file that the server loads, and reload it:  chainmend fix -i{carry} FILE\n\
                 or make that file from here:  chainmend fix{carry} {name}{connect} -o fullchain.pem"
            ),
        })
    }
}

/// Whether the server sends the certificates of `file`. Where that is all that is wrong, the chain is
/// good, and yet nothing that chainmend could mend.
fn hold_against(report: &mut BundleReport, sent: &Bundle, file: &Bundle) {
    let difference = bundle::difference(sent, file);
    report.against = Some(Against { input: file.name.clone(), same: difference.is_none() });
    let Some(difference) = difference else { return };
    let name = shown_name(&file.name);
    let mut finding = Finding::new(Rule::ServerDiffers, format!("not what {name} holds: {difference}"))
        .help(format!("reload the server; if it stays so, its configuration names another file than {name}"));
    if let Some((item, certificate)) = sent.certificates().next() {
        let place = Place { input: sent.name.as_str().into(), line: item.lines.0 };
        finding = finding.on(certificate, Some(&place));
    }
    let errors = report.findings.iter().take_while(|f| f.severity >= finding.severity).count();
    report.findings.insert(errors, finding);
    if report.verdict == Verdict::Ok {
        report.verdict = Verdict::Broken;
    }
}
