//! Not possible: why, and what would change it.

use super::{Cx, Request, request, ways};
use crate::components::{
    facts::points,
    icons::{Icon, icon},
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What the page shows when no plan is possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declined {
    /// Why, in plain words, one sentence each.
    pub reasons: Vec<String>,
    /// The smallest changes that would lead to another result.
    pub would_change: Vec<String>,
    /// The customer refused the plan: nobody else decided anything.
    pub refused: bool,
    /// Decided by a person; otherwise by the system.
    pub by_person: bool,
    /// What the person wrote who decided, where one did.
    pub from_person: Option<String>,
    /// What was asked for.
    pub request: Request,
}

pub(super) fn page(cx: Cx, declined: &Declined) -> Element {
    let by = if declined.by_person { "declined-by-person" } else { "automated-note" };
    let lead = if declined.refused { "declined-lead-refused" } else { "declined-lead" };
    rsx! {
        div { class: "outcome no",
            {icon(Icon::Info)}
            p { {cx.t(lead)} }
        }
        if let Some(words) = &declined.from_person {
            section { class: "points",
                h2 { {cx.t("declined-why")} }
                p { class: "quote",
                    {cx.t("ask-from-person")}
                    " "
                    q { "{words}" }
                }
            }
        } else {
            {points(&cx.t("declined-why"), &declined.reasons)}
        }
        {points(&cx.t("would-change"), &declined.would_change)}
        if !declined.refused {
            p { class: "note", {cx.t(by)} }
        }
        {ways::ways(cx)}
        details { class: "wide",
            summary { {cx.t("request")} }
            {request::card(cx, &declined.request)}
        }
    }
}
