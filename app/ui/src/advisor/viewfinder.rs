//! The camera view: what the camera sees in a frame of the right shape, whether it would make a good photo, a shutter.

use super::{
    browser,
    camera::{Camera, call},
    desk::use_desk,
    engine,
    measure::Verdict,
    missing::slot_name,
    prepare_photo::{self, Lookout},
};
use crate::components::icons::{Icon, icon};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::Ask;
use shared::document::{DocumentId, Slot};
use wasm_bindgen::JsCast;
use web_sys::{HtmlCanvasElement, HtmlVideoElement};

/// Between two looks at the picture, milliseconds.
const LOOK_MS: i32 = 250;
/// For so many looks the view says what became of the last photo, before it speaks of the picture again.
const REMARK_LOOKS: u32 = 10;

/// What became of the last photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// It is kept on the device.
    Kept,
    /// It is not kept, because of this.
    Poor(Verdict),
}

/// Why the view asks to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The person is done.
    Done,
    /// The camera ended by itself.
    Lost,
}

/// The view over the whole screen. Whoever shows it takes it away again when it asks to be closed.
#[component]
pub fn Viewfinder(
    camera: Camera,
    document: DocumentId,
    slot: Slot,
    /// How many photos there are, where several are taken one after the other.
    count: Option<String>,
    working: Signal<bool>,
    mut remark: Signal<Option<Remark>>,
    on_shot: EventHandler<HtmlCanvasElement>,
    on_close: EventHandler<Closed>,
) -> Element {
    let desk = use_desk();
    let w = desk.words();
    let mut seen = use_signal(|| None::<Verdict>);
    let mut shape = use_signal(|| 4.0 / 3.0);
    let mut lit = use_signal(|| false);
    let has_light = use_hook(|| camera.has_light());
    let (shown, watched, left, light) = (camera.clone(), camera.clone(), camera.clone(), camera);
    use_effect(move || appear(&shown));
    use_drop(move || {
        left.close();
        let over = Ask::Capturing { document, slot: None };
        // However the view goes: closed, with its screen, or behind the lock.
        wasm_bindgen_futures::spawn_local(async move { drop(engine::ask(over, None).await) });
    });
    use_future(move || {
        let camera = watched.clone();
        async move {
            let lookout = Lookout::new();
            let (mut before, mut remarked) = (None, 0);
            loop {
                browser::sleep(LOOK_MS).await;
                if camera.ended() || !is_open() {
                    return on_close.call(if camera.ended() { Closed::Lost } else { Closed::Done });
                }
                remarked = if remark.peek().is_some() { remarked + 1 } else { 0 };
                if remarked > REMARK_LOOKS {
                    remark.set(None);
                }
                let now = video().zip(lookout.as_ref()).and_then(|(video, lookout)| {
                    let ratio = f64::from(video.video_width()) / f64::from(video.video_height().max(1));
                    if ratio > 0.0 && ratio != *shape.peek() {
                        shape.set(ratio);
                    }
                    lookout.look(&video)
                });
                // Only what was seen twice is said: a hint that flickers helps nobody.
                if now == before && now != *seen.peek() {
                    seen.set(now);
                }
                before = now;
            }
        }
    });
    let shoot = move |_| {
        let picture = video().filter(|video| video.video_width() > 0);
        if let Some(picture) =
            picture.and_then(|video| prepare_photo::grab(&video)).filter(|_| !*working.peek())
        {
            on_shot.call(picture);
        }
    };
    let (words, good) = hint(w, *working.read(), *remark.read(), *seen.read());
    let card = is_card(slot);
    rsx! {
        dialog {
            id: "viewfinder",
            class: "viewfinder",
            aria_labelledby: "viewfinder-what",
            oncancel: move |event| {
                event.prevent_default();
                on_close.call(Closed::Done);
            },
            div { class: "viewfinder-head",
                h2 { id: "viewfinder-what", {slot_name(w, slot)} }
                if let Some(count) = count {
                    span { class: "viewfinder-count", role: "status", "{count}" }
                }
            }
            div { class: if *working.read() { "viewfinder-stage taking" } else { "viewfinder-stage" },
                div { class: "viewfinder-picture", width: "min(100cqw, {shape * 100.0}cqh)", aspect_ratio: "{shape}",
                    video { id: "viewfinder-video", "aria-hidden": "true" }
                    if card {
                        div { class: if good { "viewfinder-card good" } else { "viewfinder-card" } }
                    }
                }
            }
            p { class: if good { "viewfinder-hint good" } else { "viewfinder-hint" }, role: "status", aria_live: "polite",
                {icon(if good { Icon::Check } else { Icon::Info })}
                span {
                    "{words}"
                    if card && seen.read().is_none() {
                        " "
                        {w.t("camera-fit")}
                    }
                }
            }
            div { class: "viewfinder-keys",
                button { class: "viewfinder-key", r#type: "button", "data-close": "yes", onclick: move |_| on_close.call(Closed::Done),
                    {icon(Icon::Cross)}
                    span { {w.t("scan-close")} }
                }
                button {
                    id: "shutter",
                    class: "shutter",
                    r#type: "button",
                    aria_label: w.with("photo-take-of", &[("what", slot_name(w, slot).into())]),
                    aria_disabled: working.read().then_some("true"),
                    onclick: shoot,
                }
                if has_light {
                    button {
                        class: "viewfinder-key",
                        r#type: "button",
                        aria_pressed: if *lit.read() { "true" } else { "false" },
                        onclick: move |_| {
                            lit.toggle();
                            light.light(*lit.peek());
                        },
                        {icon(Icon::Light)}
                        span { {w.t("camera-light")} }
                    }
                }
            }
        }
    }
}

/// What the view says, and whether that is good news.
fn hint(w: Words, working: bool, remark: Option<Remark>, seen: Option<Verdict>) -> (String, bool) {
    match (working, remark, seen) {
        (true, ..) => (w.t("photo-preparing"), false),
        (_, Some(Remark::Kept), _) => (w.t("camera-kept"), true),
        (_, Some(Remark::Poor(Verdict::Glare)), _) => (w.t("camera-not-kept-glare"), false),
        (_, Some(Remark::Poor(_)), _) => (w.t("camera-not-kept-blurred"), false),
        (.., None) => (w.t("camera-opening"), false),
        (.., Some(Verdict::Good)) => (w.t("camera-sharp"), true),
        (.., Some(Verdict::Blurred)) => (w.t("camera-not-sharp"), false),
        (.., Some(Verdict::Glare)) => (w.t("camera-shines"), false),
    }
}

/// Is a card of ISO 7810's size to be photographed?
fn is_card(slot: Slot) -> bool {
    matches!(slot, Slot::IdFront | Slot::IdBack)
}

fn video() -> Option<HtmlVideoElement> {
    browser::element("viewfinder-video")?.dyn_into().ok()
}

fn is_open() -> bool {
    browser::element("viewfinder").is_some_and(|view| view.has_attribute("open"))
}

/// Opens the dialog above everything else: the browser keeps the focus inside.
fn appear(camera: &Camera) {
    if let Some(view) = browser::element("viewfinder") {
        call(&view, "showModal", None);
    }
    if let Some(video) = video() {
        camera.show_in(&video);
    }
    browser::focus_in_place("shutter");
}
