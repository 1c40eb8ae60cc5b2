//! The canvas: what the pointer does on it, and the layers it is drawn in.

use super::{
    blocks::Blocks,
    board::{Board, Linking},
    edges::{Edges, LooseEnd},
    guide::Guide,
    minimap::Minimap,
    view::View,
};
use crate::browser;
use dioxus::prelude::*;
use dioxus_web::WebEventExt;
use shared::flow::draw::{Box2, Edit, GRID, WIDTH, snap};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element as WebElement, HtmlElement, PointerEvent};

/// How far the pointer moves before it is no click any more, pixels.
const STILL: f64 = 4.0;
/// Below this zoom outcomes are too small to begin a connection at: a click there means the block.
const FAR: f64 = 0.4;
/// How much one notch of the wheel zooms.
const NOTCH: f64 = 1.0015;

/// What the pointer is doing.
#[derive(Clone)]
enum Gesture {
    Nothing,
    Pan { from: [f64; 2], view: View, moved: bool },
    Band { from: [f64; 2] },
    Move { from: [f64; 2], blocks: Vec<(String, Box2)>, on: String, alone: bool, moved: bool },
    Link,
}

/// The canvas.
#[component]
pub fn Stage() -> Element {
    let board: Board = use_context();
    let w = board.words();
    let gesture = use_hook(|| CopyValue::new(Gesture::Nothing));
    use_effect(move || {
        let View { x, y, zoom } = *board.view.read();
        set_style("world", "transform", &format!("translate({x}px, {y}px) scale({zoom})"));
        if let Some(stage) = browser::element("stage") {
            let _ = stage.set_attribute("data-far", if zoom < FAR { "yes" } else { "no" });
        }
        let step = GRID * zoom * if zoom < FAR { 4.0 } else { 1.0 };
        set_style("stage", "background-size", &format!("{step}px {step}px"));
        set_style("stage", "background-position", &format!("{x}px {y}px"));
    });
    rsx! {
        section {
            id: "stage",
            class: if board.linking.read().is_some() { "stage linking" } else { "stage" },
            tabindex: "0",
            role: "group",
            aria_label: w.t("designer-canvas"),
            aria_describedby: "stage-keys",
            onpointerdown: move |event| press(board, gesture, &event.data().as_web_event()),
            onpointermove: move |event| drag(board, gesture, &event.data().as_web_event()),
            onpointerup: move |event| release(board, gesture, &event.data().as_web_event()),
            onpointercancel: move |_| cancel(board, gesture),
            onwheel: move |event| {
                event.prevent_default();
                let wheel = event.data().as_web_event();
                let (dx, dy) = (wheel.delta_x(), wheel.delta_y());
                let mut seen = board.view;
                let view = *seen.peek();
                seen.set(if wheel.ctrl_key() || wheel.meta_key() {
                    view.zoomed(NOTCH.powf(-dy), within([f64::from(wheel.client_x()), f64::from(wheel.client_y())]))
                } else if wheel.shift_key() && dx == 0.0 {
                    view.moved([-dy, 0.0])
                } else {
                    view.moved([-dx, -dy])
                });
            },
            ondragover: move |event| {
                if board.carried.peek().is_some() {
                    event.prevent_default();
                }
            },
            ondrop: move |event| {
                event.prevent_default();
                let mut carried = board.carried;
                let kind = carried.take();
                let at = event.data().as_web_event();
                let pixel = within([f64::from(at.client_x()), f64::from(at.client_y())]);
                if let Some(kind) = kind {
                    let [x, y] = board.view.peek().place(pixel);
                    board.add(kind, Some([x - WIDTH / 2.0, y - 30.0]));
                }
            },
            p { id: "stage-keys", class: "unseen", {w.t("designer-canvas-keys")} }
            div { id: "world", class: "world",
                Edges {}
                Blocks {}
                LooseEnd {}
                Band {}
            }
            Guide {}
            Minimap {}
        }
    }
}

#[component]
fn Band() -> Element {
    let board: Board = use_context();
    let Some([left, top, right, bottom]) = *board.band.read() else { return rsx! {} };
    rsx! {
        svg { class: "band", "aria-hidden": "true",
            rect { x: "{left}", y: "{top}", width: "{right - left}", height: "{bottom - top}" }
        }
    }
}

