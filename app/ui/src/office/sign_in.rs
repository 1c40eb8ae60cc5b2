//! Sign in. Posts to `/office/sign-in`: `user`, `password`, hidden `next`.

use super::Cx;
use crate::components::form::{TextField, hidden, main_button, text_field};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What the sign-in page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// The user name typed before.
    pub user: String,
    /// Where to go afterwards: a path of this server, or empty.
    pub next: String,
}

pub(super) fn page(cx: Cx, sign_in: &SignIn) -> Element {
    let (user, password) = (cx.t("sign-in-user"), cx.t("sign-in-password"));
    let user = TextField {
        name: "user",
        label: &user,
        value: &sign_in.user,
        autocomplete: "username",
        required: true,
        ..TextField::default()
    };
    let password = TextField {
        name: "password",
        label: &password,
        kind: "password",
        autocomplete: "current-password",
        required: true,
        ..TextField::default()
    };
    rsx! {
        form { class: "card form", method: "post", action: "/office/sign-in", novalidate: true,
            {cx.form_id()}
            {hidden("next", &sign_in.next)}
            {text_field(cx.problems(), user)}
            {text_field(cx.problems(), password)}
            {main_button(&cx.t("sign-in-go"))}
        }
    }
}
