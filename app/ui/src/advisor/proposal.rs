//! What a photo says about a field, beside the place on the photo where it stands: a person takes it over or not.

use super::{
    browser,
    desk::{Desk, use_desk},
    errand::errand,
    field::readable,
    missing::field_name,
    photos::picture_of,
};
use crate::components::icons::{Icon, icon};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{CaseView, FieldShown, FieldStanding, ReadShown};
use shared::document::{DocumentId, Field};
use shared::domain::PhotoId;
use wasm_bindgen::JsCast;

/// Below this many percent the screen says that the reader is not sure.
const SURE: u8 = 90;
/// How much more than the place itself is shown on every side, in thousandths of the photo.
const MARGIN: u16 = 8;

/// The photo that the open part's proposals were read on, ready to be shown in pieces.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadPhoto {
    photo: PhotoId,
    url: String,
    /// Width and height, pixels; known once the browser has decoded it.
    size: Option<(f64, f64)>,
}

/// The photo that one of these fields was read on.
pub fn photo_of(case: &CaseView, fields: &[Field]) -> Option<PhotoId> {
    let read = fields.iter().find_map(|field| case.field(*field)?.read.as_ref());
    read.map(|read| read.photo)
}

/// Fetches the photo for the pieces of it that the fields show; it is given back with the screen.
#[component]
pub fn PhotoForPieces(photo: PhotoId) -> Element {
    let mut read_on = use_desk().read_on;
    use_future(move || async move {
        if let Some(url) = picture_of(photo).await {
            read_on.set(Some(ReadPhoto { photo, url, size: None }));
        }
    });
    use_drop(move || {
        let Ok(mut kept) = read_on.try_write() else { return };
        if let Some(kept) = kept.take_if(|kept| kept.photo == photo) {
            browser::forget_url(&kept.url);
        }
    });
    let measuring = read_on.read().as_ref().filter(|kept| kept.size.is_none()).map(|kept| kept.url.clone());
    rsx! {
        if let Some(url) = measuring {
            img {
                class: "measured",
                src: "{url}",
                alt: "",
                "aria-hidden": "true",
                onload: move |event| {
                    let size = natural_size(&event);
                    if let Some(kept) = read_on.write().as_mut() {
                        kept.size = size;
                    }
                },
            }
        }
    }
}

fn natural_size(event: &Event<ImageData>) -> Option<(f64, f64)> {
    let event = event.data().downcast::<web_sys::Event>()?.clone();
    let image: web_sys::HtmlImageElement = event.target()?.dyn_into().ok()?;
    Some((f64::from(image.natural_width()), f64::from(image.natural_height())))
}

/// What the photo says about a field: to take over, or where it says otherwise than what was typed.
pub fn proposal(
    desk: Desk,
    w: Words,
    document: DocumentId,
    field: Field,
    shown: &FieldShown,
    draft: bool,
) -> Element {
    let Some(read) = shown.read.as_ref().filter(|_| draft) else { return rsx! {} };
    let differs = match shown.standing {
        FieldStanding::Proposed => false,
        FieldStanding::Clear if shown.text != read.text => true,
        _ => return rsx! {},
    };
    let text = read.text.clone();
    let says = readable(w, field, &read.text);
    rsx! {
        div { class: if differs { "proposed other" } else { "proposed" },
            {piece(desk, w, field, read)}
            p {
                if differs {
                    {icon(Icon::Alert)}
                    {w.with("proposed-other", &[("text", says.into())])}
                } else if read.confidence < SURE {
                    {w.t("proposed-unsure")}
                } else {
                    {w.t("proposed")}
                }
            }
            button {
                class: "button small",
                r#type: "button",
                onclick: move |_| {
                    let fields = vec![(field.key().to_owned(), text.clone())];
                    errand(async move {
                        let _ = desk.fill(document, fields).await;
                    });
                },
                {w.t(if differs { "proposed-take-other" } else { "proposed-take" })}
            }
        }
    }
}

/// The place on the photo.
fn piece(desk: Desk, w: Words, field: Field, read: &ReadShown) -> Element {
    let read_on = desk.read_on.read();
    let Some(kept) = read_on.as_ref().filter(|kept| kept.photo == read.photo) else { return rsx! {} };
    let Some((width, height)) = kept.size else { return rsx! {} };
    let view = view_box(read.region, width, height);
    let label = w.with("piece-of-photo", &[("what", field_name(w, field).into())]);
    rsx! {
        svg { class: "piece", view_box: "{view}", role: "img", "aria-label": "{label}",
            image { href: "{kept.url}", width: "{width}", height: "{height}" }
        }
    }
}

/// The place with its margin, in pixels of the photo, as SVG wants it: left, top, width, height.
fn view_box(region: [u16; 4], width: f64, height: f64) -> String {
    let [left, top, right, bottom] = region;
    let pixels = |thousandths: u16, of: f64| f64::from(thousandths.min(1_000)) * of / 1_000.0;
    let (x, y) = (pixels(left.saturating_sub(MARGIN), width), pixels(top.saturating_sub(MARGIN), height));
    let (right, bottom) = (pixels(right + MARGIN, width), pixels(bottom + MARGIN, height));
    format!("{x:.0} {y:.0} {:.0} {:.0}", (right - x).max(1.0), (bottom - y).max(1.0))
}
