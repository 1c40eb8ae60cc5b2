//! Who works on a case that waits for a person, and a decision that can still be taken back. The part that says so looks
//! again every few seconds while the case is open, so that nobody works on what somebody else holds without seeing it.
//!
//! Posts to `/office/cases/{id}/hold` (`action` = `take` | `take_over` | `give_back` | `assign`, `account`) and
//! `/office/cases/{id}/undo`.

use super::Cx;
use crate::components::{
    form::Choice,
    icons::{Icon, icon},
    moment::Moment,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Why a case can be declined by a person. Each has its text under `declined-for-CODE`.
pub const DECLINE_CODES: [&str; 9] = [
    "identity_unclear",
    "identity_mismatch",
    "suspected_fraud",
    "credit",
    "affordability",
    "vehicle",
    "documents",
    "customer_wish",
    "other",
];

/// The text of a code of [`DECLINE_CODES`]; empty for none.
pub fn decline_text(code: &str, lang: shared::domain::lang::Lang) -> String {
    match DECLINE_CODES.contains(&code) {
        true => crate::texts::Words(lang).t(&format!("declined-for-{}", code.replace('_', "-"))),
        false => String::new(),
    }
}

/// Who works on a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The holder's name used for signing in; none: nobody.
    pub holder: Option<String>,
    /// Since when.
    pub since: Option<Moment>,
    /// It is the reader.
    pub mine: bool,
    /// The reader may take it, or take it over.
    pub may_take: bool,
    /// To whom the reader may give it.
    pub assignees: Vec<Choice>,
}

impl Holding {
    /// Somebody else works on it.
    pub fn is_anothers(&self) -> bool {
        self.holder.is_some() && !self.mine
    }
}

/// A decision that has not taken effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingDecision {
    /// The decision in words.
    pub decision: String,
    /// By whom.
    pub who: String,
    /// Why it is declined, in words; empty for other decisions.
    pub code: String,
    /// The reason given.
    pub reason: String,
    /// When it takes effect.
    pub effect: Moment,
    /// It is the reader's own, so that they may take it back.
    pub mine: bool,
}

/// What is looked at again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseHold {
    /// Case id, for addresses.
    pub case: String,
    /// Case number.
    pub case_number: String,
    /// The case waits for somebody of a queue.
    pub waits_here: bool,
    /// Who works on it.
    pub holding: Holding,
    /// What was decided a moment ago.
    pub pending: Option<PendingDecision>,
}

/// On its own; the case's page fetches it.
pub(super) fn page(cx: Cx, hold: &CaseHold) -> Element {
    rsx! {
        {fresh(cx, hold)}
        p {
            a { href: "/office/cases/{hold.case}", {cx.t("hold-to-case")} }
        }
    }
}

/// The part that stays fresh.
pub(super) fn fresh(cx: Cx, hold: &CaseHold) -> Element {
    rsx! {
        div { id: "fresh", "data-here": "/office/cases/{hold.case}/holder",
            if let Some(pending) = &hold.pending {
                {decided(cx, &hold.case, pending)}
            } else if !hold.waits_here {
                p { class: "muted", {cx.t("hold-not-here")} }
            } else {
                {holder(cx, hold)}
            }
        }
    }
}

fn decided(cx: Cx, case: &str, pending: &PendingDecision) -> Element {
    rsx! {
        div { class: "banner note holding",
            {icon(Icon::Check)}
            div {
                p {
                    strong { "{pending.decision}" }
                    " · {pending.who}"
                    if !pending.code.is_empty() {
                        " · {pending.code}"
                    }
                }
                p { class: "quote", "{pending.reason}" }
                p {
                    {cx.t("undo-until")}
                    " "
                    {pending.effect.element()}
                }
            }
            if pending.mine {
                {undo(cx, case)}
            }
        }
    }
}

/// The button that takes a decision back.
pub(super) fn undo(cx: Cx, case: &str) -> Element {
    rsx! {
        form { method: "post", action: "/office/cases/{case}/undo",
            {cx.form_id()}
            button { class: "button second", r#type: "submit", "data-key": "u", {cx.t("undo")} }
        }
    }
}

fn holder(cx: Cx, hold: &CaseHold) -> Element {
    let Holding { holder, since, mine, may_take, assignees } = &hold.holding;
    rsx! {
        div { class: if hold.holding.is_anothers() { "banner warn holding" } else { "holding" },
            match holder {
                Some(_) if *mine => rsx! {
                    p { {cx.t("hold-mine")} }
                },
                Some(login) => rsx! {
                    {icon(Icon::Alert)}
                    p {
                        {cx.w.with("hold-anothers", &[("who", login.as_str().into())])}
                        if let Some(since) = since {
                            " "
                            {cx.t("hold-since")}
                            " "
                            {since.element()}
                        }
                    }
                },
                None => rsx! {
                    p { class: "muted", {cx.t("hold-nobody")} }
                },
            }
            if *may_take {
                form { method: "post", action: "/office/cases/{hold.case}/hold",
                    {cx.form_id()}
                    if *mine {
                        button { class: "button small", r#type: "submit", name: "action", value: "give_back", {cx.t("hold-give-back")} }
                    } else if holder.is_some() {
                        button { class: "button small", r#type: "submit", name: "action", value: "take_over", {cx.t("hold-take-over")} }
                    } else {
                        button {
                            class: "button second",
                            r#type: "submit",
                            name: "action",
                            value: "take",
                            "data-key": "t",
                            {cx.t("hold-take")}
                        }
                    }
                }
            }
            if !assignees.is_empty() {
                {assign(cx, &hold.case, assignees)}
            }
        }
    }
}

fn assign(cx: Cx, case: &str, to: &[Choice]) -> Element {
    rsx! {
        details { class: "acts",
            summary { {cx.t("hold-assign")} }
            form { method: "post", action: "/office/cases/{case}/hold",
                {cx.form_id()}
                div { class: "field",
                    label { r#for: "account", {cx.t("hold-assign-to")} }
                    select { id: "account", name: "account",
                        for one in to {
                            option { value: "{one.value}", "{one.label}" }
                        }
                    }
                }
                button { class: "button small", r#type: "submit", name: "action", value: "assign", {cx.t("hold-assign-go")} }
            }
        }
    }
}
