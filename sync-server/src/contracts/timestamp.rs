//! The client's side of a time-stamp authority (RFC 3161): what to ask, and what of the answer to believe.

use const_oid::db::rfc5911::ID_DATA;
use der::{
    Any, Decode, Encode, Sequence,
    asn1::{BitString, Int, OctetString},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use spki::AlgorithmIdentifierOwned;
use x509_tsp::{MessageImprint, TimeStampReq, TspVersion, TstInfo};

use super::{
    ContractError,
    cms::{self, Fault, ID_CT_TST_INFO, Opened},
};

/// Largest answer read, bytes.
pub const MAX_RESPONSE: usize = 16 * 1024;

/// A time-stamp request that was sent: keep it until the answer is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampRequest {
    /// The body to post as `application/timestamp-query`.
    pub der: Vec<u8>,
    imprint: [u8; 32],
    nonce: [u8; 8],
}

/// PKIStatusInfo, RFC 3161 section 2.4.2.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct StatusInfo {
    /// 0 granted, 1 granted with changes, 2 and above refused.
    pub(crate) status: u8,
    #[asn1(optional = "true")]
    pub(crate) text: Option<Vec<String>>,
    #[asn1(optional = "true")]
    pub(crate) failure: Option<BitString>,
}

/// TimeStampResp. `x509_tsp`'s own type names its status by a crate that we do not otherwise have.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(crate) struct Response {
    pub(crate) status: StatusInfo,
    #[asn1(optional = "true")]
    pub(crate) token: Option<Any>,
}

/// Asks for a time-stamp over the signature in `cms`. `random` makes the nonce: 8 fresh random bytes.
///
/// # Errors
/// [`ContractError::Signature`] when `cms` is not a signature container of our form.
pub fn request_timestamp(cms: &[u8], random: [u8; 8]) -> Result<TimestampRequest, ContractError> {
    let opened = cms::open(cms, ID_DATA).map_err(ContractError::Signature)?;
    request_over(Sha256::digest(opened.signature_value()).into(), random)
}

/// A request that stamps nothing of anybody's: to see whether the authority answers.
///
/// # Errors
/// [`ContractError::Timestamp`] when the request cannot be written.
pub fn request_test_timestamp(random: [u8; 8]) -> Result<TimestampRequest, ContractError> {
    request_over(Sha256::digest(random).into(), random)
}

fn request_over(imprint: [u8; 32], random: [u8; 8]) -> Result<TimestampRequest, ContractError> {
    let mut nonce = random;
    nonce[0] = nonce[0] & 0x3f | 0x40; // positive and of fixed length, whatever was drawn
    let write = || -> der::Result<Vec<u8>> {
        TimeStampReq {
            version: TspVersion::V1,
            message_imprint: imprint_of(&imprint)?,
            req_policy: None,
            nonce: Some(Int::new(&nonce)?),
            cert_req: true,
            extensions: None,
        }
        .to_der()
    };
    let der = write().map_err(|_| ContractError::Timestamp("the request could not be written"))?;
    Ok(TimestampRequest { der, imprint, nonce })
}

/// Adds the answer's token to `cms` after checking that it stamps this very request.
///
/// # Errors
/// [`ContractError::Timestamp`] when the authority refused, or stamped something else, or another nonce.
pub fn attach_timestamp(
    cms: &[u8],
    request: &TimestampRequest,
    response: &[u8],
) -> Result<Vec<u8>, ContractError> {
    let refused = ContractError::Timestamp;
    if response.len() > MAX_RESPONSE {
        return Err(refused("it is larger than 16 KiB"));
    }
    let response = Response::from_der(response).map_err(|_| refused("it is not a TimeStampResp"))?;
    if response.status.status > 1 {
        return Err(refused("the authority refused the request"));
    }
    let token = response.token.ok_or(refused("there is no token in it"))?;
    let token = token.to_der().map_err(|_| refused("the token cannot be read"))?;
    let stamp = open_token(&token).map_err(refused)?;
    if stamp.info.nonce != Int::new(&request.nonce).ok() {
        return Err(refused("it answers another request (the nonce differs)"));
    }
    let opened = cms::open(cms, ID_DATA).map_err(ContractError::Signature)?;
    stamp.check(opened.signature_value()).map_err(refused)?;
    if Sha256::digest(opened.signature_value()).as_slice() != request.imprint {
        return Err(refused("the request was for another signature"));
    }
    opened.with_timestamp(&token).map_err(refused)
}

/// A token that was read: its form is right, nothing else is checked yet.
pub(crate) struct Stamp {
    pub(crate) container: Opened,
    pub(crate) info: TstInfo,
    content: Vec<u8>,
}

/// Reads a TimeStampToken.
pub(crate) fn open_token(token: &[u8]) -> Result<Stamp, Fault> {
    let container = cms::open(token, ID_CT_TST_INFO)?;
    let content = container.content().ok_or("the time-stamp has no content")?;
    let info = TstInfo::from_der(&content).map_err(|_| "the time-stamp's content cannot be read")?;
    Ok(Stamp { container, info, content })
}

impl Stamp {
    /// Checks the token's own signature and that it stamps `signature_value`. Trust in its certificate is not checked.
    pub(crate) fn check(&self, signature_value: &[u8]) -> Result<(), Fault> {
        self.container.check(&Sha256::digest(&self.content).into())?;
        let imprint = imprint_of(&Sha256::digest(signature_value).into());
        if imprint.ok().as_ref() != Some(&self.info.message_imprint) {
            return Err("it stamps something else");
        }
        Ok(())
    }

    /// When it was stamped.
    pub(crate) fn stamped_at(&self) -> Option<Timestamp> {
        let seconds = self.info.gen_time.to_unix_duration().as_secs();
        Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
    }
}

fn imprint_of(digest: &[u8; 32]) -> der::Result<MessageImprint> {
    let AlgorithmIdentifierOwned { oid, parameters } = cms::sha256();
    Ok(MessageImprint {
        hash_algorithm: spki::AlgorithmIdentifier { oid, parameters },
        hashed_message: OctetString::new(digest.as_slice())?,
    })
}
