//! Takes personal data out of an answer: whatever is not a known code or figure of the partner API becomes something
//! invented of the same shape, the same thing each time within one file.

use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};

/// Members whose numbers are kept: amounts, terms, counts.
const FIGURES: [&str; 12] = [
    "amount_fen",
    "down_payment_fen",
    "term_months",
    "annual_rate",
    "value_fen",
    "low_fen",
    "high_fen",
    "score",
    "overdue_24m",
    "monthly_debt_fen",
    "queries_3m",
    "expected_within_s",
];
/// Other members that the partner API names.
const MEMBERS: [&str; 12] = [
    "reference",
    "outcome",
    "standing",
    "vin",
    "currency",
    "terms",
    "stipulations",
    "reason",
    "code",
    "callback",
    "overdue_now",
    "damage_on_record",
];
/// Members whose known words are kept.
const CODED: [&str; 2] = ["outcome", "standing"];
/// These words.
const WORDS: [&str; 15] = [
    "match",
    "mismatch",
    "not_found",
    "clear",
    "attention",
    "bad",
    "no_record",
    "valued",
    "approved",
    "conditional",
    "counter_offer",
    "limit_reached",
    "declined",
    "pending",
    "error",
];
/// Longest rate that is kept, in characters.
const LONGEST_RATE: usize = 12;
/// What stands for characters that are written with three and with four bytes.
const WIDE: [char; 8] = ['样', '例', '数', '据', '文', '字', '假', '名'];
const WIDEST: char = '𠮷';

/// Invents, the same for the same text as long as it lives.
pub(super) struct Inventor {
    secret: [u8; 32],
}

impl Inventor {
    /// `secret`: random, for one file, and forgotten after it.
    pub(super) fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// An answer of the same shape. What is no JSON keeps its length and its signs.
    pub(super) fn answer(&self, body: &str) -> String {
        match serde_json::from_str::<Value>(body) {
            Ok(value) => self.value("", value).to_string(),
            Err(_) => self.text(body),
        }
    }

    fn value(&self, name: &str, value: Value) -> Value {
        match value {
            Value::Object(members) => Value::Object(self.members(members)),
            Value::Array(values) => values.into_iter().map(|value| self.value(name, value)).collect(),
            Value::String(text) if is_kept(name, &text) => Value::String(text),
            Value::String(text) => Value::String(self.text(&text)),
            Value::Number(number) if FIGURES.contains(&name) => Value::Number(number),
            Value::Number(number) => Value::Number(self.number(&number)),
            plain => plain,
        }
    }

    fn members(&self, members: Map<String, Value>) -> Map<String, Value> {
        let known = |name: &str| FIGURES.contains(&name) || MEMBERS.contains(&name);
        let member = |(name, value): (String, Value)| {
            let value = self.value(&name, value);
            (if known(&name) { name } else { self.text(&name) }, value)
        };
        members.into_iter().map(member).collect()
    }

    /// Letters become other letters of their kind, digits other digits; signs and lengths stay.
    pub(super) fn text(&self, text: &str) -> String {
        let mut drawn = self.drawn(text);
        let mut other = |c: char| {
            let draw = usize::from(drawn.next().unwrap_or_default());
            let from = |first: u8, many: usize| char::from(first + u8::try_from(draw % many).unwrap_or(0));
            match c {
                '0'..='9' => from(b'0', 10),
                'a'..='z' => from(b'a', 26),
                'A'..='Z' => from(b'A', 26),
                c if c.is_ascii() || !c.is_alphanumeric() => c,
                c => match c.len_utf8() {
                    2 => 'é',
                    3 => WIDE[draw % WIDE.len()],
                    _ => WIDEST,
                },
            }
        };
        text.chars().map(&mut other).collect()
    }

