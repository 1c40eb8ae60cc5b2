//! A part of a photo, turned upright: drawn by the browser from the whole photo, so that no second picture is needed.

use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Which part of which photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cutout {
    /// Address of the whole photo.
    pub url: String,
    /// Width of the whole photo, pixels.
    pub width: u32,
    /// Height of the whole photo, pixels.
    pub height: u32,
    /// The part that is shown, as an SVG view box in the turned photo's pixels: `x y width height`.
    pub window: String,
    /// How the photo is turned, as an SVG transform: `rotate(degrees x y)`.
    pub turn: String,
}

/// The part as a picture with a description.
pub fn cutout(part: &Cutout, description: &str) -> Element {
    rsx! {
        svg { class: "cutout", view_box: "{part.window}", role: "img", "aria-label": "{description}",
            image { href: "{part.url}", width: "{part.width}", height: "{part.height}", transform: "{part.turn}" }
        }
    }
}
