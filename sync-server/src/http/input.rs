//! Reading what was sent: axum's extractors with our refusals, which never repeat what was sent.

use axum::{
    extract::{
        FromRequest, FromRequestParts,
        multipart::{MultipartError, MultipartRejection},
        rejection::{FormRejection, JsonRejection, PathRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode},
};

use crate::problem::Problem;

/// Longest name of a place inside a document that is repeated in a refusal, in characters.
const MAX_PLACE: usize = 80;

/// Longest key under which something is asked for, in characters.
const MAX_ONCE: usize = 128;

/// A key of the asker's own: what is asked for again under the same key is done once. Prints masked: with it the first
/// answer can be had again.
#[derive(Clone)]
pub struct OnceKey(String);

impl OnceKey {
    /// From the header `Idempotency-Key`, where there is one.
    ///
    /// # Errors
    /// 422 `idempotency_key_form`.
    pub fn of_header(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
        let text = value.to_str().unwrap_or_default();
        let fits = (1..=MAX_ONCE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Some(Self(format!("header {text}")))).ok_or_else(|| {
            Problem::invalid(
                "Idempotency-Key",
                "idempotency_key_form",
                "Send 1 to 128 visible ASCII characters as the key, or leave the header out.",
            )
        })
    }

    /// From the number of a form of ours: a form sent twice is one submit.
    pub fn of_form(number: &str) -> Self {
        Self(format!("form {number}"))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for OnceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// A JSON body.
#[derive(Debug, Clone, Copy, FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub struct Json<T>(pub T);

/// A form, from the body or (for GET) from the address.
#[derive(Debug, Clone, Copy, FromRequest)]
#[from_request(via(axum::Form), rejection(Problem))]
pub struct Form<T>(pub T);

/// What stands behind `?`. Never personal data: addresses are logged by proxies.
#[derive(Debug, Clone, Copy, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

/// Parts of the address. A part that cannot be read is the uniform 404.
#[derive(Debug, Clone, Copy, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::JsonDataError(error) => wrong_fields(&causes(&error)),
            JsonRejection::JsonSyntaxError(_) => {
                Self::new(StatusCode::BAD_REQUEST, "not_json", "The body is not JSON. Send a JSON document.")
            }
            JsonRejection::MissingJsonContentType(_) => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Send the header `Content-Type: application/json`.",
            ),
            other => body(other.status()),
        }
    }
}

impl From<FormRejection> for Problem {
    fn from(rejection: FormRejection) -> Self {
        match rejection {
            FormRejection::InvalidFormContentType(_) => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Send the header `Content-Type: application/x-www-form-urlencoded`.",
            ),
            FormRejection::FailedToDeserializeForm(error) => wrong_fields(&causes(&error)),
            FormRejection::FailedToDeserializeFormBody(error) => wrong_fields(&causes(&error)),
            other => body(other.status()),
        }
    }
}

impl From<MultipartRejection> for Problem {
    fn from(_: MultipartRejection) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Send the header `Content-Type: multipart/form-data`.",
        )
    }
}

impl From<MultipartError> for Problem {
    fn from(error: MultipartError) -> Self {
        match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => Self::new(
                StatusCode::BAD_REQUEST,
                "form_broken",
                "The form did not arrive whole. Send it again.",
            ),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        let mut problem = wrong_fields(&causes(&rejection));
        problem.status = StatusCode::BAD_REQUEST.as_u16();
        problem
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::not_found()
    }
}

fn body(status: StatusCode) -> Problem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Problem::new(StatusCode::BAD_REQUEST, "body_cut_off", "The body ended early. Send it again."),
    }
}

/// 413.
pub(crate) fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "This is larger than what is taken here. Send less at once.",
    )
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

fn wrong_fields(said: &str) -> Problem {
    let detail = match place(said) {
        Some(place) => {
            format!("`{place}` does not have the expected form. Compare it with the API description.")
        }
        None => "The fields do not have the expected form. Compare them with the API description.".to_owned(),
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unreadable_input", detail)
}

/// The field a serde message is about. Only plain names are repeated: everything else could be what was sent.
fn place(said: &str) -> Option<&str> {
    let missing = said.split_once("missing field `").and_then(|(_, rest)| rest.split_once('`'));
    let place = match missing {
        Some((name, _)) => name,
        None => said.split_once(": ")?.0,
    };
    let plain = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '.' | '[' | ']') || c.is_ascii_digit();
    let digits = place.chars().filter(char::is_ascii_digit).count();
    (!place.is_empty() && place.len() <= MAX_PLACE && place.chars().all(plain) && digits <= 3)
        .then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_field_and_never_the_value() {
        for (said, expected) in [
            ("missing field `product` at line 1 column 2", Some("product")),
            ("vehicle.price: invalid type: string \"王小明\", expected u64", Some("vehicle.price")),
            ("plans[2].term: invalid value", Some("plans[2].term")),
            ("11010519491231002X: unknown field", None),
            ("110105194912310021: unknown field", None),
            ("王小明: unknown", None),
            ("invalid type", None),
        ] {
            assert_eq!(place(said), expected, "{said}");
        }
    }
}
