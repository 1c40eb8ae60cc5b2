//! A place to sign with a finger. It is drawn as vectors, so it is sharp on any screen and survives turning the phone.

use super::{
    browser,
    prepare_photo::{canvas, canvas_blob},
};
use crate::texts::Words;
use dioxus::prelude::*;
use js_sys::ArrayBuffer;

/// Width of the pad in its own units.
const WIDTH: f64 = 1_000.0;
/// Height of the pad in its own units.
const HEIGHT: f64 = 400.0;
/// Most points of a signature; further ones are not taken.
const MOST_POINTS: usize = 4_000;
/// Fewest points that count as a signature: a dot is none.
pub const FEWEST_POINTS: usize = 12;

/// The strokes of a signature.
pub type Strokes = Vec<Vec<(f64, f64)>>;

/// How many points there are.
pub fn points(strokes: &Strokes) -> usize {
    strokes.iter().map(Vec::len).sum()
}

/// The strokes as a path.
pub fn path(strokes: &Strokes) -> String {
    let mut path = String::new();
    for stroke in strokes {
        for (at, (x, y)) in stroke.iter().enumerate() {
            path.push_str(&format!("{}{x:.0} {y:.0}", if at == 0 { "M" } else { "L" }));
        }
        // A dot is drawn too.
        if let [(x, y)] = stroke.as_slice() {
            path.push_str(&format!("L{x:.0} {y:.0}"));
        }
    }
    path
}

/// The pad with undo and clear.
#[component]
pub fn Pad(w: Words, strokes: Signal<Strokes>) -> Element {
    let mut drawing = use_signal(|| false);
    let empty = strokes.read().is_empty();
    rsx! {
        div { class: "pad-box",
            svg {
                id: "pad",
                class: "pad",
                view_box: "0 0 {WIDTH} {HEIGHT}",
                role: "img",
                "aria-label": w.t("pad-area"),
                onpointerdown: move |event| {
                    if let Some(point) = place(&event) {
                        drawing.set(true);
                        strokes.write().push(vec![point]);
                    }
                },
                onpointermove: move |event| {
                    if !*drawing.peek() || points(&strokes.peek()) >= MOST_POINTS {
                        return;
                    }
                    if let Some(point) = place(&event)
                        && let Some(stroke) = strokes.write().last_mut()
                    {
                        stroke.push(point);
                    }
                },
                onpointerup: move |_| drawing.set(false),
                onpointercancel: move |_| drawing.set(false),
                onpointerleave: move |_| drawing.set(false),
                path { class: "pad-line", d: "M60 320H940" }
                path { d: path(&strokes.read()) }
            }
            div { class: "pair",
                button {
                    class: "button small",
                    r#type: "button",
                    disabled: empty,
                    onclick: move |_| {
                        strokes.write().pop();
                    },
                    {w.t("pad-undo")}
                }
                button {
                    class: "button small",
                    r#type: "button",
                    disabled: empty,
                    onclick: move |_| strokes.write().clear(),
                    {w.t("pad-clear")}
                }
            }
        }
    }
}

/// Where on the pad a finger is. The box is read at every event: the phone may have been turned.
fn place(event: &PointerEvent) -> Option<(f64, f64)> {
    let area = browser::element("pad")?.get_bounding_client_rect();
    let at = event.client_coordinates();
    let share = |from: f64, length: f64| if length > 0.0 { (from / length).clamp(0.0, 1.0) } else { 0.0 };
    Some((share(at.x - area.x(), area.width()) * WIDTH, share(at.y - area.y(), area.height()) * HEIGHT))
}

/// The signature as a PNG, black on white.
pub async fn picture(strokes: &Strokes) -> Option<ArrayBuffer> {
    let (canvas, pen) = canvas(WIDTH as u32, HEIGHT as u32)?;
    pen.set_fill_style_str("#fff");
    pen.fill_rect(0.0, 0.0, WIDTH, HEIGHT);
    pen.set_stroke_style_str("#000");
    pen.set_line_width(7.0);
    pen.set_line_cap("round");
    pen.set_line_join("round");
    for stroke in strokes {
        pen.begin_path();
        for (at, (x, y)) in stroke.iter().enumerate() {
            if at == 0 {
                pen.move_to(*x, *y);
            }
            pen.line_to(*x, *y);
        }
        pen.stroke();
    }
    browser::bytes_of(&canvas_blob(&canvas, "image/png", 1.0).await?).await
}
