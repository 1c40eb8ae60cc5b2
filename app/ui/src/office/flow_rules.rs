//! What every flow is held against: the platform's rules in words, and the company's own, which an approver may change.

use super::Cx;
use crate::components::form::{TextField, described_by, field_error, hidden, hint, main_button, text_area};
use crate::components::moment::Moment;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// The rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowRuleList {
    /// What each of the platform's rules asks for, with its code.
    pub platform: Vec<(String, String)>,
    /// What each of the company's own asks for, with its code.
    pub company: Vec<(String, String)>,
    /// Number of the company's present rules.
    pub number: u32,
    /// The company's own as a file, or what was typed and refused.
    pub file: String,
    /// What was typed about it.
    pub note: String,
    /// Who set them, when, and what they wrote.
    pub set: Option<(String, Moment, String)>,
    /// Keys of live flows that do not keep to them.
    pub short: Vec<String>,
    /// May change the company's own.
    pub may_set: bool,
}

pub(super) fn page(cx: Cx, page: &FlowRuleList) -> Element {
    rsx! {
        p { class: "links",
            a { href: "/office/flows", {cx.t("flow-all")} }
        }
        if !page.short.is_empty() {
            section { class: "card alerting",
                h2 { {cx.t("flow-rules-short")} }
                p { {cx.t("flow-rules-short-text")} }
                ul { class: "versions",
                    for key in &page.short {
                        li {
                            a { class: "tall", href: "/office/flows/{key}",
                                code { "{key}" }
                            }
                        }
                    }
                }
            }
        }
        section { class: "card", aria_labelledby: "own-rules",
            h2 { id: "own-rules", {cx.t("flow-rules-own")} }
            if page.company.is_empty() {
                p { class: "empty", {cx.t("flow-rules-own-none")} }
            } else {
                {list(&page.company)}
            }
            if let Some((who, when, note)) = &page.set {
                p { class: "muted",
                    "{who} · "
                    {when.element()}
                }
                p { "{note}" }
            }
            if page.may_set {
                {form(cx, page)}
            }
        }
        section { class: "card", aria_labelledby: "platform-rules",
            h2 { id: "platform-rules", {cx.t("flow-rules-platform")} }
            p { class: "hint", {cx.t("flow-rules-platform-hint")} }
            {list(&page.platform)}
        }
    }
}

fn list(rules: &[(String, String)]) -> Element {
    rsx! {
        ol { class: "rules",
            for (code , text) in rules {
                li {
                    "{text} "
                    code { "{code}" }
                }
            }
        }
    }
}

fn form(cx: Cx, page: &FlowRuleList) -> Element {
    let error = cx.problems().of("rules");
    let described = described_by("rules", true, error.is_some());
    let (label, note_label, note_hint) =
        (cx.t("flow-rules-file"), cx.t("flow-rules-note"), cx.t("flow-rules-note-hint"));
    let note = TextField {
        name: "note",
        label: &note_label,
        hint: Some(&note_hint),
        value: &page.note,
        longest: 500,
        required: true,
        ..TextField::default()
    };
    rsx! {
        details { class: "acts", open: error.is_some() || cx.problems().of("note").is_some(),
            summary { {cx.t("flow-rules-change")} }
            form {
                class: "wide",
                method: "post",
                action: "/office/flows/rules",
                novalidate: true,
                {cx.form_id()}
                {hidden("number", &page.number.to_string())}
                div { class: if error.is_some() { "field bad" } else { "field" },
                    label { r#for: "rules", "{label}" }
                    {hint("rules", Some(&cx.t("flow-rules-file-hint")))}
                    {field_error("rules", error.as_deref())}
                    textarea {
                        id: "rules",
                        name: "rules",
                        class: "code",
                        rows: 14,
                        spellcheck: "false",
                        aria_invalid: error.is_some().then_some("true"),
                        aria_describedby: described,
                        "{page.file}"
                    }
                }
                {text_area(cx.problems(), note)}
                {main_button(&cx.t("flow-rules-set"))}
            }
        }
    }
}
