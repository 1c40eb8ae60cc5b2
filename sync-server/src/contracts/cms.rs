//! The signature container (CMS SignedData, RFC 5652) in the one form that PAdES baseline needs: one signer, P-256
//! with SHA-256, the signer's certificate and no root inside, `signing-certificate-v2` among the signed attributes.
//!
//! Reading is strict: a container must be the canonical DER of exactly this form, so that no byte of it is free.

use cms::{
    cert::{CertificateChoices, IssuerAndSerialNumber},
    content_info::{CmsVersion, ContentInfo},
    signed_data::{
        CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
    },
};
use const_oid::db::{
    rfc5911::{ID_AA_SIGNING_CERTIFICATE_V_2, ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNED_DATA},
    rfc5912::{ECDSA_WITH_SHA_256, ID_SHA_256},
};
use der::{
    Any, Decode, Encode, Sequence,
    asn1::{ObjectIdentifier, OctetString, SetOfVec},
};
use p256::{
    ecdsa::{
        DerSignature, VerifyingKey,
        signature::{Signer, Verifier},
    },
    pkcs8::DecodePublicKey,
};
use sha2::{Digest, Sha256};
use spki::AlgorithmIdentifierOwned;
use x509_cert::{
    Certificate,
    attr::{Attribute, Attributes},
};

use super::certificate::{Identity, fingerprint};

/// id-aa-timeStampToken, RFC 3161 appendix A.
const ID_AA_TIME_STAMP_TOKEN: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");
/// id-ct-TSTInfo, RFC 3161.
pub(crate) const ID_CT_TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// Most certificates a container may bring (the signer's and those between it and a root).
const MAX_CERTIFICATES: usize = 4;

/// Why a container is refused: a reason for the log, never data.
pub(crate) type Fault = &'static str;

/// ESSCertIDv2, RFC 5035 (its policies are not used).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct EssCertIdV2 {
    #[asn1(optional = "true")]
    hash_algorithm: Option<AlgorithmIdentifierOwned>,
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

/// SigningCertificateV2, RFC 5035.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

/// What is signed.
pub(crate) enum Content<'a> {
    /// Something outside, by its SHA-256.
    Detached([u8; 32]),
    /// A TSTInfo that travels inside.
    TstInfo(&'a [u8]),
}

/// Signs `content` as `identity` (deterministic ECDSA, RFC 6979) and gives the container's DER.
pub(crate) fn sign(identity: &Identity, content: Content<'_>) -> Result<Vec<u8>, Fault> {
    build(identity, content).map_err(|_| "the signature container could not be written")
}

fn build(identity: &Identity, content: Content<'_>) -> der::Result<Vec<u8>> {
    let (content_type, digest, inside) = match content {
        Content::Detached(digest) => (ID_DATA, digest, None),
        Content::TstInfo(bytes) => {
            let inside = Any::encode_from(&OctetString::new(bytes)?)?;
            (ID_CT_TST_INFO, Sha256::digest(bytes).into(), Some(inside))
        }
    };
    let signed_attrs = signed_attributes(content_type, &digest, &identity.certificate)?;
    let signature: DerSignature =
        identity.key.try_sign(&signed_attrs.to_der()?).map_err(|_| der::ErrorKind::Failed)?;
    let tbs = &identity.certificate.tbs_certificate;
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: tbs.issuer.clone(),
            serial_number: tbs.serial_number.clone(),
        }),
        digest_alg: sha256(),
        signed_attrs: Some(signed_attrs),
        signature_algorithm: algorithm(ECDSA_WITH_SHA_256),
        signature: OctetString::new(signature.to_bytes())?,
        unsigned_attrs: None,
    };
    let certificates = vec![CertificateChoices::Certificate(identity.certificate.clone())];
    let signed = SignedData {
        version: version_for(content_type),
        digest_algorithms: SetOfVec::try_from(vec![sha256()])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: content_type, econtent: inside },
        certificates: Some(CertificateSet::try_from(certificates)?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer])?,
    };
    wrap(&signed)
}

/// A container that was read: canonical, of our form; its signature is not checked yet.
pub(crate) struct Opened {
    signed: SignedData,
    signer: SignerInfo,
    /// The signer's certificate.
    pub(crate) certificate: Certificate,
    /// Certificates between the signer's and a root.
    pub(crate) intermediates: Vec<Certificate>,
}

