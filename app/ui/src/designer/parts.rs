//! Sub-flows: what they contain is read once, so that the gate sees through them while a flow is drawn.

use super::{api, api::UNREACHABLE, board::Board};
use crate::texts::Words;
use dioxus::prelude::*;
use serde_json::Value;
use shared::flow::FlowFile;
use std::rc::Rc;

/// Digits of a version's hash: anything else is not asked for.
const HASH_DIGITS: usize = 64;

/// Reads versions that are named and not known yet; whether there are any.
pub fn ask_for_missing(board: Board) -> bool {
    let known = board.parts.peek().clone();
    let drawing = board.drawing.peek();
    let drawn = drawing.canvas().blocks().iter().filter(|block| block.kind == "sub-flow");
    let mut wanted: Vec<String> = drawn.filter_map(|block| named(&block.params)).collect();
    wanted.extend(known.values().flatten().flat_map(shared::flow::parts));
    wanted.retain(|hash| !known.contains_key(hash) && hash.len() == HASH_DIGITS);
    wanted.sort();
    wanted.dedup();
    let is_missing = !wanted.is_empty();
    if is_missing {
        dioxus::core::spawn_forever(read(board, wanted));
    }
    is_missing
}

async fn read(mut board: Board, wanted: Vec<String>) {
    let mut parts = (**board.parts.peek()).clone();
    for hash in wanted {
        match api::version(&hash).await {
            Ok(file) => drop(parts.insert(hash, Some(file))),
            // Without a connection nothing is said of it: the server looks when the flow is handed in.
            Err(refusal) if refusal.code == UNREACHABLE => return,
            Err(_) => drop(parts.insert(hash, None)),
        }
    }
    board.parts.set(Rc::new(parts));
    board.check();
}

fn named(params: &Value) -> Option<String> {
    params.get("flow")?.as_str().map(str::to_owned)
}

/// What the block contains, with the way there.
pub fn contains(board: Board, w: Words, params: &Value) -> Element {
    let parts = board.parts.read().clone();
    let part: Option<&FlowFile> = named(params).and_then(|hash| parts.get(&hash)?.as_ref());
    let Some(part) = part else {
        return rsx! {
            p { class: "hint", {w.t("designer-part-unknown")} }
        };
    };
    let name = part.name.get(w.0).to_owned();
    let blocks = part.blocks.len();
    let ends: Vec<&str> =
        part.blocks.iter().filter(|(_, block)| block.kind == "end").map(|(id, _)| id.as_str()).collect();
    let ends = ends.join(", ");
    rsx! {
        p { class: "hint",
            a { href: "/office/flows/{part.key}", target: "_blank", rel: "noopener", "{name}" }
            " · "
            {w.with("designer-part-blocks", &[("n", blocks.into())])}
        }
        p { class: "hint", {w.with("designer-part-ends", &[("ends", ends.into())])} }
    }
}
