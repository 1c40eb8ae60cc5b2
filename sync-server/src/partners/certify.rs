//! The customer's signature at the certificate authority, and time-stamps.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, header::HeaderValue};
use shared::protocol::partners::{
    PartnerToken,
    delivery::{CaSignatureRequest, TIMESTAMP_QUERY, TIMESTAMP_REPLY},
    paths,
};

use super::{BaseUrl, IdempotencyKey, Partner, PartnerFailure, Partners, Question, read, send::Outgoing};

/// The authority's signature in the customer's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSignature {
    /// The authority's reference, kept as evidence.
    pub reference: PartnerToken,
    /// The detached CMS container, DER.
    pub container: Bytes,
}

impl Partners {
    /// The customer's signature: a detached CMS container (DER) over `request.digest`, made by the authority with a
    /// key of its own for this once. Send it only after the customer's own code.
    ///
    /// # Errors
    /// [`PartnerFailure`]; a container that is not one DER sequence in base64 is malformed. Whether it is a good
    /// signature of the right person is for the contract to verify.
    pub async fn sign_as_customer(
        &self,
        key: &IdempotencyKey,
        limit: Option<Duration>,
        request: &CaSignatureRequest,
    ) -> Result<CustomerSignature, PartnerFailure> {
        let read = (Question::Signature, read::signature);
        self.post(&Partner::Ca, paths::SIGNATURES, key, limit, request, read).await
    }

    /// An RFC 3161 answer (DER) to the query `tsq` (DER). Whether it fits the query is for the contract to verify.
    ///
    /// # Errors
    /// [`PartnerFailure`]; an answer that is not one DER sequence is malformed.
    pub async fn timestamp(
        &self,
        key: &IdempotencyKey,
        limit: Option<Duration>,
        tsq: Bytes,
    ) -> Result<Bytes, PartnerFailure> {
        let out = |base: &BaseUrl| Outgoing {
            method: Method::POST,
            url: base.below(""),
            content_type: HeaderValue::from_static(TIMESTAMP_QUERY),
            accept: HeaderValue::from_static(TIMESTAMP_REPLY),
            key: Some(key.header()),
            body: tsq,
        };
        self.call(&Partner::Tsa, out, limit, (Question::Timestamp, read::timestamp)).await
    }
}

pub(super) fn one_der_sequence(bytes: &[u8]) -> Result<Bytes, PartnerFailure> {
    let whole = der_sequence_bytes(bytes) == Some(bytes.len());
    if whole { Ok(Bytes::copy_from_slice(bytes)) } else { Err(PartnerFailure::Malformed { what: "der" }) }
}

/// How many bytes the DER sequence at the start of `bytes` says it has, header included.
fn der_sequence_bytes(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0x30, short @ 0..=0x7f, ..] => Some(2 + usize::from(*short)),
        [0x30, 0x81, length, ..] => Some(3 + usize::from(*length)),
        [0x30, 0x82, high, low, ..] => Some(4 + usize::from(u16::from_be_bytes([*high, *low]))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_lengths() {
        let rows: [(&[u8], Option<usize>); 6] = [
            (&[0x30, 0x00], Some(2)),
            (&[0x30, 0x03, 2, 1, 0], Some(5)),
            (&[0x30, 0x81, 0x80], Some(131)),
            (&[0x30, 0x82, 0x01, 0x00], Some(260)),
            (&[0x31, 0x00], None),
            (b"<html>", None),
        ];
        for (bytes, length) in rows {
            assert_eq!(der_sequence_bytes(bytes), length);
        }
    }
}
