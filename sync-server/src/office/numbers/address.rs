//! What of the numbers is asked for, as it stands in an address. Addresses carry codes and ids, never somebody's text.

use serde::Deserialize;

use crate::{
    numbers::{Asked, Dimension, Filter, period::Period, words::Words},
    problem::Problem,
};

/// As it came.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    pub(super) period: String,
    pub(super) from: String,
    pub(super) to: String,
    product: String,
    version: String,
    region: String,
    dealer: String,
    advisor: String,
    funder: String,
}

impl Choice {
    fn of(&self, dimension: Dimension) -> &str {
        match dimension {
            Dimension::Product => &self.product,
            Dimension::Version => &self.version,
            Dimension::Region => &self.region,
            Dimension::Dealer => &self.dealer,
            Dimension::Advisor => &self.advisor,
            Dimension::Funder => &self.funder,
        }
    }

    /// Whether days are asked for.
    pub(crate) fn names_days(&self) -> bool {
        [&self.period, &self.from, &self.to].into_iter().any(|text| !text.is_empty())
    }

    /// Whether anything at all is asked for.
    pub(crate) fn is_any(&self) -> bool {
        self.names_days() || Dimension::ALL.into_iter().any(|dimension| !self.of(dimension).is_empty())
    }

    /// Which days.
    ///
    /// # Errors
    /// As [`Asked::read`].
    pub(crate) fn period(&self) -> Result<Asked, Problem> {
        Asked::read(&self.period, self.from.trim(), self.to.trim())
    }

    /// Which cases.
    pub(crate) fn filter(&self, words: &Words) -> Filter {
        Filter::read(words, |dimension| Some(self.of(dimension).to_owned()))
    }
}

/// A choice that was read, to be written into addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address {
    pub(super) asked: Asked,
    filter: Filter,
}

impl Address {
    pub(crate) fn new(asked: Asked, filter: Filter) -> Self {
        Self { asked, filter }
    }

    pub(super) fn of_period(self, asked: Asked) -> Self {
        Self { asked, ..self }
    }

    pub(super) fn with(self, dimension: Dimension, word: u16) -> Self {
        Self { filter: self.filter.with(dimension, word), ..self }
    }

    /// Of a page of numbers.
    pub(super) fn numbers(&self, page: &str, words: &Words) -> String {
        let period = match self.asked {
            Asked::Days(from, to) => format!("from={from}&to={to}"),
            asked => format!("period={}", asked.code()),
        };
        format!("{page}?{period}{}", self.conditions(words))
    }

    /// Of the cases behind a figure: those that ended so (a state of the case list) in these days.
    pub(crate) fn cases(&self, state: &str, reason: &str, period: &Period, words: &Words) -> String {
        let reason = if reason.is_empty() { String::new() } else { format!("&reason={reason}") };
        let state = if state.is_empty() { String::new() } else { format!("state={state}&") };
        let (from, to) = (period.first, period.last);
        format!("/office/cases?{state}from={from}&to={to}{reason}{}", self.conditions(words))
    }

    fn conditions(&self, words: &Words) -> String {
        Dimension::ALL
            .into_iter()
            .filter_map(|dimension| {
                let word = self.filter.of(dimension)?;
                Some(format!("&{}={}", dimension.code(), dimension.in_address(words, word)))
            })
            .collect()
    }
}
