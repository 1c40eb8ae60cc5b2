//! What narrows the list of cases by hand, and the lists that somebody keeps under a name.

use super::Cx;
use super::cases::CASE_FILTERS;
use super::numbers::NumberFilter;
use crate::components::form::{Choice, TextField, hidden, select_field, text_field};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Longest name of a kept filter, in characters.
const LONGEST_NAME: usize = 40;
/// Periods that have a name.
const PERIODS: [&str; 4] = ["today", "yesterday", "7d", "30d"];

/// A list that somebody keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedFilter {
    /// Its id.
    pub id: String,
    /// Its name, in its keeper's words.
    pub name: String,
    /// Its address.
    pub href: String,
    /// The list of cases begins with it.
    pub opens_first: bool,
    /// The page shows it.
    pub chosen: bool,
}

/// The form that narrows the list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Narrow {
    /// The state chosen: one of [`CASE_FILTERS`].
    pub state: String,
    /// What there is to choose from.
    pub filters: Vec<NumberFilter>,
    /// Name of the days chosen.
    pub period: String,
    /// First day, where days of one's own are chosen.
    pub from: String,
    /// Last day.
    pub to: String,
    /// The words sought, as the address has them.
    pub find: String,
    /// The page is a board.
    pub is_board: bool,
    /// Address of what the page shows, behind its question mark.
    pub asked: String,
    /// Something is chosen.
    pub is_narrowed: bool,
    /// The name that was typed for what the page shows.
    pub name: String,
}

/// What somebody keeps, as links.
pub(super) fn saved(cx: Cx, saved: &[SavedFilter]) -> Element {
    rsx! {
        if !saved.is_empty() {
            nav { class: "filters mine", aria_label: cx.t("filters-mine"),
                for filter in saved {
                    a { href: "{filter.href}", aria_current: filter.chosen.then_some("true"),
                        "{filter.name}"
                        if filter.opens_first {
                            small { {cx.t("filters-first-mark")} }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn narrow(cx: Cx, narrow: &Narrow, kept: &[SavedFilter]) -> Element {
    let wrong = |fields: &[&str]| fields.iter().any(|field| cx.problems().of(field).is_some());
    rsx! {
        div { class: "chooses",
            details { class: "card choose", id: "narrow", open: wrong(&["period", "from", "to"]),
                summary { {cx.t("narrow")} }
                {choices(cx, narrow)}
            }
            details { class: "card choose", id: "keep", open: wrong(&["name"]),
                summary {
                    {cx.t("filters-mine")}
                    if !kept.is_empty() {
                        span { class: "count", "{kept.len()}" }
                    }
                }
                {keep(cx, narrow)}
                {list(cx, kept)}
            }
        }
    }
}

fn choices(cx: Cx, narrow: &Narrow) -> Element {
    let choice = |value: &str, key: String| Choice { value: value.to_owned(), label: cx.t(&key) };
    let states: Vec<Choice> =
        CASE_FILTERS[1..].iter().map(|state| choice(state, format!("cases-filter-{state}"))).collect();
    let periods: Vec<Choice> =
        PERIODS.iter().map(|period| choice(period, format!("numbers-period-{period}"))).collect();
    let own = cx.t("narrow-days-hint");
    rsx! {
        form { method: "get", action: "/office/cases", novalidate: true,
            if !narrow.find.is_empty() {
                {hidden("find", &narrow.find)}
            }
            if narrow.is_board {
                {hidden("view", "board")}
            }
            div { class: "fields",
                if !narrow.is_board {
                    {select(cx, "state", &cx.t("col-state"), &narrow.state, &states)}
                }
                for filter in &narrow.filters {
                    {select(cx, &filter.name, &cx.t(&format!("numbers-by-{}", filter.name)), &filter.chosen, &filter.choices)}
                }
            }
            p { class: "hint", "{own}" }
            div { class: "fields",
                {select(cx, "period", &cx.t("narrow-days"), &narrow.period, &periods)}
                {day(cx, "from", &cx.t("numbers-from"), &narrow.from)}
                {day(cx, "to", &cx.t("numbers-to"), &narrow.to)}
            }
            div { class: "pair",
                button { class: "button second small", r#type: "submit", {cx.t("numbers-show")} }
                if narrow.is_narrowed {
                    a { class: "button plain small", href: if narrow.is_board { "/office/cases?view=board" } else { "/office/cases?state=all" },
                        {cx.t("numbers-unfiltered")}
                    }
                }
            }
        }
    }
}

fn select(cx: Cx, name: &str, label: &str, value: &str, choices: &[Choice]) -> Element {
    select_field(
        cx.problems(),
        TextField { name, label, value, ..TextField::default() },
        choices,
        Some(&cx.t("numbers-all")),
    )
}

fn day(cx: Cx, name: &str, label: &str, value: &str) -> Element {
    text_field(
        cx.problems(),
        TextField { name, label, value, kind: "date", longest: 10, ..TextField::default() },
    )
}

fn keep(cx: Cx, narrow: &Narrow) -> Element {
    let (label, hint) = (cx.t("filters-name"), cx.t("filters-name-hint"));
    let field = TextField {
        name: "name",
        label: &label,
        hint: Some(&hint),
        value: &narrow.name,
        longest: LONGEST_NAME,
        required: true,
        ..TextField::default()
    };
    rsx! {
        form { class: "search", method: "post", action: "/office/cases/filters", novalidate: true,
            {cx.form_id()}
            {hidden("asked", &narrow.asked)}
            {text_field(cx.problems(), field)}
            button { class: "button second", r#type: "submit", {cx.t("filters-keep")} }
        }
    }
}

fn list(cx: Cx, kept: &[SavedFilter]) -> Element {
    rsx! {
        if !kept.is_empty() {
            ul { class: "kept-filters",
                for filter in kept {
                    {one(cx, filter)}
                }
            }
        }
    }
}

fn one(cx: Cx, filter: &SavedFilter) -> Element {
    let (act, text) = match filter.opens_first {
        true => ("not_first", "filters-not-first"),
        false => ("first", "filters-first"),
    };
    let named = |key: &str| format!("{} {}", cx.t(key), filter.name);
    rsx! {
        li {
            a { class: "tall", href: "{filter.href}", "{filter.name}" }
            form { method: "post", action: "/office/cases/filters/{filter.id}",
                {cx.form_id()}
                button { class: "button plain small", r#type: "submit", name: "act", value: act, aria_label: named(text), {cx.t(text)} }
                button { class: "button plain small", r#type: "submit", name: "act", value: "delete", aria_label: named("filters-delete"),
                    {cx.t("filters-delete")}
                }
            }
        }
    }
}
