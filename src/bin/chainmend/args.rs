//! What was typed. What it means is for `settings` to say, with the environment and the clock.
//!
//! Help, completions and the man pages all come from here; `tests/man.rs` includes this file, so
//! that it depends on clap, the library and std alone.

// `tests/man.rs` finds them from there too.
#[path = "args/near.rs"]
pub mod near;
#[path = "args/sections.rs"]
mod sections;
#[cfg(test)]
#[path = "args/tests.rs"]
mod tests;
#[path = "args/values.rs"]
mod values;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use chainmend::cert::FingerprintPrefix;
use chainmend::choose::PreferredRoot;
use chainmend::roots::RootStore;
use chainmend::rules::Rule;
use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

pub use values::{
    Choose, Color, Ignore, ListForm, OutputForm, PurposeArg, ReportForm, Shell, TIMEOUT_SECONDS, root_store, rule,
};
use values::{ignore, preferred_root};

/// Mends TLS certificate chains.
///
/// Takes a possibly incomplete or misordered bundle, finds the leaf, fetches missing
/// intermediates from the caIssuers URLs, strips the root, drops duplicates and strangers, orders
/// the chain leaf first, verifies the result and writes what nginx, Apache, HAProxy and Postfix
/// load. Nothing unverified is written, and a file that is right is not touched.
#[derive(Debug, Parser)]
#[command(name = "chainmend", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(after_long_help = sections::MAIN, after_help = sections::SHORT)]
pub struct CommandLine {
    /// When to colour reports; NO_COLOR is honoured
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Color::Auto, global = true, display_order = 900)]
    pub color: Color,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do. Deferred: only the options of the command that was typed are set up, at the last
/// moment. That is why the groups of options below have plain comments: clap would take doc comments
/// there for the command's own words, in place of those that stand here.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Mend a chain and write it
    ///
    /// Several inputs are taken together as one bundle (`chainmend fix site.crt ca.crt -o
    /// fullchain.pem`), unless -i asks to rewrite each. Without an output option the chain goes to
    /// standard output. Nothing is written that did not verify; what cannot be mended is left as
    /// it was.
    #[command(after_long_help = sections::FIX)]
    Fix(Box<FixArgs>),
    /// Say what is wrong, write nothing
    ///
    /// Each file is a bundle of its own. Missing issuers are looked for as `fix` does, so that the
    /// report can say what `fix` would do. The report goes to standard error.
    #[command(after_long_help = sections::CHECK)]
    Check(Box<CheckArgs>),
    /// Show a rule's page, say what an error message means, or list all rules
    ///
    /// A page says what the rule means, which programs fail and with which words, and what
    /// chainmend does about it. Of an error message of a TLS program, pasted with whatever stands
    /// around it, it says which rules it may come from, the most likely first, and what to type.
    #[command(after_long_help = sections::EXPLAIN)]
    Explain(ExplainArgs),
    /// Look at the cache of fetched issuers, empty it, or fill it from files
    #[command(after_long_help = sections::CACHE)]
    Cache(CacheArgs),
    /// Mend bundles that come as JSON, a line each: for pipelines and clusters
    ///
    /// Reads an object a line from standard input, {"id": ANY, "pem": "…"}, and writes one for each, in
    /// their order, to standard output: {"id": ANY, "verdict": "…", "pem": "…", "findings": […]}. "pem" is
    /// the full chain, and stands there only if there is a valid one; a private key never does. "id" is
    /// given back as it is; other fields are passed over.
    #[command(after_long_help = sections::FILTER)]
    Filter(Box<FilterArgs>),
    /// Print a shell's completions
    #[command(after_long_help = sections::COMPLETIONS)]
    Completions(CompletionsArgs),
}

// `chainmend fix`.
#[derive(Debug, Args)]
pub struct FixArgs {
    /// Where the result goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What `fix` and `check` share.
    #[command(flatten)]
    pub common: CommonArgs,
    /// Exit 1 when anything was mended
    #[arg(long, help_heading = "Report")]
    pub exit_non_zero_on_fix: bool,
}

// `chainmend check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// What `fix` and `check` share.
    #[command(flatten)]
    pub common: CommonArgs,
}

