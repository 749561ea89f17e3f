//! The other judge: rustls-webpki, handed exactly one path and one anchor.
//!
//! It is asked once rfc5280 accepts. Where it refuses for one of its known gaps, the path is valid
//! all the same and a note says that rustls clients will not take it; any other refusal refuses.

use std::time::Duration;

use ::webpki::{EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};
use pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};

use super::gaps::{self, Refusal};
use super::{Context, Failure, Fault, Judgement, Purpose, Signatures};
use crate::path::CandidatePath;
use crate::rules::Rule;

/// Adds to a judgement what webpki says.
pub(super) fn judge(path: &CandidatePath, context: &Context, signatures: &Signatures, judgement: &mut Judgement) {
    let Err(refusals) = verify(path, context, signatures) else { return };
    let explained = refusals.iter().find_map(|refusal| gaps::explain(refusal, path, context));
    if let Some((gap, position)) = explained {
        let message = format!("rustls clients will refuse this chain: {}", gap.reason);
        judgement.notes.push(Failure { position, fault: Fault::new(Rule::BeyondWebpki, message) });
    } else {
        judgement.failures.extend(refusals.first().map(|refusal| failure(refusal, path)));
    }
}

fn failure(refusal: &Refusal, path: &CandidatePath) -> Failure {
    match refusal {
        Refusal::Anchor(error) => {
            let message = format!("cannot be read as a trust anchor by webpki: {error:?}");
            Failure { position: path.certificates.len(), fault: Fault::new(Rule::MalformedCertificate, message) }
        }
        Refusal::Path(Error::CertDistrusted) => {
            let message = "needs a key that webpki distrusts: it is on the list of keys built into it";
            Failure { position: 0, fault: Fault::new(Rule::BeyondWebpki, message) }
        }
        _ => bug(refusal, path),
    }
}

fn bug(refusal: &Refusal, path: &CandidatePath) -> Failure {
    let unreadable =
        path.certificates.iter().position(|c| EndEntityCert::try_from(&CertificateDer::from(c.der())).is_err());
    let message = format!("webpki alone refuses this chain ({refusal}), for no known reason: a bug worth reporting");
    Failure { position: unreadable.unwrap_or(0), fault: Fault::new(Rule::BeyondWebpki, message) }
}

/// Asks webpki for each single purpose; one that it accepts will do.
///
/// # Errors
/// The refusal for each purpose.
pub(super) fn verify(path: &CandidatePath, context: &Context, signatures: &Signatures) -> Result<(), Vec<Refusal>> {
    let seconds = u64::try_from(context.at.unix()).map_err(|_| vec![Refusal::BeforeTheEpoch])?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let mut refusals = Vec::new();
    for purpose in context.purpose.single() {
        let usage = if *purpose == Purpose::Client { KeyUsage::client_auth() } else { KeyUsage::server_auth() };
        match verify_for(path, time, usage, signatures) {
            Ok(()) => return Ok(()),
            Err(refusal) => refusals.push(refusal),
        }
    }
    Err(refusals)
}

fn verify_for(path: &CandidatePath, time: UnixTime, usage: KeyUsage, signatures: &Signatures) -> Result<(), Refusal> {
    let Some((leaf, intermediates)) = path.certificates.split_first() else { return Err(Refusal::OtherPath) };
    let anchor = CertificateDer::from(path.anchor.certificate.der());
    let anchors = [anchor_from_trusted_cert(&anchor).map_err(Refusal::Anchor)?];
    let leaf = CertificateDer::from(leaf.der());
    let leaf = EndEntityCert::try_from(&leaf).map_err(Refusal::Path)?;
    let intermediates: Vec<CertificateDer<'_>> = intermediates.iter().map(|c| CertificateDer::from(c.der())).collect();
    let algorithms = signatures.algorithms(path);
    let algorithms: Vec<&dyn SignatureVerificationAlgorithm> = algorithms.iter().map(|a| a as _).collect();
    let verified =
        leaf.verify_for_usage(&algorithms, &anchors, &intermediates, time, usage, None, None).map_err(Refusal::Path)?;
    // Intermediates are a set to webpki: it must have gone our way, through all of them in order.
    let same = verified.intermediate_certificates().map(|c| c.der()).eq(intermediates.iter().cloned());
    if same { Ok(()) } else { Err(Refusal::OtherPath) }
}
