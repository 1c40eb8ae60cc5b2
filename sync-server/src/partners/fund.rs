//! Asking a funder and making sure that its yes is a yes to what was asked.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::protocol::partners::{
    PartnerText, PartnerToken,
    funders::{BadTerms, FunderApplication, FunderDecision, FunderTerms},
    paths,
};

use super::{IdempotencyKey, Partner, PartnerFailure, Partners, Question, read, send::Outgoing};

/// The terms a funder was asked for: what its answer is held against.
pub type AskedTerms = FunderTerms;

/// A funder's answer that was held against the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum FunderAnswer {
    /// Yes to exactly the terms asked for.
    Approved {
        /// The funder's reference.
        reference: PartnerToken,
        /// The terms.
        terms: FunderTerms,
    },
    /// Yes to the terms asked for once the stipulations are met.
    Conditional {
        /// The funder's reference.
        reference: PartnerToken,
        /// The terms.
        terms: FunderTerms,
        /// 1–20 sentences by the funder.
        stipulations: Vec<PartnerText>,
    },
    /// Other terms; they go back through acceptance and disclosure.
    CounterOffer {
        /// Names the offer when it is accepted ([`FunderApplication::accepts_offer`]).
        reference: PartnerToken,
        /// The offered terms; plausible and different from those asked for.
        terms: FunderTerms,
    },
    /// The funder's quota is used up.
    LimitReached {
        /// The funder's reference.
        reference: PartnerToken,
    },
    /// No.
    Declined {
        /// The funder's reference.
        reference: PartnerToken,
        /// Stable reason code.
        reason: PartnerToken,
    },
    /// Undecided.
    Pending {
        /// The funder's reference.
        reference: PartnerToken,
        /// Whether a callback will come; otherwise ask with [`Partners::funder_answer`].
        callback: bool,
        /// Seconds within which the funder means to decide.
        expected_within_s: u32,
    },
    /// The funder could not process the application.
    Error {
        /// The funder's code.
        code: PartnerToken,
    },
}

impl FunderAnswer {
    /// Holds `decision` against what was asked.
    ///
    /// # Errors
    /// [`PartnerFailure::WrongAmount`] when a yes names other terms, or a counter-offer the same or impossible ones;
    /// [`PartnerFailure::Malformed`] for a conditional yes without conditions.
    pub fn to(asked: &AskedTerms, decision: FunderDecision) -> Result<Self, PartnerFailure> {
        Ok(match decision {
            FunderDecision::Approved { reference, terms } => {
                same(asked, &terms)?;
                Self::Approved { reference, terms }
            }
            FunderDecision::Conditional { reference, terms, stipulations } => {
                same(asked, &terms)?;
                if !(1..=FunderDecision::MAX_STIPULATIONS).contains(&stipulations.len()) {
                    return Err(PartnerFailure::Malformed { what: "stipulations" });
                }
                Self::Conditional { reference, terms, stipulations }
            }
            FunderDecision::CounterOffer { reference, terms } => {
                terms.check().map_err(|bad| PartnerFailure::WrongAmount { what: named(bad) })?;
                if same(asked, &terms).is_ok() {
                    return Err(PartnerFailure::Malformed { what: "counter_offer_equals_request" });
                }
                Self::CounterOffer { reference, terms }
            }
            FunderDecision::LimitReached { reference } => Self::LimitReached { reference },
            FunderDecision::Declined { reference, reason } => Self::Declined { reference, reason },
            FunderDecision::Pending { reference, callback, expected_within_s } => {
                Self::Pending { reference, callback, expected_within_s }
            }
            FunderDecision::Error { code } => Self::Error { code },
        })
    }
}

impl Partners {
    /// Asks `funder`. Call only under a consent that names it.
    ///
    /// # Errors
    /// [`PartnerFailure`]; a yes to other terms than asked for is [`PartnerFailure::WrongAmount`], never an approval.
    pub async fn ask_funder(
        &self,
        funder: &PartnerToken,
        key: &IdempotencyKey,
        limit: Option<Duration>,
        application: &FunderApplication,
    ) -> Result<FunderAnswer, PartnerFailure> {
        let partner = Partner::Funder(funder.clone());
        let question = Question::Application { terms: application.terms.clone() };
        let read = (question, self.reader(&partner, &application.terms));
        self.post(&partner, paths::APPLICATIONS, key, limit, application, read).await
    }

    /// What `funder` says by now about `reference`: for a pending answer whose callback has not come.
    ///
    /// # Errors
    /// As [`Self::ask_funder`].
    pub async fn funder_answer(
        &self,
        funder: &PartnerToken,
        reference: &PartnerToken,
        limit: Option<Duration>,
        asked: &AskedTerms,
    ) -> Result<FunderAnswer, PartnerFailure> {
        let path = format!("{}/{reference}", paths::APPLICATIONS);
        let partner = Partner::Funder(funder.clone());
        let question = Question::ApplicationLater { terms: asked.clone() };
        let read = (question, self.reader(&partner, asked));
        self.call(&partner, |base| Outgoing::get(base.below(&path)), limit, read).await
    }

