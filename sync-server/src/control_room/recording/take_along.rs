//! A recording as a file for the partner lab, personal data taken out. An answer that would be read as something else
//! without them is left out and counted.

use rusqlite::Connection;
use shared::domain::TenantId;

use super::{
    invent::Inventor,
    opened::{Answer, answers},
    steps::{self, Recorded},
};
use crate::{
    control_room::change::{By, note},
    crypt::TenantKeys,
    partners::{
        Partner, Question, ReadAs,
        tape::{FORMAT, Head, Line, Says, naming},
    },
    problem::Problem,
};

/// What stands for answers that are no JSON, and for JSON of another shape.
const STAND_INS: [&str; 2] = ["{\"", "null"];
/// Members that may repeat what was asked, as JSON pointers.
const REPEATED: [&str; 6] = [
    "/vin",
    "/terms/currency",
    "/terms/amount_fen",
    "/terms/down_payment_fen",
    "/terms/term_months",
    "/terms/annual_rate",
];

/// Writes down who takes a recording along.
///
/// # Errors
/// 404 when there is none by this id.
pub fn note_taken(conn: &Connection, by: &By, partner: &Partner, id: &str) -> Result<Recorded, Problem> {
    let recording = steps::one(conn, by.tenant, partner, id, by.at)?;
    let detail = serde_json::json!({"recording": id, "answers": recording.kept});
    note(conn, by, "partner.recording_downloaded", partner, &detail)?;
    Ok(recording)
}

/// The file. `secret`: random, for this file alone.
///
/// # Errors
/// When an answer cannot be opened.
pub fn file(
    conn: &Connection,
    (tenant, partner): (TenantId, &Partner),
    recording: &Recorded,
    keys: &TenantKeys,
    secret: [u8; 32],
) -> Result<String, Problem> {
    let inventor = Inventor::new(secret);
    let answers = answers(conn, tenant, recording, keys)?;
    let all = answers.len();
    let lines: Vec<Line> = answers.into_iter().filter_map(|answer| line(&inventor, answer)).collect();
    let head = Head {
        format: FORMAT.to_owned(),
        partner: partner.to_string(),
        answers: lines.len(),
        left_out: all - lines.len(),
    };
    let mut file = written(&head)?;
    for line in &lines {
        file.push_str(&written(line)?);
    }
    Ok(file)
}

fn written(line: &impl serde::Serialize) -> Result<String, Problem> {
    serde_json::to_string(line).map(|text| text + "\n").map_err(|error| Problem::internal(&error))
}

fn line(inventor: &Inventor, answer: Answer) -> Option<Line> {
    let kind = answer.question.kind().to_owned();
    let says = match &answer.body {
        Some(body) => with_body(inventor, &answer.question, body)?,
        None => without_body(inventor, &answer.then)?,
    };
    Some(Line { kind, ms: answer.ms, says })
}

fn with_body(inventor: &Inventor, question: &Question, body: &[u8]) -> Option<Says> {
    let reads = ReadAs::of(question, body);
    let fits_then_only = matches!(question, Question::Message | Question::Signature | Question::Timestamp);
    if fits_then_only && matches!(reads, ReadAs::Answer { .. }) {
        return Some(Says::Usual);
    }
    let text = std::str::from_utf8(body).ok();
    let asked = question.asked();
    let said: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    // A rate is the same however many zeros it is written with.
    let same = |at: &str| match (said.pointer(at), asked.pointer(at)) {
        (Some(said), Some(asked)) => {
            said == asked || at.ends_with("annual_rate") && rate(said) == rate(asked)
        }
        _ => false,
    };
    let as_asked: Vec<String> = REPEATED.into_iter().filter(|at| same(at)).map(str::to_owned).collect();
    let invented = text.map(|text| inventor.answer(text)).into_iter();
    let candidates = invented.chain(STAND_INS.map(str::to_owned));
    candidates
        .map(|body| (naming(&body, &as_asked, &asked), body))
        .find(|(named, _)| ReadAs::of(question, named.as_bytes()).is_like(&reads))
        .map(|(_, body)| Says::Body { body, as_asked })
}

fn rate(value: &serde_json::Value) -> Option<rust_decimal::Decimal> {
    value.as_str()?.parse().ok().map(|rate: rust_decimal::Decimal| rate.normalize())
}