/// Reads a container of `content_type` (`id-data` detached, or TSTInfo inside).
pub(crate) fn open(bytes: &[u8], content_type: ObjectIdentifier) -> Result<Opened, Fault> {
    let info = ContentInfo::from_der(bytes).map_err(|_| "the container is not DER")?;
    if info.content_type != ID_SIGNED_DATA {
        return Err("the container is not SignedData");
    }
    let signed: SignedData = info.content.decode_as().map_err(|_| "the container is not SignedData")?;
    if wrap(&signed).ok().as_deref() != Some(bytes) {
        return Err("the container is not canonical DER");
    }
    let [signer] = signed.signer_infos.0.as_slice() else { return Err("there is not exactly one signer") };
    let signer = signer.clone();
    let form_fits = signed.version == version_for(content_type)
        && signed.crls.is_none()
        && signed.digest_algorithms.as_slice() == [sha256()]
        && signed.encap_content_info.econtent_type == content_type
        && signed.encap_content_info.econtent.is_some() == (content_type == ID_CT_TST_INFO)
        && signer.version == CmsVersion::V1
        && signer.digest_alg == sha256()
        && signer.signature_algorithm == algorithm(ECDSA_WITH_SHA_256);
    if !form_fits {
        return Err("the container is not one P-256/SHA-256 signature of the expected content");
    }
    let (certificate, intermediates) = certificates(&signed, &signer)?;
    Ok(Opened { signed, signer, certificate, intermediates })
}

impl Opened {
    /// Checks digest, signed attributes and signature. `digest` is the SHA-256 of the content.
    pub(crate) fn check(&self, digest: &[u8; 32]) -> Result<(), Fault> {
        let attributes = self.signer.signed_attrs.as_ref().ok_or("nothing is signed")?;
        let content_type: ObjectIdentifier = only(attributes, ID_CONTENT_TYPE)?;
        if content_type != self.signed.encap_content_info.econtent_type {
            return Err("the signed content type is another");
        }
        if self.signed_digest()? != *digest {
            return Err("the signed digest is not the content's");
        }
        let named: SigningCertificateV2 = only(attributes, ID_AA_SIGNING_CERTIFICATE_V_2)?;
        let own = fingerprint(&self.certificate).map_err(|_| "the certificate cannot be written")?;
        let first = named.certs.first().ok_or("no signing certificate is named")?;
        if first.hash_algorithm.is_some() || first.cert_hash.as_bytes() != own {
            return Err("the signed certificate reference is another's");
        }
        let message = attributes.to_der().map_err(|_| "the signed attributes cannot be written")?;
        let key = verifying_key(&self.certificate)?;
        let signature = DerSignature::from_bytes(self.signature_value())
            .map_err(|_| "the signature value is not an ECDSA signature")?;
        key.verify(&message, &signature).map_err(|_| "the signature does not fit")
    }

    /// The digest that was signed.
    pub(crate) fn signed_digest(&self) -> Result<[u8; 32], Fault> {
        let attributes = self.signer.signed_attrs.as_ref().ok_or("nothing is signed")?;
        let digest: OctetString = only(attributes, ID_MESSAGE_DIGEST)?;
        digest.as_bytes().try_into().map_err(|_| "the signed digest is not SHA-256")
    }

    /// The signature value: what a signature time-stamp stamps.
    pub(crate) fn signature_value(&self) -> &[u8] {
        self.signer.signature.as_bytes()
    }

    /// The content inside (TSTInfo).
    pub(crate) fn content(&self) -> Option<Vec<u8>> {
        let inside: OctetString = self.signed.encap_content_info.econtent.as_ref()?.decode_as().ok()?;
        Some(inside.into_bytes())
    }

    /// The signature time-stamp token's DER; the only unsigned attribute that may be there.
    pub(crate) fn timestamp_token(&self) -> Result<Option<Vec<u8>>, Fault> {
        let Some(attributes) = &self.signer.unsigned_attrs else { return Ok(None) };
        let [attribute] = attributes.as_slice() else { return Err("there are other unsigned attributes") };
        match (attribute.oid == ID_AA_TIME_STAMP_TOKEN, attribute.values.as_slice()) {
            (true, [token]) => token.to_der().map(Some).map_err(|_| "the time-stamp cannot be read"),
            _ => Err("there is an unsigned attribute that is not one time-stamp"),
        }
    }