fn press(board: Board, mut gesture: CopyValue<Gesture>, event: &PointerEvent) {
    if event.button() > 1 {
        return;
    }
    let Some(target) = event.target().and_then(|target| target.dyn_into::<WebElement>().ok()) else { return };
    if target.closest("[data-still]").ok().flatten().is_some() {
        return;
    }
    let several = event.shift_key() || event.ctrl_key() || event.meta_key();
    let pixel = within([f64::from(event.client_x()), f64::from(event.client_y())]);
    let place = board.view.peek().place(pixel);
    let named = |what: &str| {
        let found = target.closest(&format!("[{what}]")).ok().flatten()?;
        found.get_attribute(what)
    };
    let begun =
        if let (Some(from), Some(outcome), 0) = (named("data-block"), named("data-port"), event.button()) {
            link(board, &from, &outcome, place)
        } else if let (Some(id), 0) = (named("data-block"), event.button()) {
            Some(take(board, id, several, place))
        } else if let (Some(from), Some(outcome)) = (named("data-from"), named("data-outcome")) {
            let (mut edge, mut selected) = (board.edge, board.selected);
            selected.set(Vec::new());
            edge.set(Some((from, outcome)));
            Some(Gesture::Nothing)
        } else if event.shift_key() {
            Some(Gesture::Band { from: place })
        } else {
            Some(Gesture::Pan { from: pixel, view: *board.view.peek(), moved: false })
        };
    let Some(begun) = begun else { return };
    if !matches!(begun, Gesture::Move { .. }) {
        focus("stage");
    }
    event.prevent_default();
    busy(match begun {
        Gesture::Nothing => "",
        Gesture::Link => "link",
        _ => "move",
    });
    gesture.set(begun);
    if let Some(stage) = browser::element("stage") {
        let _ = stage.set_pointer_capture(event.pointer_id());
    }
}

/// Begins a connection at an outcome.
fn link(board: Board, from: &str, outcome: &str, place: [f64; 2]) -> Option<Gesture> {
    let faces = board.faces.peek();
    let face = faces.iter().find(|face| face.block.id == from)?;
    let row = face.ports.iter().position(|port| port.outcome == outcome)?;
    let drawing = board.drawing.peek();
    let targets = drawing.canvas().targets(from, outcome).into_iter().map(str::to_owned).collect();
    let (mut linking, mut end) = (board.linking, board.loose_end);
    end.set(place);
    linking.set(Some(Linking {
        from: from.to_owned(),
        outcome: outcome.to_owned(),
        row,
        targets: Rc::new(targets),
    }));
    Some(Gesture::Link)
}

/// Takes a block, and with it the others that are chosen.
fn take(board: Board, id: String, several: bool, from: [f64; 2]) -> Gesture {
    let mut ids = board.selected.peek().clone();
    let chosen = ids.contains(&id);
    if several {
        if chosen {
            ids.retain(|other| *other != id);
        } else {
            ids.push(id.clone());
        }
    } else if !chosen {
        ids = vec![id.clone()];
    }
    board.select(ids.clone());
    focus(&format!("b-{id}"));
    let blocks = ids.into_iter().map(|id| {
        let place = *board.place(&id).peek();
        (id, place)
    });
    Gesture::Move { from, blocks: blocks.collect(), on: id, alone: !several, moved: false }
}

fn drag(board: Board, mut gesture: CopyValue<Gesture>, event: &PointerEvent) {
    let pixel = within([f64::from(event.client_x()), f64::from(event.client_y())]);
    let place = board.view.peek().place(pixel);
    match &mut *gesture.write() {
        Gesture::Nothing => {}
        Gesture::Pan { from, view, moved } => {
            let by = [pixel[0] - from[0], pixel[1] - from[1]];
            *moved |= by[0].hypot(by[1]) > STILL;
            if *moved {
                let mut seen = board.view;
                seen.set(view.moved(by));
            }
        }
        Gesture::Band { from } => {
            let mut band = board.band;
            let (least, most) = (|i: usize| from[i].min(place[i]), |i: usize| from[i].max(place[i]));
            band.set(Some([least(0), least(1), most(0), most(1)]));
        }
        Gesture::Move { from, blocks, moved, .. } => {
            let by = [place[0] - from[0], place[1] - from[1]];
            if !*moved && by[0].hypot(by[1]) * board.view.peek().zoom > STILL {
                *moved = true;
                let mut moving = board.moving;
                moving.set(Rc::new(blocks.iter().map(|(id, _)| id.clone()).collect()));
            }
            if *moved {
                // The first one comes to lie on the grid, and the others keep their distance to it.
                let Some((_, first)) = blocks.first() else { return };
                let to = snap([first.at[0] + by[0], first.at[1] + by[1]]);
                let by = [to[0] - first.at[0], to[1] - first.at[1]];
                for (id, was) in blocks {
                    board.put(id, Box2 { at: [was.at[0] + by[0], was.at[1] + by[1]], ..*was });
                }
            }
        }
        Gesture::Link => {
            let mut end = board.loose_end;
            end.set(place);
        }
    }
}

