//! What can be said of the outputs before anything is read, fetched or written.

use std::path::{Path, PathBuf};

use chainmend::roots::RootStore;

use crate::input::{self, Identity};
use crate::manners;
use crate::output::{self, Folder, Guard, Planned};
use crate::problem::{Problem, shown};
use crate::settings::{Mode, Outputs, Settings};
use crate::{quote, walk};

/// The output files of `fix`, by option.
pub fn outputs(settings: &Settings) -> Vec<(&'static str, &Path)> {
    let Mode::Write(outputs) = &settings.mode else { return Vec::new() };
    outputs.files().map(|(option, _, path)| (option, path)).collect()
}

/// Whether each output of `fix` has a place of its own where a file may be.
pub fn look(settings: &Settings) -> Result<(), Problem> {
    let Mode::Write(outputs) = &settings.mode else { return Ok(()) };
    outputs.folder.iter().try_for_each(|folder| Folder::ahead(folder))?;
    let mut taken: Vec<PathBuf> = Vec::new();
    for (option, _, path) in outputs.files() {
        leaves_stores(settings, option, path)?;
        leaves_list(settings, option, path)?;
        leaves_lineage(option, path)?;
        let Some(target) = place(outputs, option, path)? else { continue };
        if taken.contains(&target) {
            return Err(Problem::new(format!("two outputs are one file: {}", shown(path)))
                .help("name another file for one of them"));
        }
        let is_input = || {
            settings.bundles.iter().any(|input| Identity::at(input).is_some_and(|it| Identity::at(&target) == Some(it)))
        };
        let keeps_key = outputs.with_key && option == "-o";
        if !keeps_key && !is_input() {
            output::spares_keys(path, &target)?;
        }
        taken.push(target);
    }
    Ok(())
}

/// The file that an output leads to; `None` for what is no file, or stands in a folder that is yet to
/// be made.
fn place(outputs: &Outputs, option: &str, path: &Path) -> Result<Option<PathBuf>, Problem> {
    let to_be_made = option == "--out-dir" && outputs.folder.as_deref().is_some_and(|folder| !folder.is_dir());
    if output::is_descriptor(path) || to_be_made {
        return Ok(None);
    }
    let target = output::target(path).map_err(|problem| {
        let folder = path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let (inside, folder_name) = (quote::path(&path.join("fullchain.pem")), quote::path(path));
        match folder && option == "-o" {
            true => problem.help(format!("-o {inside}, or --out-dir {folder_name}")),
            false => problem,
        }
    });
    target.map(Some)
}

/// What is trusted, and what other runs mend with, is written by nobody.
fn leaves_stores(settings: &Settings, option: &str, output: &Path) -> Result<(), Problem> {
    let identity = Identity::at(output);
    let same = |path: &Path| identity.is_some() && Identity::at(path) == identity;
    let is_root = settings.roots.iter().any(|store| matches!(store, RootStore::Path(path) if same(path)));
    let what = match () {
        () if is_root => "the roots in ",
        () if settings.intermediates.iter().any(|path| same(path)) => "the intermediates in ",
        () => return Ok(()),
    };
    Err(Problem::new(format!("{option} would overwrite {what}{}", shown(output))).help("name another file"))
}

/// A list is read again by the next run.
fn leaves_list(settings: &Settings, option: &str, output: &Path) -> Result<(), Problem> {
    let identity = Identity::at(output);
    match settings.file_list.as_deref().and_then(Identity::at) {
        Some(list) if identity == Some(list) => {
            Err(Problem::new(format!("{option} would overwrite the list {}", shown(output))).help("name another file"))
        }
        _ => Ok(()),
    }
}

/// certbot's copies of a chain must agree, and it alone writes them.
fn leaves_lineage(option: &str, output: &Path) -> Result<(), Problem> {
    let other = if option == "--out-dir" { "folder" } else { "file" };
    match manners::certbots(output) {
        Some((problem, _)) => Err(problem.help(format!("name a {other} outside of certbot's own folders"))),
        None => Ok(()),
    }
}

/// A report is written whatever happens, and so must not go over an input or a chain; and nothing
/// is begun whose report could not be written.
pub fn report_may_go(settings: &Settings, report: &Path) -> Result<(), Problem> {
    let same = |path: &Path| {
        let absolute = |path: &Path| std::path::absolute(path).ok();
        absolute(path) == absolute(report) || Identity::at(report).is_some_and(|it| Identity::at(path) == Some(it))
    };
    let found = |folder: &Path| folder.is_dir() && walk::may_find(folder, report);
    if let Some(input) = settings.bundles.iter().find(|path| !input::is_stdin(path) && found(path)) {
        return Err(Problem::new(format!("--report-file would overwrite {}, in {}", shown(report), shown(input)))
            .help("name another file for the report"));
    }
    if let Some(input) = settings.bundles.iter().find(|path| !input::is_stdin(path) && same(path)) {
        return Err(Problem::new(format!("--report-file would overwrite the input {}", shown(input)))
            .help("name another file for the report"));
    }
    if let Some((option, _)) = outputs(settings).into_iter().find(|(_, path)| same(path)) {
        return Err(
            Problem::new(format!("--report-file and {option} are one file")).help("name another file for one of them")
        );
    }
    leaves_stores(settings, "--report-file", report)?;
    leaves_list(settings, "--report-file", report)?;
    if output::is_stdout(report) {
        return Ok(());
    }
    Planned::new(report, Vec::new(), Guard::Report).map(drop)
}
