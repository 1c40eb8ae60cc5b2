//! How a funder's answer is read where its names and units are not ours: data, never code. The same reading tries samples
//! before a funder is asked at all, and reads its answers afterwards.

use std::{collections::BTreeMap, fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    CNY, MAX_SUM_FEN, MAX_TERM_MONTHS, PartnerText, PartnerToken,
    funders::{FunderDecision, FunderTerms},
};

/// Longest pointer, in characters.
pub const MAX_POINTER: usize = 200;
/// Most of its words for one of ours.
pub const MAX_WORDS: usize = 20;
/// Longest of its words, in characters.
pub const MAX_WORD: usize = 60;
/// Longest number that is read, in characters.
const MAX_NUMBER: usize = 40;
/// What a no is called that gives no reason.
const NO_REASON: &str = "unspecified";
/// Seconds within which a funder is thought to decide that does not say.
const USUAL_WAIT_S: u32 = 3_600;

/// What a funder says, without what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunderOutcome {
    /// Yes.
    Approved,
    /// Yes, once something is handed in.
    Conditional,
    /// Other terms.
    CounterOffer,
    /// Not decided yet.
    Pending,
    /// No.
    Declined,
    /// Its quota is used up.
    LimitReached,
    /// It could not process the application.
    Error,
}

impl FunderOutcome {
    /// All, in the order in which they are listed.
    pub const ALL: [Self; 7] = [
        Self::Approved,
        Self::Declined,
        Self::Pending,
        Self::Conditional,
        Self::CounterOffer,
        Self::LimitReached,
        Self::Error,
    ];

    /// Its stable name, as in our own protocol.
    pub fn code(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Conditional => "conditional",
            Self::CounterOffer => "counter_offer",
            Self::Pending => "pending",
            Self::Declined => "declined",
            Self::LimitReached => "limit_reached",
            Self::Error => "error",
        }
    }

    /// The one with this name.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// What an answer like this is read for, besides the outcome.
    pub fn parts(self) -> &'static [Part] {
        use Part::{
            Amount, Callback, Code, Currency, DownPayment, ExpectedWithin, Months, Rate, Reason, Reference,
            Stipulations,
        };
        match self {
            Self::Approved | Self::CounterOffer => &[Reference, Amount, DownPayment, Months, Rate, Currency],
            Self::Conditional => &[Reference, Amount, DownPayment, Months, Rate, Currency, Stipulations],
            Self::Pending => &[Reference, Callback, ExpectedWithin],
            Self::Declined => &[Reference, Reason],
            Self::LimitReached => &[Reference],
            Self::Error => &[Code],
        }
    }
}

/// One part of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Yes, no, and so on.
    Outcome,
    /// The funder's reference.
    Reference,
    /// The financed amount.
    Amount,
    /// The down payment; where nothing says where it stands, it is as we asked.
    DownPayment,
    /// The term in months.
    Months,
    /// The nominal yearly rate.
    Rate,
    /// ISO 4217; [`CNY`] where nothing says where it stands.
    Currency,
    /// What must be handed in first: a text or a list of texts.
    Stipulations,
    /// Why not: a code.
    Reason,
    /// Whether it calls back.
    Callback,
    /// Seconds within which it means to decide.
    ExpectedWithin,
    /// Why it could not process the application: a code.
    Code,
}

impl Part {
    /// All, in the order in which they are listed.
    pub const ALL: [Self; 12] = [
        Self::Outcome,
        Self::Reference,
        Self::Amount,
        Self::Months,
        Self::Rate,
        Self::DownPayment,
        Self::Reason,
        Self::Stipulations,
        Self::Callback,
        Self::ExpectedWithin,
        Self::Currency,
        Self::Code,
    ];

    /// Its stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Reference => "reference",
            Self::Amount => "amount",
            Self::DownPayment => "down_payment",
            Self::Months => "months",
            Self::Rate => "rate",
            Self::Currency => "currency",
            Self::Stipulations => "stipulations",
            Self::Reason => "reason",
            Self::Callback => "callback",
            Self::ExpectedWithin => "expected_within",
            Self::Code => "code",
        }
    }

    /// Where it stands in our own protocol.
    pub fn ours(self) -> &'static str {
        match self {
            Self::Outcome => "/outcome",
            Self::Reference => "/reference",
            Self::Amount => "/terms/amount_fen",
            Self::DownPayment => "/terms/down_payment_fen",
            Self::Months => "/terms/term_months",
            Self::Rate => "/terms/annual_rate",
            Self::Currency => "/terms/currency",
            Self::Stipulations => "/stipulations",
            Self::Reason => "/reason",
            Self::Callback => "/callback",
            Self::ExpectedWithin => "/expected_within_s",
            Self::Code => "/code",
        }
    }

    /// Whether a mapping has to say where it stands: without these no yes can be held against what was asked.
    pub fn is_needed(self) -> bool {
        matches!(self, Self::Outcome | Self::Reference | Self::Amount | Self::Months | Self::Rate)
    }
}

