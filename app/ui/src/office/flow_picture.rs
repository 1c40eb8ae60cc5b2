//! A flow drawn as a picture on a page: what happened on the live version today, and what differs between two versions.

use super::Cx;
use crate::components::{amounts::took, moment::Moment};
use crate::texts::Words;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};
use shared::domain::lang::Lang;
use shared::flow::draw::{Canvas, Marks, overlap, picture, tidy};

/// What happened today on the live version of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowLive {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Number of the live version.
    pub number: u32,
    /// The picture, SVG.
    pub picture: String,
    /// Blocks that something happened in, or that somebody waits in, in the flow's order.
    pub rows: Vec<LiveRow>,
    /// Cases that are in some block now.
    pub waiting: u32,
    /// When it was counted.
    pub at: Moment,
}

/// A block of the live version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveRow {
    /// Its id.
    pub block: String,
    /// What its kind is called.
    pub kind: String,
    /// Cases in it now.
    pub waiting: u32,
    /// By outcome: how often today, and the median time in the block, milliseconds.
    pub outcomes: Vec<(String, u32, u64)>,
}

/// The SVG of a flow in words of this language, laid out anew where its blocks lie on each other.
pub fn flow_picture(canvas: &Canvas, lang: Lang, marks: &Marks) -> String {
    let words = Words(lang);
    let mut laid = canvas.clone();
    if overlap(&laid) {
        // What cannot be laid out is shown as it lies.
        let _ = laid.apply(tidy(canvas));
    }
    picture(&laid, lang, &|kind, outcome| words.outcome_of(kind, outcome), marks)
}

/// The picture in a frame that scrolls.
pub(super) fn framed(svg: &str, label: &str) -> Element {
    rsx! {
        div {
            class: "flow-picture",
            role: "region",
            tabindex: "0",
            aria_label: label,
            dangerous_inner_html: "{svg}",
        }
    }
}

pub(super) fn live(cx: Cx, page: &FlowLive) -> Element {
    rsx! {
        p { class: "links",
            a { href: "/office/flows/{page.key}", {cx.t("flow-versions")} }
            " "
            a { href: "/office/flows/{page.key}/live", {cx.t("flow-live-again")} }
        }
        div { id: "fresh",
            p {
                {cx.w.with("flow-live-says", &[("n", page.number.into()), ("cases", page.waiting.into())])}
                " · "
                {page.at.element()}
            }
            {framed(&page.picture, &cx.t("flow-picture"))}
            if page.rows.is_empty() {
                p { class: "empty", {cx.t("flow-live-none")} }
            } else {
                table { class: "rows",
                    caption { class: "unseen", {cx.t("flow-live-table")} }
                    thead {
                        tr {
                            th { scope: "col", {cx.t("flow-block")} }
                            th { scope: "col", {cx.t("flow-live-now")} }
                            th { scope: "col", {cx.t("flow-live-today")} }
                        }
                    }
                    tbody {
                        for row in &page.rows {
                            tr {
                                th { scope: "row",
                                    "{row.kind} "
                                    code { "{row.block}" }
                                }
                                td { "data-label": cx.t("flow-live-now"), "{row.waiting}" }
                                td { "data-label": cx.t("flow-live-today"),
                                    for (outcome , count , ms) in &row.outcomes {
                                        p { "{cx.w.outcome(outcome)} × {count} · {took(*ms, cx.w)}" }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
