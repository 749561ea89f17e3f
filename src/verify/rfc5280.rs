//! Our judge: RFC 5280 §6.1 on one ordered path, and every reason why it fails.
//!
//! It never stops at the first failure. What fails for a certificate by itself comes from
//! [`super::own`], which is also the search's veto, so that the two cannot disagree; here are the
//! checks that look at several certificates.

use super::constraints::{self, Budget};
use super::{
    Context, Failure, Fault, Judgement, Purpose, SignatureCheck, Signatures, own, policies, purpose, strength, strict,
};
use crate::cert::der::without_zeros;
use crate::cert::{Certificate, NameKey};
use crate::path::CandidatePath;
use crate::rules::Rule;

/// The most intermediates that webpki, and so every rustls client, follows.
pub(super) const MANY_INTERMEDIATES: usize = 6;

/// How many intermediates a client's chain may have where the server's configuration says nothing:
/// nginx `ssl_verify_depth`, Apache `SSLVerifyDepth`. OpenSSL counts neither the leaf nor the root.
const DEFAULT_VERIFY_DEPTH: usize = 1;

/// The certificates of a path from the leaf to the anchor.
struct Walk<'a> {
    /// The anchor last; where the leaf is its own anchor, only the leaf.
    certificates: Vec<&'a Certificate>,
    /// The last certificate is an anchor that issues what is below it.
    anchored: bool,
}

impl<'a> Walk<'a> {
    fn of(path: &'a CandidatePath) -> Self {
        let mut certificates: Vec<&Certificate> = path.certificates.iter().map(|c| &**c).collect();
        let anchored = !is_its_own_anchor(path);
        if anchored {
            certificates.push(&path.anchor.certificate);
        }
        Self { certificates, anchored }
    }

    /// Each certificate with its position and its issuer.
    fn links(&self) -> impl Iterator<Item = (usize, &'a Certificate, &'a Certificate)> {
        let issuers = self.certificates.iter().skip(1);
        self.certificates.iter().zip(issuers).enumerate().map(|(position, (child, issuer))| (position, *child, *issuer))
    }

    /// The issuers with their positions, lowest first.
    fn issuers(&self) -> impl Iterator<Item = (usize, &'a Certificate)> {
        self.certificates.iter().copied().enumerate().skip(1)
    }

    /// The certificates that are validated: the anchor is none of them.
    fn below_the_anchor(&self) -> &[&'a Certificate] {
        match self.certificates.split_last() {
            Some((_, below)) if self.anchored => below,
            _ => &[],
        }
    }

    /// The position of the anchor, if it is none of the path's certificates.
    fn anchor(&self) -> Option<usize> {
        self.anchored.then(|| self.certificates.len() - 1)
    }
}

/// A trusted self-signed leaf: the one certificate of the path is the anchor.
pub(super) fn is_its_own_anchor(path: &CandidatePath) -> bool {
    matches!(path.certificates.as_slice(), [only] if **only == *path.anchor.certificate)
}

/// Judges a path. Failures stand in the order of positions.
pub(super) fn judge(
    path: &CandidatePath,
    context: &Context,
    signatures: &Signatures,
    comparisons: &mut Budget,
) -> Judgement {
    if path.certificates.is_empty() {
        let fault = Fault::new(Rule::NoCertificate, "the path is empty");
        return Judgement { failures: vec![Failure { position: 0, fault }], notes: Vec::new() };
    }
    let walk = Walk::of(path);
    let mut failures = Vec::new();
    let mut notes = Vec::new();
    own_faults(&walk, context, &mut failures);
    for (position, child, issuer) in walk.links() {
        failures.extend(link_fault(child, issuer, signatures).map(|fault| Failure { position, fault }));
        notes.extend(encoding_note(child, issuer).map(|fault| Failure { position, fault }));
    }
    path_lengths(&walk, &mut failures);
    name_constraints(&walk, comparisons, &mut failures);
    purposes(&walk, context, &mut failures);
    failures.extend(policies::breach(walk.below_the_anchor()));
    notes.extend(strict::notes(&walk.certificates));
    notes.extend(leaf_notes(path, context));
    tidy(&mut failures);
    Judgement { failures, notes }
}

fn own_faults(walk: &Walk<'_>, context: &Context, failures: &mut Vec<Failure>) {
    for (position, certificate) in walk.certificates.iter().enumerate() {
        let mut faults = if position == 0 {
            own::leaf(certificate, context)
        } else if walk.anchor() == Some(position) {
            own::anchor(certificate, context)
        } else {
            own::intermediate(certificate, context)
        };
        if position == 0 && walk.anchored && certificate.is_self_issued() {
            faults.extend(strength::signature_fault(certificate));
        }
        failures.extend(faults.into_iter().map(|fault| Failure { position, fault }));
    }
}

