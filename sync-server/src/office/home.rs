//! Where signing in leads: to the first page that one's roles open.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::domain::Action;
use ui::office::{Message, OfficePage};

use super::{Reader, View};
use crate::{accounts::Staff, app::App};

/// The first page that one's roles open.
#[utoipa::path(get, path = "/office/", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn home(State(app): State<App>, staff: Staff, reader: Reader) -> Response {
    if staff.may(Action::MakeLink) {
        return Redirect::to("/office/links").into_response();
    }
    if staff.may(Action::DecideCase) {
        return Redirect::to("/office/queue").into_response();
    }
    let lang = reader.lang;
    let message = Message {
        title: lang.pick("已登录", "You are signed in").to_owned(),
        text: lang
            .pick(
                "您的角色在这个版本中没有可办理的页面。",
                "Your role has no page of its own in this release.",
            )
            .to_owned(),
        code: None,
        next: None,
    };
    View::of_staff(reader, &staff, &app, OfficePage::Message(message)).into_response()
}
