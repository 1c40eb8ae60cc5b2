//! The partners: each with its state and its figures, and what is set for one of them.
//!
//! Changing something begins with a preview (`GET …/change`), which [`super::partner_change`] draws.

use super::Cx;
use super::own_funder::{OwnCard, card as own_card};
use super::partner_form::{ControlForm, form};
use super::partner_recording::{self, Recordings};
use crate::components::table::heads_with;
use crate::components::{amounts::yuan, form::hidden, moment::Moment};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Whether a partner is asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// As usual.
    Open,
    /// No new question goes to it.
    Draining,
    /// Nothing goes to it.
    Paused,
    /// It is outside its hours.
    Closed,
}

impl Asked {
    fn key(self) -> &'static str {
        match self {
            Asked::Open => "steer-is-open",
            Asked::Draining => "steer-is-draining",
            Asked::Paused => "steer-is-paused",
            Asked::Closed => "steer-is-closed",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Asked::Open => "muted",
            Asked::Draining | Asked::Closed => "state waiting",
            Asked::Paused => "state over",
        }
    }
}

/// What the breaker says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Calls go through.
    Well,
    /// It failed too often: no call goes through for a moment.
    Failing,
    /// A few calls try whether it is back.
    Trying,
}

impl Health {
    fn key(self) -> &'static str {
        match self {
            Health::Well => "steer-health-well",
            Health::Failing => "steer-health-failing",
            Health::Trying => "steer-health-trying",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Health::Well => "muted",
            Health::Failing => "state over",
            Health::Trying => "state waiting",
        }
    }
}

/// One partner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartnerRow {
    /// Its segment in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Whether it is asked now.
    pub asked: Asked,
    /// When it opens, outside its hours.
    pub opens: Option<Moment>,
    /// What the breaker says.
    pub health: Health,
    /// Cases that wait at it.
    pub waiting: u32,
    /// Calls under way.
    pub in_flight: usize,
    /// Calls since the server started.
    pub calls: u64,
    /// These without a usable answer.
    pub failures: u64,
    /// Median of the latest calls, milliseconds.
    pub p50_ms: u64,
    /// 99th percentile, likewise.
    pub p99_ms: u64,
    /// A change waits for a second person.
    pub proposed: bool,
    /// Of the company's own: how far it is (`draft`, `tested`, `live`, `retired`).
    pub own: Option<String>,
}

/// All partners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartnerList {
    /// `funders` and `services`.
    pub groups: Vec<(String, Vec<PartnerRow>)>,
    /// When they were looked at.
    pub at: Moment,
}

/// Somebody's change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeBy {
    /// Who.
    pub who: String,
    /// Who confirmed it.
    pub second: Option<String>,
    /// When.
    pub at: Moment,
    /// Why; empty for one that took another back.
    pub reason: String,
    /// Number of the change that it took back.
    pub reverses: Option<u32>,
}

/// A value that is set otherwise: label, before, after.
pub type Otherwise = (String, String, String);

/// One partner with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartnerPage {
    /// Its line.
    pub row: PartnerRow,
    /// Calls by time: what the class is called, how many.
    pub times: Vec<(String, u64)>,
    /// Failures by class, most first.
    pub classes: Vec<(String, u64)>,
    /// Answered calls today.
    pub today: u64,
    /// Most calls a day, where that is set.
    pub quota: Option<u32>,
    /// Spent today and for each approved case of the last days, in fen, where a price is set.
    pub spent: Option<(u64, Option<u64>)>,
    /// Number of the latest change.
    pub number: u32,
    /// Who changed it last.
    pub changed: Option<ChangeBy>,
    /// What is set otherwise than usual.
    pub set: Vec<(String, String)>,
    /// The change that waits: what it sets, who proposed it, whether the reader did.
    pub proposal: Option<(Vec<Otherwise>, ChangeBy, bool)>,
    /// How a test just went: class, milliseconds, when.
    pub tested: Option<(String, u64, Moment)>,
    /// Recordings of its answers.
    pub recordings: Recordings,
    /// The form.
    pub form: ControlForm,
    /// It is the company's own.
    pub own: Option<OwnCard>,
    /// When it was looked at.
    pub at: Moment,
}

