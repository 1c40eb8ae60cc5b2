//! What partners sent on their own: what was believed and what became of it, and what was refused and why. Offering an
//! answer once more posts to `/office/webhooks/inbound/{partner}/{message}/apply`.

use super::Cx;
use crate::components::moment::Moment;
use crate::components::table::{heads_and, heads_with};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What a partner sent and was believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundRow {
    /// The funder's key and its name.
    pub partner: (String, String),
    /// The message's id.
    pub id: String,
    /// The case's id and its number.
    pub case: (String, String),
    /// What it says: `approved`, `declined`, …
    pub says: String,
    /// `applied`, `waiting`, `early` or `late`.
    pub state: String,
    /// It came before its case waited for it.
    pub was_early: bool,
    /// What was set for late answers when it came: `keep`, `notice`, `ignore`.
    pub policy: String,
    /// When it came.
    pub received: Moment,
    /// When it was taken up.
    pub applied: Option<Moment>,
    /// When, and by whom, note was taken of it.
    pub noted: Option<(String, Moment)>,
    /// How often it came again.
    pub repeats: u32,
}

/// What was sent in a partner's name and refused, in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedRow {
    /// The partner's name; none where it named nobody.
    pub partner: Option<String>,
    /// Why.
    pub code: String,
    /// How often.
    pub times: i64,
    /// It named a case of this company's: otherwise nobody can tell whose it was.
    pub own: bool,
    /// The last time.
    pub last: Moment,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    /// Key of the funder that is shown alone; empty for all.
    pub partner: String,
    /// All funders: key and name.
    pub partners: Vec<(String, String)>,
    /// What was believed, the newest first.
    pub rows: Vec<InboundRow>,
    /// Address of older ones.
    pub older: Option<String>,
    /// What was refused, the newest first.
    pub refused: Vec<RefusedRow>,
    /// When it was read.
    pub as_of: Moment,
    /// There is a page of the company's own addresses for this reader.
    pub may_keep: bool,
}

const HERE: &str = "/office/webhooks/inbound";

pub(super) fn page(cx: Cx, page: &Inbound) -> Element {
    rsx! {
        p { class: "hint", {cx.t("inbound-intro")} }
        if page.may_keep {
            p { class: "links",
                a { href: "/office/webhooks", {cx.t("hook-all")} }
            }
        }
        nav { class: "filters", aria_label: cx.t("inbound-filter"),
            a { href: HERE, aria_current: page.partner.is_empty().then_some("true"), {cx.t("inbound-all")} }
            for (key , name) in &page.partners {
                a { href: "{HERE}?partner={key}", aria_current: (*key == page.partner).then_some("true"), "{name}" }
            }
        }
        p { class: "muted",
            {cx.t("as-of")}
            " "
            {page.as_of.element()}
        }
        section { class: "list",
            h2 { {cx.t("inbound-believed")} }
            if page.rows.is_empty() {
                p { class: "empty", {cx.t("inbound-none")} }
            } else {
                {believed(cx, &page.rows)}
            }
            if let Some(older) = &page.older {
                a { class: "button plain", href: "{older}", {cx.t("older")} }
            }
        }
        section { class: "list", id: "refused",
            h2 { {cx.t("inbound-refused")} }
            p { class: "hint", {cx.t("inbound-refused-hint")} }
            if page.refused.is_empty() {
                p { class: "empty", {cx.t("inbound-none-refused")} }
            } else {
                {refused(cx, &page.refused)}
            }
        }
    }
}

fn believed(cx: Cx, rows: &[InboundRow]) -> Element {
    let labels =
        ["steer-partner", "col-case", "inbound-says", "col-state", "col-received"].map(|key| cx.t(key));
    rsx! {
        table { class: "rows",
            caption { class: "unseen", {cx.t("inbound-believed")} }
            {heads_and(&labels, &cx.t("col-do"))}
            tbody {
                for row in rows {
                    tr {
                        th { scope: "row",
                            "{row.partner.1}"
                            small {
                                code { "{row.id}" }
                            }
                        }
                        td { "data-label": "{labels[1]}", {cx.case_link(&row.case.0, &row.case.1)} }
                        td { "data-label": "{labels[2]}", {cx.t(&format!("inbound-says-{}", row.says.replace('_', "-")))} }
                        td { "data-label": "{labels[3]}", {state(cx, row)} }
                        td { "data-label": "{labels[4]}",
                            {row.received.element()}
                            if row.repeats > 0 {
                                small { {cx.w.with("inbound-repeats", &[("n", row.repeats.into())])} }
                            }
                        }
                        td {
                            if row.state == "waiting" {
                                {apply(cx, row)}
                            }
                        }
                    }
                }
            }
        }
    }
}

fn state(cx: Cx, row: &InboundRow) -> Element {
    let class = match row.state.as_str() {
        "applied" => "state open",
        "waiting" | "early" => "state waiting",
        _ => "state ended",
    };
    rsx! {
        span { class, {cx.t(&format!("inbound-is-{}", row.state))} }
        if let Some(at) = &row.applied {
            small { {at.element()} }
        }
        if row.state == "applied" && row.was_early {
            small { {cx.t("inbound-was-early")} }
        }
        if row.state == "late" {
            small { {cx.t(&format!("inbound-late-{}", row.policy))} }
        }
        if let Some((who , at)) = &row.noted {
            small {
                {cx.w.with("inbound-noted", &[("who", who.as_str().into())])}
                " · "
                {at.element()}
            }
        }
    }
}

fn apply(cx: Cx, row: &InboundRow) -> Element {
    rsx! {
        form { method: "post", action: "{HERE}/{row.partner.0}/{row.id}/apply",
            {cx.form_id()}
            button {
                class: "button small",
                r#type: "submit",
                aria_label: cx.w.with("inbound-apply-this", &[("id", row.id.as_str().into())]),
                {cx.t("inbound-apply")}
            }
        }
    }
}

fn refused(cx: Cx, rows: &[RefusedRow]) -> Element {
    let labels = ["inbound-named", "inbound-why", "inbound-times", "inbound-last"].map(|key| cx.t(key));
    rsx! {
        table { class: "rows",
            caption { class: "unseen", {cx.t("inbound-refused")} }
            {heads_with(&labels, &[2])}
            tbody {
                for row in rows {
                    tr {
                        th { scope: "row",
                            match &row.partner {
                                Some(name) => rsx! { "{name}" },
                                None => rsx! { {cx.t("inbound-nobody")} },
                            }
                        }
                        td { "data-label": "{labels[1]}",
                            {why(cx, &row.code)}
                            if row.own {
                                small { {cx.t("inbound-own")} }
                            }
                        }
                        td { class: "sum", "data-label": "{labels[2]}", "{row.times}" }
                        td { "data-label": "{labels[3]}", {row.last.element()} }
                    }
                }
            }
        }
    }
}

fn why(cx: Cx, code: &str) -> String {
    let word = code.strip_prefix("webhook_").unwrap_or(code).replace('_', "-");
    cx.w.find(&format!("inbound-refused-{word}")).unwrap_or_else(|| code.to_owned())
}
