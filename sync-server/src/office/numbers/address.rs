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

/// Longest value that is written into an address.
const LONGEST: usize = 80;
/// Stands for a value that is no code and no id: it is nobody's.
const NOBODYS: &str = "~";

impl Choice {
    /// All that is asked for, as it is written into an address. What is neither code nor id is not repeated.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let days = [("period", &self.period), ("from", &self.from), ("to", &self.to)];
        let days = days.into_iter().map(|(name, value)| (name, value.trim()));
        let parts = Dimension::ALL.into_iter().map(|dimension| (dimension.code(), self.of(dimension)));
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.:*@".contains(&b);
        days.chain(parts)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| {
                let fits = value.len() <= LONGEST && value.bytes().all(plain);
                (name, if fits { value } else { NOBODYS }.to_owned())
            })
            .collect()
    }

    /// The same of all days.
    pub(crate) fn of_all_days(&self) -> Self {
        Self { period: String::new(), from: String::new(), to: String::new(), ..self.clone() }
    }

    /// The same of today.
    pub(crate) fn of_today(&self) -> Self {
        let period = Asked::Today.code().to_owned();
        Self { period, from: String::new(), to: String::new(), ..self.clone() }
    }

    /// The period's name, the first and the last day, as they came.
    pub(crate) fn days(&self) -> (&str, &str, &str) {
        (&self.period, self.from.trim(), self.to.trim())
    }

    pub(crate) fn of(&self, dimension: Dimension) -> &str {
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
