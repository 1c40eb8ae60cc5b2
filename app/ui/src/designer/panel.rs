//! What is chosen, and what can be set of it: a block, a connection, several blocks, or the flow itself.

use super::{
    board::{Board, FaceRef},
    flow_panel::FlowPanel,
    form::params,
    looks::{class_icon, class_slug},
    params, parts,
};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::flow::draw::{Edit, Problem};
use shared::flow::kind;

/// The panel on the right.
#[component]
pub fn Panel() -> Element {
    let board: Board = use_context();
    let w = board.words();
    let selected = board.selected.read().clone();
    let edge = board.edge.read().clone();
    let faces = board.faces.read();
    let face = |id: &str| faces.iter().find(|face| face.block.id == id).cloned();
    rsx! {
        aside { id: "panel", class: "panel", aria_label: w.t("designer-panel"),
            if let Some((from, outcome)) = edge {
                {connection(board, w, &from, &outcome)}
            } else if selected.len() > 1 {
                {several(board, w, selected.len())}
            } else if let Some(face) = selected.first().and_then(|id| face(id)) {
                BlockPanel { key: "{face.block.id}", face }
            } else {
                FlowPanel {}
            }
        }
    }
}

fn connection(board: Board, w: Words, from: &str, outcome: &str) -> Element {
    let drawing = board.drawing.read();
    let block = drawing.canvas().block(from);
    let to = block.and_then(|block| block.leads_to(outcome).map(str::to_owned)).unwrap_or_default();
    let said = block.map_or_else(|| w.outcome(outcome), |block| w.outcome_of(&block.kind, outcome));
    drop(drawing);
    let (a, b) = (from.to_owned(), to.clone());
    rsx! {
        h2 { {w.t("designer-connection")} }
        p { class: "lead", "{from} → {said} → {to}" }
        div { class: "pair",
            button { class: "button small", r#type: "button", onclick: move |_| board.go_to(&a), "{from}" }
            button { class: "button small", r#type: "button", onclick: move |_| board.go_to(&b), "{to}" }
            button { class: "button small danger", r#type: "button", onclick: move |_| board.remove(), {w.t("designer-disconnect")} }
        }
    }
}

fn several(board: Board, w: Words, n: usize) -> Element {
    rsx! {
        h2 { {w.with("designer-several", &[("n", n.into())])} }
        p { class: "hint", {w.t("designer-several-hint")} }
        div { class: "pair",
            button { class: "button small", r#type: "button", onclick: move |_| board.copy(), {w.t("designer-copy")} }
            button { class: "button small danger", r#type: "button", onclick: move |_| board.remove(), {w.t("designer-remove")} }
        }
    }
}

#[component]
fn BlockPanel(face: FaceRef) -> Element {
    let board: Board = use_context();
    let w = board.words();
    let block = face.block.clone();
    let id = block.id.clone();
    let known = kind(&block.kind);
    let found = board.problems.read().clone();
    let here: Vec<Problem> =
        found.iter().filter(|problem| problem.block.as_deref() == Some(&*id)).cloned().collect();
    // `ways[0].when` is the field `ways.0.when` of the form.
    let bad = face
        .bad
        .as_ref()
        .map(|bad| (bad.path.replace('[', ".").replace(']', ""), bad.text.get(w.0).to_owned()));
    let drawing = board.drawing.read();
    let (start, person) = (drawing.canvas().start.clone(), drawing.canvas().person.clone());
    drop(drawing);
    let (renamed, limited, started, helped) = (id.clone(), id.clone(), id.clone(), id.clone());
    let max = block.max_visits.map(|max| max.to_string()).unwrap_or_default();
    rsx! {
        header { class: "panel-head {face.class.map_or(\"class-unknown\", class_slug)}",
            span { class: "block-icon", {class_icon(face.class)} }
            div {
                h2 { {face.title(w.0)} }
                if let Some(kind) = known {
                    p { class: "hint", {kind.help().get(w.0).to_owned()} }
                }
            }
        }
        if !here.is_empty() {
            ul { class: if here.iter().all(|problem| problem.hint) { "here only-hints" } else { "here" }, aria_label: w.t("designer-problems"),
                for (i , problem) in here.iter().enumerate() {
                    li { key: "{i}", {problem.text.get(w.0).to_owned()} }
                }
            }
        }
        if let Some(share) = board.estimate.read().as_ref().and_then(|said| said["passes"][&id].as_u64()) {
            p { class: "estimate", {w.with("designer-passes", &[("share", share.into())])} }
        }
        {params::text("block-id", &w.t("designer-id"), "field", &id, None, move |to: String| {
            let to = to.trim().to_owned();
            if board.edit(Edit::Rename { id: renamed.clone(), to: to.clone() }) {
                board.select(vec![to]);
            }
        }, rsx! {})}
        {connections(board, w, &face)}
        if let Some(kind) = known {
            div { class: "group",
                h3 { {w.t("designer-params")} }
                if block.kind == "sub-flow" {
                    {parts::contains(board, w, &block.params)}
                }
                {params::fields(board, &id, &block.params, &params(&kind.schema()), bad)}
                if params(&kind.schema()).is_empty() {
                    p { class: "hint", {w.t("designer-no-params")} }
                }
            }
        }
        div { class: "group",
            h3 { {w.t("designer-more")} }
            if face.can_be_limited || block.max_visits.is_some() {
                {params::text("block-max", &w.t("designer-max-visits"), "field", &max, Some(w.t("designer-max-visits-hint")), move |text: String| {
                    let max = text.trim().parse::<u16>().ok();
                    board.edit(Edit::SetMaxVisits { id: limited.clone(), max });
                }, rsx! {})}
            }
            label { class: "tick",
                input {
                    id: "block-start",
                    r#type: "checkbox",
                    checked: start.as_deref() == Some(&*id),
                    onchange: move |event| {
                        board.edit(Edit::SetStart(event.checked().then(|| started.clone())));
                    },
                }
                span { {w.t("designer-is-start")} }
            }
            if ["manual-review", "sub-flow"].contains(&block.kind.as_str()) {
                label { class: "tick",
                    input {
                        id: "block-person",
                        r#type: "checkbox",
                        checked: person.as_deref() == Some(&*id),
                        onchange: move |event| {
                            board.edit(Edit::SetPerson(event.checked().then(|| helped.clone())));
                        },
                    }
                    span { {w.t("designer-is-person")} }
                }
            }
            div { class: "pair",
                button { class: "button small", r#type: "button", onclick: move |_| board.copy(), {w.t("designer-copy")} }
                button { class: "button small danger", r#type: "button", onclick: move |_| board.remove(), {w.t("designer-remove")} }
            }
        }
    }
}

/// Where each outcome leads, chosen from a list: what the pointer does by dragging.
fn connections(board: Board, w: Words, face: &FaceRef) -> Element {
    if face.ports.is_empty() {
        return rsx! {};
    }
    let (id, kind) = (face.block.id.clone(), face.block.kind.clone());
    let drawing = board.drawing.read();
    let canvas = drawing.canvas();
    let faces = board.faces.read();
    let name = |to: &str| {
        let title = faces.iter().find(|face| face.block.id == to).map(|face| face.title(w.0));
        title.map_or_else(|| to.to_owned(), |title| format!("{title} · {to}"))
    };
    let rows = face.ports.iter().enumerate().map(|(row, port)| {
        let now = port.to.clone().unwrap_or_default();
        let options: Vec<(String, String)> =
            canvas.targets(&id, &port.outcome).into_iter().map(|to| (to.to_owned(), name(to))).collect();
        let odd = (!now.is_empty() && !options.iter().any(|(to, _)| *to == now)).then(|| name(&now));
        (row, port.clone(), now, options, odd)
    });
    let rows: Vec<_> = rows.collect();
    drop(drawing);
    rsx! {
        div { class: "group",
            h3 { {w.t("designer-connections")} }
            for (row , port , now , options , odd) in rows {
                div { key: "{port.outcome}", class: if now.is_empty() { "link-row open" } else { "link-row" },
                    label { r#for: "link-{row}",
                        {w.outcome_of(&kind, &port.outcome)}
                        if !port.known {
                            small { {w.t("designer-outcome-gone")} }
                        }
                    }
                    select {
                        id: "link-{row}",
                        "data-link": "{port.outcome}",
                        onchange: {
                            let (from, outcome) = (id.clone(), port.outcome.clone());
                            move |event: FormEvent| {
                                let (from, outcome, to) = (from.clone(), outcome.clone(), event.value());
                                board.edit(if to.is_empty() { Edit::Disconnect { from, outcome } } else { Edit::Connect { from, outcome, to } });
                            }
                        },
                        option { value: "", selected: now.is_empty(), {w.t("designer-open")} }
                        if let Some(odd) = odd {
                            option { value: "{now}", selected: true, "{odd}" }
                        }
                        for (to , name) in options {
                            option { key: "{to}", value: "{to}", selected: to == now, "{name}" }
                        }
                    }
                }
            }
        }
    }
}