pub(super) fn list(cx: Cx, page: &PartnerList) -> Element {
    rsx! {
        p { class: "hint", {cx.t("steer-intro")} }
        p { class: "links",
            a { href: "/office/partners/new", {cx.t("own-new")} }
            a { href: "/office/webhooks/inbound", {cx.t("hook-to-inbound")} }
        }
        div { id: "fresh",
            {as_of(cx, &page.at)}
            for (heading , rows) in &page.groups {
                section { class: "list",
                    h2 { {cx.t(&format!("steer-group-{heading}"))} }
                    {table(cx, heading, rows)}
                }
            }
        }
    }
}

fn as_of(cx: Cx, at: &Moment) -> Element {
    rsx! {
        p { class: "muted",
            {cx.t("as-of")}
            " "
            {at.element()}
        }
    }
}

fn table(cx: Cx, heading: &str, rows: &[PartnerRow]) -> Element {
    let labels =
        ["steer-partner", "steer-asked", "steer-health", "steer-waiting", "steer-calls", "steer-speed"]
            .map(|key| cx.t(key));
    rsx! {
        table { class: "rows partners",
            caption { class: "unseen", {cx.t(&format!("steer-group-{heading}"))} }
            {heads_with(&labels, &[3])}
            tbody {
                for row in rows {
                    tr {
                        th { scope: "row",
                            a { class: "tall", href: "/office/partners/{row.slug}", "{row.name}" }
                            if let Some(stage) = &row.own {
                                small { {cx.t(&format!("own-stage-{stage}"))} }
                            }
                        }
                        td { "data-label": "{labels[1]}", {asked(cx, row)} }
                        td { "data-label": "{labels[2]}", {health(cx, row)} }
                        td { class: "sum", "data-label": "{labels[3]}", "{row.waiting}" }
                        td { "data-label": "{labels[4]}", {calls(cx, row)} }
                        td { "data-label": "{labels[5]}", {speed(cx, row)} }
                    }
                }
            }
        }
    }
}

fn asked(cx: Cx, row: &PartnerRow) -> Element {
    rsx! {
        span { class: row.asked.class(), {cx.t(row.asked.key())} }
        if let Some(opens) = &row.opens {
            small {
                {cx.t("steer-opens")}
                " "
                {opens.element()}
            }
        }
        if row.proposed {
            small { {cx.t("steer-proposed")} }
        }
    }
}

fn health(cx: Cx, row: &PartnerRow) -> Element {
    rsx! {
        span { class: row.health.class(), {cx.t(row.health.key())} }
    }
}

fn calls(cx: Cx, row: &PartnerRow) -> String {
    if row.calls == 0 {
        return "–".to_owned();
    }
    cx.w.with("steer-calls-of", &[("failed", row.failures.into()), ("calls", row.calls.into())])
}

fn speed(cx: Cx, row: &PartnerRow) -> String {
    if row.calls == 0 {
        return "–".to_owned();
    }
    cx.w.with("steer-speed-of", &[("p50", row.p50_ms.into()), ("p99", row.p99_ms.into())])
}

pub(super) fn one(cx: Cx, page: &PartnerPage) -> Element {
    rsx! {
        p { class: "links",
            a { href: "/office/partners", {cx.t("steer-all")} }
        }
        {partner_recording::running(cx, &page.row.slug, &page.recordings)}
        if let Some(proposal) = &page.proposal {
            {proposed(cx, page, proposal)}
        }
        div { class: "panes even",
            div {
                if let Some(own) = &page.own {
                    {own_card(cx, &page.row.slug, own)}
                }
                if may_be_switched(page) {
                    section { class: "card",
                        h2 { {cx.t("steer-switch")} }
                        {switches(cx, page)}
                        {latest(cx, page)}
                    }
                }
                {test(cx, page)}
            }
            div { id: "fresh", "data-here": "/office/partners/{page.row.slug}",
                {now(cx, page)}
                {figures(cx, page)}
            }
        }
        {form(cx, &page.row.slug, page.number, &page.form)}
        if page.recordings.offered {
            {partner_recording::card(cx, &page.row.slug, &page.recordings)}
        }
    }
}

