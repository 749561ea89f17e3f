//! Where `fix` writes, and what goes there.

use std::path::{Path, PathBuf};

use chainmend::write::Part;

use crate::args::{OutputArgs, OutputForm};
use crate::input;
use crate::output;
use crate::problem::{Problem, shown};
use crate::quote;

/// What certbot calls the three files of a folder, and what it keeps in each.
const IN_A_FOLDER: [(&str, Part); 3] =
    [("cert.pem", Part::Leaf), ("chain.pem", Part::Intermediates), ("fullchain.pem", Part::Full)];

/// One output.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Output {
    option: &'static str,
    part: Part,
    path: PathBuf,
}

/// Where `fix` writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    list: Vec<Output>,
    /// The folder of `--out-dir`, which may have to be made.
    pub folder: Option<PathBuf>,
    /// Whether the private key goes to `-o` too.
    pub with_key: bool,
    /// The form of `-o`.
    pub form: OutputForm,
}

impl Outputs {
    /// What the options ask for.
    pub fn new(args: OutputArgs) -> Result<Self, Problem> {
        let OutputArgs { output: full, in_place: _, chain_out, leaf_out, out_dir, format, with_key } = args;
        let single = [
            ("-o", Part::Full, full),
            ("--chain-out", Part::Intermediates, chain_out),
            ("--leaf-out", Part::Leaf, leaf_out),
        ];
        let single = single.into_iter().filter_map(|(option, part, path)| {
            let path = path.map(|path| if output::is_stdout(&path) { PathBuf::from("-") } else { path })?;
            Some(Output { option, part, path })
        });
        let in_folder = out_dir.iter().flat_map(|folder| {
            IN_A_FOLDER.map(|(name, part)| Output { option: "--out-dir", part, path: folder.join(name) })
        });
        let list = single.chain(in_folder).collect();
        let outputs = Self { list, folder: out_dir, with_key, form: format };
        outputs.fit_together()?;
        Ok(outputs)
    }

    fn fit_together(&self) -> Result<(), Problem> {
        if self.folder.as_deref().is_some_and(input::is_stdin) {
            return Err(Problem::new("--out-dir is a folder, and - is standard output")
                .help("--out-dir ./- , if it is called so"));
        }
        if self.all().filter(|(_, _, path)| input::is_stdin(path)).count() > 1 {
            return Err(Problem::new("two outputs are standard output").help("name a file for all but one"));
        }
        let file = self.full().filter(|path| !input::is_stdin(path));
        if self.with_key {
            match file {
                None => {
                    return Err(Problem::new(
                        "--with-key needs -o FILE: a private key is never printed, and goes into no other output",
                    )
                    .help("-o FILE, which is then readable by its owner only"));
                }
                Some(path) if output::is_descriptor(path) => {
                    return Err(Problem::new(format!(
                        "--with-key needs a file, and {} is none: a private key is never printed",
                        shown(path)
                    ))
                    .help("-o FILE"));
                }
                Some(_) if self.form == OutputForm::P7b => {
                    return Err(Problem::new("--format p7b holds certificates only, and --with-key wants the key with them")
                        .help("leave one of them out; a key and its chain are PKCS#12: openssl pkcs12 -export -in FILE -out FILE.p12"));
                }
                Some(_) => {}
            }
        }
        if self.form == OutputForm::P7b && file.is_none() {
            return Err(Problem::new("--format p7b needs -o FILE: it is binary, and standard output holds PEM only")
                .help("-o FILE.p7b"));
        }
        Ok(())
    }

    /// Each output with its option, and the part of the chain that goes there.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, Part, &Path)> {
        self.list.iter().map(|output| (output.option, output.part, output.path.as_path()))
    }

    /// The outputs that are files.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, Part, &Path)> {
        self.all().filter(|(_, _, path)| !input::is_stdin(path))
    }

    /// What `-o` names.
    pub fn full(&self) -> Option<&Path> {
        self.all().find(|(option, ..)| *option == "-o").map(|(_, _, path)| path)
    }

    /// Whether this output may replace an input: leaf and intermediates go apart into what may be the
    /// two files that they come from, as Apache has them, so that nothing is lost.
    pub fn may_replace_input(&self, option: &str) -> bool {
        let apart = ["--leaf-out", "--chain-out"];
        apart.contains(&option) && apart.iter().all(|one| self.files().any(|(option, ..)| option == *one))
    }

    /// Whether leaf and intermediates go into two files that are read.
    pub fn are_inputs(&self, inputs: &[PathBuf]) -> bool {
        let is_input = |wanted| {
            let mut outputs = self.files().filter(|(option, ..)| *option == wanted);
            outputs.any(|(_, _, path)| inputs.iter().any(|input| input == path))
        };
        is_input("--leaf-out") && is_input("--chain-out")
    }

    /// What goes to standard output: what `-` was given for; without any output, the full chain.
    pub fn stdout(&self) -> Option<Part> {
        match self.all().next() {
            None => Some(Part::Full),
            Some(_) => self.all().find(|(_, _, path)| input::is_stdin(path)).map(|(_, part, _)| part),
        }
    }

    /// Whether something goes to standard output.
    pub fn to_stdout(&self) -> bool {
        self.stdout().is_some()
    }

    /// The options as they would be typed, each with a space in front.
    pub fn typed(&self) -> String {
        let single = self.all().filter(|(option, ..)| *option != "--out-dir");
        let mut out: String = single.map(|(option, _, path)| format!(" {option} {}", quote::path(path))).collect();
        if let Some(folder) = &self.folder {
            out.push_str(&format!(" --out-dir {}", quote::path(folder)));
        }
        if self.form == OutputForm::P7b {
            out.push_str(" --format p7b");
        }
        if self.with_key {
            out.push_str(" --with-key");
        }
        out
    }

    /// Leaf and intermediates in these two files; nothing where they are not two.
    pub fn pair(paths: &[PathBuf]) -> Self {
        let list = match paths {
            [leaf, chain] if leaf != chain && !paths.iter().any(|path| input::is_stdin(path)) => vec![
                Output { option: "--leaf-out", part: Part::Leaf, path: leaf.clone() },
                Output { option: "--chain-out", part: Part::Intermediates, path: chain.clone() },
            ],
            _ => Vec::new(),
        };
        Self { list, ..Self::default() }
    }

    /// The full chain in a file, and nothing else.
    #[cfg(test)]
    pub fn to_file(path: &str) -> Self {
        let list = vec![Output { option: "-o", part: Part::Full, path: path.into() }];
        Self { list, ..Self::default() }
    }
}
