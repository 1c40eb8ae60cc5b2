//! A finished case: shown again only after a fresh code to the customer's phone. Posts to `{base}/unlock`: `code`; a code
//! comes from `{base}/unlock/send`.

use super::{Cx, code};
use crate::components::form::main_button;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What the gate before a finished case shows; no case data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishedLocked {
    /// The phone, masked.
    pub phone_masked: String,
    /// A code was sent and can be typed in.
    pub code_sent: bool,
    /// Tries left with the present code.
    pub attempts_left: u32,
    /// Seconds the present code still works.
    pub seconds_left: u32,
    /// Seconds until a fresh code may be asked for.
    pub resend_s: u32,
}

pub(super) fn page(cx: Cx, locked: &FinishedLocked) -> Element {
    let lead = cx.w.with("locked-lead", &[("phone", locked.phone_masked.as_str().into())]);
    rsx! {
        p { class: "lead", "{lead}" }
        if locked.code_sent {
            form { method: "post", action: cx.action("unlock"), novalidate: true, "data-send": "",
                {cx.step()}
                div { class: "card form",
                    {code::code_field(cx, &locked.phone_masked)}
                    {code::state(cx, locked.attempts_left, locked.seconds_left)}
                }
                {main_button(&cx.t("locked-go"))}
            }
            {code::resend(cx, "unlock/send", locked.resend_s)}
        } else {
            form { method: "post", action: cx.action("unlock/send"), "data-send": "",
                {cx.step()}
                {main_button(&cx.t("locked-send"))}
            }
        }
    }
}
