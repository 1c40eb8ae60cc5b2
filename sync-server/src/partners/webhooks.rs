//! What comes back by itself: Standard Webhooks, verified before a byte of them is believed.
//!
//! See <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>: the signature is
//! HMAC-SHA256 over `id.timestamp.body`, base64, after `v1,`; several may be given, separated by spaces.

use axum::http::{HeaderMap, StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use shared::protocol::partners::{
    MAX_BODY_BYTES, PartnerToken,
    funders::{FUNDER_DECISION_EVENT, FunderCallback, FunderCallbackData, FunderDecision},
};

use crate::problem::Problem;

/// Header with the message's id; a repeated delivery repeats it.
pub const WEBHOOK_ID: &str = "webhook-id";
/// Header with the time of sending, whole seconds since the epoch.
pub const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
/// Header with the signatures.
pub const WEBHOOK_SIGNATURE: &str = "webhook-signature";
/// How far a timestamp may be from now, in seconds, either way.
pub const TOLERANCE_S: i64 = 300;
/// Most signatures looked at (an attacker chooses how many are sent).
const MAX_SIGNATURES: usize = 8;

/// A shared secret, 24–64 bytes, written `whsec_` and base64. Never prints.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebhookSecret(Vec<u8>);

impl WebhookSecret {
    /// # Errors
    /// A sentence when the text is not `whsec_` and 24–64 bytes in base64.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bytes = text.strip_prefix("whsec_").and_then(|rest| STANDARD.decode(rest).ok());
        match bytes {
            Some(bytes) if (24..=64).contains(&bytes.len()) => Ok(Self(bytes)),
            _ => Err("a webhook secret is `whsec_` followed by 24 to 64 bytes in base64".into()),
        }
    }

    /// From random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }

    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Some(mac)
    }
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("whsec_***")
    }
}

impl TryFrom<String> for WebhookSecret {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<WebhookSecret> for String {
    fn from(secret: WebhookSecret) -> Self {
        format!("whsec_{}", STANDARD.encode(secret.0))
    }
}

/// The `webhook-signature` header of a message we send.
pub fn sign(secret: &WebhookSecret, id: &str, timestamp: Timestamp, body: &[u8]) -> String {
    let mac = secret.mac(id, timestamp.as_second(), body);
    let tag = mac.map(|mac| STANDARD.encode(mac.finalize().into_bytes())).unwrap_or_default();
    format!("v1,{tag}")
}

/// A callback that really comes from somebody who knows the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCallback {
    /// The message's id: one id, one transition.
    pub id: PartnerToken,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// What it says. Hold the decision against the asked terms with [`super::FunderAnswer::to`].
    pub data: FunderCallbackData,
}

/// Verifies a callback from `funder` (whose address and secrets it came to): id, timestamp within [`TOLERANCE_S`] of `now`, one signature by one of `secrets`
/// (two while a secret is being exchanged), then the body, which must speak of that funder.
///
/// # Errors
/// 401 `webhook_unsigned`, `webhook_stale` or `webhook_forged`; 413 `webhook_too_large`; 422 `webhook_malformed` for a
/// signed body that is no decision (a `pending` is none).
pub fn verify(
    funder: &PartnerToken,
    secrets: &[WebhookSecret],
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<VerifiedCallback, Problem> {
    if body.len() > MAX_BODY_BYTES {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "webhook_too_large",
            "Send at most 256 KiB.",
        ));
    }
    let unsigned =
        || refused("webhook_unsigned", "Send webhook-id, webhook-timestamp and webhook-signature headers.");
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).ok_or_else(unsigned);
    let id = PartnerToken::parse(text(WEBHOOK_ID)?).map_err(|_| unsigned())?;
    let seconds: i64 = text(WEBHOOK_TIMESTAMP)?.parse().map_err(|_| unsigned())?;
    let sent_at = Timestamp::from_second(seconds).map_err(|_| unsigned())?;
    let signatures = text(WEBHOOK_SIGNATURE)?;

    if !any_signature_fits(secrets, id.as_str(), seconds, body, signatures) {
        return Err(refused("webhook_forged", "The signature does not fit. Check the shared secret."));
    }
    if (now.as_second() - seconds).abs() > TOLERANCE_S {
        return Err(refused(
            "webhook_stale",
            "The timestamp is more than five minutes off. Send it again, signed anew.",
        ));
    }
    let malformed = || {
        Problem::invalid("data", "webhook_malformed", "Send a funder.decision event with a final decision.")
    };
    let callback: FunderCallback = serde_json::from_slice(body).map_err(|_| malformed())?;
    let settles = !matches!(callback.data.decision, FunderDecision::Pending { .. });
    if callback.event != FUNDER_DECISION_EVENT || !settles {
        return Err(malformed());
    }
    if callback.data.funder != *funder {
        return Err(refused("webhook_forged", "The callback speaks of another funder than it came from."));
    }
    Ok(VerifiedCallback { id, sent_at, data: callback.data })
}

