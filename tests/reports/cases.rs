//! Every run of every case, in every form.

use std::path::Path;

use libtest_mimic::Trial;

use crate::support::case::Case;
use crate::support::schema;
use crate::support::server::Server;
use crate::support::stage::{Stage, live};
use crate::support::world::World;
use crate::{github, prometheus, sarif};

type Fault = fn(&str) -> Option<String>;

const FORMS: [(&str, Fault); 4] =
    [("ndjson", ndjson), ("sarif", sarif::fault), ("github", github::fault), ("prometheus", prometheus::fault)];

pub fn trials() -> Vec<Trial> {
    let trial = |(form, fault): (&'static str, Fault)| {
        Trial::test(format!("every_case_as_{form}_is_what_its_readers_expect"), move || {
            every_case(form, fault);
            Ok(())
        })
    };
    FORMS.into_iter().map(trial).collect()
}

fn every_case(form: &str, fault: Fault) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut faults = Vec::new();
    let mut reports = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let Ok(text) = std::fs::read_to_string(entry.path().join("case.txt")) else { continue };
        let case = Case::parse(&text).unwrap();
        let server = Server::start();
        let world = World::new(&case.pki, &server.url("")).unwrap();
        let tls = live(&case.tls, &world).unwrap();
        let stage = Stage { case: &case, server: &server, world: &world, tls: &tls };
        for report in stage.reports(form).unwrap() {
            reports += 1;
            let text = String::from_utf8(report).unwrap();
            faults.extend(fault(&text).map(|fault| format!("{:?}: {fault}\n{text}", entry.file_name())));
        }
    }
    assert!(faults.is_empty(), "{} of {reports}:\n{}", faults.len(), faults.join("\n"));
    assert!(reports > 200, "{reports}");
}

fn ndjson(text: &str) -> Option<String> {
    text.lines().find_map(|line| match serde_json::from_str(line) {
        Ok(line) => schema::line_fault(&line),
        Err(error) => Some(error.to_string()),
    })
}