    fn number(&self, number: &Number) -> Number {
        let text: String = self.text(&number.to_string()).replace(['e', 'E', '+'], "1");
        let (sign, digits) = text.strip_prefix('-').map_or(("", &*text), |digits| ("-", digits));
        // A number does not begin with a zero.
        let whole = format!("{sign}{}", digits.trim_start_matches('0'));
        serde_json::from_str(&whole).unwrap_or_else(|_| Number::from(1))
    }

    /// Bytes that depend on the text and the file alone.
    fn drawn(&self, text: &str) -> impl Iterator<Item = u8> {
        let (secret, text) = (self.secret, text.to_owned());
        (0_u32..).flat_map(move |round| {
            let hash = Sha256::new().chain_update(secret).chain_update(round.to_be_bytes());
            hash.chain_update(text.as_bytes()).finalize().to_vec()
        })
    }
}

fn is_kept(name: &str, text: &str) -> bool {
    match name {
        "annual_rate" => {
            let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
            text.len() <= LONGEST_RATE && text.split('.').count() <= 2 && text.split('.').all(digits)
        }
        "currency" => text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
        name => CODED.contains(&name) && WORDS.contains(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn inventor() -> Inventor {
        Inventor::new([4; 32])
    }

    /// Letters by kind and everything else as it is.
    fn shape(text: &str) -> String {
        let kind = |c: char| match c {
            '0'..='9' => '0',
            'a'..='z' => 'a',
            'A'..='Z' => 'A',
            c if c.is_alphanumeric() && !c.is_ascii() => '样',
            c => c,
        };
        text.chars().map(kind).collect()
    }

    #[test]
    fn names_numbers_and_references_go_and_codes_and_figures_stay() {
        let body = json!({
            "outcome": "conditional", "reference": "fd-9a8B7c", "holder": "沈若云", "沈若云": 1,
            "terms": {"currency": "CNY", "amount_fen": 8_000_000, "annual_rate": "0.0699", "term_months": 36},
            "stipulations": ["请沈若云补充 13912345678 的流水"], "phone": 13_912_345_678_u64, "score": 700,
            "reason": "shen_ruoyun", "standing": "shenruoyun", "vin": "LSVWY4180KN246094", "callback": true,
        });
        let said = inventor().answer(&body.to_string());
        for planted in ["沈若云", "13912345678", "ruoyun", "LSVWY4180KN246094", "9a8B7c", "holder", "phone"]
        {
            assert!(!said.contains(planted), "{planted}: {said}");
        }
        let now: Value = serde_json::from_str(&said).unwrap();
        for kept in ["outcome", "terms", "score", "callback"] {
            assert_eq!(now[kept], body[kept], "{kept}");
        }
        for shaped in ["reference", "vin", "reason", "standing"] {
            let of = |value: &Value| shape(value[shaped].as_str().unwrap());
            assert_eq!(of(&now), of(&body), "{shaped}");
        }
        let text = |value: &Value| value["stipulations"][0].as_str().unwrap().to_owned();
        assert_eq!(shape(&text(&now)), shape(&text(&body)));
        assert_eq!(
            inventor().answer(&body.to_string()),
            said,
            "the same thing is invented for the same thing"
        );
        assert_ne!(Inventor::new([5; 32]).answer(&body.to_string()), said);
    }

    #[test]
    fn what_is_no_json_loses_its_names_too() {
        let said = inventor().answer(r#"{"reference":"fd-1","holder":"沈若云","phone":"1391234"#);
        assert!(!said.contains("沈若云") && !said.contains("1391234") && said.starts_with(r#"{""#), "{said}");
    }

    #[test]
    fn numbers_that_mean_nothing_known_stay_numbers() {
        for number in ["13912345678", "-5", "0", "1.5", "1e30", "440524188001010014"] {
            let said = inventor().answer(&format!("[{number}]"));
            let now: Value = serde_json::from_str(&said).unwrap();
            assert!(now[0].is_number(), "{number}: {said}");
            assert!(number.len() < 3 || !said.contains(number), "{number}: {said}");
        }
    }
}
