//! All cases of the company, newest first, as a table or a board. Everything that narrows them lies in the address; what is typed
//! into the search does not: it is posted as `what` to `/office/cases/find`.

use super::Cx;
use super::cases_board::{self as board, Lane};
use super::cases_filters::{self as filters, Narrow, SavedFilter};
use crate::components::{
    amounts::{grouped, yuan_short},
    form::{TextField, hidden, text_field},
    moment::Moment,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Values of the filter, in the order in which they are shown; the empty one is everything.
pub const CASE_FILTERS: [&str; 12] = [
    "",
    "open",
    "customer",
    "review",
    "partner",
    "system",
    "approved",
    "ended",
    "declined",
    "withdrawn",
    "expired",
    "error",
];

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// The customer's turn.
    Customer,
    /// Waits for a person here.
    Review,
    /// Waits for an outside company.
    Partner,
    /// The system is at work.
    System,
    /// Signed.
    Approved,
    /// Declined.
    Declined,
    /// The customer withdrew.
    Withdrawn,
    /// Nobody acted in time.
    Expired,
    /// Ended by a failure.
    Error,
}

impl CaseState {
    /// The state's name in texts.
    pub fn key(self) -> &'static str {
        match self {
            CaseState::Customer => "customer",
            CaseState::Review => "review",
            CaseState::Partner => "partner",
            CaseState::System => "system",
            CaseState::Approved => "approved",
            CaseState::Declined => "declined",
            CaseState::Withdrawn => "withdrawn",
            CaseState::Expired => "expired",
            CaseState::Error => "error",
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            CaseState::Review => "state waiting",
            CaseState::Customer | CaseState::Partner | CaseState::System => "state busy",
            CaseState::Approved => "state signed",
            CaseState::Declined | CaseState::Error => "state over",
            CaseState::Withdrawn | CaseState::Expired => "state ended",
        }
    }
}

/// One case of the list. Nothing of the customer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRow {
    /// Case id, for the address.
    pub case: String,
    /// Case number.
    pub case_number: String,
    /// When it was opened.
    pub opened: Moment,
    /// The product in words.
    pub product: String,
    /// The vehicle.
    pub vehicle: String,
    /// Amount to finance, in fen.
    pub amount_fen: i64,
    /// Where it stands.
    pub state: CaseState,
    /// Whom it waits for, in words; empty once it is over.
    pub waits_for: String,
    /// Since when it waits.
    pub since: Option<Moment>,
    /// When it was decided.
    pub decided: Option<Moment>,
}

/// How many, as far as they were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counted {
    /// So many.
    pub n: u32,
    /// There are more, or may be.
    pub more: bool,
}

impl Counted {
    /// Neither more nor fewer.
    pub fn exactly(n: usize) -> Self {
        Counted { n: u32::try_from(n).unwrap_or(u32::MAX), more: false }
    }

    /// So many, but no more than `most` are said; `more` where counting ended before its end.
    pub fn at_least(n: usize, more: bool, most: usize) -> Self {
        Counted { more: more || n > most, ..Counted::exactly(n.min(most)) }
    }

    /// As it is written: `1,000+`.
    pub fn shown(self) -> String {
        format!("{}{}", grouped(self.n.into()), if self.more { "+" } else { "" })
    }
}

/// Not all cases are listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narrowed {
    /// Which days, in words; empty for all.
    pub days: String,
    /// Product, funder, …, in words.
    pub parts: Vec<String>,
    /// How many cases there are, where that is known.
    pub all: Option<Counted>,
}

