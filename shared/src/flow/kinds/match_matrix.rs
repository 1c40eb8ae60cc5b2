//! Compares what was typed, what was read from the card and what the real-name partner says.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::evaluate::Evaluated;
use super::shape::{About, BadParams, Class, KindOf, Shape};
use crate::domain::{IdNumber, Lang, PersonName, Texts};

pub(crate) struct MatchMatrix;

/// A field that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// ID number: typed × read.
    Number,
    /// Name: confirmed or typed × read.
    Name,
    /// Sex: from the number × read.
    Sex,
    /// Birth date: from the number × read.
    Birth,
    /// Name and number × real-name partner.
    RealName,
}

/// Parameters of `match-matrix`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Fields that must agree; an unknown one gives `unclear`. The others only must not differ.
    #[serde(default = "number_and_name")]
    pub require: Vec<Field>,
    /// Least confidence with which a differing reading counts as a difference, percent.
    #[serde(default = "trusted")]
    #[schemars(range(min = 0, max = 100))]
    pub min_confidence: u8,
}

fn number_and_name() -> Vec<Field> {
    vec![Field::Number, Field::RealName]
}

fn trusted() -> u8 {
    80
}

/// A value read by a machine.
#[derive(Clone, PartialEq)]
pub struct Ink {
    /// What was read.
    pub text: String,
    /// How sure the reader is, percent.
    pub confidence: u8,
}

/// What the comparison looks at. Holds personal data: it is passed in, compared and forgotten.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// ID number as typed.
    pub number: IdNumber,
    /// Name in force: confirmed by the customer, else typed.
    pub name: Option<PersonName>,
    /// ID number as read from the card.
    pub number_read: Option<Ink>,
    /// Name as read.
    pub name_read: Option<Ink>,
    /// Sex as read, `男` or `女`.
    pub sex_read: Option<Ink>,
    /// Birth date as read, `YYYY-MM-DD`.
    pub birth_read: Option<Ink>,
    /// Whether the real-name partner says that the name in force and the number belong together.
    pub real_name: Option<bool>,
}

impl fmt::Debug for Ink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ink(***, {} %)", self.confidence)
    }
}

/// What comparing one field gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Both say the same.
    Agrees,
    /// They say different things.
    Differs,
    /// One is missing or too uncertain.
    Unknown,
}

/// One row of the matrix. Values are masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// `number`, `name`, `sex`, `birth` or `real_name`.
    pub field: &'static str,
    /// What the comparison gave.
    pub verdict: Verdict,
    /// For a difference, one line of plain text with masked values.
    pub text: Option<Texts>,
}

impl KindOf for MatchMatrix {
    type Params = Params;
    const ABOUT: About = About {
        key: "match-matrix",
        class: Class::Check,
        name: ("信息比对", "Match"),
        help: (
            "逐项比对填写、识别和实名核验的结果。",
            "Compares typed, read and verified values, field by field.",
        ),
        budget_ms: 1,
        example: r#"{"require": ["number", "real_name"], "min_confidence": 80}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("min_confidence", u32::from(params.min_confidence), 0..=100)?;
        Ok(Shape::machine(1_000, &["match", "mismatch", "unclear", "error"])
            .reads(&["ocr", "partner.realname"])
            .writes(&["match"])
            .evaluated(move |_, reference| reference.identity.map(|identity| judge(&params, identity))))
    }
}

/// Compares every field. A reading below `min_confidence` percent never counts as a difference.
pub fn compare(identity: &Identity, min_confidence: u8) -> Vec<Comparison> {
    let number = identity.number.reveal();
    let name = identity.name.as_ref().map(|name| tidy_name(name.reveal()));
    let sex = identity.number.sex().text(Lang::Zh);
    let birth = identity.number.birth().to_string();
    let against = |known: Option<&str>, ink: &Option<Ink>, tidy: fn(&str) -> String| match (known, ink) {
        (Some(known), Some(ink)) if known == tidy(&ink.text) => Verdict::Agrees,
        (Some(_), Some(ink)) if ink.confidence >= min_confidence => Verdict::Differs,
        _ => Verdict::Unknown,
    };
    let name_verdict = match against(name.as_deref(), &identity.name_read, tidy_name) {
        // The reader takes about a third of names wrongly; a name that the partner confirms for this number stands.
        Verdict::Differs if identity.real_name == Some(true) => Verdict::Agrees,
        other => other,
    };
    let real_name = match identity.real_name {
        Some(true) => Verdict::Agrees,
        Some(false) => Verdict::Differs,
        None => Verdict::Unknown,
    };
    let rows = [
        (Field::Number, against(Some(number), &identity.number_read, tidy_number)),
        (Field::Name, name_verdict),
        (Field::Sex, against(Some(sex), &identity.sex_read, without_blanks)),
        (Field::Birth, against(Some(&birth), &identity.birth_read, without_blanks)),
        (Field::RealName, real_name),
    ];
    let row = |(field, verdict): (Field, Verdict)| Comparison {
        field: field.key(),
        verdict,
        text: (verdict == Verdict::Differs).then(|| line(field, identity)),
    };
    rows.into_iter().map(row).collect()
}

fn judge(params: &Params, identity: &Identity) -> Evaluated {
    let comparisons = compare(identity, params.min_confidence);
    let with = |wanted: Verdict| -> Vec<&'static str> {
        comparisons.iter().filter(|row| row.verdict == wanted).map(|row| row.field).collect()
    };
    let differing = with(Verdict::Differs);
    let unknown = with(Verdict::Unknown);
    let required: Vec<&str> = params.require.iter().map(|field| field.key()).collect();
    let outcome = if !differing.is_empty() {
        "mismatch"
    } else if required.iter().any(|field| unknown.contains(field)) {
        "unclear"
    } else {
        "match"
    };
    let mut evaluated = Evaluated::outcome(outcome)
        .writing("match.verdict", outcome)
        .writing("match.differs", differing)
        .writing("match.unknown", unknown);
    evaluated.comparisons = comparisons;
    evaluated
}