// `chainmend filter`.
#[derive(Debug, Args)]
#[command(mut_arg("key", |arg| arg.hide(true)), mut_arg("together", |arg| arg.hide(true)))]
#[command(mut_arg("leaf", |arg| arg.hide(true)), mut_arg("password_file", |arg| arg.hide(true)))]
pub struct FilterArgs {
    /// Who is trusted, and where issuers come from.
    #[command(flatten)]
    pub trust: TrustArgs,
    /// For what, and when.
    #[command(flatten)]
    pub judge: JudgeArgs,
    /// How many lines at a time (default: one for each processor)
    ///
    /// Lines that wait for a server are not counted, unless N is 1. More than 512 are taken as 512, and under
    /// `ulimit -v` there are as many as its memory has room for.
    #[arg(short, long, value_name = "N", value_parser = values::jobs, help_heading = "Report")]
    pub jobs: Option<NonZeroUsize>,
}

// Where the result of `fix` goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Write the full chain here: leaf first, without its root
    ///
    /// Written though the input is right; left alone if the bytes are the same. `-` is standard
    /// output, which is also where the chain goes without any output option.
    #[arg(short, long, value_name = "FILE", conflicts_with = "in_place")]
    pub output: Option<PathBuf>,
    /// Rewrite each PEM file that needs it
    ///
    /// Mode, owner, symbolic links, private keys and other blocks are kept. DER and PKCS#7, JSON, YAML
    /// and other text, standard input, and files that certbot keeps in copies are not rewritten (exit 2, or
    /// 1 where a search came across them): use -o.
    #[arg(short, long)]
    pub in_place: bool,
    /// Write the intermediates only (Apache's SSLCertificateChainFile); `-` is standard output
    #[arg(long, value_name = "FILE", conflicts_with = "in_place")]
    pub chain_out: Option<PathBuf>,
    /// Write the leaf only; `-` is standard output
    ///
    /// Together, --leaf-out and --chain-out may name the very files that are read, if those hold no
    /// private key: that is how a pair of files is mended.
    #[arg(long, value_name = "FILE", conflicts_with = "in_place")]
    pub leaf_out: Option<PathBuf>,
    /// Write cert.pem, chain.pem and fullchain.pem into this folder, as certbot does
    ///
    /// The folder is made if there is none. Where the root itself issued the leaf, chain.pem says so
    /// in a comment. None of them is replaced before all three lie ready.
    #[arg(long, value_name = "DIR", conflicts_with = "in_place")]
    pub out_dir: Option<PathBuf>,
    /// The form of -o: PEM, or PKCS#7 (binary) with certificates only, for Windows and Java
    #[arg(long, value_name = "FORM", value_enum, default_value_t = OutputForm::Pem, hide_default_value = true, conflicts_with = "in_place")]
    pub format: OutputForm,
    /// Write key, leaf and intermediates to -o, mode 0600 (HAProxy, Postfix)
    ///
    /// The key is that of --key, or else the one in the input; it must belong to the leaf and not be
    /// encrypted. A file with a private key is replaced only if the key is the same one, or if its
    /// certificate is the one that is being renewed.
    #[arg(long, conflicts_with = "in_place")]
    pub with_key: bool,
}

// What `fix` and `check` share.
#[derive(Debug, Args)]
pub struct CommonArgs {
    /// Files or folders to read, `-` for standard input, or https://HOST[:PORT] for what a server sends
    ///
    /// Files: PEM, however damaged, DER, PKCS#7, and certificates in JSON, YAML and other text; PKCS#12
    /// where the feature `pkcs12` is built in. A folder is searched, with all below it, for *.pem, *.crt,
    /// *.cer, *.p7b, *.p7c and *.der; what a .gitignore names is left out.
    #[arg(value_name = "BUNDLE", required_unless_present = "file_list", help_heading = None, value_parser = PathBufValueParser::new())]
    pub bundles: Vec<PathBuf>,
    /// Which files.
    #[command(flatten)]
    pub files: FilesArgs,
    /// Who is trusted, and where issuers come from.
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Which certificate, for what, and when.
    #[command(flatten)]
    pub judge: JudgeArgs,
    /// Live servers.
    #[command(flatten)]
    pub live: LiveArgs,
    /// How to report.
    #[command(flatten)]
    pub report: ReportArgs,
}

