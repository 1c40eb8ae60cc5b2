//! The sheet of all costs (综合融资成本明示表) with its reading time. Posts to `{base}/disclosure`: `read` = `yes` and hidden
//! `terms`. The server keeps the time; the script only counts down.

use super::{Cx, ways};
use crate::components::{
    amounts::clock,
    form::{field_error, hidden},
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// One line of the sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostRow {
    /// What is charged.
    pub label: String,
    /// How much, as shown: an amount, a rate, or "none".
    pub value: String,
    /// Who collects it, how and when; empty where there is nothing to add.
    pub note: String,
}

/// A part of the sheet, such as "financing", "fees", "when a payment is late".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostGroup {
    /// The part's heading.
    pub title: String,
    /// Its lines.
    pub rows: Vec<CostRow>,
}

/// The sheet of all costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosure {
    /// Hash of the disclosed terms.
    pub terms: String,
    /// Who states the costs: the funder.
    pub funder: String,
    /// Annualised cost in percent as a decimal number, such as `8.64`.
    pub annual_percent: String,
    /// Sum of all costs, as shown.
    pub total_cost: String,
    /// The parts of the sheet.
    pub groups: Vec<CostGroup>,
    /// How the annualised cost is calculated, in one or two sentences.
    pub method: String,
    /// Seconds until the confirmation counts; 0 when it does.
    pub seconds_left: u32,
    /// The whole reading time in seconds.
    pub seconds_total: u32,
    /// The box was ticked in the submit that is shown again.
    pub ticked: bool,
}

pub(super) fn page(cx: Cx, sheet: &Disclosure) -> Element {
    let percent = cx.w.with("percent", &[("n", sheet.annual_percent.as_str().into())]);
    let stated = cx.w.with("disclosure-by", &[("funder", sheet.funder.as_str().into())]);
    rsx! {
        p { class: "lead", {cx.t("disclosure-lead")} }
        section { class: "card sheet", aria_label: cx.t("title-disclosure"),
            p { class: "muted", "{stated}" }
            dl { class: "figures",
                div { class: "figure large",
                    dt { {cx.t("disclosure-annual")} }
                    dd { "{percent}" }
                }
                div { class: "figure",
                    dt { {cx.t("disclosure-total")} }
                    dd { "{sheet.total_cost}" }
                }
            }
            for group in &sheet.groups {
                {cost_table(cx, group)}
            }
            p { class: "hint", "{sheet.method}" }
        }
        {confirmation(cx, sheet)}
        {ways::ways(cx)}
    }
}

fn cost_table(cx: Cx, group: &CostGroup) -> Element {
    rsx! {
        table { class: "costs",
            caption { "{group.title}" }
            thead { class: "unseen",
                tr {
                    th { scope: "col", {cx.t("cost-item")} }
                    th { scope: "col", {cx.t("cost-amount")} }
                }
            }
            tbody {
                for row in &group.rows {
                    tr {
                        th { scope: "row",
                            "{row.label}"
                            if !row.note.is_empty() {
                                small { "{row.note}" }
                            }
                        }
                        td { class: "sum", "{row.value}" }
                    }
                }
            }
        }
    }
}

fn confirmation(cx: Cx, sheet: &Disclosure) -> Element {
    let error = cx.problems().of("read");
    let wait = cx.w.with("disclosure-wait", &[("n", sheet.seconds_left.into())]);
    rsx! {
        form { class: "card form", method: "post", action: cx.action("disclosure"), novalidate: true, "data-send": "",
            {cx.step()}
            {hidden("terms", &sheet.terms)}
            if sheet.seconds_left > 0 {
                div { class: "countdown", id: "countdown", "data-left": "{sheet.seconds_left}",
                    progress { max: sheet.seconds_total as i64, value: sheet.seconds_left as i64, aria_label: cx.t("disclosure-reading") }
                    p {
                        {cx.t("disclosure-reading")}
                        " "
                        span { class: "clock", role: "timer", {clock(sheet.seconds_left)} }
                    }
                }
                noscript {
                    p { class: "hint", "{wait}" }
                }
            }
            {field_error("read", error.as_deref())}
            label { class: "tick", r#for: "read",
                input {
                    r#type: "checkbox",
                    id: "read",
                    name: "read",
                    value: "yes",
                    checked: sheet.ticked,
                    aria_invalid: error.is_some().then_some("true"),
                    aria_describedby: error.is_some().then_some("read-error"),
                }
                span { {cx.t("disclosure-tick")} }
            }
            button { class: "button main", r#type: "submit", "data-after-countdown": "", {cx.t("disclosure-go")} }
        }
    }
}
