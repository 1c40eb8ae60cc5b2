//! Where the certificate authority and the time-stamp authority are mounted: they are functions over bytes, and this
//! file gives them their routes, keys and faults.

use axum::{
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use shared::protocol::partners::delivery::{CaSignature, CaSignatureRequest, TIMESTAMP_REPLY};

use super::{
    ca::{Ca, Signatory},
    effects::Given,
    magic::{Place, trick},
    play::{Move, Visit, play, play_bytes, reference, refusal},
    serve::{Lab, SharedLab},
    tsa::Tsa,
};
use crate::{contracts::ContractError, world::Random};

/// What the authorities do with bytes. Randomness is theirs: they capture a generator.
pub struct Authorities {
    /// Signs `digest` (SHA-256) at a time in the name of a person for a contract reference: (name, reference, digest,
    /// now) → the detached CMS container, DER.
    #[allow(clippy::type_complexity, reason = "a boxed function is the whole interface")]
    pub sign: Box<dyn Fn(&str, &str, [u8; 32], Timestamp) -> Result<Vec<u8>, String> + Send + Sync>,
    /// Answers an RFC 3161 request (DER) at a time with a response (DER).
    #[allow(clippy::type_complexity, reason = "a boxed function is the whole interface")]
    pub stamp: Box<dyn Fn(&[u8], Timestamp) -> Vec<u8> + Send + Sync>,
    /// The root a verifier has to trust, PEM; served at `GET /ca/root.pem`.
    pub root_pem: String,
}

impl Authorities {
    /// The lab's own certificate authority and time-stamp authority. Each signature and stamp draws from `random`.
    ///
    /// # Errors
    /// When the root cannot be written as PEM.
    pub fn of(ca: Ca, tsa: Tsa, random: Random) -> Result<Self, ContractError> {
        let root_pem = ca.root_pem()?;
        let for_stamps = random.clone();
        let sign = move |name: &str, reference: &str, digest, now| {
            let mut rng = ChaCha20Rng::from_seed(random.bytes());
            let container = ca.sign_for(&mut rng, now, Signatory { name, reference }, digest);
            container.map_err(|_| "the certificate authority cannot sign for this name".to_owned())
        };
        let stamp = move |query: &[u8], now| tsa.respond(query, now, for_stamps.bytes());
        Ok(Self { sign: Box::new(sign), stamp: Box::new(stamp), root_pem })
    }
}

/// `POST /ca/v1/signatures`.
pub(super) async fn sign(State(lab): State<SharedLab>, visit: Visit, body: Bytes) -> Response {
    play(&lab, "ca", visit, body, |request| signature(&lab, &request)).await
}

/// `POST /tsa`.
pub(super) async fn stamp(State(lab): State<SharedLab>, visit: Visit, body: Bytes) -> Response {
    let decide = |query: &Bytes| match &lab.config.authorities {
        None => not_mounted(),
        Some(authorities) => {
            let reply = (authorities.stamp)(query, lab.config.world.clock.now());
            Move::Answer(Given { content_type: TIMESTAMP_REPLY, body: reply.into(), callback: None })
        }
    };
    play_bytes(&lab, "tsa", visit, body, decide).await
}

/// `GET /ca/root.pem`.
pub(super) async fn root(State(lab): State<SharedLab>) -> Response {
    match &lab.config.authorities {
        None => refusal(StatusCode::NOT_IMPLEMENTED, "no_authorities"),
        Some(authorities) => {
            ([(header::CONTENT_TYPE, "application/x-pem-file")], authorities.root_pem.clone()).into_response()
        }
    }
}

fn signature(lab: &Lab, request: &CaSignatureRequest) -> Move {
    let Some(authorities) = &lab.config.authorities else { return not_mounted() };
    if trick(Place::IdSequence, request.id_number.expose(), "ca").is_some() {
        return Move::refuse(StatusCode::UNPROCESSABLE_ENTITY, "certificate_refused");
    }
    let (Some(digest), Some(_)) = (sha256(&request.digest), sha256(&request.intent)) else {
        return Move::refuse(StatusCode::UNPROCESSABLE_ENTITY, "digest_or_intent");
    };
    let now = lab.config.world.clock.now();
    match (authorities.sign)(request.name.expose(), request.contract.as_str(), digest, now) {
        Ok(container) => Move::json(&CaSignature {
            reference: reference("ca", &[request.contract.as_str(), &request.digest]),
            container: STANDARD.encode(container),
        }),
        Err(_) => Move::refuse(StatusCode::UNPROCESSABLE_ENTITY, "cannot_sign"),
    }
}

fn sha256(text: &str) -> Option<[u8; 32]> {
    hex::decode(text).ok()?.try_into().ok()
}

fn not_mounted() -> Move {
    Move::refuse(StatusCode::NOT_IMPLEMENTED, "no_authorities")
}
