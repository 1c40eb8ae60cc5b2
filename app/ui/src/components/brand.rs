//! The wordmark.

use dioxus::prelude::*;

/// The mark: a seal whose stroke is a clock hand turning into a tick – approved, in seconds. The name stands beside it.
pub fn wordmark(name: &str) -> Element {
    rsx! {
        span { class: "wordmark",
            svg {
                class: "mark",
                view_box: "0 0 32 32",
                width: "28",
                height: "28",
                "aria-hidden": "true",
                "focusable": "false",
                rect { class: "mark-seal", x: "1", y: "1", width: "30", height: "30", rx: "8" }
                path { class: "mark-dial", d: "M24.6 12.6A9.4 9.4 0 1 1 16 6.6" }
                path { class: "mark-tick", d: "M10.8 15.8l4.6 4.7L25 9.4" }
            }
            span { "{name}" }
        }
    }
}
