//! The ways out that stand beside every automated result: ask a person, withdraw. Both ask once more, without JavaScript.

use super::Cx;
use crate::components::form::{TextField, text_area};
use dioxus::prelude::*;

/// Ask a person (`{base}/ask-person`, field `note`) and withdraw (`{base}/withdraw`, field `confirm`).
pub(super) fn ways(cx: Cx) -> Element {
    let label = cx.t("ask-person-note");
    let note = TextField { name: "note", label: &label, longest: 500, ..TextField::default() };
    rsx! {
        section { class: "ways", aria_label: cx.t("ways"),
            details {
                summary { {cx.t("ask-person")} }
                p { {cx.t("ask-person-text")} }
                form { method: "post", action: cx.action("ask-person"), novalidate: true, "data-send": "",
                    {cx.step()}
                    {text_area(cx.problems(), note)}
                    button { class: "button second", r#type: "submit", {cx.t("ask-person-go")} }
                }
            }
            {withdraw_details(cx)}
        }
    }
}

/// Withdraw only, on pages that come before any result.
pub(super) fn withdraw(cx: Cx) -> Element {
    rsx! {
        section { class: "ways", aria_label: cx.t("ways"), {withdraw_details(cx)} }
    }
}

fn withdraw_details(cx: Cx) -> Element {
    rsx! {
        details {
            summary { {cx.t("withdraw")} }
            p { {cx.t("withdraw-text")} }
            form { method: "post", action: cx.action("withdraw"), "data-send": "",
                {cx.step()}
                button { class: "button danger", r#type: "submit", name: "confirm", value: "yes", {cx.t("withdraw-go")} }
            }
        }
    }
}
