//! The blocks on the canvas. Each one is drawn again only when something of its own changes.

use super::{
    board::{Board, FaceRef},
    looks::{class_icon, class_slug},
};
use crate::components::icons::{Icon, icon};
use dioxus::prelude::*;
use std::collections::{HashMap, HashSet};

/// What is to be seen of a block besides itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    chosen: bool,
    reachable: bool,
    start: bool,
    person: bool,
    problems: usize,
    /// The connection that is being drawn may lead here.
    fits: Option<bool>,
    on_path: bool,
    active: bool,
    moving: bool,
}

/// All of them.
#[component]
pub fn Blocks() -> Element {
    let board: Board = use_context();
    let faces = board.faces.read();
    let selected = board.selected.read();
    let chosen: HashSet<&str> = selected.iter().map(String::as_str).collect();
    let found = board.problems.read().clone();
    let mut problems: HashMap<&str, usize> = HashMap::new();
    for problem in found.iter().filter(|problem| !problem.hint) {
        if let Some(block) = &problem.block {
            *problems.entry(block).or_default() += 1;
        }
    }
    let path = board.path.read().clone();
    let linking = board.linking.read().clone();
    let moving = board.moving.read().clone();
    let trial = board.trial.read();
    let active: Vec<String> = trial.as_ref().map_or_else(Vec::new, |trial| {
        trial.run().active().iter().map(|active| active.at.block.to_string()).collect()
    });
    let drawing = board.drawing.peek();
    let (start, person) = (drawing.canvas().start.as_deref(), drawing.canvas().person.as_deref());
    let marks = faces.iter().enumerate().map(|(i, face)| {
        let id = face.block.id.as_str();
        let mark = Mark {
            chosen: chosen.contains(id),
            reachable: chosen.contains(id) || (chosen.is_empty() && i == 0),
            start: start == Some(id),
            person: person == Some(id),
            problems: problems.get(id).copied().unwrap_or_default(),
            fits: linking.as_ref().map(|link| link.targets.iter().any(|target| target == id)),
            on_path: path.iter().any(|on| on == id),
            active: active.iter().any(|on| on == id),
            moving: moving.iter().any(|on| on == id),
        };
        (face.clone(), mark)
    });
    let marks: Vec<(FaceRef, Mark)> = marks.collect();
    rsx! {
        for (face , mark) in marks {
            BlockView { key: "{face.block.id}", face, mark }
        }
    }
}

#[component]
fn BlockView(face: FaceRef, mark: Mark) -> Element {
    let board: Board = use_context();
    let w = board.words();
    let block = &face.block;
    let [x, y] = board.place(&block.id).read().at;
    let title = face.title(w.0);
    let mut class = format!("block {}", face.class.map_or("class-unknown", class_slug));
    for (word, on) in [
        ("chosen", mark.chosen),
        ("wrong", mark.problems > 0),
        ("fits", mark.fits == Some(true)),
        ("unfit", mark.fits == Some(false)),
        ("on-path", mark.on_path),
        ("active", mark.active),
        ("moving", mark.moving),
    ] {
        if on {
            class.push(' ');
            class.push_str(word);
        }
    }
    let open = face.ports.iter().filter(|port| port.to.is_none()).count();
    let said = w.with(
        "designer-block-said",
        &[
            ("title", title.clone().into()),
            ("id", block.id.clone().into()),
            ("open", open.into()),
            ("problems", mark.problems.into()),
        ],
    );
    rsx! {
        div {
            id: "b-{block.id}",
            class,
            "data-block": "{block.id}",
            role: "group",
            tabindex: if mark.reachable { "0" } else { "-1" },
            aria_label: said,
            aria_current: mark.chosen.then_some("true"),
            aria_disabled: (mark.fits == Some(false)).then_some("true"),
            transform: "translate({x}px, {y}px)",
            div { class: "block-head",
                span { class: "block-icon", {class_icon(face.class)} }
                span { class: "block-name",
                    b { "{title}" }
                    small { "{block.id}" }
                }
                if mark.problems > 0 {
                    span { class: "block-wrong", title: w.with("designer-problems-here", &[("n", mark.problems.into())]), {icon(Icon::Alert)} }
                }
            }
            if mark.start || mark.person || block.max_visits.is_some() {
                div { class: "block-signs",
                    if mark.start {
                        span { class: "sign start", {w.t("designer-sign-start")} }
                    }
                    if mark.person {
                        span { class: "sign", {w.t("designer-sign-person")} }
                    }
                    if let Some(max) = block.max_visits {
                        span { class: "sign", "≤ {max}×" }
                    }
                }
            }
            if !face.ports.is_empty() {
                div { class: "ports",
                    for port in face.ports.iter() {
                        div {
                            key: "{port.outcome}",
                            class: match (&port.to, port.known) {
                                (_, false) => "port gone",
                                (None, _) => "port open",
                                _ => "port",
                            },
                            "data-port": "{port.outcome}",
                            title: "{port.outcome}",
                            span { {w.outcome_of(&face.block.kind, &port.outcome)} }
                        }
                    }
                }
            }
        }
    }
}