/// What its sums of money count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyUnit {
    /// Fen, as we do.
    #[default]
    Fen,
    /// Yuan, with at most two decimals.
    Yuan,
}

/// What its rates count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateUnit {
    /// 0.0699 is 6.99 % a year, as we do.
    #[default]
    Fraction,
    /// 6.99 is 6.99 % a year.
    Percent,
}

/// How a funder's answer is read. Empty, it is our own protocol.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dialect {
    /// Where each part stands: JSON pointers (RFC 6901) into the answer.
    pub at: BTreeMap<Part, String>,
    /// Its words for each of our outcomes.
    pub words: BTreeMap<FunderOutcome, Vec<String>>,
    /// What its sums count.
    pub money: MoneyUnit,
    /// What its rates count.
    pub rate: RateUnit,
}

/// What is wrong with a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unmapped {
    /// Nothing says where this part stands.
    Missing(Part),
    /// This is no JSON pointer, or too long.
    Pointer(Part),
    /// None of its words means this.
    NoWord(FunderOutcome),
    /// A word is empty, too long, or there are too many of them.
    Word(FunderOutcome),
    /// One of these words means something else already.
    Twice(FunderOutcome),
}

/// Why a part cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The answer is no JSON.
    NotJson,
    /// There is nothing at its place.
    Missing,
    /// No text, and nothing that can be written as one.
    NotText,
    /// No number.
    NotNumber,
    /// A part of a fen, or of a month.
    NotWhole,
    /// A number that cannot be meant.
    OutOfRange,
    /// A word that the mapping does not know.
    UnknownWord,
    /// Something else than letters, digits and `. _ : -`.
    NotACode,
    /// Neither true nor false.
    NotYesNo,
    /// No list of 1 to 20 texts.
    NotTexts,
}

impl Why {
    /// Its stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::Missing => "missing",
            Self::NotText => "not_text",
            Self::NotNumber => "not_number",
            Self::NotWhole => "not_whole",
            Self::OutOfRange => "out_of_range",
            Self::UnknownWord => "unknown_word",
            Self::NotACode => "not_a_code",
            Self::NotYesNo => "not_yes_no",
            Self::NotTexts => "not_texts",
        }
    }
}

/// A part that cannot be read. Never says what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misread {
    /// Which part.
    pub part: Part,
    /// Why.
    pub why: Why,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.part.code(), self.why.code())
    }
}

/// What was read of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// What it says.
    Outcome(FunderOutcome),
    /// A reference, code or currency.
    Word(String),
    /// A sum, in fen.
    Fen(i64),
    /// A sum that stays as it was asked.
    AsAsked,
    /// A term.
    Months(u16),
    /// A yearly rate, as a fraction.
    Rate(Decimal),
    /// Sentences.
    Texts(Vec<String>),
    /// Yes or no.
    Is(bool),
    /// A time.
    Seconds(u32),
}

impl Dialect {
    /// Whether it is our own protocol.
    pub fn is_ours(&self) -> bool {
        *self == Self::default()
    }

    /// Everything that is wrong with it; nothing for our own protocol.
    pub fn faults(&self) -> Vec<Unmapped> {
        if self.is_ours() {
            return Vec::new();
        }
        let mut faults = Vec::new();
        for part in Part::ALL {
            match self.at.get(&part) {
                None if part.is_needed() => faults.push(Unmapped::Missing(part)),
                Some(pointer) if !is_pointer(pointer) => faults.push(Unmapped::Pointer(part)),
                _ => {}
            }
        }
        let mut known: Vec<&str> = Vec::new();
        for outcome in FunderOutcome::ALL {
            let words = self.words.get(&outcome).map(Vec::as_slice).unwrap_or_default();
            let sound = |word: &String| (1..=MAX_WORD).contains(&word.chars().count());
            if words.len() > MAX_WORDS || !words.iter().all(sound) {
                faults.push(Unmapped::Word(outcome));
            }
            if words.is_empty() && matches!(outcome, FunderOutcome::Approved | FunderOutcome::Declined) {
                faults.push(Unmapped::NoWord(outcome));
            }
            if words.iter().any(|word| known.contains(&word.as_str())) {
                faults.push(Unmapped::Twice(outcome));
            }
            known.extend(words.iter().map(String::as_str));
        }
        faults
    }