fn now(cx: Cx, page: &PartnerPage) -> Element {
    let row = &page.row;
    rsx! {
        section { class: "card",
            h2 { {cx.t("steer-now")} }
            {as_of(cx, &page.at)}
            dl { class: "facts",
                div {
                    dt { {cx.t("steer-asked")} }
                    dd { {asked(cx, row)} }
                }
                div {
                    dt { {cx.t("steer-health")} }
                    dd { {health(cx, row)} }
                }
                div {
                    dt { {cx.t("steer-waiting")} }
                    dd { "{row.waiting}" }
                }
                div {
                    dt { {cx.t("steer-in-flight")} }
                    dd { "{row.in_flight}" }
                }
                div {
                    dt { {cx.t("steer-today")} }
                    dd {
                        match page.quota {
                            Some(quota) => cx.w.with("steer-today-of", &[("n", page.today.into()), ("quota", quota.into())]),
                            None => page.today.to_string(),
                        }
                    }
                }
                if let Some((today, each)) = page.spent {
                    div {
                        dt { {cx.t("steer-spent")} }
                        dd { "{yuan(i64::try_from(today).unwrap_or(i64::MAX))}" }
                    }
                    div {
                        dt { {cx.t("steer-per-approved")} }
                        dd {
                            match each {
                                Some(fen) => yuan(i64::try_from(fen).unwrap_or(i64::MAX)),
                                None => cx.t("steer-none-approved"),
                            }
                        }
                    }
                }
            }
        }
    }
}

