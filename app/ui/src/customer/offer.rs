//! The plan that was found. Accepting posts to `{base}/accept` with hidden `terms`.

use super::{Cx, request::figure, ways};
use crate::components::{
    amounts::{yuan, yuan_short},
    facts::{Fact, facts, points},
    form::{hidden, main_button},
    schedule::{Instalment, schedule_table},
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// One term that changed since the customer accepted last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which term.
    pub label: String,
    /// What it was.
    pub before: String,
    /// What it is now.
    pub after: String,
}

/// The plan and its funder. Texts in the reader's language, amounts in fen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Hash of the terms; accepting sends it back, so that nobody accepts other terms than they saw.
    pub terms: String,
    /// Name of the plan.
    pub plan: String,
    /// Its kind in words, such as "loan with mortgage" or "sale and leaseback".
    pub kind: String,
    /// The funder.
    pub funder: String,
    /// Amount financed.
    pub financed_fen: i64,
    /// Down payment.
    pub down_payment_fen: i64,
    /// Term in months.
    pub months: u32,
    /// The ordinary payment.
    pub monthly_fen: i64,
    /// Last payment where it differs much (balloon), else none.
    pub last_fen: Option<i64>,
    /// Everything paid over the term, without the down payment.
    pub total_fen: i64,
    /// Interest, rent charge and fees together.
    pub cost_fen: i64,
    /// Annualised cost in percent as a decimal number, such as `8.64`.
    pub annual_percent: String,
    /// Further terms, such as fees, first due date, early settlement, ownership at the end.
    pub more: Vec<Fact>,
    /// Why this plan and this funder.
    pub reasons: Vec<String>,
    /// What would change the result, such as "down payment +5 %: …".
    pub would_change: Vec<String>,
    /// The schedule.
    pub schedule: Vec<Instalment>,
    /// Until when the offer stands, in words.
    pub valid_until: String,
    /// Terms that changed since the customer accepted last, or that differ from those asked for; empty at first.
    pub changes_of_terms: Vec<Change>,
    /// Why other terms are proposed than the customer asked for, where they are.
    pub counter: Option<String>,
}

pub(super) fn page(cx: Cx, offer: &Offer) -> Element {
    let lead = match (&offer.counter, offer.changes_of_terms.is_empty()) {
        (Some(_), _) => "offer-lead-counter",
        (None, true) => "offer-lead",
        (None, false) => "offer-lead-changed",
    };
    rsx! {
        p { class: "lead", {cx.t(lead)} }
        if let Some(why) = &offer.counter {
            p { class: "note", "{why}" }
        }
        {changes(cx, offer)}
        {headline(cx, offer)}
        form { method: "post", action: cx.action("accept"), "data-send": "",
            {cx.step()}
            {hidden("terms", &offer.terms)}
            {main_button(&cx.t("offer-accept"))}
            p { class: "hint center", {cx.t("offer-accept-hint")} }
        }
        {refusal(cx, offer)}
        if !offer.more.is_empty() {
            section { class: "card", aria_label: cx.t("offer-more"), {facts(&offer.more)} }
        }
        {points(&cx.t("offer-reasons"), &offer.reasons)}
        {points(&cx.t("would-change"), &offer.would_change)}
        details { class: "wide",
            summary { {cx.t("offer-schedule")} }
            {schedule_table(cx.w, &offer.schedule)}
        }
        p { class: "note", {cx.t("automated-note")} }
        {ways::ways(cx)}
    }
}

fn headline(cx: Cx, offer: &Offer) -> Element {
    let months = cx.w.with("months", &[("n", offer.months.into())]);
    let percent = cx.w.with("percent", &[("n", offer.annual_percent.as_str().into())]);
    rsx! {
        section { class: "card offer", aria_label: cx.t("offer-card"),
            p { class: "eyebrow", "{offer.plan}" }
            p { class: "muted", "{offer.kind} · {offer.funder}" }
            dl { class: "figures",
                {figure(cx.t("offer-monthly"), yuan(offer.monthly_fen), true)}
                {figure(cx.t("offer-months"), months, false)}
                {figure(cx.t("offer-financed"), yuan_short(offer.financed_fen), false)}
                {figure(cx.t("offer-down"), yuan_short(offer.down_payment_fen), false)}
                if let Some(fen) = offer.last_fen {
                    {figure(cx.t("offer-last"), yuan(fen), false)}
                }
                {figure(cx.t("offer-annual"), percent, false)}
                {figure(cx.t("offer-cost"), yuan(offer.cost_fen), false)}
                {figure(cx.t("offer-total"), yuan(offer.total_fen), false)}
            }
            p { class: "muted",
                {cx.t("offer-valid")}
                " {offer.valid_until}"
            }
        }
    }
}

/// To refuse takes a second look, without JavaScript: it may end the case.
fn refusal(cx: Cx, offer: &Offer) -> Element {
    rsx! {
        section { class: "ways", aria_label: cx.t("offer-refuse"),
            details {
                summary { {cx.t("offer-refuse")} }
                p { {cx.t("offer-refuse-text")} }
                form { method: "post", action: cx.action("refuse-offer"), "data-send": "",
                    {cx.step()}
                    {hidden("terms", &offer.terms)}
                    button { class: "button danger", r#type: "submit", {cx.t("offer-refuse-go")} }
                }
            }
        }
    }
}

fn changes(cx: Cx, offer: &Offer) -> Element {
    let list = &offer.changes_of_terms;
    if list.is_empty() {
        return rsx! {};
    }
    let before = if offer.counter.is_some() { "changes-asked" } else { "changes-before" };
    rsx! {
        div { class: "card",
            table { class: "changes",
                caption { {cx.t("offer-changes")} }
                thead {
                    tr {
                        th { scope: "col", {cx.t("changes-what")} }
                        th { scope: "col", {cx.t(before)} }
                        th { scope: "col", {cx.t("changes-after")} }
                    }
                }
                tbody {
                    for change in list {
                        tr {
                            th { scope: "row", "{change.label}" }
                            td { s { "{change.before}" } }
                            td { strong { "{change.after}" } }
                        }
                    }
                }
            }
        }
    }
}