    /// What reads the funder's answers: by its mapping, where it has one.
    fn reader(
        &self,
        partner: &Partner,
        asked: &AskedTerms,
    ) -> impl Fn(&[u8]) -> Result<FunderAnswer, PartnerFailure> {
        let dialect = self.line(partner).ok().and_then(|line| line.dialect());
        let asked = asked.clone();
        move |body| {
            let Some(dialect) = &dialect else { return read::funder(&asked, body) };
            let decision = dialect
                .read(body, Some(&asked))
                .map_err(|misread| PartnerFailure::Malformed { what: misread.part.code() })?;
            FunderAnswer::to(&asked, decision)
        }
    }
}

/// Which part of a yes differs from the question.
fn same(asked: &FunderTerms, given: &FunderTerms) -> Result<(), PartnerFailure> {
    let parts = [
        ("currency", asked.currency == given.currency),
        ("amount_fen", asked.amount_fen == given.amount_fen),
        ("down_payment_fen", asked.down_payment_fen == given.down_payment_fen),
        ("term_months", asked.term_months == given.term_months),
        ("annual_rate", asked.annual_rate == given.annual_rate),
    ];
    match parts.iter().find(|(_, equal)| !equal) {
        Some((what, _)) => Err(PartnerFailure::WrongAmount { what }),
        None => Ok(()),
    }
}

fn named(bad: BadTerms) -> &'static str {
    match bad {
        BadTerms::Currency => "currency",
        BadTerms::Amount => "amount_fen",
        BadTerms::TermOrRate => "term_or_rate",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partners::line::json;
    use rust_decimal::Decimal;

    fn asked() -> FunderTerms {
        FunderTerms {
            currency: "CNY".into(),
            amount_fen: 8_000_000,
            down_payment_fen: 2_000_000,
            term_months: 36,
            annual_rate: Decimal::new(699, 4),
        }
    }

    /// Each way in which terms can differ from those asked for, with the part that is named.
    fn others() -> Vec<(&'static str, FunderTerms)> {
        vec![
            ("currency", FunderTerms { currency: "USD".into(), ..asked() }),
            ("amount_fen", FunderTerms { amount_fen: 8_000_001, ..asked() }),
            ("down_payment_fen", FunderTerms { down_payment_fen: 1_999_999, ..asked() }),
            ("term_months", FunderTerms { term_months: 35, ..asked() }),
            ("annual_rate", FunderTerms { annual_rate: Decimal::new(7, 2), ..asked() }),
        ]
    }

    fn reference() -> PartnerToken {
        PartnerToken::parse("f-1").unwrap()
    }

    #[test]
    fn a_yes_to_other_terms_is_no_approval() {
        let yes = FunderDecision::Approved { reference: reference(), terms: asked() };
        assert!(matches!(FunderAnswer::to(&asked(), yes), Ok(FunderAnswer::Approved { .. })));
        for (what, terms) in others() {
            let yes = FunderDecision::Approved { reference: reference(), terms: terms.clone() };
            assert_eq!(FunderAnswer::to(&asked(), yes), Err(PartnerFailure::WrongAmount { what }));
            let stipulations = vec![PartnerText::parse("工资流水").unwrap()];
            let maybe = FunderDecision::Conditional { reference: reference(), terms, stipulations };
            assert_eq!(FunderAnswer::to(&asked(), maybe), Err(PartnerFailure::WrongAmount { what }));
        }
    }

    #[test]
    fn a_rate_written_with_more_zeros_is_the_same_rate() {
        let terms = FunderTerms { annual_rate: Decimal::new(69900, 6), ..asked() };
        assert!(
            FunderAnswer::to(&asked(), FunderDecision::Approved { reference: reference(), terms }).is_ok()
        );
    }

    #[test]
    fn a_counter_offer_differs_and_is_possible() {
        let offer = |terms| {
            FunderAnswer::to(&asked(), FunderDecision::CounterOffer { reference: reference(), terms })
        };
        for (what, terms) in others() {
            assert_eq!(offer(terms).is_ok(), what != "currency", "{what}");
        }
        assert!(offer(asked()).is_err());
        for terms in [
            FunderTerms { amount_fen: 0, ..asked() },
            FunderTerms { amount_fen: i64::MAX, ..asked() },
            FunderTerms { down_payment_fen: -1, ..asked() },
            FunderTerms { term_months: 0, ..asked() },
            FunderTerms { annual_rate: Decimal::new(-1, 2), ..asked() },
            FunderTerms { annual_rate: Decimal::new(101, 2), ..asked() },
        ] {
            assert!(offer(terms).is_err());
        }
    }

    #[test]
    fn a_conditional_yes_needs_conditions() {
        let maybe =
            FunderDecision::Conditional { reference: reference(), terms: asked(), stipulations: vec![] };
        assert_eq!(
            FunderAnswer::to(&asked(), maybe),
            Err(PartnerFailure::Malformed { what: "stipulations" })
        );
    }

    #[test]
    fn unknown_outcomes_and_half_answers_do_not_parse() {
        for text in [
            r#"{"outcome":"perhaps","reference":"f-1"}"#,
            r#"{"outcome":"approved","reference":"f-1"}"#,
            r#"{"outcome":"approved","reference":"../f","terms":{}}"#,
            r#"{"reference":"f-1"}"#,
            r#"{"outcome":"approved""#,
            "",
            "null",
            r#"["approved"]"#,
        ] {
            assert!(json::<FunderDecision>(text.as_bytes()).is_err(), "{text}");
        }
    }
}
