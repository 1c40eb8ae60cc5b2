//! What every request to a partner goes through: key, faults, first answer, answer.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use shared::protocol::partners::{IDEMPOTENCY_KEY, MAX_IDEMPOTENCY_KEY_BYTES, PartnerToken};
use subtle::ConstantTimeEq;
use tokio::time::sleep;

use super::{
    callbacks::Callback,
    connection::Scissors,
    effects::Given,
    faults::{Fault, Faults},
    reel::{self, Asked},
    serve::Lab,
};

/// How long a hanging partner keeps the connection.
const HANG: Duration = Duration::from_secs(120);
/// Size of an oversized answer.
pub(super) const OVERSIZED_BYTES: usize = 1024 * 1024;
/// Pause between two bytes of a trickling answer.
const TRICKLE: Duration = Duration::from_millis(500);

/// What a partner decides to do about a well-formed question.
pub(super) enum Move {
    /// Does it and answers this.
    Answer(Given),
    /// Does nothing.
    Stop(Stop),
}

/// How a partner does nothing.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stop {
    /// Says no with this status and code.
    Refuse(StatusCode, &'static str),
    /// Never answers.
    Hang,
}

impl Move {
    /// Does it and answers with JSON.
    pub(super) fn json(answer: &impl Serialize) -> Self {
        Self::json_then(answer, None)
    }

    /// Does it, answers with JSON and calls back later.
    pub(super) fn json_then(answer: &impl Serialize, callback: Option<Callback>) -> Self {
        match serde_json::to_vec(answer) {
            Ok(body) => Self::Answer(Given {
                content_type: "application/json",
                body: body.into(),
                callback: callback.map(Arc::new),
            }),
            Err(_) => Self::refuse(StatusCode::INTERNAL_SERVER_ERROR, "lab_cannot_write_its_answer"),
        }
    }

    /// Says no, nothing done.
    pub(super) fn refuse(status: StatusCode, code: &'static str) -> Self {
        Self::Stop(Stop::Refuse(status, code))
    }

    /// Never answers, nothing done.
    pub(super) fn hang() -> Self {
        Self::Stop(Stop::Hang)
    }

    /// 503, nothing done.
    pub(super) fn unavailable() -> Self {
        Self::refuse(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    }
}

/// What a request brings along besides its body.
pub(super) struct Visit {
    headers: HeaderMap,
    scissors: Option<Scissors>,
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let scissors =
            parts.extensions.get::<ConnectInfo<Scissors>>().map(|ConnectInfo(scissors)| scissors.clone());
        Ok(Self { headers: parts.headers.clone(), scissors })
    }
}

impl Visit {
    /// # Errors
    /// 401 without the lab's bearer key.
    pub(super) fn authorize(&self, lab: &Lab) -> Result<(), Stop> {
        let given = self.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        let fits: bool = key.as_bytes().ct_eq(lab.config.api_key.expose().as_bytes()).into();
        if fits { Ok(()) } else { Err(Stop::Refuse(StatusCode::UNAUTHORIZED, "unauthorized")) }
    }

    fn key(&self) -> Result<&str, Stop> {
        let key = self.headers.get(IDEMPOTENCY_KEY).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let fits = (1..=MAX_IDEMPOTENCY_KEY_BYTES).contains(&key.len());
        if fits { Ok(key) } else { Err(Stop::Refuse(StatusCode::BAD_REQUEST, "idempotency_key_missing")) }
    }