    /// Reads an answer. `asked` is what a yes is held against; a sample has none.
    ///
    /// # Errors
    /// The first part that cannot be read, and why.
    pub fn read(&self, answer: &[u8], asked: Option<&FunderTerms>) -> Result<FunderDecision, Misread> {
        let root = parsed(answer)?;
        let reader = Reader { dialect: self, root: &root, asked };
        let outcome = reader.outcome()?;
        let reference = || reader.token(Part::Reference);
        Ok(match outcome {
            FunderOutcome::Approved => {
                FunderDecision::Approved { reference: reference()?, terms: reader.terms()? }
            }
            FunderOutcome::Conditional => FunderDecision::Conditional {
                reference: reference()?,
                terms: reader.terms()?,
                stipulations: reader.texts()?,
            },
            FunderOutcome::CounterOffer => {
                FunderDecision::CounterOffer { reference: reference()?, terms: reader.terms()? }
            }
            FunderOutcome::LimitReached => FunderDecision::LimitReached { reference: reference()? },
            FunderOutcome::Declined => FunderDecision::Declined {
                reference: reference()?,
                reason: reader.code_or(Part::Reason, NO_REASON)?,
            },
            FunderOutcome::Pending => FunderDecision::Pending {
                reference: reference()?,
                callback: reader.callback()?,
                expected_within_s: reader.expected_within()?,
            },
            FunderOutcome::Error => FunderDecision::Error { code: reader.code_or(Part::Code, NO_REASON)? },
        })
    }

    /// Everything that an answer is read for, part by part, with what was found or why not.
    pub fn look(&self, answer: &[u8]) -> Vec<(Part, Result<Found, Misread>)> {
        let root = match parsed(answer) {
            Ok(root) => root,
            Err(misread) => return vec![(Part::Outcome, Err(misread))],
        };
        let reader = Reader { dialect: self, root: &root, asked: None };
        let outcome = reader.outcome();
        let parts = outcome.map(FunderOutcome::parts).unwrap_or_default();
        let rest = parts.iter().map(|part| (*part, reader.found(*part)));
        std::iter::once((Part::Outcome, outcome.map(Found::Outcome))).chain(rest).collect()
    }

    fn pointer(&self, part: Part) -> Option<&str> {
        if self.is_ours() { Some(part.ours()) } else { self.at.get(&part).map(String::as_str) }
    }

    fn meaning(&self, word: &str) -> Option<FunderOutcome> {
        if self.is_ours() {
            return FunderOutcome::of_code(word);
        }
        let means = |(_, words): &(&FunderOutcome, &Vec<String>)| words.iter().any(|known| known == word);
        self.words.iter().find(means).map(|(outcome, _)| *outcome)
    }
}

fn parsed(answer: &[u8]) -> Result<Value, Misread> {
    serde_json::from_slice(answer).map_err(|_| Misread { part: Part::Outcome, why: Why::NotJson })
}

fn is_pointer(text: &str) -> bool {
    let escaped = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    text.starts_with('/') && text.chars().count() <= MAX_POINTER && escaped
}

struct Reader<'a> {
    dialect: &'a Dialect,
    root: &'a Value,
    asked: Option<&'a FunderTerms>,
}

