//! The other judge: rustls-webpki, handed exactly one path and one anchor.
//!
//! It is asked once rfc5280 accepts. Where it refuses for one of its known gaps, the path is valid
//! all the same and a note says that rustls clients will not take it; any other refusal refuses.

use std::time::Duration;

use ::webpki::{EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};
use pki_types::{CertificateDer, UnixTime};

use super::gaps::{self, Refusal};
use super::{Context, Failure, Fault, Judgement, Purpose, Signatures};
use crate::path::CandidatePath;
use crate::rules::Rule;

/// Adds to a judgement what webpki says.
pub(super) fn judge(path: &CandidatePath, context: &Context, signatures: &Signatures, judgement: &mut Judgement) {
    let Err(refusal) = verify(path, context, signatures) else { return };
    if let Some((gap, position)) = gaps::explain(&refusal, path, context) {
        let message = format!("rustls clients will refuse this chain: {}", gap.reason);
        judgement.notes.push(Failure { position, fault: Fault::new(Rule::BeyondWebpki, message) });
        return;
    }
    judgement.failures.push(match refusal {
        Refusal::Anchor(error) => {
            let message = format!("cannot be read as a trust anchor by webpki: {error:?}");
            Failure { position: path.certificates.len(), fault: Fault::new(Rule::MalformedCertificate, message) }
        }
        Refusal::Path(Error::CertDistrusted) => {
            let message = "has a key that webpki distrusts (the Entrust SSL CAs that eMudhra ran)".to_owned();
            Failure { position: 0, fault: Fault::new(Rule::UntrustedRoot, message) }
        }
        refusal => bug(&refusal, path),
    });
}

fn bug(refusal: &Refusal, path: &CandidatePath) -> Failure {
    let unreadable =
        path.certificates.iter().position(|c| EndEntityCert::try_from(&CertificateDer::from(c.der())).is_err());
    let message = format!("webpki alone refuses this chain ({refusal}), for no known reason: a bug worth reporting");
    Failure { position: unreadable.unwrap_or(0), fault: Fault::new(Rule::BeyondWebpki, message) }
}

/// Asks webpki; for [`Purpose::Any`], whether it accepts for one of the two.
pub(super) fn verify(path: &CandidatePath, context: &Context, signatures: &Signatures) -> Result<(), Refusal> {
    let seconds = u64::try_from(context.at.unix()).map_err(|_| Refusal::BeforeTheEpoch)?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let mut result = Err(Refusal::OtherPath);
    for purpose in context.purpose.single() {
        let usage = if *purpose == Purpose::Client { KeyUsage::client_auth() } else { KeyUsage::server_auth() };
        result = verify_for(path, time, usage, signatures);
        if result.is_ok() {
            break;
        }
    }
    result
}

fn verify_for(path: &CandidatePath, time: UnixTime, usage: KeyUsage, signatures: &Signatures) -> Result<(), Refusal> {
    let Some((leaf, intermediates)) = path.certificates.split_first() else { return Err(Refusal::OtherPath) };
    let anchor = CertificateDer::from(path.anchor.certificate.der());
    let anchors = [anchor_from_trusted_cert(&anchor).map_err(Refusal::Anchor)?];
    let leaf = CertificateDer::from(leaf.der());
    let leaf = EndEntityCert::try_from(&leaf).map_err(Refusal::Path)?;
    let intermediates: Vec<CertificateDer<'_>> = intermediates.iter().map(|c| CertificateDer::from(c.der())).collect();
    let verified = leaf
        .verify_for_usage(&signatures.algorithms(), &anchors, &intermediates, time, usage, None, None)
        .map_err(Refusal::Path)?;
    // Intermediates are a set to webpki: it must have gone our way, through all of them in order.
    let same = verified.intermediate_certificates().map(|c| c.der()).eq(intermediates.iter().cloned());
    if same { Ok(()) } else { Err(Refusal::OtherPath) }
}
