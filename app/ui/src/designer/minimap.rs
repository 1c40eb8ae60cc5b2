//! The whole canvas in small, and which part of it is seen.

use super::board::Board;
use crate::browser;
use dioxus::prelude::*;
use dioxus_web::WebEventExt;
use shared::flow::draw::{WIDTH, height};

/// From this many blocks on a small picture helps.
const FROM_BLOCKS: usize = 8;

/// The small picture.
#[component]
pub fn Minimap() -> Element {
    let board: Board = use_context();
    let faces = board.faces.read();
    if faces.len() < FROM_BLOCKS {
        return rsx! {};
    }
    let boxes: Vec<[f64; 3]> =
        faces.iter().map(|face| [face.block.at[0], face.block.at[1], height(face.ports.len())]).collect();
    let least = |i: usize| boxes.iter().map(|one| one[i]).fold(f64::INFINITY, f64::min) - 100.0;
    let (left, top) = (least(0), least(1));
    let width = boxes.iter().map(|one| one[0] + WIDTH).fold(0.0, f64::max) + 100.0 - left;
    let high = boxes.iter().map(|one| one[1] + one[2]).fold(0.0, f64::max) + 100.0 - top;
    rsx! {
        svg {
            id: "minimap",
            class: "minimap",
            "data-still": "true",
            "aria-hidden": "true",
            view_box: "{left} {top} {width} {high}",
            onpointerdown: move |event| {
                let event = event.data().as_web_event();
                let Some(map) = browser::element("minimap").map(|map| map.get_bounding_client_rect()) else { return };
                // The picture keeps its proportions in the middle of its frame.
                let scale = (map.width() / width).min(map.height() / high);
                let x = (f64::from(event.client_x()) - map.left() - (map.width() - width * scale) / 2.0) / scale + left;
                let y = (f64::from(event.client_y()) - map.top() - (map.height() - high * scale) / 2.0) / scale + top;
                let [wide, tall] = super::stage::size();
                let mut view = board.view;
                let zoom = view.peek().zoom;
                view.set(super::view::View { x: wide / 2.0 - x * zoom, y: tall / 2.0 - y * zoom, zoom });
            },
            for (i , [x , y , high]) in boxes.into_iter().enumerate() {
                rect { key: "{i}", class: "mini-block", x: "{x}", y: "{y}", width: "{WIDTH}", height: "{high}" }
            }
            Seen {}
        }
    }
}

#[component]
fn Seen() -> Element {
    let board: Board = use_context();
    let view = *board.view.read();
    let [width, high] = super::stage::size();
    let ([left, top], [right, bottom]) = (view.place([0.0, 0.0]), view.place([width, high]));
    rsx! {
        rect { class: "mini-seen", x: "{left}", y: "{top}", width: "{right - left}", height: "{bottom - top}" }
    }
}
