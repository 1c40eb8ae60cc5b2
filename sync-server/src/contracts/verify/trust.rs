//! Which roots a verifier trusts, and whether a certificate leads to one of them (path building by webpki).

use der::{Decode, Encode};
use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, ring::ECDSA_P256_SHA256};
use x509_cert::{Certificate, ext::pkix};

use crate::contracts::{
    certificate::{pem_blocks, read_certificate},
    cms::Opened,
};

use super::{Refusal, refusal::Signature};

/// id-kp-documentSigning (RFC 9336), as DER content.
const EKU_DOCUMENT: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 36];
/// id-kp-timeStamping, as DER content.
const EKU_TIMESTAMP: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];

/// The roots trusted for each kind of signature.
#[derive(Debug, Clone, Default)]
pub struct TrustedRoots {
    seal: Vec<CertificateDer<'static>>,
    customer: Vec<CertificateDer<'static>>,
    timestamp: Vec<CertificateDer<'static>>,
}

impl TrustedRoots {
    /// Trusts every certificate of a PEM text for every kind of signature: for a verifier who was given one bundle.
    ///
    /// # Errors
    /// [`Refusal::Roots`] when there is no certificate in it or one cannot be read.
    pub fn from_pem_bundle(pem: &str) -> Result<Self, Refusal> {
        Self::default().for_seal(pem)?.for_customer(pem)?.for_timestamp(pem)
    }

    /// Trusts these for the contract seal.
    ///
    /// # Errors
    /// [`Refusal::Roots`].
    pub fn for_seal(mut self, pem: &str) -> Result<Self, Refusal> {
        self.seal.extend(roots(pem)?);
        Ok(self)
    }

    /// Trusts these for customers' certificates.
    ///
    /// # Errors
    /// [`Refusal::Roots`].
    pub fn for_customer(mut self, pem: &str) -> Result<Self, Refusal> {
        self.customer.extend(roots(pem)?);
        Ok(self)
    }

    /// Trusts these for time-stamps.
    ///
    /// # Errors
    /// [`Refusal::Roots`].
    pub fn for_timestamp(mut self, pem: &str) -> Result<Self, Refusal> {
        self.timestamp.extend(roots(pem)?);
        Ok(self)
    }

    /// Accepts the signer of `opened` for `role` at `time`; answers with the root that it leads to.
    pub(super) fn accept(
        &self,
        opened: &Opened,
        role: Signature,
        time: Timestamp,
    ) -> Result<RootKey, Refusal> {
        let (roots, usage) = match role {
            Signature::Seal => (&self.seal, EKU_DOCUMENT),
            Signature::Customer => (&self.customer, EKU_DOCUMENT),
            Signature::Timestamp => (&self.timestamp, EKU_TIMESTAMP),
        };
        may_sign(&opened.certificate, role)?;
        let untrusted = Refusal::Untrusted(role);
        let own = der_of(&opened.certificate, role)?;
        let own = EndEntityCert::try_from(&own).map_err(|_| untrusted.clone())?;
        let between =
            opened.intermediates.iter().map(|one| der_of(one, role)).collect::<Result<Vec<_>, _>>()?;
        let anchors: Vec<TrustAnchor<'_>> =
            roots.iter().filter_map(|root| anchor_from_trusted_cert(root).ok()).collect();
        let seconds = u64::try_from(time.as_second()).unwrap_or_default();
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let path = own
            .verify_for_usage(
                &[ECDSA_P256_SHA256],
                &anchors,
                &between,
                time,
                KeyUsage::required(usage),
                None,
                None,
            )
            .map_err(|error| refusal(&error, role))?;
        if path.intermediate_certificates().count() != between.len() {
            return Err(Refusal::CertificateExtra(role));
        }
        Ok(RootKey(path.anchor().subject_public_key_info.as_ref().to_vec()))
    }
}

/// The public key of a root, whatever name it goes by.
#[derive(PartialEq, Eq)]
pub(super) struct RootKey(Vec<u8>);

/// A customers' authority hands certificates for documents to anybody: one of them must not seal in the company's
/// name. So the seal never comes from the root that the customer's certificate comes from, even where one bundle of
/// roots is trusted for everything.
pub(super) fn keep_apart(seal: &RootKey, customer: &RootKey) -> Result<(), Refusal> {
    if seal == customer { Err(Refusal::CertificateUsage(Signature::Seal)) } else { Ok(()) }
}

fn refusal(error: &webpki::Error, role: Signature) -> Refusal {
    match error {
        webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. } => {
            Refusal::CertificateExpired(role)
        }
        webpki::Error::RequiredEkuNotFoundContext(_)
        | webpki::Error::CaUsedAsEndEntity
        | webpki::Error::UnsupportedCriticalExtension => Refusal::CertificateUsage(role),
        _ => Refusal::Untrusted(role),
    }
}

/// webpki leaves key usage to its caller: the key must be for digital signatures or non-repudiation, and not a CA's.
fn may_sign(certificate: &Certificate, role: Signature) -> Result<(), Refusal> {
    let usage = certificate.tbs_certificate.get::<pkix::KeyUsage>().ok().flatten();
    match usage {
        Some((_, usage))
            if (usage.digital_signature() || usage.non_repudiation()) && !usage.key_cert_sign() =>
        {
            Ok(())
        }
        _ => Err(Refusal::CertificateUsage(role)),
    }
}

fn der_of(certificate: &Certificate, role: Signature) -> Result<CertificateDer<'static>, Refusal> {
    certificate.to_der().map(CertificateDer::from).map_err(|_| Refusal::Untrusted(role))
}

fn roots(pem: &str) -> Result<Vec<CertificateDer<'static>>, Refusal> {
    let blocks = pem_blocks(pem, "CERTIFICATE");
    if blocks.is_empty() {
        return Err(Refusal::Roots);
    }
    let read = |block: &String| {
        let certificate = read_certificate(block).map_err(|_| Refusal::Roots)?;
        let der = certificate.to_der().map_err(|_| Refusal::Roots)?;
        Certificate::from_der(&der).map_err(|_| Refusal::Roots)?;
        Ok(CertificateDer::from(der))
    };
    blocks.iter().map(read).collect()
}
