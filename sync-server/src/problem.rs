//! One shape for every refusal: an RFC 9457 problem document with a stable `code`.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use shared::flow::Finding;
use utoipa::ToSchema;

/// Why a request was refused and what to do next.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"status": 422, "code": "id_number_checksum", "field": "id_number",
    "detail": "The check digit of this ID number does not fit."}))]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Stable for programs, e.g. `id_number_checksum`.
    pub code: &'static str,
    /// The request field at fault, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
    /// A plain sentence (English) saying what to do next; screens show their own text for `code`.
    pub detail: String,
    /// Whole seconds to wait before trying again, where waiting helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// What the gate found, where a flow falls short: each with `code`, `block`, `text` in both languages and a failing `path`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = findings)]
    pub findings: Vec<Finding>,
}

/// Their schema stands with those of flows.
fn findings() -> utoipa::openapi::schema::Array {
    let finding = utoipa::openapi::Ref::from_schema_name("Finding");
    utoipa::openapi::schema::ArrayBuilder::new().items(finding).build()
}

impl Problem {
    /// A refusal with `status`, stable `code` and what to do next.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status: status.as_u16(),
            code,
            field: None,
            detail: detail.into(),
            retry_after_s: None,
            findings: Vec::new(),
        }
    }

    /// Names the field at fault.
    pub fn field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// Says when to try again.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Says what the gate found.
    pub fn findings(mut self, findings: Vec<Finding>) -> Self {
        self.findings = findings;
        self
    }

    /// 422 for `field`.
    pub fn invalid(field: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail).field(field)
    }

    /// The uniform 404: unknown, malformed and not yours look the same.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is nothing here. Check the address or ask for a new link.",
        )
    }

    /// 409.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// Whether our own store had no room or could not be used just now: nothing was recorded, and the same may work
    /// in a moment.
    pub fn is_store_out(&self) -> bool {
        matches!(self.code, "storage_full" | "store_unavailable" | "busy")
    }

    /// Logs the cause once, without the values it quotes, and answers without it.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(cause = masked(cause), "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side. Nothing was lost; try again in a minute.",
        )
    }
}

/// A cause as it may stand in a log or an answer. Parsers repeat the value they stumbled over, which may be a name, a
/// number or a secret: what stands in quotes, longer numbers and everything that is not ASCII is left out.
pub fn masked(cause: &dyn std::fmt::Display) -> String {
    /// Digits in a row that may stay: an amount or a position, never a phone or an ID number.
    const FEW: usize = 5;
    let text = cause.to_string();
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' | '`' => {
                // Up to the last quote, for the value may hold quotes itself.
                let tail: String = rest.clone().collect();
                if let Some(end) = tail.rfind(c) {
                    let quoted = tail[..end].chars().count();
                    rest.by_ref().take(quoted + 1).for_each(drop);
                    shown.push_str("***");
                }
            }
            c if c.is_ascii_digit() => {
                let mut digits = String::from(c);
                while let Some(next) = rest.next_if(char::is_ascii_digit) {
                    digits.push(next);
                }
                shown.push_str(if digits.len() > FEW { "***" } else { &digits });
            }
            c if c.is_ascii() => shown.push(c),
            _ => {
                while rest.next_if(|next| !next.is_ascii()).is_some() {}
                shown.push_str("***");
            }
        }
    }
    shown
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry_after_s;
        let mut response = (status, Json(self.clone())).into_response();
        // The shell shows it as a page where a person's browser asked.
        response.extensions_mut().insert(self);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only read from JSON")]
    struct Handed {
        name: u8,
        kind: Kind,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Known,
    }

    #[test]
    fn what_a_parser_repeats_stays_out_of_the_log() {
        let (lines, _guard) = crate::testing::captured_log();
        for (text, planted) in [
            (r#"{"name": "王小明", "kind": "known"}"#, "王小明"),
            (r#"{"name": "Anna \"Q\" Planted", "kind": "known"}"#, "Planted"),
            (r#"{"name": 13800138000, "kind": "known"}"#, "13800138000"),
            (r#"{"name": 1, "kind": "110105198004197592"}"#, "110105198004197592"),
        ] {
            let error = serde_json::from_str::<Handed>(text).unwrap_err();
            assert!(error.to_string().contains(planted), "{error}");
            let _ = Problem::internal(&error);
            let said = String::from_utf8(lines.lock().unwrap().clone()).unwrap();
            assert!(said.contains("request failed"), "{said}");
            assert!(!said.contains(planted), "{said}");
        }
    }

    #[test]
    fn what_helps_is_kept() {
        assert_eq!(
            masked(&"UNIQUE constraint failed: accounts.login"),
            "UNIQUE constraint failed: accounts.login"
        );
        assert_eq!(
            masked(&"invalid type: string \"x\", expected u8 at line 1 column 12"),
            "invalid type: string ***, expected u8 at line 1 column 12"
        );
        assert_eq!(masked(&"one \" alone"), "one  alone");
    }
}
