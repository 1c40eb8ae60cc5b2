//! A recording as a file: JSON lines, the first says of whom, each other one is an answer. The control room writes it
//! without personal data; the partner lab plays it (`miaopi lab --replay`).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Partner;

/// What the first line says that the file is.
pub const FORMAT: &str = "miaopi-recording-1";
/// Most answers in a file; a recording has fewer.
pub const MOST_ANSWERS: usize = 1_000;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`].
    pub format: String,
    /// Of whom: `realname`, `funders/KEY`.
    pub partner: String,
    /// Lines that follow.
    pub answers: usize,
    /// Answers that were recorded and could not be written without changing what they are read as.
    #[serde(default)]
    pub left_out: usize,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What was asked ([`super::Question::kind`]).
    pub kind: String,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// What came.
    #[serde(flatten)]
    pub says: Says,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "snake_case")]
pub enum Says {
    /// This body.
    Body {
        /// The body.
        body: String,
        /// Members of it, as JSON pointers, that repeated what was asked, and have to again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        as_asked: Vec<String>,
    },
    /// A good answer that only fits the question of then, such as a signature: it has to be made anew.
    Usual,
    /// This status, and the partner's code.
    Status {
        /// 300 to 599.
        status: u16,
        /// The code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    /// No answer in time.
    Silence,
    /// The connection broke.
    Cut,
    /// Something of another media type.
    MediaType,
    /// More than anybody reads.
    TooLong,
}

/// Reads a file.
///
/// # Errors
/// A sentence saying which line cannot be used; it never repeats the line.
pub fn parse(text: &str) -> Result<(Partner, Vec<Line>), String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let head: Option<Head> = lines.next().and_then(|line| serde_json::from_str(line).ok());
    let Some(head) = head.filter(|head| head.format == FORMAT) else {
        return Err(format!("this is no recording: the first line does not say {FORMAT}"));
    };
    let partner = Partner::named(&head.partner).ok_or("the recording names no partner that there is")?;
    let mut found = Vec::new();
    for (number, line) in (2..).zip(lines) {
        if found.len() == MOST_ANSWERS {
            return Err(format!("the recording has more than {MOST_ANSWERS} answers; shorten it"));
        }
        let line: Line = serde_json::from_str(line)
            .map_err(|_| format!("line {number} of the recording is no answer; download it anew"))?;
        if matches!(line.says, Says::Status { status, .. } if !(300..600).contains(&status)) {
            return Err(format!("line {number} of the recording has a status outside 300 to 599"));
        }
        found.push(line);
    }
    match found.len() == head.answers {
        true => Ok((partner, found)),
        false => Err("the recording is not whole; download it anew".to_owned()),
    }
}

/// `body` with what was asked in the places that `as_asked` names.
pub fn naming(body: &str, as_asked: &[String], asked: &Value) -> String {
    let Ok(mut answer) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    let mut changed = false;
    for at in as_asked {
        if let (Some(member), Some(asked)) = (answer.pointer_mut(at), asked.pointer(at)) {
            *member = asked.clone();
            changed = true;
        }
    }
    if changed { answer.to_string() } else { body.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn head(partner: &str, answers: usize) -> String {
        json!({"format": FORMAT, "partner": partner, "answers": answers}).to_string()
    }

    #[test]
    fn a_file_that_is_not_whole_or_not_ours_is_refused() {
        let line = r#"{"kind":"real_name","ms":5,"says":"status","status":503}"#;
        assert_eq!(parse(&format!("{}\n{line}\n", head("realname", 1))).unwrap().1.len(), 1);
        let many = format!("{}\n{}", head("realname", 1_001), [line; 1_001].join("\n"));
        for bad in [
            String::new(),
            "{}".to_owned(),
            head("realname", 1),
            head("nobody", 0),
            format!("{}\n{}", head("realname", 1), r#"{"kind":"real_name"}"#),
            format!("{}\n{}", head("realname", 1), line.replace("503", "200")),
            many,
        ] {
            assert!(parse(&bad).is_err(), "{bad}");
        }
        let planted = parse(&format!("{}\n张伟", head("realname", 1))).unwrap_err();
        assert!(!planted.contains("张伟") && planted.contains("line 2"), "{planted}");
    }

    #[test]
    fn an_answer_names_what_is_asked_now_where_it_named_what_was_asked_then() {
        let body = r#"{"terms":{"amount_fen":1,"term_months":2},"vin":"A"}"#;
        let asked = json!({"terms": {"amount_fen": 7, "term_months": 8}, "vin": "B"});
        let at = ["/terms/amount_fen".to_owned(), "/vin".to_owned(), "/nowhere".to_owned()];
        let said: Value = serde_json::from_str(&naming(body, &at, &asked)).unwrap();
        assert_eq!(said, json!({"terms": {"amount_fen": 7, "term_months": 2}, "vin": "B"}));
        assert_eq!(naming("{\"vin\"", &at, &asked), "{\"vin\"");
        assert_eq!(naming(body, &[], &asked), body);
    }
}
