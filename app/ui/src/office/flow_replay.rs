//! What a version would have done with cases of the past, beside what the live one does with them.

use super::Cx;
use crate::components::amounts::took;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};
use shared::flow::Decision;

/// Both versions over the same cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowReplay {
    /// Cases that were looked at.
    pub cases: u32,
    /// Approved by the live version, and by this one.
    pub approved: [u32; 2],
    /// Milliseconds of machines and partners at the 95th percentile.
    pub p95_ms: [u64; 2],
    /// Questions to partners, by the partner's name.
    pub asked: Vec<(String, [u32; 2])>,
    /// Approved cases by funder.
    pub funders: Vec<(String, [u32; 2])>,
    /// Cases that came to a block whose answer nobody gave then.
    pub unknown: u32,
    /// Cases that come to another end.
    pub changed: u32,
    /// Of these, the first ones.
    pub named: Vec<ReplayedCase>,
}

/// A case that two versions treat differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayedCase {
    /// Its id.
    pub case: String,
    /// Where the live version takes it.
    pub before: ReplayedTo,
    /// Where this one takes it.
    pub now: ReplayedTo,
}

/// Where a replayed case comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplayedTo {
    /// To an end, with the code of its reason.
    End(Decision, String),
    /// To this block, whose answer nobody gave then.
    Unknown(String),
}

pub(super) fn replayed(cx: Cx, replay: &FlowReplay) -> Element {
    let n = |key: &str, n: u32| cx.w.with(key, &[("n", n.into())]);
    rsx! {
        h3 { {cx.t("flow-replay")} }
        if replay.cases == 0 {
            p { class: "empty", {cx.t("flow-replay-none")} }
        } else {
            p { {n("flow-replay-says", replay.cases)} }
            table { class: "rows beside",
                caption { class: "unseen", {cx.t("flow-replay")} }
                thead {
                    tr {
                        th { scope: "col",
                            span { class: "unseen", {cx.t("flow-replay-what")} }
                        }
                        th { scope: "col", {cx.t("flow-replay-live")} }
                        th { scope: "col", {cx.t("flow-replay-this")} }
                    }
                }
                tbody {
                    {line(cx, &cx.t("flow-replay-approved"), replay.approved.map(|n| n.to_string()))}
                    {line(cx, &cx.t("flow-replay-p95"), replay.p95_ms.map(|ms| took(ms, cx.w)))}
                    for (partner , asked) in &replay.asked {
                        {line(cx, &cx.w.with("flow-replay-asked", &[("who", partner.as_str().into())]), asked.map(|n| n.to_string()))}
                    }
                    for (funder , cases) in &replay.funders {
                        {line(cx, &cx.w.with("flow-replay-funder", &[("who", funder.as_str().into())]), cases.map(|n| n.to_string()))}
                    }
                }
            }
            if replay.unknown > 0 {
                p { class: "hint", {n("flow-replay-unknown", replay.unknown)} }
            }
            if replay.changed == 0 {
                p { {cx.t("flow-replay-same")} }
            } else {
                details { open: replay.changed <= 10,
                    summary { {n("flow-replay-changed", replay.changed)} }
                    ul { class: "diff",
                        for case in &replay.named {
                            li { class: "changed",
                                {cx.case_link(&case.case, &case.case)}
                                " "
                                {came(cx, &case.before)}
                                " → "
                                {came(cx, &case.now)}
                            }
                        }
                    }
                }
            }
        }
    }
}

fn line(cx: Cx, what: &str, [live, this]: [String; 2]) -> Element {
    rsx! {
        tr { class: if live != this { "differs" },
            th { scope: "row", "{what}" }
            td { "data-label": cx.t("flow-replay-live"), "{live}" }
            td { "data-label": cx.t("flow-replay-this"), "{this}" }
        }
    }
}

fn came(cx: Cx, to: &ReplayedTo) -> Element {
    match to {
        ReplayedTo::End(decision, reason) => rsx! {
            {cx.t(&format!("case-state-{}", decision.code()))}
            " "
            code { "{reason}" }
        },
        ReplayedTo::Unknown(block) => rsx! {
            {cx.t("flow-replay-open")}
            " "
            code { "{block}" }
        },
    }
}