// Live servers.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Live servers")]
pub struct LiveArgs {
    /// Reach the server of a URL here, still by its own name: a name or an address
    ///
    /// For a machine behind a load balancer, or before the DNS knows it.
    #[arg(long, value_name = "HOST[:PORT]")]
    pub connect: Option<String>,
    /// Whether the server sends the certificates of this file: was it deployed, and reloaded?
    ///
    /// Under `check`; exit 1 where it sends others, or in another order.
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
}

// Which files.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Files")]
pub struct FilesArgs {
    /// Leave out what this glob names, as in .gitignore; may be given several times
    ///
    /// Also where a file is named on the command line: *.old.pem, tests/fixtures/**, a folder's
    /// name. Relative to the working directory, or to the folder that is searched.
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// These files were found, not chosen: for hooks and `find`, with `check` and `fix -i`
    ///
    /// As in a folder that is searched: what holds no certificate is skipped, and so is a leaf that
    /// stands apart from its chain in the same folder; what -i does not rewrite is exit 1, not 2.
    #[arg(long)]
    pub found: bool,
    /// Also read what this file lists: a path a line, or each ended by a NUL; `-` is standard input
    ///
    /// Relative paths start at the working directory. An empty list is nothing to do, and exit 0; with
    /// output options there must be something to write.
    #[arg(long, value_name = "FILE")]
    pub file_list: Option<PathBuf>,
}

// Who is trusted, and where issuers come from.
#[derive(Debug, Args)]
#[command(next_help_heading = "Trust and issuers")]
pub struct TrustArgs {
    /// What the clients trust: `mozilla` (built in, the default), `system`, or a file or directory
    ///
    /// Replaces the default; may be given several times. Of a directory the files in it count, but none
    /// below it; of a TRUSTED CERTIFICATE block, what it is trusted for.
    #[arg(long, value_name = "STORE", value_parser = PathBufValueParser::new().map(root_store))]
    pub roots: Vec<RootStore>,
    /// A --roots certificate that isn't self-signed counts as a trust anchor
    #[arg(long)]
    pub partial_chain: bool,
    /// Certificates to use before anything is fetched; may be given several times
    ///
    /// A file in PEM, DER or PKCS#7, a folder of such files with all below it (16 levels), or a CSV report of CCADB.
    /// What cannot be read is named where an intermediate is missing, and with -v. `chainmend cache
    /// import` keeps them for every run.
    #[arg(long, value_name = "PATH", alias = "untrusted")]
    pub intermediates: Vec<PathBuf>,
    /// Append the root, for the few consumers that want it sent
    ///
    /// Under `check` a root in the bundle is then no fault; `fix -i` adds it where it is missing.
    #[arg(long)]
    pub include_root: bool,
    /// Never fetch; the cache of earlier fetches counts
    #[arg(long)]
    pub offline: bool,
    /// Also fetch from this host or network; `private` stands for every non-public address
    #[arg(long, value_name = "HOST|CIDR|private")]
    pub allow_aia: Vec<String>,
    /// All fetching for a bundle ends after so long (default 30); so does a live server's answer (10)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(TIMEOUT_SECONDS))]
    pub timeout: Option<u64>,
}

