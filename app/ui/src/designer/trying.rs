//! A case walked through the drawn flow in the browser, by the same machine that runs cases.

use super::board::Board;
use crate::browser;
use crate::texts::Words;
use dioxus::prelude::*;
use jiff::Timestamp;
use serde_json::json;
use shared::flow::draw::{Choice, Trial, sound};
use shared::flow::{Facts, Status, Who};
use std::rc::Rc;

/// What a made-up request knows, to start with.
fn sample(key: &str) -> serde_json::Value {
    json!({
        "product": key, "channel": "link",
        "vehicle": {"condition": "new", "energy": "fuel", "price": 12_980_000},
        "request": {"region": "310000", "finance_fen": 9_086_000, "down_payment_bp": 3_000},
        "id": {"valid": true, "age": 31, "sex": "female", "province_known": true},
        "photo": {"problems": []},
        "partner": {
            "realname": {"match": true},
            "bureau": {"score": 650, "overdue_24m": 0, "overdue_now": 0, "queries_3m": 1},
            "valuation": {"value_fen": 9_800_000}
        },
        "plan": {"months": 36}
    })
}

/// Starts a case; says so where the flow cannot run yet.
pub fn start(mut board: Board, facts: Option<Facts>) {
    let w = Words(*board.lang.peek());
    let parts = board.parts.peek().clone();
    let found = sound(board.drawing.peek().canvas(), &|hash| parts.get(hash).cloned().flatten());
    match found {
        Ok(flow) => {
            let facts = facts.or_else(|| Facts::from_json(sample(&flow.key))).unwrap_or_default();
            match Trial::start(flow, facts, now()) {
                Ok(trial) => {
                    board.trial.set(Some(trial));
                    show(board);
                }
                Err(_) => board.tell(w.t("try-refused")),
            }
        }
        Err(problems) => {
            board.problems.set(Rc::new(problems));
            board.listing.set(true);
            board.tell(w.t("try-not-yet"));
        }
    }
}

/// Ends it.
pub fn end(mut board: Board) {
    board.trial.set(None);
}

fn now() -> Timestamp {
    Timestamp::from_millisecond(browser::now_ms() as i64).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Brings the block that waits into view.
fn show(board: Board) {
    let at = board
        .trial
        .peek()
        .as_ref()
        .and_then(|trial| Some(trial.run().active().first()?.at.block.to_string()));
    if let Some(block) = at {
        board.go_to(&block);
    }
}

/// The case, where one is walked.
#[component]
pub fn Trying() -> Element {
    let mut board: Board = use_context();
    let w = board.words();
    let trial = board.trial.read();
    let Some(trial) = trial.as_ref() else { return rsx! {} };
    let choices = trial.choices(now());
    let ended = match trial.run().status() {
        Status::Ended { decision, reason } => Some((decision.code(), reason.clone())),
        _ => None,
    };
    let facts = serde_json::to_string_pretty(trial.run().facts()).unwrap_or_default();
    let can_go_back = trial.can_go_back();
    rsx! {
        section { id: "trying", class: "drawer", aria_label: w.t("try-title"),
            div { class: "drawer-head",
                h2 { {w.t("try-title")} }
                p { class: "hint", {w.t("try-hint")} }
                div { class: "pair",
                    button {
                        id: "try-back",
                        class: "button small",
                        r#type: "button",
                        disabled: !can_go_back,
                        onclick: move |_| {
                            if let Some(trial) = board.trial.write().as_mut() {
                                trial.back();
                            }
                            show(board);
                        },
                        {w.t("try-back")}
                    }
                    button { class: "button small", r#type: "button", onclick: move |_| start(board, None), {w.t("try-again")} }
                    button { class: "button small", r#type: "button", onclick: move |_| end(board), {w.t("try-end")} }
                }
            }
            div { class: "trial",
                div { class: "choices",
                    if let Some((decision, reason)) = ended {
                        p { class: "ended", role: "status", "data-decision": "{decision}",
                            {w.with("try-ended", &[("decision", super::looks::choice_name(w, decision).into()), ("reason", reason.into())])}
                        }
                    }
                    for choice in choices {
                        {choose(board, w, choice)}
                    }
                }
                details { open: true,
                    summary { {w.t("try-facts")} }
                    pre { class: "facts-json", tabindex: "0", "{facts}" }
                }
            }
        }
    }
}

fn choose(mut board: Board, w: Words, choice: Choice) -> Element {
    let block = choice.at.block.to_string();
    let (title, kind) = board
        .faces
        .peek()
        .iter()
        .find(|face| face.block.id == block)
        .map(|face| (face.title(w.0), face.block.kind.clone()))
        .unwrap_or_default();
    let who = match &choice.who {
        None => w.t("try-machine"),
        Some(Who::Clock) => w.t("try-clock"),
        Some(Who::Customer) => w.t("try-customer"),
        Some(Who::Queue(queue)) => w.with("try-queue", &[("queue", queue.clone().into())]),
        Some(Who::Partner(partner)) => w.with("try-partner", &[("partner", partner.clone().into())]),
    };
    let said = choice.answer.as_ref().map(|answer| (answer.outcome.clone(), answer.problem.clone()));
    let said = said.map(|(outcome, problem)| {
        let says = w.with("try-rules-say", &[("outcome", w.outcome_of(&kind, &outcome).into())]);
        problem.map_or(says.clone(), |problem| format!("{says} ({problem})"))
    });
    let rules = choice.answer.as_ref().map(|answer| answer.outcome.clone());
    rsx! {
        div { key: "{block}", class: "choice",
            p { b { "{title}" } " " code { "{block}" } " · {who}" }
            if let Some(said) = said {
                p { class: "hint", "{said}" }
            }
            div { class: "pair",
                for outcome in choice.outcomes.iter() {
                    button {
                        key: "{outcome}",
                        class: if rules.as_ref() == Some(outcome) { "button small main" } else { "button small" },
                        r#type: "button",
                        "data-choice": "{outcome}",
                        onclick: {
                            let (at, outcome) = (choice.at.clone(), outcome.clone());
                            move |_| {
                                if let Some(trial) = board.trial.write().as_mut() {
                                    let _ = trial.choose(&at, &outcome, now());
                                }
                                show(board);
                            }
                        },
                        {w.outcome_of(&kind, outcome)}
                    }
                }
            }
        }
    }
}
