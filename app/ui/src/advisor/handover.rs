//! The customer goes on on their own phone: a code to scan.

use super::{browser, desk::use_desk};
use crate::components::{
    icons::{Icon, icon},
    qr::qr_code,
};
use dioxus::prelude::*;
use shared::app::Stage;

/// The hand-over of the open case.
#[component]
pub fn Handover() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let case = desk.case.read();
    let Some(case) = case.as_ref() else { return rsx! {} };
    let Some(handover) = &case.handover else {
        let key = match case.row.stage {
            Stage::Draft | Stage::Conflict => "handover-after",
            Stage::Signed | Stage::Declined | Stage::Ended => "handover-over",
            _ => "handover-not-yet",
        };
        return rsx! { div { class: "empty-box",
            {icon(Icon::Clock)}
            p { {w.t(key)} }
        } };
    };
    let address =
        if handover.starts_with('/') { format!("{}{handover}", browser::origin()) } else { handover.clone() };
    rsx! {
        p { class: "lead", {w.t("handover-lead")} }
        div { class: "card handover", "data-handover": "{address}",
            {qr_code(&address, &w.t("handover-code"))}
            p { class: "hint center", {w.t("handover-hint")} }
        }
    }
}
