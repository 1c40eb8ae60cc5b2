//! The photo of the card: why and tips before the camera opens, a camera input beside a plain file, hints for a bad photo.
//!
//! Fields: `photo_camera` and `photo_file` (files), `photo_upload` (id of a finished tus upload, filled in by the script),
//! `photo_kept` (`yes`: the photo handed in before stands), `use_anyway` (`yes`: a person shall look at it as it is).

use super::Cx;
use crate::components::form::{field_error, hidden};
use crate::components::icons::{Icon, icon};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What the page asks for the photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PhotoAsk {
    /// The first photo.
    First,
    /// A usable photo is here already; another may replace it.
    Kept {
        /// Address of our re-encoded copy.
        photo_url: String,
    },
    /// The last photo could not be used.
    Again {
        /// Why: a photo problem code such as `photo_blurred`.
        code: String,
        /// How many photos were poor so far.
        attempts: u32,
        /// Address of our copy of the poor photo, where it could be decoded.
        photo_url: Option<String>,
        /// After the third poor photo: it may be used anyway and goes to a person.
        may_use_anyway: bool,
    },
}

/// Codes with a hint list of their own; any other gets the general tips.
const HINTED: [&str; 5] = ["photo_blurred", "photo_glare", "photo_too_small", "photo_cut_off", "photo_no_card"];

pub(super) fn photo_field(cx: Cx, ask: &PhotoAsk) -> Element {
    let error = cx.problems().of("photo");
    rsx! {
        fieldset {
            class: if error.is_some() { "field photo bad" } else { "field photo" },
            id: "photo",
            tabindex: "-1",
            aria_describedby: error.is_some().then_some("photo-error"),
            "data-photo": "",
            "data-word-use": cx.t("camera-use"),
            "data-word-again": cx.t("camera-again"),
            "data-word-blurred": cx.t("camera-blurred"),
            "data-word-glare": cx.t("camera-glare"),
            "data-word-good": cx.t("camera-good"),
            "data-word-shoot": cx.t("camera-shoot"),
            "data-word-close": cx.t("camera-close"),
            "data-word-frame": cx.t("camera-frame"),
            "data-word-denied": cx.t("camera-denied"),
            "data-word-sent": cx.t("photo-sent"),
            "data-word-preview": cx.t("photo-preview"),
            legend { {cx.t("photo-label")} }
            {field_error("photo", error.as_deref())}
            {before(cx, ask)}
            {inputs(cx)}
        }
    }
}

fn before(cx: Cx, ask: &PhotoAsk) -> Element {
    match ask {
        PhotoAsk::First => rsx! {
            p { class: "hint", {cx.t("photo-why")} }
            {tips(cx, "photo_general")}
        },
        PhotoAsk::Kept { photo_url } => rsx! {
            div { class: "kept",
                img { src: "{photo_url}", alt: cx.t("photo-yours") }
                p {
                    {icon(Icon::Check)}
                    {cx.t("photo-kept")}
                }
            }
            {hidden("photo_kept", "yes")}
        },
        PhotoAsk::Again { code, photo_url, may_use_anyway, .. } => rsx! {
            div { class: "kept",
                if let Some(photo_url) = photo_url {
                    img { src: "{photo_url}", alt: cx.t("photo-yours") }
                }
                p { {cx.t("photo-poor")} }
            }
            {tips(cx, code)}
            if *may_use_anyway {
                div { class: "anyway",
                    p { {cx.t("photo-anyway")} }
                    button { class: "button second", r#type: "submit", name: "use_anyway", value: "yes", {cx.t("photo-anyway-go")} }
                }
            }
        },
    }
}

fn inputs(cx: Cx) -> Element {
    rsx! {
        div { class: "photo-ways",
            label { class: "file", r#for: "photo_camera",
                {icon(Icon::Camera)}
                span { {cx.t("photo-camera")} }
                input {
                    r#type: "file",
                    id: "photo_camera",
                    name: "photo_camera",
                    accept: "image/*",
                    capture: "environment",
                }
            }
            label { class: "file", r#for: "photo_file",
                {icon(Icon::Picture)}
                span { {cx.t("photo-file")} }
                input { r#type: "file", id: "photo_file", name: "photo_file", accept: "image/*" }
            }
        }
        p { class: "hint", {cx.t("photo-limits")} }
    }
}

/// A drawing of how the card should lie, and the tips for this case.
fn tips(cx: Cx, code: &str) -> Element {
    let kind = if HINTED.contains(&code) { code.trim_start_matches("photo_") } else { "general" };
    let lines = (1..=3).filter_map(|n| cx.w.find(&format!("tips-{}-{n}", kind.replace('_', "-"))));
    rsx! {
        div { class: "tips",
            {card_drawing()}
            ul {
                for line in lines {
                    li { "{line}" }
                }
            }
        }
    }
}

fn card_drawing() -> Element {
    rsx! {
        svg { class: "card-drawing", view_box: "0 0 120 84", width: "120", height: "84", "aria-hidden": "true", "focusable": "false",
            path { class: "frame", d: "M4 20V10a6 6 0 0 1 6-6h10M100 4h10a6 6 0 0 1 6 6v10M116 64v10a6 6 0 0 1-6 6h-10M20 80H10a6 6 0 0 1-6-6V64" }
            rect { class: "paper", x: "14", y: "15", width: "92", height: "54", rx: "5" }
            path { class: "print", d: "M22 25h14M22 33h28M22 41h34M22 49h26M22 60h58" }
            path { class: "face", d: "M84 37a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM74 50c.8-6 4.8-9.5 10-9.5s9.2 3.5 10 9.5" }
        }
    }
}
