//! A link as a QR code, drawn as one SVG path.

use dioxus::prelude::*;
use qrcode::{Color, EcLevel, QrCode};

/// Modules of white around the code that scanners rely on (ISO/IEC 18004 asks for four).
const QUIET_ZONE: usize = 4;

/// `text` as a QR code with the given label for screen readers; nothing where the text is too long for one
/// (over about 2,300 bytes).
pub fn qr_code(text: &str, label: &str) -> Element {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return rsx! {} };
    let size = code.width() + 2 * QUIET_ZONE;
    let path = dark_modules(&code);
    rsx! {
        svg {
            class: "qr",
            view_box: "0 0 {size} {size}",
            role: "img",
            "aria-label": "{label}",
            shape_rendering: "crispEdges",
            rect { class: "qr-paper", width: "{size}", height: "{size}" }
            path { class: "qr-ink", d: "{path}" }
        }
    }
}

fn dark_modules(code: &QrCode) -> String {
    let width = code.width();
    let mut path = String::new();
    for (index, colour) in code.to_colors().into_iter().enumerate() {
        if colour == Color::Dark {
            let (x, y) = (index % width + QUIET_ZONE, index / width + QUIET_ZONE);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    path
}
