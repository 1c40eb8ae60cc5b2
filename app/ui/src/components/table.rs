//! What tables have in common.

use dioxus::prelude::*;

/// The row of headings, one for each column.
pub fn heads(labels: &[String]) -> Element {
    row(labels, &[], None)
}

/// As [`heads`]; the columns at these places hold numbers, which stand on the right.
pub fn heads_with(labels: &[String], numbers: &[usize]) -> Element {
    row(labels, numbers, None)
}

/// As [`heads`], with a last column of buttons, whose heading only screen readers say.
pub fn heads_and(labels: &[String], deeds: &str) -> Element {
    row(labels, &[], Some(deeds))
}

fn row(labels: &[String], numbers: &[usize], deeds: Option<&str>) -> Element {
    rsx! {
        thead {
            tr {
                for (place , label) in labels.iter().enumerate() {
                    th { scope: "col", class: numbers.contains(&place).then_some("sum"), "{label}" }
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
