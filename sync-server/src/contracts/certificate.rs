//! P-256 certificates: a self-signed root and the end certificates below it. Used for our own seal and by the lab.

use der::{
    DateTime, DecodePem, Encode, EncodePem,
    asn1::{Any, GeneralizedTime, ObjectIdentifier, SetOfVec, Utf8StringRef},
};
use jiff::{SignedDuration, Timestamp};
use p256::{
    ecdsa::{DerSignature, SigningKey},
    pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding},
};
use rand::{CryptoRng, RngCore};
use spki::SubjectPublicKeyInfoOwned;
use x509_cert::{
    Certificate,
    attr::AttributeTypeAndValue,
    builder::{Builder, CertificateBuilder, Profile},
    ext::pkix::ExtendedKeyUsage,
    name::{Name, RdnSequence, RelativeDistinguishedName},
    serial_number::SerialNumber,
    time::{Time, Validity},
};
use zeroize::Zeroizing;

use super::ContractError;

/// id-kp-documentSigning, RFC 9336.
pub(crate) const DOCUMENT_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36");

/// How far before its making a certificate is valid, so that a clock slightly behind still accepts it.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

/// What an end certificate may be used for (its extended key usage, critical).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Documents. `emailProtection` comes with it because NSS (pdfsig) checks document signatures as that.
    Document,
    /// RFC 3161 time-stamps: the only usage such a certificate may have.
    TimeStamp,
}

/// Who a certificate names. Texts come from outside and are stored as they are, never parsed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) common_name: &'a str,
    pub(crate) organisation: Option<&'a str>,
    pub(crate) unit: Option<&'a str>,
}

/// A root key with its self-signed certificate.
pub(crate) struct Root {
    pub(crate) key: SigningKey,
    pub(crate) certificate: Certificate,
}

/// A key with a certificate that a [`Root`] issued.
pub(crate) struct Identity {
    pub(crate) key: SigningKey,
    pub(crate) certificate: Certificate,
}

impl Root {
    /// Makes a root, valid for `years`.
    pub(crate) fn generate(
        rng: &mut (impl RngCore + CryptoRng),
        now: Timestamp,
        years: i64,
        subject: Subject<'_>,
    ) -> Result<Self, ContractError> {
        let key = SigningKey::random(rng);
        let public = public_key(&key)?;
        let validity = validity(now, SignedDuration::from_hours(years * 8_766))?;
        let certificate =
            CertificateBuilder::new(Profile::Root, serial(rng)?, validity, name(subject)?, public, &key)
                .and_then(|builder| builder.build::<DerSignature>())
                .map_err(|_| ContractError::Key("the root certificate could not be made"))?;
        Ok(Self { key, certificate })
    }

    /// Makes a fresh key and a certificate for it, valid for `span`.
    pub(crate) fn issue(
        &self,
        rng: &mut (impl RngCore + CryptoRng),
        now: Timestamp,
        span: SignedDuration,
        subject: Subject<'_>,
        purpose: Purpose,
    ) -> Result<Identity, ContractError> {
        let failed = |_| ContractError::Key("the certificate could not be made");
        let key = SigningKey::random(rng);
        let profile = Profile::Leaf {
            issuer: self.certificate.tbs_certificate.subject.clone(),
            enable_key_agreement: false,
            enable_key_encipherment: false,
        };
        let mut builder = CertificateBuilder::new(
            profile,
            serial(rng)?,
            validity(now, span)?,
            name(subject)?,
            public_key(&key)?,
            &self.key,
        )
        .map_err(failed)?;
        let usages = match purpose {
            Purpose::Document => {
                vec![DOCUMENT_SIGNING, const_oid::db::rfc5280::ID_KP_EMAIL_PROTECTION]
            }
            Purpose::TimeStamp => vec![const_oid::db::rfc5280::ID_KP_TIME_STAMPING],
        };
        builder.add_extension(&ExtendedKeyUsage(usages)).map_err(failed)?;
        let certificate = builder.build::<DerSignature>().map_err(failed)?;
        Ok(Identity { key, certificate })
    }
}

/// A private key as PKCS#8 PEM.
pub(crate) fn key_pem(key: &SigningKey) -> Result<Zeroizing<String>, ContractError> {
    key.to_pkcs8_pem(LineEnding::LF).map_err(|_| ContractError::Key("the key could not be written"))
}

