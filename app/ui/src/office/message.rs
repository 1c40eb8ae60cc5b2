//! A plain message with a way on.

use super::Cx;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// A message. Texts in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Heading.
    pub title: String,
    /// One or two sentences that say what to do next.
    pub text: String,
    /// Stable code, where it is a problem.
    pub code: Option<String>,
    /// Where to go on: address and text.
    pub next: Option<(String, String)>,
}

pub(super) fn page(cx: Cx, message: &Message) -> Element {
    rsx! {
        p { class: "lead", "{message.text}" }
        if let Some(code) = &message.code {
            p { class: "hint",
                {cx.t("message-code")}
                " "
                code { "{code}" }
            }
        }
        if let Some((href, text)) = &message.next {
            a { class: "button second", href: "{href}", "{text}" }
        }
    }
}
