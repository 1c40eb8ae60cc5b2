//! What tables have in common.

use dioxus::prelude::*;

/// The row of headings, one for each column.
pub fn heads(labels: &[String]) -> Element {
    row(labels, None)
}

/// As [`heads`], with a last column of buttons, whose heading only screen readers say.
pub fn heads_and(labels: &[String], deeds: &str) -> Element {
    row(labels, Some(deeds))
}

fn row(labels: &[String], deeds: Option<&str>) -> Element {
    rsx! {
        thead {
            tr {
                for label in labels {
                    th { scope: "col", "{label}" }
                }
                if let Some(deeds) = deeds {
                    th { scope: "col",
                        span { class: "unseen", "{deeds}" }
                    }
                }
            }
        }
    }
}
