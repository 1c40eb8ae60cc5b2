//! Text messages, customer signatures, and the lab's readable inbox.

use serde::{Deserialize, Serialize};

use super::{Masked, PartnerToken};

/// A text message to a customer's phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsMessage {
    /// Mobile number, 11 digits.
    pub phone: Masked<String>,
    /// The text, with the one-time code where there is one; at most [`SmsMessage::MAX_CHARS`].
    pub text: Masked<String>,
    /// What the message is for, e.g. `sign_code`.
    pub purpose: PartnerToken,
}

impl SmsMessage {
    /// Longest text, in characters (several joined messages).
    pub const MAX_CHARS: usize = 500;
}

/// Answer to [`SmsMessage`]: the gateway took the message; arrival is another matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsAccepted {
    /// The gateway's reference.
    pub reference: PartnerToken,
}

/// Asks the certificate authority to sign in the customer's name, with a certificate and key made for this one
/// signature (事件型证书); the key never leaves the authority. Send it only after the customer's own code was right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaSignatureRequest {
    /// Full name, confirmed.
    pub name: Masked<String>,
    /// Resident identity number.
    pub id_number: Masked<String>,
    /// What is signed, e.g. the contract's number; stands in the certificate.
    pub contract: PartnerToken,
    /// SHA-256 of the signed bytes, 64 lower-case hexadecimal digits.
    pub digest: String,
    /// SHA-256 (likewise) of the evidence that the customer meant it: code, time, disclosed terms.
    pub intent: String,
    /// Reference of the real-name check that vouches for the person.
    pub real_name_reference: PartnerToken,
    /// The customer's consent that names the authority.
    pub consent: PartnerToken,
}

/// Answer to [`CaSignatureRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaSignature {
    /// The authority's reference, kept as evidence.
    pub reference: PartnerToken,
    /// The detached CMS container with the customer's certificate, DER in base64 (standard alphabet, padded).
    pub container: String,
}

/// Media type of a time-stamp request (RFC 3161 §3.4).
pub const TIMESTAMP_QUERY: &str = "application/timestamp-query";

/// Media type of a time-stamp answer (RFC 3161 §3.4).
pub const TIMESTAMP_REPLY: &str = "application/timestamp-reply";

/// `GET /inbox.json?phone=…` of the lab: the messages to that phone, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    /// Newest first.
    pub messages: Vec<InboxMessage>,
}

/// A message as it lies in the lab's inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxMessage {
    /// Counts up from 1 over all phones.
    pub number: u64,
    /// First 3 and last 4 digits, e.g. `138****5678`.
    pub phone: String,
    /// What the message is for.
    pub purpose: PartnerToken,
    /// The text.
    pub text: Masked<String>,
    /// The six digits that stand alone in the text, where there are such.
    pub code: Option<Masked<String>>,
    /// When the gateway took it.
    pub received_at: jiff::Timestamp,
}
