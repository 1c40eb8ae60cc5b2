//! The lab's certificate authority: a demo root, one-time customer certificates, and signing in the customer's name.
//!
//! As with a licensed CA's event certificates (事件型证书), the customer's key is made for one signature inside the CA,
//! signs once, and is gone: it never leaves this module and is never stored.

use jiff::{SignedDuration, Timestamp};
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::contracts::{
    ContractError,
    certificate::{Purpose, Root, Subject, certificate_pem, key_pem, pem_blocks, read_certificate, read_key},
    cms::{self, Content},
};

use super::tsa::Tsa;

/// How long the demo root is valid, years.
const ROOT_YEARS: i64 = 20;
/// How long a customer's one-time certificate is valid: signing and stamping happen at once.
const CUSTOMER_VALIDITY: SignedDuration = SignedDuration::from_hours(24);
/// How long the time-stamp authority's certificate is valid.
const TSA_VALIDITY: SignedDuration = SignedDuration::from_hours(10 * 8_766);

/// The lab's CA.
pub struct Ca(Root);

/// Whom a one-time certificate names.
#[derive(Clone, Copy)]
pub struct Signatory<'a> {
    /// The name that was checked.
    pub name: &'a str,
    /// What the certificate is for, e.g. the contract number; never an ID number.
    pub reference: &'a str,
}

impl Ca {
    /// Makes the CA's root.
    ///
    /// # Errors
    /// [`ContractError::Key`] when `now` is outside what certificates can say (1970–9999).
    pub fn generate(rng: &mut (impl RngCore + CryptoRng), now: Timestamp) -> Result<Self, ContractError> {
        let subject = Subject {
            common_name: "Miaopi Lab Demo Root CA",
            organisation: Some("Miaopi Lab (demo, not a licensed CA)"),
            unit: None,
        };
        Root::generate(rng, now, ROOT_YEARS, subject).map(Self)
    }

    /// The root's certificate, PEM: what a verifier has to trust.
    ///
    /// # Errors
    /// [`ContractError::Key`].
    pub fn root_pem(&self) -> Result<String, ContractError> {
        certificate_pem(&self.0.certificate)
    }

    /// Key and certificate in one PEM text, for the lab's data folder.
    ///
    /// # Errors
    /// [`ContractError::Key`].
    pub fn to_pem(&self) -> Result<Zeroizing<String>, ContractError> {
        let mut pem = key_pem(&self.0.key)?;
        pem.push_str(&self.root_pem()?);
        Ok(pem)
    }

    /// Reads what [`Self::to_pem`] wrote.
    ///
    /// # Errors
    /// [`ContractError::Key`].
    pub fn from_pem(pem: &str) -> Result<Self, ContractError> {
        let key = read_key(pem_blocks(pem, "PRIVATE KEY").first().map_or("", String::as_str))?;
        let certificate =
            read_certificate(pem_blocks(pem, "CERTIFICATE").first().map_or("", String::as_str))?;
        Ok(Self(Root { key, certificate }))
    }

    /// Makes the time-stamp authority below this root.
    ///
    /// # Errors
    /// [`ContractError::Key`].
    pub fn issue_tsa(
        &self,
        rng: &mut (impl RngCore + CryptoRng),
        now: Timestamp,
    ) -> Result<Tsa, ContractError> {
        let subject = Subject {
            common_name: "Miaopi Lab Demo TSA",
            organisation: Some("Miaopi Lab (demo, not a licensed CA)"),
            unit: None,
        };
        let identity = self.0.issue(rng, now, TSA_VALIDITY, subject, Purpose::TimeStamp)?;
        Ok(Tsa::new(identity))
    }

    /// Signs `digest` (SHA-256 of the PDF's byte range) in `signatory`'s name with a fresh one-time key, and returns
    /// the detached CMS container's DER. Call it only after the one-time code was right.
    ///
    /// # Errors
    /// [`ContractError::Key`] for a name that a certificate cannot hold, [`ContractError::Signature`].
    pub fn sign_for(
        &self,
        rng: &mut (impl RngCore + CryptoRng),
        now: Timestamp,
        signatory: Signatory<'_>,
        digest: [u8; 32],
    ) -> Result<Vec<u8>, ContractError> {
        let subject =
            Subject { common_name: signatory.name, organisation: None, unit: Some(signatory.reference) };
        let once = self.0.issue(rng, now, CUSTOMER_VALIDITY, subject, Purpose::Document)?;
        cms::sign(&once, Content::Detached(digest)).map_err(ContractError::Signature)
    }
}