// Which certificate, for what, and when.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is judged")]
pub struct JudgeArgs {
    /// Which certificate is the leaf: its fingerprint, or 8 digits and more of it
    #[arg(long, value_name = "SHA256")]
    pub leaf: Option<FingerprintPrefix>,
    /// The private key that the leaf must belong to
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// The password of PKCS#12 files: the first line of this file
    ///
    /// Or CHAINMEND_PASSWORD in the environment; without either, the empty one is tried. Only a build
    /// with the feature `pkcs12` reads such files.
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// All files are one bundle (Apache's pair): the one with the leaf is taken first
    ///
    /// Under `check` a right pair is OK, and for a wrong one the command is shown that mends its
    /// two files.
    #[arg(long)]
    pub together: bool,
    /// The host name or address that the leaf must be valid for
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// What the leaf is for; `client` needs --roots
    #[arg(long, value_enum, default_value_t = PurposeArg::Server)]
    pub purpose: PurposeArg,
    /// Judge at this time instead of now: RFC 3339, a date, Unix seconds, or `+30d`
    ///
    /// A relative time counts hours, days, weeks or years (h, d, w, y) from now.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Which of several valid paths: keep what the bundle does right, or the fewest certificates
    #[arg(long, value_enum, default_value_t = Choose::Auto)]
    pub choose: Choose,
    /// Prefer the path that ends in this root
    ///
    /// The whole common name of the root, in any case, or its fingerprint.
    #[arg(long, value_name = "NAME|SHA256", alias = "preferred-chain", value_parser = preferred_root)]
    pub preferred_root: Option<PreferredRoot>,
    /// Warn when a certificate of the chain expires within so many days
    ///
    /// Without it: within a third of its lifetime, at most 30 days.
    #[arg(long, value_name = "N")]
    pub warn_days: Option<u32>,
    /// Let this rule pass, everywhere or on one certificate; may be given several times
    ///
    /// Keeps `check` and `fix -i` at exit 0 for it and leaves the file alone where nothing else
    /// is wrong. A chain that was refused is not written in any case.
    #[arg(long, value_name = "RULE[=SHA256]", value_parser = ignore)]
    pub ignore: Vec<Ignore>,
    /// Exit 1 also for a warning of this rule; may be given several times
    #[arg(long, value_name = "RULE", value_parser = rule)]
    pub fail_on: Vec<Rule>,
}

// How to report.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Report")]
pub struct ReportArgs {
    /// The form of the report: text goes to standard error (default), all others to standard output
    #[arg(long, value_name = "FORM", value_enum)]
    pub report: Option<ReportForm>,
    /// Write the report here; `-` is standard output
    ///
    /// The file is replaced when the report is whole, so that others may read it at any time.
    #[arg(long, value_name = "FILE")]
    pub report_file: Option<PathBuf>,
    /// Show on standard output what would change, certificate by certificate; write nothing
    ///
    /// Exit 1 if anything would change. With `check` and -i each file is held against itself, with
    /// output options against what stands in the output files now, else the input against the chain.
    #[arg(long)]
    pub diff: bool,
    /// List on standard output the files that were changed (check: would be), nothing else
    ///
    /// A path a line, as it was named. Needs `check`, -i, or an output file.
    #[arg(short, long, conflicts_with = "diff")]
    pub list_changed: bool,
    /// How many bundles at a time (default: one for each processor)
    ///
    /// Those that wait for a server are not counted, unless N is 1. More than 512 are taken as 512, and under
    /// `ulimit -v` there are as many as its memory has room for.
    #[arg(short, long, value_name = "N", value_parser = values::jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// Report only bundles that need attention; twice, report nothing
    #[arg(short, long, action = clap::ArgAction::Count, conflicts_with = "verbose")]
    pub quiet: u8,
    /// Report each fetch, each note, and a command that proves the result
    #[arg(short, long, overrides_with = "verbose")]
    pub verbose: bool,
}

// `chainmend explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A rule's name, as reports show it; or what a program said, `-` for standard input
    #[arg(value_name = "RULE|ERROR TEXT|-", allow_negative_numbers = true)]
    pub text: Vec<OsString>,
    /// `json` prints the rule names only
    #[arg(long, value_name = "FORM", value_enum)]
    pub report: Option<ListForm>,
}

// `chainmend cache`.
#[derive(Debug, Args)]
#[command(disable_help_subcommand = true)]
pub struct CacheArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub action: CacheAction,
}

// What to do with the cache.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum CacheAction {
    /// List the URLs and certificates in the cache
    List,
    /// Empty the cache, of what was imported too
    Clear,
    /// Print the folder of the cache
    Path,
    /// Take in certificates, to be used before any fetch, and lists of revoked ones
    ///
    /// Certificates in PEM, DER or PKCS#7, folders of such files with all below, and the CSV reports of CCADB
    /// (https://www.ccadb.org/resources): those with PEM give certificates, and those with the columns
    /// `SHA-256 Fingerprint` and `Revocation Status` say which CA certificates are revoked. What is
    /// imported stays until the cache is cleared; it is verified at every use like what is fetched.
    #[command(after_long_help = sections::IMPORT)]
    Import {
        /// Files and folders to read, `-` for standard input
        #[arg(value_name = "PATH", required = true, value_parser = PathBufValueParser::new())]
        paths: Vec<PathBuf>,
    },
}

// `chainmend completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
}
