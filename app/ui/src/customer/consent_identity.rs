//! Consent to process ID number and photo, asked before either is taken. Posts to `{base}/consent-identity` with each
//! item's own field.

use super::{ConsentItem, Cx, agree, ways};
use crate::components::form::main_button;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// The consents that come before the ID number and the photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentIdentity {
    /// Each purpose and each named recipient by itself.
    pub items: Vec<ConsentItem>,
}

pub(super) fn page(cx: Cx, consent: &ConsentIdentity) -> Element {
    rsx! {
        p { class: "lead", {cx.t("consent-identity-lead")} }
        form { method: "post", action: cx.action("consent-identity"), novalidate: true, "data-send": "",
            {cx.step()}
            for item in &consent.items {
                {agree::consent(cx, item)}
            }
            p { class: "note", {cx.t("consent-withdraw-note")} }
            {main_button(&cx.t("consent-identity-go"))}
        }
        {ways::withdraw(cx)}
    }
}