/// What the list shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cases {
    /// The filter chosen: one of [`CASE_FILTERS`].
    pub filter: String,
    /// The words that are sought.
    pub sought: String,
    /// The list is not of all cases.
    pub narrowed: Option<Narrowed>,
    /// The list is the answer to a number that was looked up.
    pub is_search: bool,
    /// The cases, newest first.
    pub rows: Vec<CaseRow>,
    /// Address of older ones, where there are more.
    pub older: Option<String>,
    /// Looking ended before a page was full: older ones may have none either.
    pub stopped: bool,
    /// The same cases as a board, in place of the table.
    pub board: Option<Vec<Lane>>,
    /// What this person keeps.
    pub saved: Vec<SavedFilter>,
    /// The form that narrows the list.
    pub narrow: Narrow,
    /// The part of the address that stays when another state is chosen.
    pub kept: String,
    /// Older cases than this one are still being read in for the search.
    pub read_from: Option<String>,
    /// When the list was read.
    pub as_of: Moment,
}

impl Cases {
    /// Address of the list in this state, all else as it is.
    fn in_state(&self, state: &str) -> String {
        let all = if self.kept.is_empty() { "state=all" } else { "" };
        let state = if state.is_empty() { all.to_owned() } else { format!("state={state}") };
        self.address(&state)
    }

    /// Address of the board, all else as it is.
    fn on_a_board(&self) -> String {
        self.address("view=board")
    }

    fn address(&self, part: &str) -> String {
        let parts: Vec<&str> = [part, &self.kept].into_iter().filter(|part| !part.is_empty()).collect();
        format!("/office/cases?{}", parts.join("&"))
    }
}

/// All cases, whatever somebody's list begins with.
const ALL: &str = "/office/cases?state=all";
/// The same as a board.
const ALL_ON_A_BOARD: &str = "/office/cases?view=board";

pub(super) fn page(cx: Cx, cases: &Cases) -> Element {
    rsx! {
        {search(cx, cases)}
        {filters::saved(cx, &cases.saved)}
        if cases.is_search {
            p { class: "links",
                {cx.w.with("cases-found", &[("n", cases.rows.len().into())])}
                " "
                a { href: ALL, {cx.t("cases-show-all")} }
            }
        } else {
            div { class: "views",
                if cases.board.is_none() {
                    {states(cx, cases)}
                } else {
                    {as_of(cx, cases)}
                }
                {views(cx, cases)}
            }
            {filters::narrow(cx, &cases.narrow, &cases.saved)}
        }
        if let Some(narrowed) = &cases.narrowed {
            {narrowed_to(cx, narrowed, if cases.board.is_some() { ALL_ON_A_BOARD } else { ALL })}
        }
        if let Some(from) = &cases.read_from {
            p { class: "muted", {cx.w.with("cases-reading-in", &[("from", from.as_str().into())])} }
        }
        if cases.board.is_none() {
            {as_of(cx, cases)}
        }
        if let Some(lanes) = &cases.board {
            {board::board(cx, lanes)}
        } else {
            {list(cx, cases)}
        }
    }
}

fn as_of(cx: Cx, cases: &Cases) -> Element {
    rsx! {
        p { class: "muted",
            {cx.t("as-of")}
            " "
            {cases.as_of.element()}
        }
    }
}

fn list(cx: Cx, cases: &Cases) -> Element {
    let nothing = match (cases.is_search, cases.stopped, cases.sought.is_empty()) {
        (true, ..) => "cases-not-found",
        (_, true, _) => "cases-none-so-far",
        (_, _, false) => "cases-none-with-words",
        _ => "cases-none",
    };
    rsx! {
        if cases.rows.is_empty() {
            p { class: "empty", {cx.t(nothing)} }
        } else {
            {table(cx, &cases.rows)}
        }
        if let Some(older) = &cases.older {
            a { class: "button plain", href: "{older}", {cx.t(if cases.stopped { "cases-further" } else { "older" })} }
        }
    }
}