    /// The same container with `token` as its signature time-stamp.
    pub(crate) fn with_timestamp(mut self, token: &[u8]) -> Result<Vec<u8>, Fault> {
        let add = || -> der::Result<Vec<u8>> {
            let values = SetOfVec::try_from(vec![Any::from_der(token)?])?;
            let attribute = Attribute { oid: ID_AA_TIME_STAMP_TOKEN, values };
            self.signer.unsigned_attrs = Some(SetOfVec::try_from(vec![attribute])?);
            self.signed.signer_infos = SignerInfos::try_from(vec![self.signer])?;
            wrap(&self.signed)
        };
        add().map_err(|_| "the time-stamp could not be added")
    }
}

/// The public key of a certificate, where it is a P-256 key.
pub(crate) fn verifying_key(certificate: &Certificate) -> Result<VerifyingKey, Fault> {
    let spki = certificate.tbs_certificate.subject_public_key_info.to_der();
    let spki = spki.map_err(|_| "the public key cannot be read")?;
    VerifyingKey::from_public_key_der(&spki).map_err(|_| "the public key is not P-256")
}

/// The algorithm identifier of SHA-256 (parameters absent, RFC 5754).
pub(crate) fn sha256() -> AlgorithmIdentifierOwned {
    algorithm(ID_SHA_256)
}

fn algorithm(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: None }
}

/// RFC 5652 section 5.1: 3 when something other than id-data is inside.
fn version_for(content_type: ObjectIdentifier) -> CmsVersion {
    if content_type == ID_DATA { CmsVersion::V1 } else { CmsVersion::V3 }
}

fn wrap(signed: &SignedData) -> der::Result<Vec<u8>> {
    ContentInfo { content_type: ID_SIGNED_DATA, content: Any::encode_from(signed)? }.to_der()
}

fn signed_attributes(
    content_type: ObjectIdentifier,
    digest: &[u8; 32],
    certificate: &Certificate,
) -> der::Result<Attributes> {
    let hash = fingerprint(certificate).map_err(|_| der::ErrorKind::Failed)?;
    let named = SigningCertificateV2 {
        certs: vec![EssCertIdV2 {
            hash_algorithm: None,
            cert_hash: OctetString::new(hash)?,
            issuer_serial: None,
        }],
        policies: None,
    };
    let attribute =
        |oid, value: Any| Ok::<_, der::Error>(Attribute { oid, values: SetOfVec::try_from(vec![value])? });
    SetOfVec::try_from(vec![
        attribute(ID_CONTENT_TYPE, Any::encode_from(&content_type)?)?,
        attribute(ID_MESSAGE_DIGEST, Any::encode_from(&OctetString::new(digest.as_slice())?)?)?,
        attribute(ID_AA_SIGNING_CERTIFICATE_V_2, Any::encode_from(&named)?)?,
    ])
}

/// The single value of the attribute `oid`, which must be there once.
fn only<'a, T: der::Choice<'a> + der::DecodeValue<'a>>(
    attributes: &'a Attributes,
    oid: ObjectIdentifier,
) -> Result<T, Fault> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let (Some(attribute), None) = (found.next(), found.next()) else {
        return Err("a signed attribute is missing or doubled");
    };
    let [value] = attribute.values.as_slice() else { return Err("a signed attribute has several values") };
    value.decode_as().map_err(|_| "a signed attribute cannot be read")
}

/// The signer's certificate and the others, each of which must be there once.
fn certificates(signed: &SignedData, signer: &SignerInfo) -> Result<(Certificate, Vec<Certificate>), Fault> {
    let SignerIdentifier::IssuerAndSerialNumber(wanted) = &signer.sid else {
        return Err("the signer is not named by issuer and serial number");
    };
    let set = signed.certificates.as_ref().ok_or("there is no certificate")?;
    if set.0.len() > MAX_CERTIFICATES {
        return Err("there are too many certificates");
    }
    let (mut own, mut others) = (None, Vec::new());
    for choice in set.0.iter() {
        let CertificateChoices::Certificate(certificate) = choice else {
            return Err("there is something other than a certificate");
        };
        let tbs = &certificate.tbs_certificate;
        if tbs.issuer == wanted.issuer && tbs.serial_number == wanted.serial_number {
            if own.replace(certificate.clone()).is_some() {
                return Err("the signer's certificate is there twice");
            }
        } else {
            others.push(certificate.clone());
        }
    }
    Ok((own.ok_or("the signer's certificate is not there")?, others))
}
