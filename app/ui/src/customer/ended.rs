//! Links that lead nowhere (any more), and trouble on our side. None of these pages shows case data.

use super::Cx;
use crate::components::icons::{Icon, icon};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Something broke on our side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What to quote to the advisor: the request's id.
    pub reference: String,
}

pub(super) fn link_ended(cx: Cx) -> Element {
    outcome(cx, Icon::Lock, &["link-ended-text", "link-ended-next"])
}

pub(super) fn not_found(cx: Cx) -> Element {
    outcome(cx, Icon::Info, &["not-found-text", "not-found-next"])
}

pub(super) fn busy(cx: Cx) -> Element {
    rsx! {
        {outcome(cx, Icon::Clock, &["busy-text", "busy-next"])}
        a { class: "button second", href: "{cx.view.base}", {cx.t("busy-again")} }
    }
}

pub(super) fn trouble(cx: Cx, trouble: &Trouble) -> Element {
    rsx! {
        {outcome(cx, Icon::Alert, &["trouble-text", "trouble-next"])}
        p { class: "hint",
            {cx.t("trouble-reference")}
            " "
            code { "{trouble.reference}" }
        }
        a { class: "button second", href: "{cx.view.base}", {cx.t("busy-again")} }
    }
}

fn outcome(cx: Cx, sign: Icon, keys: &[&str]) -> Element {
    rsx! {
        div { class: "outcome",
            {icon(sign)}
            div {
                for key in keys {
                    p { {cx.t(key)} }
                }
            }
        }
    }
}
