//! What a change of a partner would do, case by case, before it is made.

use super::Cx;
use super::partners::Otherwise;
use crate::components::form::{TextField, hidden, main_button, text_area};
use crate::components::moment::Moment;
use crate::components::table::{heads, heads_with};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Cases that are concerned alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConcernedCases {
    /// How: `asked`, `parked`, `at_funder`, `signing`, `rerouted`.
    pub concern: String,
    /// What the block is called, and its id.
    pub block: (String, String),
    /// How many.
    pub cases: u32,
    /// When the first and the last of them are due.
    pub due: (Moment, Moment),
}

/// The preview of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerChange {
    /// The partner's segment in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Number of what is changed.
    pub number: u32,
    /// What is set otherwise.
    pub changes: Vec<Otherwise>,
    /// What the state that it would have means: `open`, `draining`, `paused`.
    pub state: String,
    /// Cases in all.
    pub cases: u32,
    /// By what becomes of them.
    pub groups: Vec<ConcernedCases>,
    /// What would match instead: funder first now, funder first then, cases.
    pub rerouted: Vec<(String, String, u32)>,
    /// Some of the cases: number, id, block.
    pub named: Vec<(String, String, String)>,
    /// There are more running cases than were looked at.
    pub more: bool,
    /// The form's values, to be sent again.
    pub fields: Vec<(String, String)>,
    /// What was typed as the reason.
    pub reason: String,
    /// A second person has to confirm.
    pub two_needed: bool,
}

pub(super) fn page(cx: Cx, page: &PartnerChange) -> Element {
    let (label, hint) = (cx.t("steer-reason"), cx.t("steer-reason-hint"));
    let reason = TextField {
        name: "reason",
        label: &label,
        hint: Some(&hint),
        value: &page.reason,
        longest: 500,
        required: true,
        ..TextField::default()
    };
    rsx! {
        p { class: "links",
            a { href: "/office/partners/{page.slug}", {cx.w.with("steer-back", &[("name", page.name.as_str().into())])} }
        }
        section { class: "card",
            h2 { {cx.t("steer-would-change")} }
            {changes(cx, &page.changes)}
            p { class: "hint", {cx.t(&format!("steer-means-{}", page.state))} }
        }
        section { class: "card", id: "affects",
            h2 { {cx.w.with("steer-affects", &[("n", page.cases.into())])} }
            if page.more {
                p { class: "hint", {cx.t("steer-more")} }
            }
            if page.cases == 0 {
                p { class: "empty", {cx.t("steer-affects-none")} }
            } else {
                {groups(cx, page)}
                {rerouted(cx, page)}
                {named(cx, page)}
            }
        }
        section { class: "card form",
            form { method: "post", action: "/office/partners/{page.slug}/change", novalidate: true,
                {cx.form_id()}
                {hidden("full", "1")}
                {hidden("number", &page.number.to_string())}
                for (name , value) in &page.fields {
                    {hidden(name, value)}
                }
                {text_area(cx.problems(), reason)}
                if page.two_needed {
                    p { class: "hint", {cx.t("steer-two-needed")} }
                }
                {main_button(&confirm(cx, page))}
            }
            p {
                a { href: "/office/partners/{page.slug}", {cx.t("steer-leave")} }
            }
        }
    }
}

/// What the button does: the switch by its name, where one is thrown.
fn confirm(cx: Cx, page: &PartnerChange) -> String {
    let throws = page.fields.iter().any(|(name, value)| name == "state" && *value == page.state)
        && page.changes.len() == 1;
    match (page.two_needed, throws) {
        (true, _) => cx.t("steer-propose"),
        (false, true) => {
            // On the page before, the dots say that another page follows.
            let deed = cx.t(&format!("steer-do-{}", page.state));
            cx.w.with("steer-confirm-this", &[("deed", deed.trim_end_matches('…').into())])
        }
        (false, false) => cx.t("steer-confirm"),
    }
}

/// What is set otherwise, as a table.
pub(super) fn changes(cx: Cx, changes: &[Otherwise]) -> Element {
    let labels = ["steer-what", "steer-before", "steer-after"].map(|key| cx.t(key));
    rsx! {
        table { class: "rows",
            caption { class: "unseen", {cx.t("steer-would-change")} }
            {heads(&labels)}
            tbody {
                for (what , before , after) in changes {
                    tr {
                        th { scope: "row", "{what}" }
                        td { "data-label": "{labels[1]}", "{before}" }
                        td { "data-label": "{labels[2]}",
                            strong { "{after}" }
                        }
                    }
                }
            }
        }
    }
}

fn groups(cx: Cx, page: &PartnerChange) -> Element {
    let labels = ["steer-becomes", "steer-in-block", "steer-cases", "steer-due"].map(|key| cx.t(key));
    rsx! {
        table { class: "rows",
            caption { class: "unseen", {cx.t("steer-becomes")} }
            {heads_with(&labels, &[2])}
            tbody {
                for group in &page.groups {
                    tr {
                        th { scope: "row", {becomes(cx, page, &group.concern)} }
                        td { "data-label": "{labels[1]}",
                            "{group.block.0} "
                            code { "{group.block.1}" }
                        }
                        td { class: "sum", "data-label": "{labels[2]}", "{group.cases}" }
                        td { "data-label": "{labels[3]}",
                            {group.due.0.element()}
                            if group.due.0.shown != group.due.1.shown {
                                " – "
                                {group.due.1.element()}
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What becomes of such cases in the state that the partner would have.
fn becomes(cx: Cx, page: &PartnerChange, concern: &str) -> String {
    let concern = concern.replace('_', "-");
    let own = format!("steer-concern-{concern}-{}", page.state);
    cx.w.find(&own).unwrap_or_else(|| cx.t(&format!("steer-concern-{concern}")))
}

fn rerouted(cx: Cx, page: &PartnerChange) -> Element {
    if page.rerouted.is_empty() {
        return rsx! {};
    }
    let labels = ["steer-first-now", "steer-first-then", "steer-cases"].map(|key| cx.t(key));
    rsx! {
        h3 { {cx.t("steer-instead")} }
        table { class: "rows",
            caption { class: "unseen", {cx.t("steer-instead")} }
            {heads_with(&labels, &[2])}
            tbody {
                for (from , to , cases) in &page.rerouted {
                    tr {
                        td { "data-label": "{labels[0]}", "{from}" }
                        td { "data-label": "{labels[1]}", "{to}" }
                        td { class: "sum", "data-label": "{labels[2]}", "{cases}" }
                    }
                }
            }
        }
    }
}

fn named(cx: Cx, page: &PartnerChange) -> Element {
    rsx! {
        details {
            summary { {cx.t("steer-which")} }
            ul { class: "versions",
                for (number , id , block) in &page.named {
                    li {
                        {cx.case_link(id, number)}
                        " "
                        code { "{block}" }
                    }
                }
            }
            if page.cases as usize > page.named.len() {
                p { class: "hint", {cx.w.with("steer-which-first", &[("n", page.named.len().into())])} }
            }
        }
    }
}
