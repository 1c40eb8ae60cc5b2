//! The connections on the canvas, one component each: only those at a moving block are drawn again.

use super::board::Board;
use dioxus::prelude::*;
use shared::flow::draw::{Box2, HEAD, route};
use std::collections::HashSet;

/// All of them.
#[component]
pub fn Edges() -> Element {
    let board: Board = use_context();
    let faces = board.faces.read();
    let edge = board.edge.read().clone();
    let path = board.path.read().clone();
    let on_path = |from: &str, to: &str| path.windows(2).any(|pair| pair[0] == from && pair[1] == to);
    let there: HashSet<&str> = faces.iter().map(|face| face.block.id.as_str()).collect();
    let lines: Vec<_> = faces
        .iter()
        .flat_map(|face| face.ports.iter().enumerate().map(move |(row, port)| (face, row, port)))
        .filter_map(|(face, row, port)| {
            let to = port.to.clone().filter(|to| there.contains(to.as_str()))?;
            let from = face.block.id.clone();
            let chosen = edge.as_ref().is_some_and(|(a, b)| *a == from && *b == port.outcome);
            let marked = on_path(&from, &to);
            Some((from, row, port.outcome.clone(), to, chosen, marked))
        })
        .collect();
    // Few lines change while a block is dragged: the picture of all the others is left alone.
    let moving = board.moving.read().clone();
    let (moved, still): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|(from, _, _, to, ..)| moving.contains(from) || moving.contains(to));
    rsx! {
        svg { class: "edges", "aria-hidden": "true",
            defs {
                for (id , class) in [("arrow", "arrow"), ("arrow-chosen", "arrow chosen"), ("arrow-path", "arrow on-path")] {
                    marker {
                        id,
                        class,
                        view_box: "0 0 10 10",
                        "refX": "9",
                        "refY": "5",
                        "markerWidth": "8",
                        "markerHeight": "8",
                        orient: "auto",
                        path { d: "M0 0L10 5L0 10z" }
                    }
                }
            }
            for (from , row , outcome , to , chosen , marked) in still {
                EdgeView { key: "{from}/{outcome}", from, row, outcome, to, chosen, marked }
            }
        }
        if !moved.is_empty() {
            svg { class: "edges moving", "aria-hidden": "true",
                for (from , row , outcome , to , chosen , marked) in moved {
                    EdgeView { key: "{from}/{outcome}", from, row, outcome, to, chosen, marked }
                }
            }
        }
    }
}

#[component]
fn EdgeView(from: String, row: usize, outcome: String, to: String, chosen: bool, marked: bool) -> Element {
    let board: Board = use_context();
    let d = route(*board.place(&from).read(), row, *board.place(&to).read());
    let (class, arrow) = match (chosen, marked) {
        (true, _) => ("edge chosen", "url(#arrow-chosen)"),
        (_, true) => ("edge on-path", "url(#arrow-path)"),
        _ => ("edge", "url(#arrow)"),
    };
    rsx! {
        g { class, "data-from": "{from}", "data-outcome": "{outcome}",
            path { class: "edge-hit", d: "{d}" }
            path { class: "edge-line", d: "{d}", "marker-end": arrow }
        }
    }
}

/// The connection that is being drawn.
#[component]
pub fn LooseEnd() -> Element {
    let board: Board = use_context();
    let Some(link) = board.linking.read().clone() else { return rsx! {} };
    let [x, y] = *board.loose_end.read();
    let d = route(*board.place(&link.from).read(), link.row, Box2 { at: [x, y - HEAD / 2.0], height: HEAD });
    rsx! {
        svg { class: "edges loose", "aria-hidden": "true",
            path { class: "edge-line", d: "{d}" }
        }
    }
}
