//! Cases that wait for a person, most urgent first.

use super::Cx;
use crate::components::{amounts::yuan_short, moment::Moment};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// One waiting case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    /// Case id, for the address.
    pub case: String,
    /// Case number.
    pub case_number: String,
    /// Why it waits, one sentence each.
    pub reasons: Vec<String>,
    /// The vehicle.
    pub vehicle: String,
    /// Amount to finance, in fen.
    pub amount_fen: i64,
    /// Since when it waits.
    pub since: Moment,
    /// When an answer is due.
    pub due: Moment,
    /// The due time has passed.
    pub overdue: bool,
    /// The customer asked for a person.
    pub asked_for: bool,
}

/// An application that an advisor handed in and that did not become a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftRow {
    /// The submission's id, as the audit has it.
    pub submission: String,
    /// Whose it is.
    pub advisor: String,
    /// Why, in a sentence.
    pub reason: String,
    /// The field that it is about, or a code without a sentence.
    pub about: Option<String>,
    /// Since when.
    pub since: Moment,
}

/// A funder's answer that came after its case had gone on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateRow {
    /// The case's id and its number.
    pub case: (String, String),
    /// The funder's name.
    pub funder: String,
    /// What it says: `approved`, `declined`, …
    pub says: String,
    /// When it came.
    pub since: Moment,
}

/// What the queue shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The cases, most urgent first.
    pub rows: Vec<QueueRow>,
    /// Applications that did not become cases, newest first.
    pub left: Vec<LeftRow>,
    /// Late answers of which nobody has taken note, newest first.
    pub late: Vec<LateRow>,
    /// How many wait in total.
    pub total: u64,
    /// Address of the next ones, where there are more.
    pub more: Option<String>,
    /// When the queue was read.
    pub as_of: Moment,
}

pub(super) fn page(cx: Cx, queue: &Queue) -> Element {
    let total = cx.w.with("queue-total", &[("n", queue.total.into())]);
    rsx! {
        p { class: "muted",
            "{total} · "
            {cx.t("as-of")}
            " "
            {queue.as_of.element()}
            " · "
            a { href: "/office/queue", {cx.t("reload")} }
        }
        if queue.rows.is_empty() {
            p { class: "empty", {cx.t("queue-none")} }
        } else {
            {table(cx, &queue.rows)}
        }
        if let Some(more) = &queue.more {
            a { class: "button plain", href: "{more}", {cx.t("older")} }
        }
        if !queue.late.is_empty() {
            {late(cx, &queue.late)}
        }
        if !queue.left.is_empty() {
            {left(cx, &queue.left)}
        }
    }
}

/// Answers that came too late for the flow and perhaps not for a person.
fn late(cx: Cx, rows: &[LateRow]) -> Element {
    let labels = ["col-case", "steer-partner", "late-says", "col-received"].map(|key| cx.t(key));
    rsx! {
        section { aria_labelledby: "late",
            h2 { id: "late", {cx.t("late-title")} }
            p { class: "muted", {cx.t("late-lead")} }
            table { class: "rows",
                thead {
                    tr {
                        for label in &labels {
                            th { scope: "col", "{label}" }
                        }
                        th { scope: "col",
                            span { class: "unseen", {cx.t("col-do")} }
                        }
                    }
                }
                tbody {
                    for row in rows {
                        tr {
                            th { scope: "row", {cx.case_link(&row.case.0, &row.case.1)} }
                            td { "data-label": "{labels[1]}", "{row.funder}" }
                            td { "data-label": "{labels[2]}", {cx.t(&format!("inbound-says-{}", row.says.replace('_', "-")))} }
                            td { "data-label": "{labels[3]}", {row.since.element()} }
                            td { {note(cx, row)} }
                        }
                    }
                }
            }
        }
    }
}

fn note(cx: Cx, row: &LateRow) -> Element {
    rsx! {
        form { method: "post", action: "/office/cases/{row.case.0}/late-answers",
            {cx.form_id()}
            button {
                class: "button small",
                r#type: "submit",
                aria_label: cx.w.with("late-note-this", &[("number", row.case.1.as_str().into())]),
                {cx.t("late-note")}
            }
        }
    }
}

/// What the office has to see and nobody can decide here: the advisor corrects it and hands it in again.
fn left(cx: Cx, rows: &[LeftRow]) -> Element {
    rsx! {
        section { aria_labelledby: "left",
            h2 { id: "left", {cx.t("left-title")} }
            p { class: "muted", {cx.t("left-lead")} }
            table { class: "rows",
                thead {
                    tr {
                        th { scope: "col", {cx.t("left-submission")} }
                        th { scope: "col", {cx.t("left-advisor")} }
                        th { scope: "col", {cx.t("col-why")} }
                        th { scope: "col", {cx.t("col-since")} }
                    }
                }
                tbody {
                    for row in rows {
                        tr {
                            th { scope: "row",
                                span { class: "number", "{row.submission}" }
                            }
                            td { "data-label": cx.t("left-advisor"), "{row.advisor}" }
                            td { "data-label": cx.t("col-why"),
                                "{row.reason}"
                                if let Some(about) = &row.about {
                                    small { "{about}" }
                                }
                            }
                            td { "data-label": cx.t("col-since"), {row.since.element()} }
                        }
                    }
                }
            }
        }
    }
}

/// A due time, marked in words when it has passed.
pub(super) fn due(cx: Cx, due: &Moment, overdue: bool) -> Element {
    rsx! {
        span { class: if overdue { "due over" } else { "due" },
            {due.element()}
            if overdue {
                small { {cx.t("overdue")} }
            }
        }
    }
}

fn table(cx: Cx, rows: &[QueueRow]) -> Element {
    rsx! {
        table { class: "rows",
            thead {
                tr {
                    th { scope: "col", {cx.t("col-case")} }
                    th { scope: "col", {cx.t("col-why")} }
                    th { scope: "col", {cx.t("col-what")} }
                    th { scope: "col", {cx.t("col-since")} }
                    th { scope: "col", {cx.t("col-due")} }
                }
            }
            tbody {
                for row in rows {
                    tr {
                        th { scope: "row",
                            a { class: "number", href: "/office/cases/{row.case}", "{row.case_number}" }
                        }
                        td { "data-label": cx.t("col-why"),
                            if row.asked_for {
                                span { class: "state waiting", {cx.t("queue-asked")} }
                            }
                            for reason in &row.reasons {
                                p { "{reason}" }
                            }
                        }
                        td { "data-label": cx.t("col-what"),
                            "{row.vehicle}"
                            small { {yuan_short(row.amount_fen)} }
                        }
                        td { "data-label": cx.t("col-since"), {row.since.element()} }
                        td { "data-label": cx.t("col-due"), {due(cx, &row.due, row.overdue)} }
                    }
                }
            }
        }
    }
}
