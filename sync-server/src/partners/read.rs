//! Reading what a partner answered: one pure function for each kind of question. Live answers are read by them, and
//! recorded ones by the very same, later and as often as somebody likes.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::protocol::partners::{
    Masked,
    checks::{CreditReport, RealNameAnswer, Valuation},
    delivery::{CaSignature, SmsAccepted},
};

use super::{
    AskedTerms, CustomerSignature, FunderAnswer, PartnerFailure, Unavailable, certify::one_der_sequence,
    check::consistent, line::json, value::about,
};

/// What a partner was asked, as far as reading its answer needs that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Question {
    /// Do name and number belong together?
    RealName,
    /// How does somebody pay?
    Credit,
    /// What is a vehicle worth?
    Valuation {
        /// The vehicle.
        vin: Masked<String>,
    },
    /// Will the funder lend?
    Application {
        /// On which terms.
        terms: AskedTerms,
    },
    /// What does the funder say by now?
    ApplicationLater {
        /// On which terms.
        terms: AskedTerms,
    },
    /// Send a text message.
    Message,
    /// Sign in the customer's name.
    Signature,
    /// Stamp with the time.
    Timestamp,
    /// A question that means nothing.
    Test,
}

impl Question {
    /// Its stable name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::RealName => "real_name",
            Self::Credit => "credit",
            Self::Valuation { .. } => "valuation",
            Self::Application { .. } => "application",
            Self::ApplicationLater { .. } => "application_later",
            Self::Message => "message",
            Self::Signature => "signature",
            Self::Timestamp => "timestamp",
            Self::Test => "test",
        }
    }

    /// What was asked for and the answer has to repeat, as members of an answer.
    pub fn asked(&self) -> Value {
        match self {
            Self::Valuation { vin } => json!({"vin": vin}),
            Self::Application { terms } | Self::ApplicationLater { terms } => json!({"terms": terms}),
            _ => Value::Null,
        }
    }
}

pub(super) fn real_name(body: &[u8]) -> Result<RealNameAnswer, PartnerFailure> {
    json(body)
}

pub(super) fn credit(body: &[u8]) -> Result<CreditReport, PartnerFailure> {
    consistent(json(body)?)
}

pub(super) fn valuation(vin: &str, body: &[u8]) -> Result<Valuation, PartnerFailure> {
    about(vin, json(body)?)
}

pub(super) fn funder(asked: &AskedTerms, body: &[u8]) -> Result<FunderAnswer, PartnerFailure> {
    FunderAnswer::to(asked, json(body)?)
}

pub(super) fn message(body: &[u8]) -> Result<SmsAccepted, PartnerFailure> {
    json(body)
}

pub(super) fn signature(body: &[u8]) -> Result<CustomerSignature, PartnerFailure> {
    let answer: CaSignature = json(body)?;
    let container = STANDARD.decode(&answer.container).unwrap_or_default();
    Ok(CustomerSignature { reference: answer.reference, container: one_der_sequence(&container)? })
}

pub(super) fn timestamp(body: &[u8]) -> Result<Bytes, PartnerFailure> {
    one_der_sequence(body)
}

pub(super) fn test(body: &[u8]) -> Result<(), PartnerFailure> {
    json::<Value>(body).map(|_| ())
}

/// What an answer was read as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadAs {
    /// It was understood.
    Answer {
        /// Its outcome: `match`, `clear`, `approved`, …
        outcome: String,
        /// Everything that was read.
        content: Value,
    },
    /// It was not, or there was none.
    Failure {
        /// What went wrong ([`PartnerFailure::class`]).
        class: String,
        /// What of the answer, or the partner's own code.
        what: Option<String>,
        /// The status, where it was not one of success.
        status: Option<u16>,
    },
}

impl From<&PartnerFailure> for ReadAs {
    fn from(failure: &PartnerFailure) -> Self {
        let (what, status) = match failure {
            PartnerFailure::Malformed { what } | PartnerFailure::WrongAmount { what } => {
                (Some((*what).to_owned()), None)
            }
            PartnerFailure::Refused { status, code } => (Some(code.clone()), Some(*status)),
            PartnerFailure::Unavailable(Unavailable::Status(status)) => (None, Some(*status)),
            _ => (None, None),
        };
        Self::Failure { class: failure.class().to_owned(), what, status }
    }
}

impl ReadAs {
    /// Reads the answer to `question` as this release reads answers.
    pub fn of(question: &Question, body: &[u8]) -> Self {
        match content(question, body) {
            Ok((outcome, content)) => Self::Answer { outcome, content },
            Err(failure) => Self::from(&failure),
        }
    }

    /// Which parts of it differ from `other`: `outcome`, or members of what was read such as `terms.amount_fen`; none
    /// where both are the same.
    pub fn differs(&self, other: &Self) -> Vec<String> {
        match (self, other) {
            (Self::Answer { outcome: a, .. }, Self::Answer { outcome: b, .. }) if a != b => {
                vec!["outcome".to_owned()]
            }
            (Self::Answer { content: a, .. }, Self::Answer { content: b, .. }) => {
                let mut found = Vec::new();
                members_that_differ("", a, b, &mut found);
                found
            }
            (one, other) if one == other => Vec::new(),
            _ => vec!["outcome".to_owned()],
        }
    }

    /// Whether both come to the same for a caller, whatever the answers' references say.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Answer { outcome: a, .. }, Self::Answer { outcome: b, .. }) => a == b,
            (one, other) => one == other,
        }
    }
}

