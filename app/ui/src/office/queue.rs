//! Cases that wait for a person, most urgent first.

use super::{Cx, holding};
use crate::components::table::heads_and;
use crate::components::{amounts::yuan_short, moment::Moment, tile::tile};
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
    /// Whole minutes until it is due; negative once it is over.
    pub minutes_left: i64,
    /// Who works on it: the name used for signing in, and whether it is the reader.
    pub holder: Option<(String, bool)>,
    /// Somebody decided a moment ago, and it can still be taken back.
    pub is_decided: bool,
}

/// Which of the waiting cases are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueTab {
    /// All.
    #[default]
    All,
    /// Those that nobody works on.
    Free,
    /// The reader's.
    Mine,
}

impl QueueTab {
    /// All of them, in the order shown.
    pub const ALL: [Self; 3] = [Self::All, Self::Free, Self::Mine];

    /// As it stands in the address and in the texts' keys.
    pub fn key(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Free => "free",
            Self::Mine => "mine",
        }
    }
}

/// A decision of the reader's that can still be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRow {
    /// Case id, for addresses.
    pub case: String,
    /// Case number.
    pub case_number: String,
    /// The decision in words.
    pub decision: String,
    /// When it takes effect.
    pub effect: Moment,
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
    /// Which are shown.
    pub tab: QueueTab,
    /// How many there are of each: all, nobody's, the reader's.
    pub counts: [u64; 3],
    /// How many are over their time or have a quarter of an hour left.
    pub urgent: u64,
    /// The reader's decisions that can still be taken back.
    pub pending: Vec<PendingRow>,
    /// When the queue was read.
    pub as_of: Moment,
}

pub(super) fn page(cx: Cx, queue: &Queue) -> Element {
    rsx! {
        div { id: "fresh",
            for row in &queue.pending {
                {pending(cx, row)}
            }
            {tiles(cx, queue)}
        }
        {next(cx, queue)}
        nav { class: "filters", aria_label: cx.t("queue-tabs"),
            for (tab , count) in QueueTab::ALL.into_iter().zip(queue.counts) {
                a {
                    href: if tab == QueueTab::All { "/office/queue".to_owned() } else { format!("/office/queue?tab={}", tab.key()) },
                    aria_current: (tab == queue.tab).then_some("true"),
                    {cx.t(&format!("queue-tab-{}", tab.key()))}
                    " {count}"
                }
            }
        }
        p { class: "muted",
            {cx.t("as-of")}
            " "
            {queue.as_of.element()}
            " · "
            a { href: "/office/queue", {cx.t("reload")} }
        }
        if queue.rows.is_empty() {
            p { class: "empty", {cx.t(&format!("queue-none-{}", queue.tab.key()))} }
        } else {
            {table(cx, &queue.rows)}
        }
        if !queue.late.is_empty() {
            {late(cx, &queue.late)}
        }
        if !queue.left.is_empty() {
            {left(cx, &queue.left)}
        }
        {keys(cx, &["j", "n", "u"])}
    }
}

/// The keys of a page, for those who would rather not use the mouse.
pub(super) fn keys(cx: Cx, keys: &[&str]) -> Element {
    rsx! {
        details { class: "page-keys", id: "keys",
            summary { "data-key": "?", {cx.t("keys")} }
            dl {
                for key in keys {
                    dt {
                        kbd { if *key == "j" { "j / k" } else if *key == "slash" { "/" } else { "{key}" } }
                    }
                    dd { {cx.t(&format!("key-{key}"))} }
                }
            }
        }
    }
}

fn pending(cx: Cx, row: &PendingRow) -> Element {
    rsx! {
        div { class: "banner note holding",
            p {
                {cx.case_link(&row.case, &row.case_number)}
                " · "
                strong { "{row.decision}" }
                " · "
                {cx.t("undo-until")}
                " "
                {row.effect.element()}
            }
            {holding::undo(cx, &row.case)}
        }
    }
}

fn tiles(cx: Cx, queue: &Queue) -> Element {
    let [all, free, mine] = queue.counts;
    let tile = |label: &str, count: u64, alarming| tile(&cx.t(label), rsx! { "{count}" }, alarming);
    rsx! {
        dl { class: "tiles",
            {tile("queue-waiting", all, false)}
            {tile("queue-urgent", queue.urgent, queue.urgent > 0)}
            {tile("queue-free", free, false)}
            {tile("queue-mine", mine, false)}
        }
    }
}

/// The way to work: the most urgent case that nobody has.
fn next(cx: Cx, queue: &Queue) -> Element {
    if queue.counts[1] == 0 {
        return rsx! {};
    }
    rsx! {
        form { class: "take-next", method: "post", action: "/office/queue/next",
            {cx.form_id()}
            button { class: "button main", r#type: "submit", "data-key": "n", {cx.t("queue-next")} }
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
                {heads_and(&labels, &cx.t("col-do"))}
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

/// A due time, marked in words when it has passed, in minutes when little is left.
pub(super) fn due(cx: Cx, due: &Moment, overdue: bool, minutes_left: Option<i64>) -> Element {
    let urgent = overdue || minutes_left.is_some_and(|left| left < 15);
    rsx! {
        span { class: if urgent { "due over" } else { "due" },
            {due.element()}
            if overdue {
                small { {cx.t("overdue")} }
            } else if let Some(left) = minutes_left.filter(|left| *left < 600) {
                small { {time_left(cx, left)} }
            }
        }
    }
}

fn time_left(cx: Cx, minutes: i64) -> String {
    match minutes {
        60.. => cx.w.with("due-in-h", &[("h", (minutes / 60).into()), ("m", (minutes % 60).into())]),
        _ => cx.w.with("due-in", &[("n", minutes.into())]),
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
                    th { scope: "col", {cx.t("col-holder")} }
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

fn table_row(cx: Cx, row: &QueueRow) -> Element {
    rsx! {
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
            td { "data-label": cx.t("col-due"), {due(cx, &row.due, row.overdue, Some(row.minutes_left))} }
            td { "data-label": cx.t("col-holder"),
                match &row.holder {
                    Some((_, true)) => rsx! {
                        span { class: "state open", {cx.t("holder-you")} }
                    },
                    Some((login, _)) => rsx! {
                        span { class: "state waiting", "{login}" }
                    },
                    None => rsx! {
                        span { class: "muted", {cx.t("holder-nobody")} }
                    },
                }
                if row.is_decided {
                    small { {cx.t("queue-decided")} }
                }
            }
        }
    }
}
