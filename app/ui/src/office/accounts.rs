//! The company's accounts: make one, close and open, reset a password, end sessions. Making posts to `/office/accounts`
//! (`login`, `role` once for each role); the rest posts `action` to `/office/accounts/{id}`.

use super::Cx;
use crate::components::{
    form::{Choice, TextField, field_error, main_button, text_field},
    icons::{Icon, icon},
    moment::Moment,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// A secret that was just made. It is shown this once: only its hash is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownOnce {
    /// Whose it is: a sign-in name, or what a key is for.
    pub whose: String,
    /// The secret.
    pub secret: String,
}

impl std::fmt::Debug for ShownOnce {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShownOnce").field("whose", &self.whose).finish_non_exhaustive()
    }
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// Its id.
    pub id: String,
    /// The name used for signing in.
    pub login: String,
    /// Its roles in words.
    pub roles: String,
    /// When it was made.
    pub made: Moment,
    /// Sessions under way.
    pub sessions: u32,
    /// It is closed.
    pub disabled: bool,
    /// It is the reader's own.
    pub own: bool,
    /// The queues served, and their names in words (empty: all); none where its roles decide no cases.
    pub queues: Option<(Vec<String>, String)>,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// The accounts, newest first.
    pub rows: Vec<AccountRow>,
    /// Address of older ones, where there are more.
    pub older: Option<String>,
    /// Roles to choose from.
    pub roles: Vec<Choice>,
    /// The name typed before.
    pub login: String,
    /// The roles ticked before.
    pub ticked: Vec<String>,
    /// Queues to choose from.
    pub queues: Vec<Choice>,
    /// A password that was just made.
    pub made: Option<ShownOnce>,
}

pub(super) fn page(cx: Cx, accounts: &Accounts) -> Element {
    rsx! {
        if let Some(made) = &accounts.made {
            {shown_once(cx, made, "account-secret", "account-secret-text")}
        }
        div { class: "panes",
            section { class: "card form",
                h2 { {cx.t("account-make")} }
                {form(cx, accounts)}
            }
            section { class: "list",
                h2 { {cx.t("account-list")} }
                {table(cx, accounts)}
                if let Some(older) = &accounts.older {
                    a { class: "button plain", href: "{older}", {cx.t("older")} }
                }
            }
        }
    }
}

/// A secret with its only chance to be copied.
pub(super) fn shown_once(cx: Cx, made: &ShownOnce, heading: &str, text: &str) -> Element {
    rsx! {
        section { class: "card made", aria_labelledby: "made-heading",
            div {
                h2 { id: "made-heading",
                    {icon(Icon::Check)}
                    {cx.w.with(heading, &[("whose", made.whose.as_str().into())])}
                }
                p { {cx.t(text)} }
                label { r#for: "made-secret", {cx.t("secret")} }
                div { class: "copy",
                    input { id: "made-secret", r#type: "text", value: "{made.secret}", readonly: true, "data-select": "" }
                    button {
                        class: "button second",
                        r#type: "button",
                        hidden: true,
                        "data-copy": "made-secret",
                        "data-done": cx.t("link-copied"),
                        {cx.t("link-copy")}
                    }
                }
            }
        }
    }
}

fn form(cx: Cx, accounts: &Accounts) -> Element {
    let (label, hint) = (cx.t("sign-in-user"), cx.t("account-login-hint"));
    let login = TextField {
        name: "login",
        label: &label,
        hint: Some(&hint),
        value: &accounts.login,
        longest: 64,
        required: true,
        ..TextField::default()
    };
    let error = cx.problems().of("roles");
    rsx! {
        form { method: "post", action: "/office/accounts", novalidate: true,
            {cx.form_id()}
            {text_field(cx.problems(), login)}
            fieldset { id: "roles",
                legend { {cx.t("account-roles")} }
                {field_error("roles", error.as_deref())}
                for role in &accounts.roles {
                    label { class: "tick", r#for: "role-{role.value}",
                        input {
                            r#type: "checkbox",
                            id: "role-{role.value}",
                            name: "role",
                            value: "{role.value}",
                            checked: accounts.ticked.contains(&role.value),
                        }
                        span { "{role.label}" }
                    }
                }
            }
            {main_button(&cx.t("account-make-go"))}
        }
    }
}

fn table(cx: Cx, accounts: &Accounts) -> Element {
    rsx! {
        table { class: "rows",
            thead {
                tr {
                    th { scope: "col", {cx.t("sign-in-user")} }
                    th { scope: "col", {cx.t("account-roles")} }
                    th { scope: "col", {cx.t("col-state")} }
                    th { scope: "col",
                        span { class: "unseen", {cx.t("col-do")} }
                    }
                }
            }
            tbody {
                for row in &accounts.rows {
                    {table_row(cx, row, &accounts.queues)}
                }
            }
        }
    }
}

fn table_row(cx: Cx, row: &AccountRow, queues: &[Choice]) -> Element {
    let (word, class) =
        if row.disabled { ("account-disabled", "state ended") } else { ("account-enabled", "state open") };
    rsx! {
        tr {
            th { scope: "row",
                "{row.login}"
                small { {row.made.element()} }
            }
            td { "data-label": cx.t("account-roles"),
                "{row.roles}"
                if let Some((served, names)) = &row.queues {
                    small {
                        {cx.t("account-queues")}
                        ": "
                        if served.is_empty() {
                            {cx.t("account-queues-all")}
                        } else {
                            "{names}"
                        }
                    }
                }
            }
            td { "data-label": cx.t("col-state"),
                span { class, {cx.t(word)} }
                small { {cx.w.with("account-sessions", &[("n", row.sessions.into())])} }
            }
            td {
                details { class: "acts",
                    summary { {cx.w.with("account-change", &[("login", row.login.as_str().into())])} }
                    form { method: "post", action: "/office/accounts/{row.id}",
                        {cx.form_id()}
                        if row.disabled {
                            {act(cx, "enable", "account-enable")}
                        } else {
                            {act(cx, "password", "account-password")}
                            {act(cx, "end_sessions", "account-end-sessions")}
                            if !row.own {
                                {act(cx, "disable", "account-disable")}
                            }
                        }
                    }
                    if let Some((served, _)) = &row.queues {
                        {serves(cx, row, served, queues)}
                    }
                }
            }
        }
    }
}

fn act(cx: Cx, value: &str, key: &str) -> Element {
    rsx! { button { class: "button small", r#type: "submit", name: "action", value, {cx.t(key)} } }
}

/// Which queues somebody serves who decides cases.
fn serves(cx: Cx, row: &AccountRow, served: &[String], queues: &[Choice]) -> Element {
    rsx! {
        form { class: "wide", method: "post", action: "/office/accounts/{row.id}",
            {cx.form_id()}
            fieldset {
                legend { {cx.t("account-queues")} }
                p { class: "muted", {cx.t("account-queues-hint")} }
                for queue in queues {
                    label { class: "tick", r#for: "queue-{row.id}-{queue.value}",
                        input {
                            r#type: "checkbox",
                            id: "queue-{row.id}-{queue.value}",
                            name: "queue",
                            value: "{queue.value}",
                            checked: served.contains(&queue.value),
                        }
                        span { "{queue.label}" }
                    }
                }
            }
            {act(cx, "queues", "account-queues-go")}
        }
    }
}
