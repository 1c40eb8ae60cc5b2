//! Form fields with their label, hint and error; the error summary; hidden values and buttons.

use crate::components::icons::{Icon, icon};
use crate::texts::{self, Words};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Something wrong with what was handed in, shown on top of the page and at its field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable code, such as `id_number_checksum`.
    pub code: String,
    /// Name of the form field it belongs to; none for the whole page.
    pub field: Option<String>,
    /// A sentence in the reader's language where the server knows better than the code's own text.
    pub text: Option<String>,
}

impl Problem {
    /// A problem of one field, in the words of its code.
    pub fn at(field: impl Into<String>, code: impl Into<String>) -> Self {
        Problem { code: code.into(), field: Some(field.into()), text: None }
    }

    /// A problem of the whole page, in the words of its code.
    pub fn whole(code: impl Into<String>) -> Self {
        Problem { code: code.into(), field: None, text: None }
    }

    /// The sentence a person reads.
    pub fn sentence(&self, words: Words) -> String {
        self.text.clone().unwrap_or_else(|| texts::problem(&self.code, words.0))
    }
}

/// The problems of a page and the language to say them in.
#[derive(Clone, Copy)]
pub struct Problems<'a> {
    /// The language.
    pub words: Words,
    /// The problems, most important first.
    pub list: &'a [Problem],
}

impl Problems<'_> {
    /// The first sentence about this field.
    pub fn of(self, field: &str) -> Option<String> {
        let found = self.list.iter().find(|problem| problem.field.as_deref() == Some(field))?;
        Some(found.sentence(self.words))
    }

    /// The summary on top of the page: it takes the focus, and each line leads to its field.
    pub fn summary(self) -> Element {
        if self.list.is_empty() {
            return rsx! {};
        }
        let heading = self.words.t("problems-heading");
        rsx! {
            section {
                class: "summary",
                id: "problems",
                role: "alert",
                tabindex: "-1",
                autofocus: true,
                aria_labelledby: "problems-heading",
                {icon(Icon::Alert)}
                div {
                    h2 { id: "problems-heading", "{heading}" }
                    ul {
                        for problem in self.list {
                            li {
                                if let Some(field) = &problem.field {
                                    a { href: "#{field}", {problem.sentence(self.words)} }
                                } else {
                                    {problem.sentence(self.words)}
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What a text field is made of. `id` of the input equals its `name`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TextField<'a> {
    /// Form name and element id.
    pub name: &'a str,
    /// Label in the reader's language.
    pub label: &'a str,
    /// A hint below the label.
    pub hint: Option<&'a str>,
    /// Present value.
    pub value: &'a str,
    /// `text`, `tel`, `password`, `number`; empty means `text`.
    pub kind: &'a str,
    /// Keypad: `numeric`, `tel`, `decimal`; empty means the ordinary keyboard.
    pub keypad: &'a str,
    /// The browser's autocomplete token; empty means `off`.
    pub autocomplete: &'a str,
    /// Longest text the field takes, in characters; 0 means 200.
    pub longest: usize,
    /// Must be filled in.
    pub required: bool,
    /// Class of the input, for its width: `w-id`, `w-code`, `w-money`.
    pub class: &'a str,
    /// `data-check` for the script: which check runs on leaving the field.
    pub check: Option<&'a str>,
}

/// Longest text of a field that names no limit of its own, in characters.
const LONGEST_TEXT: usize = 200;

/// A text field with label, hint and error.
pub fn text_field(problems: Problems, field: TextField) -> Element {
    let error = problems.of(field.name);
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let capitals = if field.check == Some("id") { "characters" } else { "off" };
    rsx! {
        div { class: if error.is_some() { "field bad" } else { "field" },
            label { r#for: field.name, "{field.label}" }
            {hint(field.name, field.hint)}
            {field_error(field.name, error.as_deref())}
            input {
                id: field.name,
                name: field.name,
                r#type: or(field.kind, "text"),
                class: field.class,
                value: field.value,
                inputmode: (!field.keypad.is_empty()).then_some(field.keypad),
                autocomplete: or(field.autocomplete, "off"),
                autocapitalize: capitals,
                spellcheck: "false",
                maxlength: if field.longest == 0 { LONGEST_TEXT as i64 } else { field.longest as i64 },
                required: field.required,
                aria_invalid: error.is_some().then_some("true"),
                aria_describedby: described_by(field.name, field.hint.is_some(), error.is_some()),
                "data-check": field.check,
            }
        }
    }
}

/// A field of several lines.
pub fn text_area(problems: Problems, field: TextField) -> Element {
    let error = problems.of(field.name);
    let longest = if field.longest == 0 { LONGEST_TEXT } else { field.longest } as i64;
    rsx! {
        div { class: if error.is_some() { "field bad" } else { "field" },
            label { r#for: field.name, "{field.label}" }
            {hint(field.name, field.hint)}
            {field_error(field.name, error.as_deref())}
            textarea {
                id: field.name,
                name: field.name,
                rows: 3,
                maxlength: longest,
                required: field.required,
                aria_invalid: error.is_some().then_some("true"),
                aria_describedby: described_by(field.name, field.hint.is_some(), error.is_some()),
                "{field.value}"
            }
        }
    }
}

/// One choice of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown, in the reader's language.
    pub label: String,
}

/// A list to choose one from. `empty` is the text of the first, empty line; without it the first choice stands.
pub fn select_field(
    problems: Problems,
    field: TextField,
    choices: &[Choice],
    empty: Option<&str>,
) -> Element {
    let error = problems.of(field.name);
    rsx! {
        div { class: if error.is_some() { "field bad" } else { "field" },
            label { r#for: field.name, "{field.label}" }
            {hint(field.name, field.hint)}
            {field_error(field.name, error.as_deref())}
            select {
                id: field.name,
                name: field.name,
                required: field.required,
                aria_invalid: error.is_some().then_some("true"),
                aria_describedby: described_by(field.name, field.hint.is_some(), error.is_some()),
                if let Some(empty) = empty {
                    option { value: "", "{empty}" }
                }
                for choice in choices {
                    option { value: "{choice.value}", selected: choice.value == field.value, "{choice.label}" }
                }
            }
        }
    }
}

/// The error of a field, in the same words as in the summary; an empty place for the script where there is none.
pub fn field_error(name: &str, error: Option<&str>) -> Element {
    rsx! {
        if let Some(error) = error {
            p { class: "error", id: "{name}-error", "{error}" }
        }
    }
}

/// The hint of a field.
pub fn hint(name: &str, hint: Option<&str>) -> Element {
    rsx! {
        if let Some(hint) = hint {
            p { class: "hint", id: "{name}-hint", "{hint}" }
        }
    }
}

/// The ids that describe a field.
pub fn described_by(name: &str, hint: bool, error: bool) -> Option<String> {
    match (hint, error) {
        (true, true) => Some(format!("{name}-hint {name}-error")),
        (true, false) => Some(format!("{name}-hint")),
        (false, true) => Some(format!("{name}-error")),
        (false, false) => None,
    }
}

/// A hidden value of a form.
pub fn hidden(name: &str, value: &str) -> Element {
    rsx! { input { r#type: "hidden", name, value } }
}

/// The page's main button.
pub fn main_button(text: &str) -> Element {
    rsx! { button { class: "button main", r#type: "submit", "{text}" } }
}
