//! What the list can be narrowed to by hand.

use ui::{
    components::form,
    office::{Narrow, NumberFilter},
};

use super::look::Look;
use crate::{
    numbers::{Dimension, busiest::busiest, period::Hours},
    office::numbers::label,
    problem::Problem,
};

/// Dealers and advisors that are offered: those with the most cases of late. Others are found by their name.
const OFFERED: usize = 100;
/// Hours over which these are counted: a week.
const LATELY: u32 = 7 * 24;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// The form that narrows the list.
///
/// # Errors
/// When rows cannot be read.
pub(super) fn narrow(look: &Look<'_>) -> Result<Narrow, Problem> {
    let hour = u32::try_from(look.now.as_millisecond().div_euclid(HOUR_MS)).unwrap_or(0);
    let lately = Hours { from: hour.saturating_sub(LATELY), to: hour + 1 };
    let [dealers, advisors] =
        busiest(look.conn, &look.of, lately, [Dimension::Dealer, Dimension::Advisor], OFFERED)?;
    let filters = [
        Dimension::Product,
        Dimension::Region,
        Dimension::Dealer,
        Dimension::Advisor,
        Dimension::Funder,
        Dimension::Version,
    ];
    let filters = filters.map(|dimension| {
        let words = match dimension {
            Dimension::Dealer => dealers.clone(),
            Dimension::Advisor => advisors.clone(),
            _ => all_words(look, dimension),
        };
        offered(look, dimension, words)
    });
    let (period, from, to) = look.ask.choice.days();
    Ok(Narrow {
        state: look.ask.state.to_owned(),
        filters: filters.into(),
        period: if from.is_empty() && to.is_empty() { period.to_owned() } else { String::new() },
        from: from.to_owned(),
        to: to.to_owned(),
        find: look.ask.token().to_owned(),
        is_board: look.ask.board,
        asked: look.ask.query(),
        is_narrowed: look.ask.is_narrowed() || !look.ask.state.is_empty(),
        name: String::new(),
    })
}

fn all_words(look: &Look<'_>, dimension: Dimension) -> Vec<u16> {
    look.names.words.of_sort(dimension.code()).into_iter().map(|(word, _)| word).take(OFFERED).collect()
}

fn offered(look: &Look<'_>, dimension: Dimension, mut words: Vec<u16>) -> NumberFilter {
    let chosen = look.filter.of(dimension);
    words.extend(chosen);
    let mut choices: Vec<form::Choice> = words
        .into_iter()
        .map(|word| form::Choice {
            value: dimension.in_address(&look.names.words, word),
            label: label(&look.names, dimension, word),
        })
        .collect();
    choices.sort_by(|a, b| a.label.cmp(&b.label).then(a.value.cmp(&b.value)));
    choices.dedup_by(|a, b| a.value == b.value);
    NumberFilter {
        name: dimension.code().to_owned(),
        chosen: chosen.map(|word| dimension.in_address(&look.names.words, word)).unwrap_or_default(),
        choices,
    }
}
