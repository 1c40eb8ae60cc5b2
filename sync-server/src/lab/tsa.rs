//! The lab's time-stamp authority (RFC 3161): a request's DER in, a response's DER out.

use der::{
    Any, Decode, Encode,
    asn1::{BitString, Int, ObjectIdentifier},
};
use jiff::Timestamp;
use x509_tsp::{Accuracy, TimeStampReq, TspVersion, TstInfo};
use zeroize::Zeroizing;

use crate::contracts::{
    ContractError,
    certificate::{Identity, asn1_time, certificate_pem, key_pem, pem_blocks, read_certificate, read_key},
    cms::{self, Content},
    timestamp::{Response, StatusInfo},
};

/// Largest request read, bytes.
pub const MAX_REQUEST: usize = 4 * 1024;

/// The policy stamped: the example arc of ISO (joint-iso-itu-t(2) example(999)), because a demo has none of its own.
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.3161.1");

/// PKIFailureInfo bits, RFC 3161 section 2.4.2.
#[derive(Clone, Copy)]
enum Failure {
    BadAlgorithm = 0,
    BadRequest = 2,
    BadDataFormat = 5,
    /// `systemFailure`
    OutOfOrder = 25,
}

/// The time-stamp authority: make it with [`super::ca::Ca::issue_tsa`].
pub struct Tsa(Identity);

impl Tsa {
    pub(crate) fn new(identity: Identity) -> Self {
        Self(identity)
    }

    /// Key and certificate in one PEM text, for the lab's data folder.
    ///
    /// # Errors
    /// [`ContractError::Key`].
    pub fn to_pem(&self) -> Result<Zeroizing<String>, ContractError> {
        let mut pem = key_pem(&self.0.key)?;
        pem.push_str(&certificate_pem(&self.0.certificate)?);
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
        Ok(Self(Identity { key, certificate }))
    }

    /// Answers `request` at `now`. `serial` numbers the stamp: unique for this authority, e.g. 16 random bytes.
    /// A request that cannot be stamped gets an answer that says so, as RFC 3161 has it.
    pub fn respond(&self, request: &[u8], now: Timestamp, serial: [u8; 16]) -> Vec<u8> {
        self.stamp(request, now, serial).unwrap_or_else(refusal)
    }

    fn stamp(&self, request: &[u8], now: Timestamp, mut serial: [u8; 16]) -> Result<Vec<u8>, Failure> {
        if request.len() > MAX_REQUEST {
            return Err(Failure::BadDataFormat);
        }
        let request = TimeStampReq::from_der(request).map_err(|_| Failure::BadDataFormat)?;
        let imprint = &request.message_imprint;
        if imprint.hash_algorithm.oid != cms::sha256().oid || imprint.hashed_message.as_bytes().len() != 32 {
            return Err(Failure::BadAlgorithm);
        }
        if request.extensions.is_some() || !request.cert_req {
            return Err(Failure::BadRequest);
        }
        serial[0] = serial[0] & 0x3f | 0x40; // a positive integer of fixed length
        let failed = |_| Failure::OutOfOrder;
        let info = TstInfo {
            version: TspVersion::V1,
            policy: request.req_policy.unwrap_or(POLICY),
            message_imprint: request.message_imprint,
            serial_number: Int::new(&serial).map_err(failed)?,
            gen_time: asn1_time(now).map_err(|_| Failure::OutOfOrder)?,
            accuracy: Some(Accuracy { seconds: Some(1), millis: None, micros: None }),
            ordering: false,
            nonce: request.nonce,
            tsa: None,
            extensions: None,
        };
        let content = info.to_der().map_err(failed)?;
        let token = cms::sign(&self.0, Content::TstInfo(&content)).map_err(|_| Failure::OutOfOrder)?;
        let status = StatusInfo { status: 0, text: None, failure: None };
        Response { status, token: Some(Any::from_der(&token).map_err(failed)?) }.to_der().map_err(failed)
    }
}

/// A TimeStampResp that refuses: status 2 (rejection) with one failure bit.
fn refusal(failure: Failure) -> Vec<u8> {
    let bit = failure as usize;
    let mut bits = vec![0_u8; bit / 8 + 1];
    bits[bit / 8] = 0x80 >> (bit % 8);
    let unused = u8::try_from(7 - bit % 8).unwrap_or_default();
    let failure = BitString::new(unused, bits).ok();
    let status = StatusInfo { status: 2, text: None, failure };
    Response { status, token: None }.to_der().unwrap_or_default()
}
