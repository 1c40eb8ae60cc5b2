//! One exchange over HTTP: a request out, a bounded answer in. No retry, no judgement of the content.

use bytes::{Bytes, BytesMut};
use reqwest::{
    Client, Method, Request, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER},
};
use shared::protocol::partners::{IDEMPOTENCY_KEY, MAX_BODY_BYTES, PartnerRefusal};

use super::{PartnerFailure, Unavailable};

/// What goes out; the same for every try.
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) content_type: HeaderValue,
    pub(super) accept: HeaderValue,
    /// None for a `GET`, which has no effect to name.
    pub(super) key: Option<HeaderValue>,
    pub(super) body: Bytes,
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl Outgoing {
    pub(super) fn json(url: Url, key: HeaderValue, body: Bytes) -> Self {
        Self { method: Method::POST, url, content_type: JSON, accept: JSON, key: Some(key), body }
    }

    pub(super) fn get(url: Url) -> Self {
        Self { method: Method::GET, url, content_type: JSON, accept: JSON, key: None, body: Bytes::new() }
    }
}

/// A failed exchange, with the pause the partner asked for.
#[derive(Debug)]
pub(super) struct Unsent {
    pub(super) failure: PartnerFailure,
    pub(super) retry_after_s: Option<u64>,
}

impl From<PartnerFailure> for Unsent {
    fn from(failure: PartnerFailure) -> Self {
        Self { failure, retry_after_s: None }
    }
}

/// Sends once and reads a 2xx answer of the expected media type, at most [`MAX_BODY_BYTES`] long.
pub(super) async fn exchange(
    http: &Client,
    authorization: &HeaderValue,
    out: &Outgoing,
) -> Result<Bytes, Unsent> {
    let answer = http.execute(request(authorization, out)).await.map_err(|e| lost(&e))?;
    if answer.url() != &out.url {
        return Err(PartnerFailure::Refused { status: 302, code: "redirected".into() }.into());
    }
    let status = answer.status();
    let retry_after_s = answer.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
    let media_type_fits =
        answer.headers().get(CONTENT_TYPE).is_some_and(|given| same_media_type(given, &out.accept));
    let body = read_bounded(answer).await;
    if !status.is_success() {
        let failure = refusal(status, &body.unwrap_or_default());
        return Err(Unsent { failure, retry_after_s });
    }
    let body = body?;
    if !media_type_fits {
        return Err(PartnerFailure::Malformed { what: "media_type" }.into());
    }
    Ok(body)
}

fn request(authorization: &HeaderValue, out: &Outgoing) -> Request {
    let mut request = Request::new(out.method.clone(), out.url.clone());
    let headers = request.headers_mut();
    headers.insert(AUTHORIZATION, authorization.clone());
    headers.insert(ACCEPT, out.accept.clone());
    if let Some(key) = &out.key {
        headers.insert(CONTENT_TYPE, out.content_type.clone());
        headers.insert(HeaderName::from_static(IDEMPOTENCY_KEY), key.clone());
        *request.body_mut() = Some(out.body.clone().into());
    }
    request
}

/// Sorts transport errors. The error itself is dropped: it may carry an address with personal data.
fn lost(error: &reqwest::Error) -> PartnerFailure {
    if error.is_timeout() {
        PartnerFailure::Timeout
    } else if error.is_connect() {
        PartnerFailure::Unavailable(Unavailable::Connect)
    } else {
        PartnerFailure::Unavailable(Unavailable::Broken)
    }
}

async fn read_bounded(mut answer: reqwest::Response) -> Result<Bytes, PartnerFailure> {
    const TOO_LARGE: PartnerFailure = PartnerFailure::Malformed { what: "too_large" };
    if answer.content_length().is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(TOO_LARGE);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| lost(&e))? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(TOO_LARGE);
        }
        if body.is_empty() && answer.content_length() == Some(chunk.len() as u64) {
            return Ok(chunk);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn refusal(status: StatusCode, body: &[u8]) -> PartnerFailure {
    let transient = matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
    if status.is_server_error() || transient {
        return PartnerFailure::Unavailable(Unavailable::Status(status.as_u16()));
    }
    let code = match serde_json::from_slice::<PartnerRefusal>(body) {
        Ok(refusal) => refusal.code.to_string(),
        Err(_) if status.is_redirection() => "redirected".into(),
        Err(_) => "unknown".into(),
    };
    PartnerFailure::Refused { status: status.as_u16(), code }
}

fn same_media_type(given: &HeaderValue, expected: &HeaderValue) -> bool {
    let given = given.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    given.trim().eq_ignore_ascii_case(expected.to_str().unwrap_or_default())
}
