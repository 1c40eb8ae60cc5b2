//! Consents for the credit query and for each named candidate funder. Posts to `{base}/consent-partners`; refusing posts to
//! `{base}/refuse`.

use super::{ConsentItem, Cx, agree, ways};
use crate::components::form::{field_error, main_button};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// The consents that come before any partner is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentPartners {
    /// The credit query and other queries, each with its named recipient.
    pub queries: Vec<ConsentItem>,
    /// One for each candidate funder; at least one is needed. A problem of field `funders` is shown above them.
    pub funders: Vec<ConsentItem>,
    /// Asked again because a funder came up that no consent names yet.
    pub new_funder: bool,
}

pub(super) fn page(cx: Cx, consent: &ConsentPartners) -> Element {
    let lead = if consent.new_funder { "consent-funder-lead" } else { "consent-partners-lead" };
    let error = cx.problems().of("funders");
    rsx! {
        p { class: "lead", {cx.t(lead)} }
        form { method: "post", action: cx.action("consent-partners"), novalidate: true, "data-send": "",
            {cx.step()}
            if !consent.queries.is_empty() {
                h2 { {cx.t("consent-queries")} }
                for item in &consent.queries {
                    {agree::consent(cx, item)}
                }
            }
            if !consent.funders.is_empty() {
                fieldset { id: "funders", tabindex: "-1",
                    legend {
                        h2 { {cx.t("consent-funders")} }
                    }
                    p { class: "hint", {cx.t("consent-funders-hint")} }
                    {field_error("funders", error.as_deref())}
                    for item in &consent.funders {
                        {agree::consent(cx, item)}
                    }
                }
            }
            p { class: "note", {cx.t("consent-withdraw-note")} }
            {main_button(&cx.t("consent-partners-go"))}
        }
        form { method: "post", action: cx.action("refuse"), "data-send": "",
            {cx.step()}
            button { class: "button plain", r#type: "submit", {cx.t("consent-refuse")} }
            p { class: "hint center", {cx.t("consent-refuse-hint")} }
        }
        {ways::ways(cx)}
    }
}
