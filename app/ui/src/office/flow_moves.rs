//! Running cases of an older version go on on the live one: shown case by case first, then done.

use super::Cx;
use crate::components::form::hidden;
use crate::components::table::heads;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};
use shared::protocol::flows::{Moves, PlaceChoice};
use std::collections::BTreeMap;

/// The running cases of one version, and what becomes of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowMoves {
    /// Key of the flow.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Hash and number of the version that they are on.
    pub from: (String, u32),
    /// Hash and number of the live version.
    pub to: (String, u32),
    /// What becomes of them.
    pub moves: Moves,
    /// What the gate's rules ask for, by code.
    pub rules: BTreeMap<String, String>,
    /// Where blocks went, as it was chosen.
    pub places: BTreeMap<String, String>,
    /// It has been done.
    pub done: bool,
    /// May move cases.
    pub may_move: bool,
}

pub(super) fn page(cx: Cx, page: &FlowMoves) -> Element {
    let n = |key: &str, n: u32| cx.w.with(key, &[("n", n.into())]);
    let moves = &page.moves;
    let title = cx.w.with("flow-move-title", &[("from", page.from.1.into()), ("to", page.to.1.into())]);
    rsx! {
        p { class: "links",
            a { href: "/office/flows/{page.key}", {cx.t("flow-versions")} }
            " "
            a { href: "/office/flows/{page.key}?from={page.from.0}&to={page.to.0}", {cx.t("flow-move-differs")} }
        }
        h2 { "{title}" }
        ul { class: "sums",
            li { {n(if page.done { "flow-moved" } else { "flow-moves" }, moves.moves)} }
            li { {n("flow-move-choice", moves.need_choice)} }
            li { {n("flow-move-stay", moves.stay)} }
        }
        if !page.done {
            if !moves.choices.is_empty() {
                {choices(cx, page)}
            }
            if page.may_move && moves.moves > 0 {
                form { class: "decide", method: "post", action: "/office/flows/{page.key}/move",
                    {cx.form_id()}
                    {hidden("from", &page.from.0)}
                    {hidden("to", &page.to.0)}
                    {hidden("seen_at", &moves.at.to_string())}
                    for (block , to) in &page.places {
                        {hidden(&place_name(block), to)}
                    }
                    p { class: "hint", {cx.t("flow-move-hint")} }
                    button { class: "button main", r#type: "submit", {n("flow-move-go", moves.moves)} }
                }
            }
        }
        if moves.cases.is_empty() {
            p { class: "empty", {cx.t("flow-move-none")} }
        } else {
            {cases(cx, page)}
        }
    }
}

/// Name of the field that says where a block went.
fn place_name(block: &str) -> String {
    format!("place-{block}")
}

fn choices(cx: Cx, page: &FlowMoves) -> Element {
    rsx! {
        section { class: "card",
            h3 { {cx.t("flow-move-choose")} }
            form { class: "decide", method: "get", action: "/office/flows/{page.key}/move",
                {hidden("from", &page.from.0)}
                for choice in &page.moves.choices {
                    {choice_of(cx, page, choice)}
                }
                button { class: "button second", r#type: "submit", {cx.t("flow-move-look")} }
            }
        }
    }
}

fn choice_of(cx: Cx, page: &FlowMoves, choice: &PlaceChoice) -> Element {
    let name = place_name(&choice.block);
    let label = cx
        .w
        .with("flow-move-place", &[("block", choice.block.as_str().into()), ("cases", choice.cases.into())]);
    let chosen = page.places.get(&choice.block).map(String::as_str).unwrap_or_default();
    rsx! {
        div { class: "field",
            label { r#for: "{name}", "{label}" }
            select { id: "{name}", name: "{name}",
                option { value: "", selected: chosen.is_empty(), {cx.t("flow-move-stays")} }
                for option in &choice.options {
                    option { value: "{option}", selected: chosen == option.as_str(), "{option}" }
                }
            }
        }
    }
}

fn cases(cx: Cx, page: &FlowMoves) -> Element {
    let labels = [cx.t("flow-move-case"), cx.t("flow-move-at"), cx.t("flow-move-becomes")];
    rsx! {
        table { class: "rows",
            caption { class: "unseen", {cx.t("flow-move-cases")} }
            {heads(&labels)}
            tbody {
                for case in &page.moves.cases {
                    tr {
                        th { scope: "row",
                            {cx.case_link(&case.case, &case.number)}
                        }
                        td { "data-label": "{labels[1]}",
                            code { {case.blocks.join(", ")} }
                        }
                        td { "data-label": "{labels[2]}",
                            match &case.stays {
                                None => rsx! {
                                    "→ "
                                    code { {case.to.join(", ")} }
                                },
                                Some(why) => rsx! { {stays(cx, page, why)} },
                            }
                        }
                    }
                }
            }
        }
    }
}

fn stays(cx: Cx, page: &FlowMoves, why: &str) -> String {
    let own = cx.w.find(&format!("flow-stays-{}", why.replace('_', "-")));
    own.unwrap_or_else(|| {
        let rule = page.rules.get(why).map_or(why, String::as_str);
        cx.w.with("flow-stays-rule", &[("rule", rule.into())])
    })
}