/// What is wrong between two neighbours; what only follows from the first fault is not looked for.
pub(super) fn link_fault(child: &Certificate, issuer: &Certificate, signatures: &Signatures) -> Option<Fault> {
    chaining_fault(child, issuer)
        .or_else(|| signature_fault(child, issuer, signatures))
        .or_else(|| key_id_fault(child, issuer))
}

/// §6.1.3 (a)(4): the issuer's name is the subject of the next certificate, by §7.1.
fn chaining_fault(child: &Certificate, issuer: &Certificate) -> Option<Fault> {
    if *child.issuer_key() == issuer.entity().subject {
        return None;
    }
    let message = format!("was issued by {}, not by {}", child.issuer(), issuer.subject());
    Some(Fault::new(Rule::BadSignature, message))
}

/// Names that are equal by §7.1 but not byte by byte: OpenSSL compares as we do, webpki does not.
fn encoding_note(child: &Certificate, issuer: &Certificate) -> Option<Fault> {
    let differs = child.issuer() != issuer.subject() && *child.issuer_key() == issuer.entity().subject;
    differs.then(|| {
        let message = format!("writes its issuer's name otherwise than \"{}\" does itself", issuer.short_name());
        Fault::new(Rule::NameEncodingDiffers, message)
    })
}

/// §6.1.3 (a)(1): the issuer's key verifies the signature, by an algorithm that clients take.
fn signature_fault(child: &Certificate, issuer: &Certificate, signatures: &Signatures) -> Option<Fault> {
    match signatures.check(child, issuer) {
        // Weak keys and algorithms are faults of the certificate that has them: see `own`.
        SignatureCheck::Valid | SignatureCheck::Weak => None,
        SignatureCheck::Invalid => {
            let message = format!("the key of \"{}\" does not verify its signature", issuer.short_name());
            let fault = Fault::new(Rule::BadSignature, message);
            Some(match key_ids(child, issuer) {
                Some((wanted, found)) => fault.help(format!(
                    "it names the key {wanted}, but this issuer's key is {found}: another certificate of that name is needed"
                )),
                None => fault.help("it was tampered with or damaged, or another certificate of that name issued it"),
            })
        }
        // A judge computes each: this is what a searcher may be told, and never good enough here.
        SignatureCheck::Unchecked => {
            let message = "its signature was not checked: that would have cost too much";
            Some(Fault::new(Rule::SearchBudget, message))
        }
        // A broken hash or a key of a kind that no client takes is said where it stands.
        SignatureCheck::Unsupported if strength::signature_fault(child).is_some() => None,
        SignatureCheck::Unsupported if strength::key_fault(issuer).is_some() => None,
        SignatureCheck::Unsupported if own::is_unreadable(issuer, "subjectPublicKeyInfo") => None,
        SignatureCheck::Unsupported => {
            let oid = child.signature_algorithm_oid();
            let algorithm = strength::algorithm_name(oid);
            let key = strength::key_name(&issuer.fields().key);
            let message = format!("its signature ({algorithm}, by a key of kind {key}) cannot be checked here");
            Some(Fault::new(Rule::UnsupportedAlgorithm, message))
        }
    }
}

/// §4.2.1.1: the authority key identifier must not contradict the issuer of this path, neither by
/// key identifier nor by the issuer's own issuer and serial number. What is absent contradicts
/// nothing.
pub(super) fn key_id_fault(child: &Certificate, issuer: &Certificate) -> Option<Fault> {
    if let Some((wanted, found)) = key_ids(child, issuer) {
        let message = format!("names the issuer key {wanted}, but that of \"{}\" is {found}", issuer.short_name());
        return Some(Fault::new(Rule::KeyIdMismatch, message));
    }
    let authority = child.fields().authority_key_id.as_ref()?;
    let other_issuer =
        !authority.issuer.is_empty() && !authority.issuer.iter().any(|name| NameKey::of(name) == *issuer.issuer_key());
    let other_serial =
        authority.serial.as_ref().is_some_and(|serial| without_zeros(serial) != without_zeros(issuer.serial()));
    if !other_issuer && !other_serial {
        return None;
    }
    let wanted = authority.serial.as_ref().map_or_else(|| "another".to_owned(), |serial| colons(serial));
    let message = format!(
        "names an issuer certificate with serial number {wanted} (authorityKeyIdentifier), but that of \"{}\" is {}{}",
        issuer.short_name(),
        colons(issuer.serial()),
        if other_issuer { ", and it was issued by another CA" } else { "" },
    );
    Some(Fault::new(Rule::KeyIdMismatch, message))
}