fn release(board: Board, mut gesture: CopyValue<Gesture>, event: &PointerEvent) {
    busy("");
    let done = std::mem::replace(&mut *gesture.write(), Gesture::Nothing);
    match done {
        Gesture::Nothing => {}
        Gesture::Pan { moved, .. } => {
            if !moved {
                board.select(Vec::new());
            }
        }
        Gesture::Band { .. } => {
            let mut band = board.band;
            if let Some([left, top, right, bottom]) = band.take() {
                let faces = board.faces.peek();
                let ids = faces.iter().map(|face| face.block.id.clone());
                let caught = ids.filter(|id| {
                    let place = *board.place(id).peek();
                    place.at[0] < right
                        && place.at[0] + WIDTH > left
                        && place.at[1] < bottom
                        && place.at[1] + place.height > top
                });
                let caught = caught.collect();
                drop(faces);
                board.select(caught);
            }
        }
        Gesture::Move { blocks, on, alone, moved, .. } => {
            if moved {
                let mut moving = board.moving;
                moving.set(Rc::default());
                let places = blocks.iter().map(|(id, _)| (id.clone(), board.place(id).peek().at)).collect();
                board.edit(Edit::Move(places));
            } else if alone {
                board.select(vec![on]);
            }
        }
        Gesture::Link => {
            let mut linking = board.linking;
            let Some(link) = linking.take() else { return };
            let under =
                browser::document().element_from_point(event.client_x() as f32, event.client_y() as f32);
            let to = under.and_then(|element| element.closest("[data-block]").ok().flatten());
            let to = to.and_then(|element| element.get_attribute("data-block"));
            if let Some(to) = to.filter(|to| link.targets.contains(to)) {
                board.edit(Edit::Connect { from: link.from, outcome: link.outcome, to });
            }
        }
    }
}

fn cancel(board: Board, mut gesture: CopyValue<Gesture>) {
    if let Gesture::Move { blocks, .. } = std::mem::replace(&mut *gesture.write(), Gesture::Nothing) {
        for (id, was) in blocks {
            board.put(&id, was);
        }
    }
    busy("");
    let (mut linking, mut band, mut moving) = (board.linking, board.band, board.moving);
    linking.set(None);
    band.set(None);
    moving.set(Rc::default());
}

/// Tells the style sheet what the pointer is doing, so that the browser need not look for what lies under it meanwhile.
fn busy(with: &str) {
    if let Some(stage) = browser::element("stage") {
        let _ = stage.set_attribute("data-busy", with);
    }
}

/// A pixel of the page as one of the canvas.
fn within(pixel: [f64; 2]) -> [f64; 2] {
    let corner = browser::element("stage").map(|stage| stage.get_bounding_client_rect());
    corner.map_or(pixel, |corner| [pixel[0] - corner.left(), pixel[1] - corner.top()])
}

/// How large the canvas is on the screen, pixels.
pub fn size() -> [f64; 2] {
    let size = browser::element("stage")
        .map(|stage| [f64::from(stage.client_width()), f64::from(stage.client_height())]);
    size.filter(|size| size[0] > 0.0).unwrap_or([900.0, 600.0])
}

/// Gives something the focus and scrolls nothing: the canvas moves by its own view alone.
pub fn focus(id: &str) {
    if let Some(element) = browser::element(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let quietly = web_sys::FocusOptions::new();
        quietly.set_prevent_scroll(true);
        let _ = element.focus_with_options(&quietly);
    }
}

fn set_style(id: &str, property: &str, value: &str) {
    if let Some(element) = browser::element(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.style().set_property(property, value);
    }
}
