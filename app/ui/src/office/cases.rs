//! All cases of the company, newest first. The filter lies in the address (`?state=`). Looking a person up does not: the
//! search posts `what` to `/office/cases/find`.

use super::Cx;
use crate::components::{
    amounts::yuan_short,
    form::{TextField, text_field},
    moment::Moment,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Values of the filter, in the order in which they are shown; the empty one is everything.
pub const CASE_FILTERS: [&str; 9] =
    ["", "open", "review", "customer", "approved", "declined", "withdrawn", "expired", "error"];

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

    fn class(self) -> &'static str {
        match self {
            CaseState::Review => "state waiting",
            CaseState::Customer | CaseState::Partner | CaseState::System => "state open",
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

/// Only the cases behind a figure are listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narrowed {
    /// Which days, in words.
    pub days: String,
    /// Product, funder, …, in words.
    pub parts: Vec<String>,
    /// How many cases there are, where that is known.
    pub all: Option<u32>,
    /// The part of the address that says so.
    pub kept: String,
}

/// What the list shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cases {
    /// The filter chosen: one of [`CASE_FILTERS`].
    pub filter: String,
    /// The list is not of all cases.
    pub narrowed: Option<Narrowed>,
    /// The list is the answer to a search.
    pub is_search: bool,
    /// The cases, newest first.
    pub rows: Vec<CaseRow>,
    /// Address of older ones, where there are more.
    pub older: Option<String>,
    /// When the list was read.
    pub as_of: Moment,
}

pub(super) fn page(cx: Cx, cases: &Cases) -> Element {
    rsx! {
        {search(cx)}
        if cases.is_search {
            p { class: "links",
                {cx.w.with("cases-found", &[("n", cases.rows.len().into())])}
                " "
                a { href: "/office/cases", {cx.t("cases-show-all")} }
            }
        } else {
            {filters(cx, &cases.filter, cases.narrowed.as_ref())}
        }
        if let Some(narrowed) = &cases.narrowed {
            {narrowed_to(cx, narrowed)}
        }
        p { class: "muted",
            {cx.t("as-of")}
            " "
            {cases.as_of.element()}
        }
        if cases.rows.is_empty() {
            p { class: "empty", {cx.t(if cases.is_search { "cases-not-found" } else { "cases-none" })} }
        } else {
            {table(cx, &cases.rows)}
        }
        if let Some(older) = &cases.older {
            a { class: "button plain", href: "{older}", {cx.t("older")} }
        }
    }
}

fn search(cx: Cx) -> Element {
    let (label, hint) = (cx.t("cases-find"), cx.t("cases-find-hint"));
    let field = TextField {
        name: "what",
        label: &label,
        hint: Some(&hint),
        longest: 24,
        required: true,
        class: "w-id",
        ..TextField::default()
    };
    rsx! {
        form { class: "search", method: "post", action: "/office/cases/find", role: "search", novalidate: true,
            {cx.form_id()}
            {text_field(cx.problems(), field)}
            button { class: "button second", r#type: "submit", {cx.t("cases-find-go")} }
        }
    }
}

/// Which cases the list is narrowed to, and the way back.
fn narrowed_to(cx: Cx, narrowed: &Narrowed) -> Element {
    let days = match narrowed.all {
        Some(all) => {
            cx.w.with("cases-of-numbers", &[("days", narrowed.days.as_str().into()), ("n", all.into())])
        }
        None => narrowed.days.clone(),
    };
    rsx! {
        p { class: "narrowed",
            {cx.t("cases-narrowed")}
            " "
            strong { "{days}" }
            for part in &narrowed.parts {
                " · "
                strong { "{part}" }
            }
            " "
            a { class: "tall", href: "/office/cases", {cx.t("cases-show-all")} }
        }
    }
}

fn filters(cx: Cx, chosen: &str, narrowed: Option<&Narrowed>) -> Element {
    rsx! {
        nav { class: "filters", aria_label: cx.t("cases-filter"),
            for filter in CASE_FILTERS {
                {filter_link(cx, filter, chosen, narrowed)}
            }
        }
    }
}

fn filter_link(cx: Cx, filter: &str, chosen: &str, narrowed: Option<&Narrowed>) -> Element {
    let (state, name) = match filter {
        "" => (None, "all"),
        filter => (Some(format!("state={filter}")), filter),
    };
    let asked: Vec<String> =
        state.into_iter().chain(narrowed.map(|narrowed| narrowed.kept.clone())).collect();
    let href = match asked.as_slice() {
        [] => "/office/cases".to_owned(),
        asked => format!("/office/cases?{}", asked.join("&")),
    };
    rsx! {
        a { href, aria_current: (filter == chosen).then_some("true"), {cx.t(&format!("cases-filter-{name}"))} }
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
                    th { scope: "col", {cx.t("col-amount")} }
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
            td { "data-label": cx.t("col-amount"), {yuan_short(row.amount_fen)} }
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
