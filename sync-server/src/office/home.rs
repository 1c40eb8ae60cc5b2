//! Where signing in leads.

use axum::extract::State;
use ui::office::{Message, OfficePage};

use super::{Reader, View};
use crate::{accounts::Staff, app::App};

/// What one's roles open.
#[utoipa::path(get, path = "/office/", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn home(State(app): State<App>, staff: Staff, reader: Reader) -> View {
    let lang = reader.lang;
    let message = Message {
        title: lang.pick("已登录", "You are signed in").to_owned(),
        text: lang
            .pick("您的角色目前没有可办理的页面。", "There is no page for your role here yet.")
            .to_owned(),
        code: None,
        next: None,
    };
    View::of_staff(reader, &staff, &app, OfficePage::Message(message))
}