/// Reads a PKCS#8 PEM key.
pub(crate) fn read_key(pem: &str) -> Result<SigningKey, ContractError> {
    SigningKey::from_pkcs8_pem(pem).map_err(|_| ContractError::Key("it is not a P-256 key in PKCS#8 PEM"))
}

/// A certificate as PEM.
pub(crate) fn certificate_pem(certificate: &Certificate) -> Result<String, ContractError> {
    certificate.to_pem(LineEnding::LF).map_err(|_| ContractError::Key("the certificate could not be written"))
}

/// Reads one PEM certificate.
pub(crate) fn read_certificate(pem: &str) -> Result<Certificate, ContractError> {
    Certificate::from_pem(pem).map_err(|_| ContractError::Key("it is not a certificate in PEM"))
}

/// Splits a PEM text into its blocks with this label (at most 64), each with its own armour.
pub(crate) fn pem_blocks(text: &str, label: &str) -> Vec<String> {
    const MAX_BLOCKS: usize = 64;
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let blocks = text.split(&begin).skip(1).filter_map(|rest| rest.split(&end).next());
    blocks.take(MAX_BLOCKS).map(|body| format!("{begin}{}{end}\n", body.replace('\r', ""))).collect()
}

/// `at` as the ASN.1 types write it (whole seconds).
pub(crate) fn asn1_time(at: Timestamp) -> Result<GeneralizedTime, ContractError> {
    let seconds = u64::try_from(at.as_second()).map_err(|_| ContractError::Key("the time is before 1970"))?;
    DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))
        .map(GeneralizedTime::from_date_time)
        .map_err(|_| ContractError::Key("the time is after 9999"))
}

fn validity(now: Timestamp, span: SignedDuration) -> Result<Validity, ContractError> {
    let range = |_| ContractError::Key("the validity is out of range");
    let from = now.checked_sub(CLOCK_SLACK).map_err(range)?;
    let until = now.checked_add(span).map_err(range)?;
    Ok(Validity {
        not_before: Time::GeneralTime(asn1_time(from)?),
        not_after: Time::GeneralTime(asn1_time(until)?),
    })
}

/// 128 random bits, positive and never zero.
fn serial(rng: &mut impl RngCore) -> Result<SerialNumber, ContractError> {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    bytes[0] = bytes[0] & 0x3f | 0x40;
    SerialNumber::new(&bytes).map_err(|_| ContractError::Key("the serial number could not be made"))
}

fn public_key(key: &SigningKey) -> Result<SubjectPublicKeyInfoOwned, ContractError> {
    SubjectPublicKeyInfoOwned::from_key(*key.verifying_key())
        .map_err(|_| ContractError::Key("the public key could not be written"))
}

fn name(subject: Subject<'_>) -> Result<Name, ContractError> {
    use const_oid::db::rfc4519::{COMMON_NAME, COUNTRY_NAME, ORGANIZATION_NAME, ORGANIZATIONAL_UNIT_NAME};
    let failed = |_| ContractError::Key("the name in the certificate cannot be written");
    let country = Any::new(der::Tag::PrintableString, *b"CN").map_err(failed)?;
    let mut parts = vec![(COUNTRY_NAME, country)];
    let texts = [
        (ORGANIZATION_NAME, subject.organisation),
        (ORGANIZATIONAL_UNIT_NAME, subject.unit),
        (COMMON_NAME, Some(subject.common_name)),
    ];
    for (oid, text) in texts {
        if let Some(text) = text {
            let text = Utf8StringRef::new(text).map_err(failed)?;
            parts.push((oid, Any::encode_from(&text).map_err(failed)?));
        }
    }
    let mut sequence = RdnSequence::default();
    for (oid, value) in parts {
        let set = SetOfVec::try_from(vec![AttributeTypeAndValue { oid, value }]).map_err(failed)?;
        sequence.0.push(RelativeDistinguishedName(set));
    }
    Ok(sequence)
}

/// SHA-256 of the certificate's DER.
pub(crate) fn fingerprint(certificate: &Certificate) -> Result<[u8; 32], ContractError> {
    use sha2::{Digest, Sha256};
    let der = certificate.to_der().map_err(|_| ContractError::Key("the certificate could not be written"))?;
    Ok(Sha256::digest(der).into())
}
