//! The blocks that a case passed, each as it happens, with how long it took.

use super::{desk::use_desk, parts::Part, route::Route};
use crate::components::{
    amounts::took,
    icons::{Icon, icon},
};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{CaseView, Safety, Stage, StepShown};

/// The timeline of the open case.
#[component]
pub fn Timeline() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let case = desk.case.read();
    let Some(case) = case.as_ref() else { return rsx! {} };
    let document = case.row.document;
    let total: u64 = case.steps.iter().map(|step| step.ms).sum();
    rsx! {
        {now(w, case)}
        if case.row.stage == Stage::HandedIn && case.row.safety != Safety::Safe {
            button { class: "button second", r#type: "button", onclick: move |_| desk.go(Route::Sync), {w.t("title-sync")} }
        }
        if case.row.stage == Stage::Customer && case.handover.is_some() {
            button {
                class: "button main",
                r#type: "button",
                onclick: move |_| desk.go(Route::Case(document, Part::Handover)),
                {w.t("part-handover")}
            }
        }
        if case.row.stage == Stage::Signed {
            button {
                class: "button main",
                r#type: "button",
                onclick: move |_| desk.go(Route::Case(document, Part::Contract)),
                {w.t("part-contract")}
            }
        }
        if !case.steps.is_empty() {
            ol { class: "stages", aria_live: "polite", aria_label: w.t("part-timeline"),
                for (at , step) in case.steps.iter().enumerate() {
                    {block(w, at, step)}
                }
            }
            p { class: "hint", {w.with("timeline-total", &[("time", took(total, w).into())])} }
        }
    }
}

/// Where the case is now.
fn now(w: Words, case: &CaseView) -> Element {
    let (key, sign) = match case.row.stage {
        Stage::Draft | Stage::Conflict => ("timeline-draft", Icon::Paper),
        Stage::HandedIn => ("timeline-handed-in", Icon::Cloud),
        Stage::Machine => ("timeline-machine", Icon::Clock),
        Stage::Customer => ("timeline-customer", Icon::Phone),
        Stage::Office => ("timeline-office", Icon::Person),
        Stage::Signed => ("timeline-signed", Icon::Check),
        Stage::Declined => ("timeline-declined", Icon::Cross),
        Stage::Ended | Stage::Damaged => ("timeline-ended", Icon::Lock),
    };
    rsx! {
        div { class: if case.row.stage == Stage::Signed { "outcome good" } else { "outcome" }, role: "status",
            {icon(sign)}
            p { {w.t(key)} }
        }
    }
}

fn block(w: Words, at: usize, step: &StepShown) -> Element {
    let name = w.find(&format!("block-{}", step.kind)).unwrap_or_else(|| step.kind.clone());
    let (class, state) = match step.outcome.as_deref() {
        None => ("running", w.t("block-running")),
        Some(outcome) => (look(&step.kind, outcome), outcome_words(w, &step.kind, outcome)),
    };
    rsx! {
        li { class: "stage {class}", key: "{at}",
            span { class: "stage-sign", "aria-hidden": "true" }
            span { class: "stage-name", "{name}" }
            span { class: "stage-ms",
                if step.outcome.is_some() {
                    {took(step.ms, w)}
                }
            }
            span { class: "stage-state", "{state}" }
        }
    }
}

/// Outcomes that a person should look at. That nothing was found is good news of a search for duplicates only.
fn look(kind: &str, outcome: &str) -> &'static str {
    const ATTENTION: [&str; 20] = [
        "not_as_stated",
        "above",
        "decline",
        "declined",
        "error",
        "exhausted",
        "expired",
        "failed",
        "incomplete",
        "invalid",
        "listed",
        "mismatch",
        "none",
        "no_card",
        "other_number",
        "over_age",
        "poor",
        "refused",
        "timeout",
        "under_age",
    ];
    let good_news = kind == "duplicate-check" && outcome == "none";
    if ATTENTION.contains(&outcome) && !good_news { "attention" } else { "done" }
}

/// The outcome in words; a flow's own outcome without words shows itself.
fn outcome_words(w: Words, kind: &str, outcome: &str) -> String {
    let own = w.find(&format!("outcome-{kind}-{}", outcome.replace('_', "-")));
    let shared = || w.find(&format!("outcome-{}", outcome.replace('_', "-")));
    own.or_else(shared).unwrap_or_else(|| outcome.replace('_', " "))
}
