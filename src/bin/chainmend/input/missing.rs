//! What may have been meant by the name of a file that is not there: another one beside it.

#![expect(clippy::disallowed_methods, reason = "looks at what stands beside a file that was named")]

use std::fs;
use std::io;
use std::path::Path;

use strsim::osa_distance;

use crate::problem::Problem;
use crate::quote;

/// At most so many names are looked at: a folder with more is not one that somebody types names of.
const MAX_LOOKED_AT: usize = 10_000;

/// At most so many near names are told: of more, none was meant.
const MAX_NEAR: usize = 3;

/// Of so many letters one may be wrong.
const LETTERS_A_SLIP: usize = 4;

/// That a file could not be read; where there is none, with what may have been meant. It looks through the
/// folder, and so is for files that somebody typed.
pub fn with_near_names(problem: Problem, path: &Path) -> Problem {
    let is_missing = fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    let help = if is_missing { help(path, problem.help.as_deref()) } else { None };
    match help {
        Some(help) => problem.help(help),
        None => problem,
    }
}

/// What to say where there is no such file; `otherwise` is what it may be instead of one.
fn help(path: &Path, otherwise: Option<&str>) -> Option<String> {
    near_it(path).or_else(|| otherwise.map(str::to_owned)).or_else(|| {
        let folder = path.parent()?;
        let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let missing = folder.ancestors().take_while(is_missing).last()?;
        Some(format!("there is no folder {}", quote::path(missing)))
    })
}

/// Files beside it whose names are near.
fn near_it(path: &Path) -> Option<String> {
    let folder = path.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?;
    let near = near(folder, path.file_name()?.to_str()?);
    let near: Vec<String> = near.iter().map(|name| quote::path(&path.with_file_name(name))).collect();
    (!near.is_empty()).then(|| format!("near it: {}", near.join(", ")))
}

/// The names in a folder that are near to this one, the nearest first.
fn near(folder: &Path, name: &str) -> Vec<String> {
    let typed = name.to_lowercase();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MAX_LOOKED_AT);
    let mut near: Vec<(usize, String)> = entries
        .filter_map(|entry| {
            let there = entry.file_name().into_string().ok()?;
            let distance = distance(&typed, &there.to_lowercase())?;
            Some((distance, there))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(MAX_NEAR).map(|(_, name)| name).collect()
}

/// How far one name is from the other, if they may be taken for each other.
fn distance(typed: &str, there: &str) -> Option<usize> {
    let stem = |name: &str| name.rsplit_once('.').map_or(name.len(), |(stem, _)| stem.len());
    let (stem_typed, stem_there) = (typed.get(..stem(typed))?, there.get(..stem(there))?);
    // Another ending: `site.crt` for `site.pem`.
    let is_same = !stem_typed.is_empty() && stem_typed == stem_there;
    let distance = osa_distance(typed, there);
    (is_same || distance <= (stem_typed.len() / LETTERS_A_SLIP).max(1)).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_are_told() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["site.pem", "site.crt", "shop site.pem", "other.pem", "a.pem"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let told = |name: &str| {
            let told = help(&folder.path().join(name), None);
            told.map(|told| told.replace(&format!("{}/", folder.path().display()), ""))
        };
        for (name, wanted) in [
            ("site.pme", Some("near it: site.pem, site.crt")),
            ("Site.pem", Some("near it: site.pem, site.crt")),
            ("site.cer", Some("near it: site.crt, site.pem")),
            ("sit.pem", Some("near it: site.pem")),
            ("shop_site.pem", Some("near it: 'shop site.pem'")),
            ("b.pem", Some("near it: a.pem")),
            ("nothing.pem", None),
            ("below/site.pem", Some("there is no folder below")),
            ("below/it/site.pem", Some("there is no folder below")),
        ] {
            assert_eq!(told(name).map(|told| told.replace('\'', "")), wanted.map(|w| w.replace('\'', "")), "{name}");
        }
    }
}
