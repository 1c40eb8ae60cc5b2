//! Lists of facts: a label and its value.

use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// One line of a list of facts. Both texts are in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// Its value.
    pub value: String,
}

impl Fact {
    /// A fact from its two texts.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Fact { label: label.into(), value: value.into() }
    }
}

/// Facts as a description list; nothing when there are none.
pub fn facts(list: &[Fact]) -> Element {
    if list.is_empty() {
        return rsx! {};
    }
    rsx! {
        dl { class: "facts",
            for fact in list {
                div {
                    dt { "{fact.label}" }
                    dd { "{fact.value}" }
                }
            }
        }
    }
}

/// Sentences as a bulleted list under a heading; nothing when there are none.
pub fn points(heading: &str, list: &[String]) -> Element {
    if list.is_empty() {
        return rsx! {};
    }
    rsx! {
        section { class: "points",
            h2 { "{heading}" }
            ul {
                for point in list {
                    li { "{point}" }
                }
            }
        }
    }
}

/// A longer text as paragraphs, one for each line that is not empty.
pub fn paragraphs(text: &str) -> Element {
    rsx! {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            p { "{line}" }
        }
    }
}
