//! What a suggested command has to carry to mean the same.

use chainmend::choose::PreferredRoot;
use chainmend::roots::RootStore;

use crate::args::{Choose, JudgeArgs, LiveArgs, PurposeArg, TrustArgs};
use crate::quote;

/// The options that change what a bundle's verdict is, quoted, each with a space in front.
pub fn judging(trust: &TrustArgs, judge: &JudgeArgs) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut add = |option: &str, value: String| words.push(format!(" {option} {value}"));
    for store in &trust.roots {
        add(
            "--roots",
            match store {
                RootStore::Mozilla => "mozilla".to_owned(),
                RootStore::System => "system".to_owned(),
                RootStore::Path(path) => quote::path(path),
            },
        );
    }
    for path in &trust.intermediates {
        add("--intermediates", quote::path(path));
    }
    for allowed in &trust.allow_aia {
        add("--allow-aia", quote::word(allowed));
    }
    if let Some(leaf) = &judge.leaf {
        add("--leaf", leaf.to_string());
    }
    if let Some(key) = &judge.key {
        add("--key", quote::path(key));
    }
    if let Some(path) = &judge.password_file {
        add("--password-file", quote::path(path));
    }
    if let Some(host) = &judge.host {
        add("--host", quote::word(host));
    }
    match judge.purpose {
        PurposeArg::Server => {}
        PurposeArg::Client => add("--purpose", "client".to_owned()),
        PurposeArg::Any => add("--purpose", "any".to_owned()),
    }
    if judge.choose == Choose::Shortest {
        add("--choose", "shortest".to_owned());
    }
    match &judge.preferred_root {
        Some(PreferredRoot::Name(name)) => add("--preferred-root", quote::word(name)),
        Some(PreferredRoot::Sha256(prefix)) => add("--preferred-root", prefix.to_string()),
        None => {}
    }
    for (flag, given) in [("--partial-chain", trust.partial_chain), ("--include-root", trust.include_root)] {
        if given {
            words.push(format!(" {flag}"));
        }
    }
    words.concat()
}

/// The options for live servers, quoted, each with a space in front.
pub fn live(live: &LiveArgs) -> String {
    let connect = live.connect.iter().map(|text| format!(" --connect {}", quote::word(text)));
    let against = live.against.iter().map(|path| format!(" --against {}", quote::path(path)));
    connect.chain(against).collect()
}