/// Each comparison takes the same time whatever the bytes are (`verify_slice`).
fn any_signature_fits(
    secrets: &[WebhookSecret],
    id: &str,
    seconds: i64,
    body: &[u8],
    signatures: &str,
) -> bool {
    let given: Vec<Vec<u8>> = signatures
        .split(' ')
        .take(MAX_SIGNATURES)
        .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
        .collect();
    secrets.iter().any(|secret| {
        let mac = secret.mac(id, seconds, body);
        mac.is_some_and(|mac| given.iter().any(|tag| mac.clone().verify_slice(tag).is_ok()))
    })
}

fn refused(code: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SENT: i64 = 1_614_265_330;

    fn secret() -> WebhookSecret {
        WebhookSecret::parse(SECRET).unwrap()
    }

    fn body() -> Vec<u8> {
        let text = r#"{"type":"funder.decision","timestamp":"2021-02-25T15:02:10Z","data":{"funder":"patient",
            "application":"case-1","reference":"f-1","decision":{"outcome":"declined","reference":"f-1","reason":"policy"}}}"#;
        text.into()
    }

    fn headers(signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(WEBHOOK_ID, HeaderValue::from_static("msg_1"));
        headers.insert(WEBHOOK_TIMESTAMP, HeaderValue::from(SENT));
        headers.insert(WEBHOOK_SIGNATURE, HeaderValue::from_str(signature).unwrap());
        headers
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn verdict(headers: &HeaderMap, body: &[u8], now: i64) -> Result<VerifiedCallback, &'static str> {
        let funder = PartnerToken::parse("patient").unwrap();
        verify(&funder, &[secret()], headers, body, at(now)).map_err(|problem| problem.code)
    }

    /// The published example of a Standard Webhooks library: whoever signs by the standard is understood by us.
    #[test]
    fn signs_as_the_standard_does() {
        let signed = sign(&secret(), "msg_p5jXN8AQM9LWM0D4loKWxJek", at(SENT), br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_signed_fresh_decision_is_believed() {
        let signature = sign(&secret(), "msg_1", at(SENT), &body());
        let callback = verdict(&headers(&signature), &body(), SENT + 300).unwrap();
        assert_eq!((callback.id.as_str(), callback.data.application.as_str()), ("msg_1", "case-1"));
        let among_others = format!("v2,x v1,AAAA {signature}");
        assert!(verdict(&headers(&among_others), &body(), SENT - 300).is_ok());
    }

    #[test]
    fn forged_stale_and_unsigned_are_refused() {
        let signature = sign(&secret(), "msg_1", at(SENT), &body());
        let good = headers(&signature);
        assert_eq!(verdict(&good, &body(), SENT + 301), Err("webhook_stale"));
        assert_eq!(verdict(&good, &body(), SENT - 301), Err("webhook_stale"));
        for position in 0..body().len() {
            let mut flipped = body();
            flipped[position] ^= 1;
            assert_eq!(verdict(&good, &flipped, SENT), Err("webhook_forged"));
        }
        for (name, other) in [(WEBHOOK_ID, "msg_2"), (WEBHOOK_TIMESTAMP, "1614265331")] {
            let mut changed = good.clone();
            changed.insert(name, HeaderValue::from_static(other));
            assert_eq!(verdict(&changed, &body(), SENT), Err("webhook_forged"), "{name}");
            changed.remove(name);
            assert_eq!(verdict(&changed, &body(), SENT), Err("webhook_unsigned"), "{name}");
        }
        let other_secret = sign(&WebhookSecret::from_bytes([7; 32]), "msg_1", at(SENT), &body());
        for bad in [other_secret.as_str(), "", "v1,", "v1", "v1,!!!"] {
            assert_eq!(verdict(&headers(bad), &body(), SENT), Err("webhook_forged"), "{bad}");
        }
    }

    #[test]
    fn a_funder_cannot_speak_for_another() {
        let body = String::from_utf8(body()).unwrap().replace("patient", "quick");
        let signature = sign(&secret(), "msg_1", at(SENT), body.as_bytes());
        assert_eq!(verdict(&headers(&signature), body.as_bytes(), SENT), Err("webhook_forged"));
    }

    #[test]
    fn a_signed_body_still_has_to_make_sense() {
        let pending = String::from_utf8(body()).unwrap().replace(
            r#"{"outcome":"declined","reference":"f-1","reason":"policy"}"#,
            r#"{"outcome":"pending","reference":"f-1","callback":true,"expected_within_s":1}"#,
        );
        for text in [pending.as_str(), "{}", "", r#"{"type":"other"}"#] {
            let signature = sign(&secret(), "msg_1", at(SENT), text.as_bytes());
            assert_eq!(
                verdict(&headers(&signature), text.as_bytes(), SENT),
                Err("webhook_malformed"),
                "{text}"
            );
        }
    }

    #[test]
    fn secrets_have_a_minimum_length_and_never_print() {
        assert!(WebhookSecret::parse("whsec_c2hvcnQ=").is_err());
        assert!(WebhookSecret::parse("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_err());
        assert_eq!(format!("{:?}", secret()), "whsec_***");
        assert_eq!(String::from(secret()), SECRET);
    }
}
