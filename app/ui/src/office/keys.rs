//! The company's API keys: make one, revoke one. Making posts `label` and `scope`, once for each that is ticked, to
//! `/office/keys`, revoking to `/office/keys/{id}/revoke`.

use super::{Cx, ShownOnce, accounts::shown_once};
use crate::components::{
    form::{TextField, field_error, main_button, text_field},
    moment::Moment,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};
use shared::domain::Scope;

/// One API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRow {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub label: String,
    /// Codes of what it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub made: Moment,
    /// When it was revoked.
    pub revoked: Option<Moment>,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeys {
    /// The keys, newest first.
    pub rows: Vec<KeyRow>,
    /// What was typed before.
    pub label: String,
    /// Codes of the scopes that are ticked.
    pub ticked: Vec<String>,
    /// A key that was just made.
    pub made: Option<ShownOnce>,
}

pub(super) fn page(cx: Cx, keys: &ApiKeys) -> Element {
    let (label, hint) = (cx.t("key-label"), cx.t("key-label-hint"));
    let field = TextField {
        name: "label",
        label: &label,
        hint: Some(&hint),
        value: &keys.label,
        longest: 80,
        required: true,
        ..TextField::default()
    };
    let error = cx.problems().of("scopes");
    rsx! {
        if let Some(made) = &keys.made {
            {shown_once(cx, made, "key-secret", "key-secret-text")}
        }
        div { class: "panes",
            section { class: "card form",
                h2 { {cx.t("key-make")} }
                form { method: "post", action: "/office/keys", novalidate: true,
                    {cx.form_id()}
                    {text_field(cx.problems(), field)}
                    fieldset { id: "scopes",
                        legend { {cx.t("key-scopes")} }
                        {field_error("scopes", error.as_deref())}
                        for scope in Scope::ALL {
                            label { class: "tick", r#for: "scope-{name(scope.code())}",
                                input {
                                    r#type: "checkbox",
                                    id: "scope-{name(scope.code())}",
                                    name: "scope",
                                    value: scope.code(),
                                    checked: keys.ticked.iter().any(|code| code == scope.code()),
                                }
                                span {
                                    code { {scope.code()} }
                                    small { {cx.t(&format!("scope-{}", name(scope.code())))} }
                                }
                            }
                        }
                    }
                    {main_button(&cx.t("key-make-go"))}
                }
            }
            section { class: "list",
                h2 { {cx.t("key-list")} }
                if keys.rows.is_empty() {
                    p { class: "empty", {cx.t("key-none")} }
                } else {
                    {table(cx, &keys.rows)}
                }
            }
        }
    }
}

/// A scope's name in ids and texts.
fn name(code: &str) -> String {
    code.replace(':', "-")
}

fn table(cx: Cx, rows: &[KeyRow]) -> Element {
    rsx! {
        table { class: "rows",
            thead {
                tr {
                    th { scope: "col", {cx.t("key-label")} }
                    th { scope: "col", {cx.t("key-scopes")} }
                    th { scope: "col", {cx.t("col-state")} }
                    th { scope: "col",
                        span { class: "unseen", {cx.t("col-do")} }
                    }
                }
            }
            tbody {
                for row in rows {
                    {table_row(cx, row)}
                }
            }
        }
    }
}

fn table_row(cx: Cx, row: &KeyRow) -> Element {
    rsx! {
        tr {
            th { scope: "row",
                "{row.label}"
                small {
                    code { "{row.id}" }
                    " · "
                    {row.made.element()}
                }
            }
            td { class: "scopes", "data-label": cx.t("key-scopes"),
                for code in &row.scopes {
                    code { "{code}" }
                    " "
                }
            }
            td { "data-label": cx.t("col-state"),
                if let Some(revoked) = &row.revoked {
                    span { class: "state ended", {cx.t("key-revoked")} }
                    small { {revoked.element()} }
                } else {
                    span { class: "state open", {cx.t("key-live")} }
                }
            }
            td {
                if row.revoked.is_none() {
                    form { method: "post", action: "/office/keys/{row.id}/revoke",
                        {cx.form_id()}
                        button {
                            class: "button small",
                            r#type: "submit",
                            aria_label: cx.w.with("key-revoke-this", &[("label", row.label.as_str().into())]),
                            {cx.t("key-revoke")}
                        }
                    }
                }
            }
        }
    }
}