impl Field {
    fn key(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Name => "name",
            Self::Sex => "sex",
            Self::Birth => "birth",
            Self::RealName => "real_name",
        }
    }
}

/// One sentence on a difference; every value is masked.
fn line(field: Field, identity: &Identity) -> Texts {
    let read = |ink: &Option<Ink>| ink.as_ref().map_or(String::new(), |ink| ink.text.clone());
    let number = identity.number.masked();
    let name = identity.name.as_ref().map_or(String::new(), PersonName::masked);
    let (zh, en, known, shown) = match field {
        Field::Number => {
            ("身份证号", "ID number", number, mask_number(&tidy_number(&read(&identity.number_read))))
        }
        Field::Name => ("姓名", "name", name, mask_name(&tidy_name(&read(&identity.name_read)))),
        Field::Sex => {
            let sex = identity.number.sex().text(Lang::Zh).to_owned();
            ("性别", "sex", sex, mask_name(&read(&identity.sex_read)))
        }
        Field::Birth => {
            let birth = mask_birth(&identity.number.birth().to_string());
            ("出生日期", "birth date", birth, mask_birth(&read(&identity.birth_read)))
        }
        Field::RealName => {
            return Texts::new(
                format!("实名核验未通过：{name} 与 {number} 不匹配。"),
                format!("The real-name check says that {name} and {number} do not belong together."),
            );
        }
    };
    Texts::new(
        format!("{zh}不一致：填写为 {known}，证件照片上为 {shown}。"),
        format!("The {en} differs: {known} was given, the card shows {shown}."),
    )
}

fn tidy_number(text: &str) -> String {
    without_blanks(text).to_ascii_uppercase()
}

/// A name as names are compared: one kind of middle dot, today's characters, Latin letters in lower case.
fn tidy_name(text: &str) -> String {
    PersonName::parse(text).map_or_else(|_| without_blanks(text), |name| name.reveal().to_lowercase())
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// First three and last four characters; a reading may be shorter than a number and is then hidden altogether.
fn mask_number(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() < 12 {
        return "*".repeat(chars.len());
    }
    let tail: String = chars[chars.len() - 4..].iter().collect();
    chars[..3].iter().collect::<String>() + &"*".repeat(chars.len() - 7) + &tail
}

/// First character only; a single one is shown (sex).
fn mask_name(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_string() + &"*".repeat(chars.count()))
}

/// The year only.
fn mask_birth(text: &str) -> String {
    text.chars().take(4).collect::<String>() + "-**-**"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ink(text: &str, confidence: u8) -> Option<Ink> {
        Some(Ink { text: text.to_owned(), confidence })
    }

    /// The documented sample number of GB 11643; the name is invented.
    fn clean() -> Identity {
        Identity {
            number: IdNumber::read_back("11010519491231002x").unwrap(),
            number_read: ink("110105 19491231 002X", 97),
            name: Some(PersonName::parse("样本·甲").unwrap()),
            name_read: ink("样本•甲", 90),
            sex_read: ink("女", 90),
            birth_read: ink("1949-12-31", 95),
            real_name: Some(true),
        }
    }

    fn outcome(identity: &Identity) -> Evaluated {
        judge(&serde_json::from_value::<Params>(json!({})).unwrap(), identity)
    }

    #[test]
    fn a_table_of_differences() {
        type Change = fn(&mut Identity);
        let table: [(&str, &str, Change); 10] = [
            ("match", "", |_| {}),
            ("mismatch", "number", |i| i.number_read = ink("440524188001010014", 95)),
            ("unclear", "", |i| i.number_read = ink("440524188001010014", 40)),
            ("unclear", "", |i| i.number_read = None),
            ("match", "", |i| i.name_read = ink("别人", 99)),
            ("mismatch", "name real_name", |i| {
                i.name_read = ink("别人", 99);
                i.real_name = Some(false);
            }),
            ("mismatch", "real_name", |i| i.real_name = Some(false)),
            ("unclear", "", |i| i.real_name = None),
            ("mismatch", "sex", |i| i.sex_read = ink("男", 99)),
            ("mismatch", "birth", |i| i.birth_read = ink("1950-12-31", 99)),
        ];
        for (n, (expected, differs, change)) in table.into_iter().enumerate() {
            let mut identity = clean();
            change(&mut identity);
            let evaluated = outcome(&identity);
            assert_eq!(evaluated.outcome, expected, "row {n}");
            assert_eq!(evaluated.writes.texts("match.differs").join(" "), differs, "row {n}");
            let lines = evaluated.comparisons.iter().filter(|row| row.text.is_some()).count();
            assert_eq!(lines, differs.split_whitespace().count(), "row {n}");
        }
    }

    #[test]
    fn no_line_and_no_debug_shows_a_whole_value() {
        let mut identity = clean();
        identity.number_read = ink("440524188001010014", 95);
        identity.name_read = ink("别家人", 99);
        identity.birth_read = ink("1880-01-01", 99);
        identity.real_name = Some(false);
        let evaluated = outcome(&identity);
        let shown = format!("{identity:?} {evaluated:?}");
        for secret in
            ["11010519491231002X", "11010519491231002x", "440524188001010014", "样本", "别家人", "12-31"]
        {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        let text = evaluated.comparisons[0].text.clone().unwrap();
        assert_eq!(text.zh, "身份证号不一致：填写为 110***********002X，证件照片上为 440***********0014。");
    }
}
