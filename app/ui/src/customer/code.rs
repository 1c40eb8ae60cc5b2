//! The one-time code that signs. Posts to `{base}/code`: `code`, and optionally `signature` (drawn strokes, extra evidence);
//! a fresh code comes from `{base}/code/send`.
//!
//! `signature` is a text of at most [`SIGNATURE_LIMIT`] characters: strokes separated by `;`, points by a space, each
//! `x,y` with whole numbers from 0 to 1000 across the pad's width and from 0 to 400 down its height.

use super::{Cx, ways};
use crate::components::{
    amounts::clock,
    form::{TextField, field_error, hidden, main_button, text_field},
    icons::{Icon, icon},
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Longest drawn signature, in characters.
pub const SIGNATURE_LIMIT: usize = 16_384;

/// Digits of a one-time code.
const CODE_DIGITS: usize = 6;

/// What the page with the one-time code shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The phone, masked.
    pub phone_masked: String,
    /// Tries left with the present code.
    pub attempts_left: u32,
    /// Seconds the present code still works; 0 when it has expired.
    pub seconds_left: u32,
    /// Seconds until a fresh code may be asked for; 0 when it may.
    pub resend_s: u32,
    /// Address of the contract as a page.
    pub contract_url: String,
    /// Address of the contract as PDF.
    pub pdf_url: String,
    /// What is being signed, in one line, such as "¥3,229.87 × 36, funder".
    pub summary: String,
    /// Hash of the terms that are signed.
    pub terms: String,
}

pub(super) fn page(cx: Cx, code: &Code) -> Element {
    rsx! {
        p { class: "lead", {cx.t("code-lead")} }
        section { class: "card paper",
            p { class: "eyebrow", {cx.t("code-contract")} }
            p { "{code.summary}" }
            p { class: "links",
                a { href: "{code.contract_url}",
                    {icon(Icon::Paper)}
                    {cx.t("contract-read")}
                }
                a { href: "{code.pdf_url}",
                    {icon(Icon::Download)}
                    {cx.t("contract-pdf")}
                }
            }
        }
        form { method: "post", action: cx.action("code"), novalidate: true, "data-send": "",
            {cx.step()}
            {hidden("terms", &code.terms)}
            div { class: "card form",
                {code_field(cx, &code.phone_masked)}
                {state(cx, code.attempts_left, code.seconds_left)}
                {signature(cx)}
            }
            {main_button(&cx.t("code-go"))}
            p { class: "hint center", {cx.t("code-means")} }
        }
        {resend(cx, "code/send", code.resend_s)}
        {ways::ways(cx)}
    }
}

/// The field for the code, also used where a finished case is opened again.
pub(super) fn code_field(cx: Cx, phone_masked: &str) -> Element {
    let hint = cx.w.with("code-sent", &[("phone", phone_masked.into())]);
    let label = cx.t("code");
    let field = TextField {
        name: "code",
        label: &label,
        hint: Some(&hint),
        keypad: "numeric",
        autocomplete: "one-time-code",
        longest: CODE_DIGITS,
        required: true,
        class: "w-code",
        ..TextField::default()
    };
    text_field(cx.problems(), field)
}

/// Time and tries left; the script counts the time down.
pub(super) fn state(cx: Cx, attempts_left: u32, seconds_left: u32) -> Element {
    let attempts = cx.w.with("code-attempts", &[("n", attempts_left.into())]);
    rsx! {
        p { class: "code-state",
            if seconds_left > 0 {
                span {
                    {cx.t("code-time")}
                    " "
                    span { class: "clock", role: "timer", "data-clock": "{seconds_left}", "data-over": cx.t("code-over"), {clock(seconds_left)} }
                }
                span { "{attempts}" }
            } else {
                span { {cx.t("code-over")} }
            }
        }
    }
}

/// A fresh code. Without the script the button is always there, and the server says how long to wait.
pub(super) fn resend(cx: Cx, path: &str, resend_s: u32) -> Element {
    let wait = cx.w.with("code-wait", &[("n", resend_s.into())]);
    rsx! {
        form { class: "center", method: "post", action: cx.action(path), "data-send": "",
            {cx.step()}
            button { class: "button plain", r#type: "submit", "data-resend": "{resend_s}", {cx.t("code-resend")} }
            if resend_s > 0 {
                noscript {
                    p { class: "hint", "{wait}" }
                }
            }
        }
    }
}

/// A place to draw a signature: hidden until the script shows it, never required.
fn signature(cx: Cx) -> Element {
    let error = cx.problems().of("signature");
    rsx! {
        details { class: "signature", id: "signature-pad", hidden: true, "data-limit": "{SIGNATURE_LIMIT}",
            summary { {cx.t("signature")} }
            p { class: "hint", {cx.t("signature-hint")} }
            {field_error("signature", error.as_deref())}
            svg { class: "pad", view_box: "0 0 1000 400", role: "img", "aria-label": cx.t("signature-area"),
                path { d: "" }
            }
            div { class: "pair",
                button { class: "button small", r#type: "button", "data-undo": "", {cx.t("signature-undo")} }
                button { class: "button small", r#type: "button", "data-clear": "", {cx.t("signature-clear")} }
            }
            {hidden("signature", "")}
        }
    }
}