fn figures(cx: Cx, page: &PartnerPage) -> Element {
    rsx! {
        section { class: "card",
            h2 { {cx.t("steer-figures")} }
            if page.row.calls == 0 {
                p { class: "empty", {cx.t("steer-no-calls")} }
            } else {
                p { "{calls(cx, &page.row)} · {speed(cx, &page.row)}" }
                {histogram(cx, &page.times)}
                h3 { {cx.t("steer-errors")} }
                if page.classes.is_empty() {
                    p { class: "empty", {cx.t("steer-no-errors")} }
                } else {
                    table { class: "rows narrow",
                        caption { class: "unseen", {cx.t("steer-errors")} }
                        tbody {
                            for (class , n) in &page.classes {
                                tr {
                                    th { scope: "row", {cx.t(&class_key(class))} }
                                    td { class: "number", "{n}" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The key of what an answer's class is called.
pub(super) fn class_key(class: &str) -> String {
    format!("steer-class-{}", class.replace('_', "-"))
}

/// Calls by time: a table whose middle column draws them.
fn histogram(cx: Cx, times: &[(String, u64)]) -> Element {
    let most = times.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    // What happened at all is seen.
    let wide = |n: u64| (n * 100 / most).max(u64::from(n > 0));
    rsx! {
        h3 { {cx.t("steer-times")} }
        table { class: "bars",
            caption { class: "unseen", {cx.t("steer-times")} }
            tbody {
                for (label , n) in times {
                    tr {
                        th { scope: "row", "{label}" }
                        td { class: "bar",
                            svg { view_box: "0 0 100 10", preserve_aspect_ratio: "none", "aria-hidden": "true",
                                rect { width: "{wide(*n)}", height: "10" }
                            }
                        }
                        td { class: "number", "{n}" }
                    }
                }
            }
        }
    }
}

/// A funder of the company's own is switched once its answers are read.
fn may_be_switched(page: &PartnerPage) -> bool {
    page.own.as_ref().is_none_or(|own| own.stage != "draft")
}

/// What can be switched at once; each leads to its preview.
fn switches(cx: Cx, page: &PartnerPage) -> Element {
    let to = |state: &str| format!("/office/partners/{}/change?state={state}", page.row.slug);
    let state = page.form.state.as_str();
    // The one that stands out is the way back to normal, or away from a partner that fails.
    let (main, second) = ("button main", "button second");
    let first = page.own.as_ref().is_some_and(|own| own.stage == "tested");
    let fails = state == "open" && page.row.health == Health::Failing;
    rsx! {
        p {
            {cx.t("steer-set-to")}
            " "
            strong { {cx.t(&format!("steer-is-{state}"))} }
        }
        p { class: "hint", {cx.t(&format!("steer-means-{state}"))} }
        div { class: "pair do",
            if state != "open" {
                a { class: main, href: to("open"), {cx.t(if first { "own-open" } else { "steer-do-open" })} }
            }
            if state != "draining" {
                a { class: if fails { main } else { second }, href: to("draining"), {cx.t("steer-do-draining")} }
            }
            if state != "paused" {
                a { class: "button danger", href: to("paused"), {cx.t("steer-do-paused")} }
            }
        }
        p { class: "hint", {cx.t("steer-switch-hint")} }
    }
}

fn latest(cx: Cx, page: &PartnerPage) -> Element {
    let Some(change) = &page.changed else {
        return rsx! {
            p { class: "muted", {cx.t("steer-never-changed")} }
        };
    };
    rsx! {
        if !page.set.is_empty() {
            dl { class: "facts small",
                for (label , value) in &page.set {
                    div {
                        dt { "{label}" }
                        dd { "{value}" }
                    }
                }
            }
        }
        {change_by(cx, change)}
        form { method: "post", action: "/office/partners/{page.row.slug}/reverse",
            {cx.form_id()}
            {hidden("number", &page.number.to_string())}
            button { class: "button small", r#type: "submit", {cx.t("steer-reverse")} }
        }
    }
}

fn change_by(cx: Cx, change: &ChangeBy) -> Element {
    rsx! {
        p { class: "muted",
            {cx.w.with("steer-changed-by", &[("who", change.who.as_str().into())])}
            " · "
            {change.at.element()}
            if let Some(second) = &change.second {
                " · "
                {cx.w.with("steer-confirmed-by", &[("who", second.as_str().into())])}
            }
        }
        match change.reverses {
            Some(n) => rsx! {
                p { {cx.w.with("steer-took-back", &[("n", n.into())])} }
            },
            None => rsx! {
                p { "{change.reason}" }
            },
        }
    }
}

fn proposed(cx: Cx, page: &PartnerPage, (otherwise, by, own): &(Vec<Otherwise>, ChangeBy, bool)) -> Element {
    rsx! {
        section { class: "card alerting",
            h2 { {cx.t("steer-proposal")} }
            {super::partner_change::changes(cx, otherwise)}
            {change_by(cx, by)}
            if *own {
                p { class: "hint", {cx.t("steer-proposal-own")} }
            }
            form { method: "post", action: "/office/partners/{page.row.slug}/proposal",
                {cx.form_id()}
                div { class: "pair do",
                    if !own {
                        button { class: "button main", r#type: "submit", name: "do", value: "confirm", {cx.t("steer-proposal-confirm")} }
                    }
                    button { class: "button second", r#type: "submit", name: "do", value: "drop", {cx.t("steer-proposal-drop")} }
                }
            }
        }
    }
}

fn test(cx: Cx, page: &PartnerPage) -> Element {
    rsx! {
        section { class: "card",
            h2 { {cx.t("steer-test")} }
            p { class: "hint", {cx.t("steer-test-hint")} }
            if let Some((class , ms , at)) = &page.tested {
                p { role: "status",
                    strong { {cx.t(&class_key(class))} }
                    " · {crate::components::amounts::took(*ms, cx.w)} · "
                    {at.element()}
                }
            }
            form { method: "post", action: "/office/partners/{page.row.slug}/test",
                {cx.form_id()}
                button { class: "button small", r#type: "submit", {cx.t("steer-test-go")} }
            }
        }
    }
}
