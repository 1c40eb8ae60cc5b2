//! What to do next, in one sentence: for whoever draws a flow for the first time.

use super::board::Board;
use crate::components::icons::{Icon, icon};
use dioxus::prelude::*;
use shared::flow::draw::Canvas;

/// The sentence.
#[component]
pub fn Guide() -> Element {
    let board: Board = use_context();
    let w = board.words();
    if board.open.read().is_none() {
        return rsx! {};
    }
    let linking = board.linking.read().is_some();
    let key = if linking { "guide-linking" } else { step(board.drawing.read().canvas(), board.broken()) };
    let empty = key == "guide-empty";
    rsx! {
        div { class: if empty { "guide first" } else { "guide" }, role: "status", "data-still": "true",
            {icon(Icon::Info)}
            p { {w.t(key)} }
        }
    }
}

/// The step that comes next: the first block, where a case starts, open outcomes, an end, what else is wrong, handing in.
fn step(canvas: &Canvas, problems: usize) -> &'static str {
    let connected = |id: &str| canvas.connections().any(|(from, _, to)| from == id || to == id);
    if canvas.is_empty() {
        "guide-empty"
    } else if canvas.blocks().len() == 1 {
        "guide-second"
    } else if canvas.blocks().iter().any(|block| !connected(&block.id)) {
        "guide-connect"
    } else if !canvas.blocks().iter().any(|block| block.kind == "end") {
        "guide-end"
    } else if problems > 0 {
        "guide-problems"
    } else {
        "guide-done"
    }
}
