//! The list of cases as a board: a lane for each place where a case can be.

use super::Cx;
use super::cases::{CaseRow, Counted};
use crate::components::amounts::yuan_short;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// A lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// The state that its cases are in.
    pub state: String,
    /// Only cases that ended today are in it.
    pub today: bool,
    /// How many cases are in it.
    pub count: Counted,
    /// Address of the list of all of them.
    pub all: String,
    /// The newest.
    pub rows: Vec<CaseRow>,
}

pub(super) fn board(cx: Cx, lanes: &[Lane]) -> Element {
    rsx! {
        div { class: "board",
            for lane in lanes {
                {whole(cx, lane)}
            }
        }
    }
}

fn whole(cx: Cx, lane: &Lane) -> Element {
    let name = cx.t(&format!("lane-{}", lane.state));
    let id = format!("lane-{}", lane.state);
    rsx! {
        section { class: "lane {lane.state}", aria_labelledby: "{id}",
            h2 { id: "{id}",
                "{name}"
                " "
                span { class: "count", {lane.count.shown()} }
            }
            if lane.rows.is_empty() {
                p { class: "muted", {cx.t("lane-empty")} }
            } else {
                ul {
                    for row in &lane.rows {
                        {card(cx, row)}
                    }
                }
                a { class: "tall", href: "{lane.all}", aria_label: cx.w.with("lane-all-of", &[("lane", name.into())]), {cx.t("lane-all")} }
            }
        }
    }
}

fn card(cx: Cx, row: &CaseRow) -> Element {
    let since = row.decided.as_ref().or(row.since.as_ref()).unwrap_or(&row.opened);
    // The lane says who is waited for; it is said again where it says more, as the queue's name does.
    let waits = (row.state.key() == "review" && !row.waits_for.is_empty()).then_some(&row.waits_for);
    let ended = matches!(row.state.key(), "declined" | "withdrawn" | "expired" | "error");
    rsx! {
        li {
            a { href: "/office/cases/{row.case}",
                strong { class: "number", "{row.case_number}" }
                " "
                span { class: "amount", {yuan_short(row.amount_fen)} }
            }
            p { "{row.vehicle}" }
            p { class: "muted",
                if ended {
                    span { class: row.state.class(), {cx.t(&format!("case-state-{}", row.state.key()))} }
                    " "
                }
                if let Some(waits) = waits {
                    "{waits} · "
                }
                {since.element()}
            }
        }
    }
}