impl Reader<'_> {
    /// What stands at the place of this part; nothing where nothing says where that is.
    fn value(&self, part: Part) -> Option<&Value> {
        self.root.pointer(self.dialect.pointer(part)?).filter(|value| !value.is_null())
    }

    /// A text, or a number or a yes or no written as one.
    fn word(&self, part: Part) -> Result<String, Misread> {
        match self.value(part).ok_or(Misread { part, why: Why::Missing })? {
            Value::String(text) => Ok(text.trim().to_owned()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(is) => Ok(is.to_string()),
            _ => Err(Misread { part, why: Why::NotText }),
        }
    }

    fn outcome(&self) -> Result<FunderOutcome, Misread> {
        let part = Part::Outcome;
        self.dialect.meaning(&self.word(part)?).ok_or(Misread { part, why: Why::UnknownWord })
    }

    fn token(&self, part: Part) -> Result<PartnerToken, Misread> {
        PartnerToken::parse(&self.word(part)?).map_err(|_| Misread { part, why: Why::NotACode })
    }

    fn code_or(&self, part: Part, usual: &str) -> Result<PartnerToken, Misread> {
        match self.token(part) {
            Err(Misread { why: Why::Missing, .. }) => Ok(PartnerToken::nearest(usual)),
            read => read,
        }
    }

    fn number(&self, part: Part) -> Result<Decimal, Misread> {
        let not = Misread { part, why: Why::NotNumber };
        let text = match self.value(part).ok_or(Misread { part, why: Why::Missing })? {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_owned(),
            _ => return Err(not),
        };
        if text.len() > MAX_NUMBER {
            return Err(not);
        }
        Decimal::from_str(&text).or_else(|_| Decimal::from_scientific(&text)).map_err(|_| not)
    }

    fn fen(&self, part: Part, least: i64) -> Result<i64, Misread> {
        let out = Misread { part, why: Why::OutOfRange };
        let mut fen = self.number(part)?;
        if self.dialect.money == MoneyUnit::Yuan {
            fen = fen.checked_mul(Decimal::ONE_HUNDRED).ok_or(out)?;
        }
        if !fen.fract().is_zero() {
            return Err(Misread { part, why: Why::NotWhole });
        }
        let fen = i64::try_from(fen).map_err(|_| out)?;
        if (least..=MAX_SUM_FEN).contains(&fen) { Ok(fen) } else { Err(out) }
    }

    fn months(&self) -> Result<u16, Misread> {
        let part = Part::Months;
        let months = self.number(part)?;
        if !months.fract().is_zero() {
            return Err(Misread { part, why: Why::NotWhole });
        }
        let months = u16::try_from(months).ok().filter(|months| (1..=MAX_TERM_MONTHS).contains(months));
        months.ok_or(Misread { part, why: Why::OutOfRange })
    }

    fn rate(&self) -> Result<Decimal, Misread> {
        let part = Part::Rate;
        let mut rate = self.number(part)?;
        if self.dialect.rate == RateUnit::Percent {
            rate = rate.checked_div(Decimal::ONE_HUNDRED).ok_or(Misread { part, why: Why::OutOfRange })?;
        }
        let can_be_meant = rate >= Decimal::ZERO && rate <= Decimal::ONE;
        if can_be_meant { Ok(rate) } else { Err(Misread { part, why: Why::OutOfRange }) }
    }

    /// `None`: as it was asked.
    fn down_payment(&self) -> Result<Option<i64>, Misread> {
        let part = Part::DownPayment;
        if self.dialect.pointer(part).is_none() {
            return Ok(None);
        }
        self.fen(part, 0).map(Some)
    }

    fn currency(&self) -> Result<String, Misread> {
        match self.word(Part::Currency) {
            Err(Misread { why: Why::Missing, .. }) => Ok(CNY.to_owned()),
            Ok(word) if word != CNY => Err(Misread { part: Part::Currency, why: Why::UnknownWord }),
            read => read,
        }
    }

    fn terms(&self) -> Result<FunderTerms, Misread> {
        let as_asked = self.asked.map_or(0, |asked| asked.down_payment_fen);
        Ok(FunderTerms {
            currency: self.currency()?,
            amount_fen: self.fen(Part::Amount, 1)?,
            down_payment_fen: self.down_payment()?.unwrap_or(as_asked),
            term_months: self.months()?,
            annual_rate: self.rate()?,
        })
    }

    fn texts(&self) -> Result<Vec<PartnerText>, Misread> {
        let part = Part::Stipulations;
        let not = Misread { part, why: Why::NotTexts };
        let items = match self.value(part).ok_or(Misread { part, why: Why::Missing })? {
            one @ Value::String(_) => std::slice::from_ref(one),
            Value::Array(items) => items.as_slice(),
            _ => return Err(not),
        };
        if !(1..=FunderDecision::MAX_STIPULATIONS).contains(&items.len()) {
            return Err(not);
        }
        let text = |item: &Value| PartnerText::parse(item.as_str()?).ok();
        items.iter().map(|item| text(item).ok_or(not)).collect()
    }

    fn callback(&self) -> Result<bool, Misread> {
        let part = Part::Callback;
        self.value(part)
            .map_or(Ok(false), |value| value.as_bool().ok_or(Misread { part, why: Why::NotYesNo }))
    }

    fn expected_within(&self) -> Result<u32, Misread> {
        let part = Part::ExpectedWithin;
        match self.number(part) {
            Err(Misread { why: Why::Missing, .. }) => Ok(USUAL_WAIT_S),
            Err(misread) => Err(misread),
            Ok(seconds) => u32::try_from(seconds.trunc()).map_err(|_| Misread { part, why: Why::OutOfRange }),
        }
    }

    fn found(&self, part: Part) -> Result<Found, Misread> {
        let word = |token: PartnerToken| Found::Word(token.to_string());
        Ok(match part {
            Part::Outcome => Found::Outcome(self.outcome()?),
            Part::Reference => word(self.token(part)?),
            Part::Amount => Found::Fen(self.fen(part, 1)?),
            Part::DownPayment => self.down_payment()?.map_or(Found::AsAsked, Found::Fen),
            Part::Months => Found::Months(self.months()?),
            Part::Rate => Found::Rate(self.rate()?),
            Part::Currency => Found::Word(self.currency()?),
            Part::Stipulations => {
                Found::Texts(self.texts()?.iter().map(|text| text.as_str().to_owned()).collect())
            }
            Part::Reason | Part::Code => word(self.code_or(part, NO_REASON)?),
            Part::Callback => Found::Is(self.callback()?),
            Part::ExpectedWithin => Found::Seconds(self.expected_within()?),
        })
    }
}

#[cfg(test)]
mod tests;
