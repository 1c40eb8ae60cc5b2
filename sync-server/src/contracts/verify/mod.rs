//! Verifies a finished contract from its bytes alone: stricter than PDF viewers and pdfsig are.
//!
//! No byte is free: each is either hashed by the customer's signature, or part of that signature's container, whose
//! every byte is checked, or a zero behind it. And after the seal nothing but the customer's signature may have come.

mod locate;
mod refusal;
mod revisions;
#[cfg(test)]
mod tests;
mod trust;

use const_oid::db::{
    rfc4519::{COMMON_NAME, ORGANIZATIONAL_UNIT_NAME},
    rfc5911::ID_DATA,
};
use der::asn1::{ObjectIdentifier, Utf8StringRef};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use x509_cert::name::Name;

pub use refusal::{Refusal, Signature};
pub use trust::TrustedRoots;

use self::locate::Located;
use super::{append::digest_around, cms, cms::Opened, timestamp::open_token};

/// Largest file looked at, bytes.
pub const MAX_FILE: usize = 32 * 1024 * 1024;

/// What is known of a good contract.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Who sealed it.
    pub sealed_by: Signer,
    /// Who signed it as the customer; the unit is the reference the CA certified, e.g. the contract number.
    pub signed_by: Signer,
    /// Who stamped the time.
    pub stamped_by: Signer,
    /// When the customer's signature existed, by the time-stamp authority.
    pub stamped_at: Timestamp,
}

/// A certificate's holder.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// Common name.
    pub name: String,
    /// Organisational unit, where there is one.
    pub unit: Option<String>,
    /// The issuer's common name.
    pub issuer: String,
    /// Serial number, hex.
    pub serial: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer(***, issuer {:?}, serial {})", self.issuer, self.serial)
    }
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Report(sha256 {}, stamped at {})", self.sha256, self.stamped_at)
    }
}

/// Verifies a finished contract: sealed, then signed by the customer with a time-stamp, and nothing else.
///
/// # Errors
/// The first [`Refusal`] found.
pub fn verify(bytes: &[u8], roots: &TrustedRoots) -> Result<Report, Refusal> {
    let located = locate(bytes)?;
    let [seal, customer] = located.as_slice() else { return Err(Refusal::CustomerSignatureMissing) };
    let signature = signature_over(bytes, customer, Signature::Customer)?;
    let token =
        signature.timestamp_token().map_err(|fault| Refusal::Container(Signature::Customer, fault))?;
    let stamp = open_token(&token.ok_or(Refusal::TimestampMissing)?).map_err(Refusal::TimestampInvalid)?;
    stamp.check(signature.signature_value()).map_err(Refusal::TimestampInvalid)?;
    let stamped_at = stamp.stamped_at().ok_or(Refusal::TimestampInvalid("it has no time"))?;
    if stamp.container.timestamp_token() != Ok(None) {
        return Err(Refusal::TimestampInvalid("it has unsigned attributes"));
    }
    roots.accept(&stamp.container, Signature::Timestamp, stamped_at)?;
    let customers_root = roots.accept(&signature, Signature::Customer, stamped_at)?;

    let sealing = signature_over(&bytes[..seal.end], seal, Signature::Seal)?;
    plain_seal(&sealing)?;
    // The seal has no time-stamp of its own; the customer's covers it and is the latest it can have been made.
    let seals_root = roots.accept(&sealing, Signature::Seal, stamped_at)?;
    trust::keep_apart(&seals_root, &customers_root)?;
    revisions::only_the_signature_was_added(bytes, seal, customer)?;
    Ok(Report {
        sha256: hex::encode(Sha256::digest(bytes)),
        sealed_by: signer(&sealing),
        signed_by: signer(&signature),
        stamped_by: signer(&stamp.container),
        stamped_at,
    })
}

/// Verifies a contract that is sealed and waits for the customer's signature, at `now`.
///
/// # Errors
/// The first [`Refusal`] found; [`Refusal::SignatureCount`] when it is signed already.
pub fn verify_sealed(bytes: &[u8], roots: &TrustedRoots, now: Timestamp) -> Result<Signer, Refusal> {
    let located = locate(bytes)?;
    let [seal] = located.as_slice() else { return Err(Refusal::SignatureCount(located.len())) };
    let sealing = signature_over(bytes, seal, Signature::Seal)?;
    plain_seal(&sealing)?;
    roots.accept(&sealing, Signature::Seal, now)?;
    revisions::is_certified(bytes, seal)?;
    Ok(signer(&sealing))
}

/// The common name in `name`.
pub(super) fn common_name(name: &Name) -> Option<String> {
    part(name, COMMON_NAME)
}

fn locate(bytes: &[u8]) -> Result<Vec<Located>, Refusal> {
    if bytes.len() > MAX_FILE || !bytes.starts_with(b"%PDF-") {
        return Err(Refusal::NotAPdf);
    }
    locate::signatures(bytes)
}

fn signature_over(bytes: &[u8], located: &Located, role: Signature) -> Result<Opened, Refusal> {
    let opened = cms::open(&located.container, ID_DATA).map_err(|fault| Refusal::Container(role, fault))?;
    let digest = digest_around(bytes, &located.contents);
    if opened.signed_digest().map_err(|fault| Refusal::Container(role, fault))? != digest {
        return Err(Refusal::DigestMismatch(role));
    }
    opened.check(&digest).map_err(|fault| Refusal::SignatureInvalid(role, fault))?;
    Ok(opened)
}

fn plain_seal(sealing: &Opened) -> Result<(), Refusal> {
    match sealing.timestamp_token() {
        Ok(None) => Ok(()),
        _ => Err(Refusal::Container(Signature::Seal, "it has unsigned attributes")),
    }
}

fn signer(opened: &Opened) -> Signer {
    let tbs = &opened.certificate.tbs_certificate;
    Signer {
        name: common_name(&tbs.subject).unwrap_or_default(),
        unit: part(&tbs.subject, ORGANIZATIONAL_UNIT_NAME),
        issuer: common_name(&tbs.issuer).unwrap_or_default(),
        serial: hex::encode(tbs.serial_number.as_bytes()),
    }
}

fn part(name: &Name, oid: ObjectIdentifier) -> Option<String> {
    let found = name.0.iter().flat_map(|part| part.0.iter()).find(|part| part.oid == oid)?;
    let text: Utf8StringRef<'_> = found.value.decode_as().ok()?;
    Some(text.as_str().to_owned())
}