fn members_that_differ(at: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
    let (Value::Object(a), Value::Object(b)) = (one, other) else {
        if one != other {
            found.push(at.to_owned());
        }
        return;
    };
    let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    for name in names {
        let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        let of = |members: &serde_json::Map<String, Value>| members.get(name).cloned().unwrap_or_default();
        members_that_differ(&at, &of(a), &of(b), found);
    }
}

fn content(question: &Question, body: &[u8]) -> Result<(String, Value), PartnerFailure> {
    fn named(answer: &impl Serialize, by: &str) -> (String, Value) {
        let content = serde_json::to_value(answer).unwrap_or_default();
        (content[by].as_str().unwrap_or_default().to_owned(), content)
    }
    Ok(match question {
        Question::RealName => named(&real_name(body)?, "outcome"),
        Question::Credit => named(&credit(body)?, "standing"),
        Question::Valuation { vin } => named(&valuation(vin.expose(), body)?, "outcome"),
        Question::Application { terms } | Question::ApplicationLater { terms } => {
            named(&funder(terms, body)?, "outcome")
        }
        Question::Message => ("accepted".to_owned(), json!({"reference": message(body)?.reference})),
        Question::Signature => {
            let CustomerSignature { reference, container } = signature(body)?;
            ("signed".to_owned(), json!({"reference": reference, "bytes": container.len()}))
        }
        Question::Timestamp => ("stamped".to_owned(), json!({"bytes": timestamp(body)?.len()})),
        Question::Test => test(body).map(|()| ("answered".to_owned(), Value::Null))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIN: &str = "LSVWY4180KN246094";

    fn terms() -> AskedTerms {
        serde_json::from_value(json!({
            "currency": "CNY", "amount_fen": 8_000_000, "down_payment_fen": 2_000_000, "term_months": 36,
            "annual_rate": "0.0699",
        }))
        .unwrap()
    }

    fn outcome(question: &Question, body: &str) -> String {
        match ReadAs::of(question, body.as_bytes()) {
            ReadAs::Answer { outcome, .. } => outcome,
            ReadAs::Failure { class, what, .. } => format!("{class}/{}", what.unwrap_or_default()),
        }
    }

    #[test]
    fn every_kind_of_answer_is_read_as_what_it_says() {
        let application = Question::Application { terms: terms() };
        let yes = json!({"outcome": "approved", "reference": "f-1", "terms": terms()}).to_string();
        let valued = json!({
            "outcome": "valued", "reference": "v-1", "vin": VIN, "currency": "CNY", "value_fen": 2, "low_fen": 1,
            "high_fen": 3, "damage_on_record": false,
        });
        let credit = json!({
            "reference": "c-1", "standing": "clear", "score": 700, "overdue_24m": 0, "overdue_now": false,
            "monthly_debt_fen": 0, "queries_3m": 0,
        });
        let signed = json!({"reference": "ca-1", "container": STANDARD.encode([0x30, 1, 0])}).to_string();
        let of_vehicle = |vin: &str| Question::Valuation { vin: vin.into() };
        let rows = [
            (Question::RealName, r#"{"reference":"r-1","outcome":"mismatch"}"#, "mismatch"),
            (Question::RealName, r#"{"reference":"r-1","#, "malformed/not_json"),
            (Question::Credit, &*credit.to_string(), "clear"),
            (of_vehicle(VIN), &*valued.to_string(), "valued"),
            (of_vehicle("LSVWY4180KN246095"), &*valued.to_string(), "malformed/vin"),
            (application.clone(), &*yes, "approved"),
            (application.clone(), &*yes.replace("8000000", "8000001"), "wrong_amount/amount_fen"),
            (Question::ApplicationLater { terms: terms() }, &*yes, "approved"),
            (Question::Message, r#"{"reference":"s-1"}"#, "accepted"),
            (Question::Signature, &*signed, "signed"),
            (Question::Signature, r#"{"reference":"ca-1","container":"AA=="}"#, "malformed/der"),
            (Question::Timestamp, "0\u{1}x", "stamped"),
            (Question::Timestamp, "<html>", "malformed/der"),
            (Question::Test, "{}", "answered"),
        ];
        for (question, body, expected) in rows {
            assert_eq!(outcome(&question, body), expected, "{} {body}", question.kind());
            let kept = serde_json::to_value(&question).unwrap();
            assert_eq!(kept["kind"], question.kind());
            assert_eq!(serde_json::from_value::<Question>(kept).unwrap(), question);
        }
    }

    #[test]
    fn what_differs_is_named_and_nothing_of_it_is_said() {
        let read = |outcome: &str, content: Value| ReadAs::Answer { outcome: outcome.to_owned(), content };
        let one =
            read("counter_offer", json!({"terms": {"amount_fen": 1, "term_months": 36}, "reference": "a"}));
        let other =
            read("counter_offer", json!({"terms": {"amount_fen": 2, "term_months": 36}, "reference": "b"}));
        assert_eq!(one.differs(&one), Vec::<String>::new());
        assert_eq!(one.differs(&other), ["reference", "terms.amount_fen"]);
        assert!(one.is_like(&other));
        let declined = read("declined", json!({}));
        assert_eq!(one.differs(&declined), ["outcome"]);
        let failed = ReadAs::from(&PartnerFailure::Malformed { what: "not_json" });
        assert_eq!(one.differs(&failed), ["outcome"]);
        assert_eq!(failed.differs(&failed), Vec::<String>::new());
        let other = ReadAs::from(&PartnerFailure::Malformed { what: "unexpected_shape" });
        assert_eq!(failed.differs(&other), ["outcome"]);
        assert!(!failed.is_like(&other));
    }
}