fn search(cx: Cx, cases: &Cases) -> Element {
    let (label, hint) = (cx.t("cases-find"), cx.t("cases-find-hint"));
    let field = TextField {
        name: "what",
        label: &label,
        hint: Some(&hint),
        value: &cases.sought,
        longest: 100,
        required: true,
        ..TextField::default()
    };
    rsx! {
        form { class: "search", method: "post", action: "/office/cases/find", role: "search", novalidate: true,
            {cx.form_id()}
            if cases.board.is_some() {
                {hidden("view", "board")}
            }
            {text_field(cx.problems(), field)}
            button { class: "button second", r#type: "submit", {cx.t("cases-find-go")} }
        }
    }
}

/// Which cases the list is narrowed to, and the way back.
fn narrowed_to(cx: Cx, narrowed: &Narrowed, all: &str) -> Element {
    let days = match narrowed.all {
        Some(all) => {
            let n = cx.w.with("cases-counted", &[("shown", all.shown().into()), ("n", all.n.into())]);
            if narrowed.days.is_empty() { n } else { format!("{} · {n}", narrowed.days) }
        }
        None => narrowed.days.clone(),
    };
    let parts = [days].into_iter().chain(narrowed.parts.iter().cloned()).filter(|part| !part.is_empty());
    rsx! {
        p { class: "narrowed",
            {cx.t("cases-narrowed")}
            for (place , part) in parts.enumerate() {
                if place > 0 {
                    " ·"
                }
                " "
                strong { "{part}" }
            }
            " "
            a { class: "tall", href: all, {cx.t("cases-show-all")} }
        }
    }
}

fn states(cx: Cx, cases: &Cases) -> Element {
    rsx! {
        nav { class: "filters", aria_label: cx.t("cases-filter"),
            for filter in CASE_FILTERS {
                a {
                    href: cases.in_state(filter),
                    aria_current: (filter == cases.filter).then_some("true"),
                    {cx.t(&format!("cases-filter-{}", if filter.is_empty() { "all" } else { filter }))}
                }
            }
        }
    }
}

/// Table or board.
fn views(cx: Cx, cases: &Cases) -> Element {
    let is_board = cases.board.is_some();
    rsx! {
        nav { class: "filters as", aria_label: cx.t("cases-view"),
            a { href: cases.in_state(&cases.filter), aria_current: (!is_board).then_some("true"), {cx.t("cases-view-table")} }
            a { href: cases.on_a_board(), aria_current: is_board.then_some("true"), {cx.t("cases-view-board")} }
        }
    }
}

fn table(cx: Cx, rows: &[CaseRow]) -> Element {
    rsx! {
        table { class: "rows",
            thead {
                tr {
                    th { scope: "col", {cx.t("col-case")} }
                    th { scope: "col", {cx.t("col-product")} }
                    th { scope: "col", {cx.t("col-vehicle")} }
                    th { scope: "col", class: "sum", {cx.t("col-amount")} }
                    th { scope: "col", {cx.t("col-state")} }
                    th { scope: "col", {cx.t("col-waits-for")} }
                    th { scope: "col", {cx.t("col-decided")} }
                }
            }
            tbody {
                for row in rows {
                    {table_row(cx, row)}
                }
            }
        }
    }
}

fn table_row(cx: Cx, row: &CaseRow) -> Element {
    let nothing = rsx! { span { class: "muted", "–" } };
    rsx! {
        tr {
            th { scope: "row",
                a { class: "number", href: "/office/cases/{row.case}", "{row.case_number}" }
                small { {row.opened.element()} }
            }
            td { "data-label": cx.t("col-product"), "{row.product}" }
            td { "data-label": cx.t("col-vehicle"), "{row.vehicle}" }
            td { class: "amount sum", "data-label": cx.t("col-amount"), {yuan_short(row.amount_fen)} }
            td { "data-label": cx.t("col-state"),
                span { class: row.state.class(), {cx.t(&format!("case-state-{}", row.state.key()))} }
            }
            td { "data-label": cx.t("col-waits-for"),
                if row.waits_for.is_empty() {
                    {nothing.clone()}
                } else {
                    "{row.waits_for}"
                    if let Some(since) = &row.since {
                        small { {since.element()} }
                    }
                }
            }
            td { "data-label": cx.t("col-decided"),
                if let Some(decided) = &row.decided {
                    {decided.element()}
                } else {
                    {nothing}
                }
            }
        }
    }
}