/// The key identifier that the child wants and that of the issuer, where they differ.
fn key_ids(child: &Certificate, issuer: &Certificate) -> Option<(String, String)> {
    let wanted = child.fields().issuer_key_id()?;
    let found = issuer.fields().subject_key_id.as_deref()?;
    (wanted != found).then(|| (colons(wanted), colons(found)))
}

/// Upper-case hexadecimal digits with colons, as OpenSSL and browsers show identifiers.
fn colons(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect::<Vec<_>>().join(":")
}

/// §6.1.4 (l) and (m), with §4.2.1.9: no more non-self-issued intermediates below a CA than it
/// allows; the leaf does not count, the anchor's own limit does (as in OpenSSL).
fn path_lengths(walk: &Walk<'_>, failures: &mut Vec<Failure>) {
    let mut below: u32 = 0;
    for (position, issuer) in walk.issuers() {
        let limit = issuer.fields().basic_constraints.filter(|bc| bc.ca).and_then(|bc| bc.path_len);
        if let Some(limit) = limit.filter(|limit| below > *limit) {
            let intermediates = if limit == 1 { "intermediate" } else { "intermediates" };
            let message =
                format!("is allowed {limit} {intermediates} below it, has {below} (pathLenConstraint {limit})");
            let fault = Fault::new(Rule::PathLengthExceeded, message);
            failures.push(Failure { position, fault });
        }
        if !issuer.is_self_issued() {
            below += 1;
        }
    }
}

/// §6.1.3 (b) and (c), §6.1.4 (g), and RFC 5937 for the anchor's: the names of every certificate
/// below a constrained CA. The fault is that of the certificate that carries the name.
fn name_constraints(walk: &Walk<'_>, comparisons: &mut Budget, failures: &mut Vec<Failure>) {
    let mut budget = comparisons.for_path();
    let before = comparisons.for_path();
    for (above, upper) in walk.issuers() {
        for (position, lower) in walk.certificates.iter().enumerate().take(above) {
            let Some(breach) = constraints::breach(upper, lower, position == 0, &mut budget) else { continue };
            let fault = Fault::new(Rule::NameConstraintViolated, breach.of_the_lower(upper));
            failures.push(Failure { position, fault });
        }
    }
    comparisons.settle(&before, &budget);
}

/// Where either purpose will do, one of them must be allowed all along the path.
fn purposes(walk: &Walk<'_>, context: &Context, failures: &mut Vec<Failure>) {
    if context.purpose != Purpose::Any || failures.iter().any(|f| f.fault.rule == Rule::WrongPurpose) {
        return;
    }
    if let Some(position) = purpose::conflict(&walk.certificates) {
        failures.push(Failure { position, fault: purpose::conflict_fault() });
    }
}

fn leaf_notes(path: &CandidatePath, context: &Context) -> Vec<Failure> {
    let mut notes = Vec::new();
    let leaf = path.certificates.first();
    notes.extend(leaf.and_then(|leaf| purpose::no_name_note(leaf, context.purpose)));
    let intermediates = path.certificates.len().saturating_sub(1);
    if intermediates > MANY_INTERMEDIATES {
        let message = format!("needs {intermediates} intermediates; rustls clients follow {MANY_INTERMEDIATES}");
        notes.push(Fault::new(Rule::ChainTooLong, message));
    }
    if context.purpose == Purpose::Client && intermediates > DEFAULT_VERIFY_DEPTH {
        let message = format!(
            "needs a verify depth of {intermediates} at the server: ssl_verify_depth {intermediates} (nginx), \
             SSLVerifyDepth {intermediates} (Apache); their default is {DEFAULT_VERIFY_DEPTH}"
        );
        notes.push(Fault::new(Rule::VerifyDepth, message));
    }
    notes.into_iter().map(|fault| Failure { position: 0, fault }).collect()
}

/// In the order of positions, and nothing twice. What only follows from another failure was left out
/// where that one is found.
fn tidy(failures: &mut Vec<Failure>) {
    failures.sort_by_key(|failure| failure.position);
    let mut kept: Vec<Failure> = Vec::with_capacity(failures.len());
    for failure in failures.drain(..) {
        if !kept.contains(&failure) {
            kept.push(failure);
        }
    }
    *failures = kept;
}
