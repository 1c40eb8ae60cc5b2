//! Everything by keyboard. Keys in fields stay with the fields.

use super::board::{Board, Dialog};
use crate::browser;
use dioxus::prelude::*;
use dioxus_web::WebEventExt;
use shared::flow::draw::{Edit, GRID, WIDTH};
use wasm_bindgen::JsCast;
use web_sys::{Element as WebElement, KeyboardEvent};

/// Takes a key that was pressed somewhere on the page.
pub fn pressed(board: Board, event: &Event<KeyboardData>) {
    let web = event.data().as_web_event();
    let target = web.target().and_then(|target| target.dyn_into::<WebElement>().ok());
    let within = |selector: &str| {
        target.as_ref().is_some_and(|target| target.closest(selector).ok().flatten().is_some())
    };
    if within("input, textarea, [role=dialog]") || *board.dialog.peek() != Dialog::None {
        return;
    }
    if within("select") {
        // A list takes letters and arrows itself; Escape leads back to the block.
        let chosen = board.selected.peek().first().cloned();
        if web.key() == "Escape"
            && let Some(id) = chosen
        {
            super::stage::focus(&format!("b-{id}"));
        } else if (web.ctrl_key() || web.meta_key()) && shortcut(board, &web) {
            event.prevent_default();
        }
        return;
    }
    let on_canvas = within("#stage") || within("body") && !within("button, a, summary");
    if shortcut(board, &web) || (on_canvas && on_the_canvas(board, &web)) {
        event.prevent_default();
    }
}

fn shortcut(board: Board, event: &KeyboardEvent) -> bool {
    let key = event.key().to_lowercase();
    if event.ctrl_key() || event.meta_key() {
        match (key.as_str(), event.shift_key()) {
            ("z", false) => board.undo(),
            ("z", true) | ("y", _) => board.redo(),
            ("a", _) => {
                let all = board.faces.peek().iter().map(|face| face.block.id.clone()).collect();
                board.select(all);
            }
            ("d", _) => {
                board.copy();
                board.paste(None);
            }
            ("c", _) if !browser::has_selected_text() => board.copy(),
            ("x", _) => {
                board.copy();
                board.remove();
            }
            // What the system's clipboard holds comes with the event of pasting itself.
            _ => return false,
        }
        return true;
    }
    match key.as_str() {
        "/" => super::stage::focus("palette-search"),
        "?" => {
            let mut dialog = board.dialog;
            dialog.set(Dialog::Help);
        }
        "+" | "=" => board.zoom(1.25),
        "-" | "_" => board.zoom(0.8),
        "0" => board.fit(),
        _ => return false,
    }
    true
}

fn on_the_canvas(board: Board, event: &KeyboardEvent) -> bool {
    match event.key().as_str() {
        "Delete" | "Backspace" => board.remove(),
        "Escape" => {
            let (mut linking, mut path) = (board.linking, board.path);
            linking.set(None);
            path.set(Default::default());
            board.select(Vec::new());
            super::stage::focus("stage");
        }
        "Enter" => {
            if board.selected.peek().len() != 1 {
                return false;
            }
            // The first outcome that is still open, else the first one.
            let open = browser::document().query_selector("#panel .link-row.open select").ok().flatten();
            let first =
                open.or_else(|| browser::document().query_selector("#panel .link-row select").ok().flatten());
            match first.and_then(|select| select.dyn_into::<web_sys::HtmlElement>().ok()) {
                Some(select) => {
                    let _ = select.focus();
                }
                None => super::stage::focus("block-id"),
            }
        }
        "ArrowLeft" => arrow(board, [-1.0, 0.0], event.shift_key()),
        "ArrowRight" => arrow(board, [1.0, 0.0], event.shift_key()),
        "ArrowUp" => arrow(board, [0.0, -1.0], event.shift_key()),
        "ArrowDown" => arrow(board, [0.0, 1.0], event.shift_key()),
        _ => return false,
    }
    true
}

/// Moves what is chosen by one step of the grid, or goes to the nearest block in that direction.
fn arrow(board: Board, way: [f64; 2], moves: bool) {
    let selected = board.selected.peek().clone();
    if moves {
        let drawing = board.drawing.peek();
        let places = selected.iter().filter_map(|id| {
            let [x, y] = drawing.canvas().block(id)?.at;
            Some((id.clone(), [x + way[0] * GRID, y + way[1] * GRID]))
        });
        let places: Vec<_> = places.collect();
        drop(drawing);
        if !places.is_empty() {
            board.edit(Edit::Move(places));
        }
        return;
    }
    let next = {
        let faces = board.faces.peek();
        let here = selected.last().and_then(|id| faces.iter().find(|face| face.block.id == *id));
        match here {
            None => faces.first().map(|face| face.block.id.clone()),
            Some(here) => {
                let from = here.block.at;
                let far = |at: [f64; 2]| {
                    let (dx, dy) = (at[0] - from[0], at[1] - from[1]);
                    let (along, across) =
                        (dx * way[0] + dy * way[1], (dx * way[1]).abs() + (dy * way[0]).abs());
                    (along > 0.0).then_some(along + across * 2.0)
                };
                let ahead =
                    faces.iter().filter_map(|face| Some((far(face.block.at)?, face.block.id.clone())));
                ahead
                    .filter(|(far, _)| *far < WIDTH * 40.0)
                    .min_by(|a, b| a.0.total_cmp(&b.0))
                    .map(|(_, id)| id)
            }
        }
    };
    if let Some(id) = next {
        board.go_to(&id);
    }
}

/// Takes what is pasted anywhere but into a field.
pub fn pasted(board: Board, event: &Event<ClipboardData>) {
    let web = event.data().as_web_event();
    let target = web.target().and_then(|target| target.dyn_into::<WebElement>().ok());
    if target.is_some_and(|target| target.closest("input, textarea, [role=dialog]").ok().flatten().is_some())
    {
        return;
    }
    let text = web
        .dyn_ref::<web_sys::ClipboardEvent>()
        .and_then(|paste| paste.clipboard_data()?.get_data("text/plain").ok());
    board.paste(text.as_deref());
    event.prevent_default();
}
