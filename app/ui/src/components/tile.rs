//! A figure that matters at a glance, within a `dl` of class `tiles`.

use dioxus::prelude::*;

/// One figure under its name; `alarming` where somebody has to look.
pub fn tile(name: &str, value: Element, alarming: bool) -> Element {
    rsx! {
        div { class: if alarming { "tile alarming" } else { "tile" },
            dt { "{name}" }
            dd {
                strong { {value} }
            }
        }
    }
}