    pub(super) fn cut(&self) -> Response {
        match &self.scissors {
            Some(scissors) => scissors.cut(),
            None => tracing::warn!("this router was served without scissors: the connection stays whole"),
        }
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

/// Plays `partner`: reads the JSON question in `body` and does what `decide` says, at most once a key.
pub(super) async fn play<Q: DeserializeOwned>(
    lab: &Lab,
    partner: &str,
    visit: Visit,
    body: Bytes,
    decide: impl FnOnce(Q) -> Move,
) -> Response {
    let decide = |body: &Bytes| match serde_json::from_slice(body) {
        Ok(question) => decide(question),
        Err(_) => Move::refuse(StatusCode::UNPROCESSABLE_ENTITY, "unreadable_request"),
    };
    play_bytes(lab, partner, visit, body, decide).await
}

/// As [`play`], for questions that are not JSON.
pub(super) async fn play_bytes(
    lab: &Lab,
    partner: &str,
    visit: Visit,
    body: Bytes,
    decide: impl FnOnce(&Bytes) -> Move,
) -> Response {
    let key = match visit.authorize(lab).and_then(|()| visit.key()) {
        Ok(key) => key.to_owned(),
        Err(stop) => return stopped(stop).await,
    };
    if let Some(line) = lab.config.reel.next(partner, &key) {
        lab.effects.count_request(partner, &key);
        let asked = Asked { partner, key: &key, body: &body };
        return reel::play(lab, &visit, asked, line, decide).await;
    }
    as_usual(lab, partner, visit, body, decide).await
}

/// As [`play_bytes`], whatever recording is played.
pub(super) async fn as_usual(
    lab: &Lab,
    partner: &str,
    visit: Visit,
    body: Bytes,
    decide: impl FnOnce(&Bytes) -> Move,
) -> Response {
    let key = match visit.authorize(lab).and_then(|()| visit.key()) {
        Ok(key) => key.to_owned(),
        Err(stop) => return stopped(stop).await,
    };
    let request = lab.effects.count_request(partner, &key);
    let faults = lab.faults.next(partner);
    let latency = Duration::from_millis(faults.latency_ms.unwrap_or_else(|| lab.usual_latency_ms(partner)));
    if drawn(lab.config.seed, partner, &key, request) < faults.error_rate {
        wait(latency).await;
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    }
    if faults.fault.comes_before_the_act() {
        wait(latency).await;
        return fail(&visit, faults.fault).await;
    }
    let act = || match decide(&body) {
        Move::Answer(given) => Ok(given),
        Move::Stop(stop) => Err(stop),
    };
    // A slow partner acts first and is slow to say so: whoever hangs up meanwhile does not undo anything.
    let (given, new) = match lab.effects.first(partner, &key, &body, act) {
        Err(_) => return refusal(StatusCode::CONFLICT, "idempotency_key_reused"),
        Ok(Err(stop)) => {
            wait(latency).await;
            return stopped(stop).await;
        }
        Ok(Ok(answer)) => answer,
    };
    if let Some(callback) = given.callback.as_deref().filter(|_| new) {
        super::callbacks::send(lab, callback, &faults, latency).await;
    }
    wait(latency).await;
    tracing::debug!(partner, new, "lab answers");
    respond(&visit, given, &faults).await
}

pub(super) async fn wait(latency: Duration) {
    if !latency.is_zero() {
        sleep(latency).await;
    }
}

/// The answer of a partner that does nothing.
pub(super) async fn stopped(stop: Stop) -> Response {
    match stop {
        Stop::Refuse(status, code) => refusal(status, code),
        Stop::Hang => hang().await,
    }
}

async fn fail(visit: &Visit, fault: Fault) -> Response {
    match fault {
        Fault::Hang => hang().await,
        Fault::Reset => visit.cut(),
        Fault::TooManyRequests => {
            let refused = refusal(StatusCode::TOO_MANY_REQUESTS, "too_many_requests");
            ([(header::RETRY_AFTER, "1")], refused).into_response()
        }
        Fault::Redirect => (StatusCode::FOUND, [(header::LOCATION, "/healthz")]).into_response(),
        _ => refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    }
}

pub(super) async fn respond(visit: &Visit, given: Given, faults: &Faults) -> Response {
    let whole = given.body;
    let body = match faults.fault {
        Fault::AnswerLost => return visit.cut(),
        Fault::Malformed => Body::from(whole.slice(..whole.len() / 2)),
        Fault::UnknownOutcome => {
            Body::from(r#"{"outcome":"perhaps","standing":"perhaps","reference":"lab-1"}"#)
        }
        Fault::WrongAmount | Fault::WrongCurrency => Body::from(falsified(&whole, faults.fault)),
        Fault::Oversized => Body::from(vec![b' '; OVERSIZED_BYTES]),
        Fault::Trickle => trickle(whole),
        _ => Body::from(whole),
    };
    ([(header::CONTENT_TYPE, given.content_type)], body).into_response()
}

/// The answer with another amount or currency, where it has one.
pub(super) fn falsified(body: &Bytes, fault: Fault) -> Bytes {
    let Ok(mut answer) = serde_json::from_slice::<serde_json::Value>(body) else { return body.clone() };
    falsify(&mut answer, fault);
    serde_json::to_vec(&answer).map_or_else(|_| body.clone(), Bytes::from)
}

fn falsify(value: &mut serde_json::Value, fault: Fault) {
    let Some(members) = value.as_object_mut() else { return };
    for (name, member) in members {
        match (fault, name.as_str()) {
            (Fault::WrongAmount, "amount_fen") => *member = (member.as_i64().unwrap_or(0) + 100_000).into(),
            (Fault::WrongAmount, "value_fen") => *member = (-member.as_i64().unwrap_or(0)).into(),
            (Fault::WrongCurrency, "currency") => *member = "USD".into(),
            _ => falsify(member, fault),
        }
    }
}

pub(super) async fn hang() -> Response {
    sleep(HANG).await;
    StatusCode::GATEWAY_TIMEOUT.into_response()
}

fn trickle(whole: Bytes) -> Body {
    let bytes = futures_util::stream::unfold(whole, |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        sleep(TRICKLE).await;
        let first = rest.split_to(1);
        Some((Ok::<_, std::convert::Infallible>(first), rest))
    });
    Body::from_stream(bytes)
}

/// A refusal in the partners' common shape.
pub(super) fn refusal(status: StatusCode, code: &str) -> Response {
    let detail = "This is the partner lab; GET / explains its answers.";
    let body = serde_json::json!({ "code": code, "detail": detail });
    (status, axum::Json(body)).into_response()
}

/// A share from 0 to 1 that depends on the seed and the request alone, not on the order of requests.
fn drawn(seed: u64, partner: &str, key: &str, request: u32) -> f64 {
    let digest = digest(&[&seed.to_string(), partner, key, &request.to_string()]);
    u64_at(&digest, 0) as f64 / u64::MAX as f64
}

/// A reference that depends on what is hashed alone.
pub(super) fn reference(prefix: &str, parts: &[&str]) -> PartnerToken {
    PartnerToken::nearest(&format!("{prefix}-{}", hex::encode(&digest(parts)[..8])))
}

/// A number below `bound` that depends on what is hashed alone.
pub(super) fn number(bound: u64, parts: &[&str]) -> u64 {
    u64_at(&digest(parts), 8) % bound.max(1)
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn u64_at(digest: &[u8; 32], at: usize) -> u64 {
    digest[at..at + 8].iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_drawn_from_seed_and_request_alone() {
        let share = |seed| {
            let failed = |n: &u32| drawn(seed, "bureau", &format!("k{n}"), 1) < 0.2;
            (0..2_000).filter(failed).collect::<Vec<_>>()
        };
        assert_eq!(share(1), share(1));
        assert_ne!(share(1), share(2));
        assert!((300..500).contains(&share(1).len()), "about a fifth: {}", share(1).len());
    }

    #[test]
    fn falsifying_touches_amounts_wherever_they_stand() {
        let body = Bytes::from(r#"{"data":{"terms":{"currency":"CNY","amount_fen":5}}}"#);
        let wrong = |fault| String::from_utf8(falsified(&body, fault).to_vec()).unwrap();
        assert!(wrong(Fault::WrongAmount).contains("100005"));
        assert!(wrong(Fault::WrongCurrency).contains("USD"));
    }
}