fn without_body(inventor: &Inventor, then: &ReadAs) -> Option<Says> {
    let ReadAs::Failure { class, what, status } = then else { return None };
    Some(match (class.as_str(), status) {
        (_, Some(status)) if (300..600).contains(status) => {
            let known = |code: &String| matches!(code.as_str(), "unknown" | "redirected");
            let code = what.clone().filter(|code| !known(code)).map(|code| inventor.text(&code));
            Says::Status { status: *status, code }
        }
        ("timeout", _) => Says::Silence,
        ("no_connection" | "connection_broken", _) => Says::Cut,
        ("malformed", _) if what.as_deref() == Some("media_type") => Says::MediaType,
        ("malformed", _) if what.as_deref() == Some("too_large") => Says::TooLong,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use serde_json::json;

    fn says(question: Question, body: Result<&str, &str>) -> Option<Says> {
        let then = match body {
            Ok(body) => ReadAs::of(&question, body.as_bytes()),
            Err(failure) => serde_json::from_str(failure).unwrap(),
        };
        let body = body.ok().map(|body| body.as_bytes().to_vec());
        let answer = Answer { number: 1, at: Timestamp::UNIX_EPOCH, ms: 7, question, body, then };
        line(&Inventor::new([6; 32]), answer).map(|line| line.says)
    }

    fn terms() -> serde_json::Value {
        json!({"currency": "CNY", "amount_fen": 8_000_000, "down_payment_fen": 2_000_000, "term_months": 36,
            "annual_rate": "0.0699"})
    }

    fn application() -> Question {
        serde_json::from_value(json!({"kind": "application", "terms": terms()})).unwrap()
    }

    #[test]
    fn what_agreed_to_the_terms_of_then_agrees_to_whatever_is_asked() {
        let yes = json!({"outcome": "approved", "reference": "fd-1", "terms": terms()}).to_string();
        let yes = yes.replace("0.0699", "0.06990");
        let Some(Says::Body { body, as_asked }) = says(application(), Ok(&yes)) else { panic!() };
        assert_eq!(as_asked.len(), 5, "{as_asked:?}");
        let mut other = terms();
        other["amount_fen"] = json!(5);
        other["annual_rate"] = json!("0.05");
        let question: Question =
            serde_json::from_value(json!({"kind": "application", "terms": other})).unwrap();
        let named = naming(&body, &as_asked, &question.asked());
        assert!(
            matches!(ReadAs::of(&question, named.as_bytes()), ReadAs::Answer { outcome, .. } if outcome == "approved")
        );
        // An answer about other terms stays one about other terms.
        let wrong = yes.replace("8000000", "8000001");
        let Some(Says::Body { as_asked, .. }) = says(application(), Ok(&wrong)) else { panic!() };
        assert_eq!(as_asked.len(), 4, "{as_asked:?}");
    }

    #[test]
    fn a_vehicle_is_named_as_asked_and_its_number_is_not_in_the_file() {
        let vin = "LSVWY4180KN246094";
        let valued = |of: &str| {
            json!({"outcome": "valued", "reference": "v-1", "vin": of, "currency": "CNY", "value_fen": 2, "low_fen": 1,
                "high_fen": 3, "damage_on_record": false})
            .to_string()
        };
        let question = Question::Valuation { vin: vin.into() };
        let Some(Says::Body { body, as_asked }) = says(question.clone(), Ok(&valued(vin))) else { panic!() };
        assert_eq!(as_asked, ["/vin"]);
        assert!(!body.contains(vin), "{body}");
        let Some(Says::Body { body, as_asked }) = says(question, Ok(&valued("LSVWY4180KN246095"))) else {
            panic!()
        };
        assert!(as_asked.is_empty() && !body.contains("LSVWY4180KN246095"), "{body}");
    }

    #[test]
    fn what_cannot_be_read_stays_unreadable_in_the_same_way() {
        for body in [
            "{\"reference\":\"张伟",
            "<html>张伟</html>",
            "{\"reference\":\"\",\"outcome\":\"张伟\"}",
            "[]",
            "",
        ] {
            let Some(Says::Body { body: said, .. }) = says(Question::RealName, Ok(body)) else {
                panic!("{body}")
            };
            let read = |body: &str| ReadAs::of(&Question::RealName, body.as_bytes());
            assert_eq!(read(&said), read(body), "{body}: {said}");
            assert!(!said.contains("张伟"), "{said}");
        }
    }

    #[test]
    fn what_only_fits_the_question_of_then_is_made_anew() {
        assert_eq!(says(Question::Message, Ok(r#"{"reference":"s-1"}"#)), Some(Says::Usual));
        assert_eq!(says(Question::Timestamp, Ok("0\u{1}x")), Some(Says::Usual));
        assert!(matches!(says(Question::Signature, Ok("{}")), Some(Says::Body { .. })));
    }

    #[test]
    fn what_was_no_answer_is_played_as_none() {
        let failure = |class: &str, what: Option<&str>, status: Option<u16>| {
            json!({"failure": {"class": class, "what": what, "status": status}}).to_string()
        };
        let rows = [
            (failure("timeout", None, None), Says::Silence),
            (failure("connection_broken", None, None), Says::Cut),
            (failure("malformed", Some("media_type"), None), Says::MediaType),
            (failure("malformed", Some("too_large"), None), Says::TooLong),
            (failure("server_error", None, Some(503)), Says::Status { status: 503, code: None }),
        ];
        for (then, expected) in rows {
            assert_eq!(says(Question::RealName, Err(&then)), Some(expected), "{then}");
        }
        let refused = failure("refused", Some("zhang_wei"), Some(422));
        let Some(Says::Status { status: 422, code: Some(code) }) = says(Question::RealName, Err(&refused))
        else {
            panic!()
        };
        assert!(code.len() == 9 && code != "zhang_wei", "{code}");
        assert_eq!(says(Question::RealName, Err(&failure("answered", None, None))), None);
    }
}
