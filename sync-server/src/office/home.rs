//! Where signing in leads: to the first page of work that one's roles open, else to what the roles are for.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::domain::Action;
use ui::office::{Duties, OfficePage};

use super::{Reader, View};
use crate::{accounts::Staff, app::App};

/// Pages of work, the one that somebody with several roles begins with first.
const WORK: [(Action, &str); 6] = [
    (Action::MakeLink, "/office/links"),
    (Action::DecideCase, "/office/queue"),
    (Action::EditFlow, "/office/flows"),
    (Action::ApproveFlow, "/office/flows"),
    (Action::SteerPartners, "/office/partners"),
    (Action::ManageAccounts, "/office/accounts"),
];

/// The first page that one's roles open.
#[utoipa::path(get, path = "/office/", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn home(State(app): State<App>, staff: Staff, reader: Reader) -> Response {
    match WORK.iter().find(|(action, _)| staff.may(*action)) {
        Some((_, page)) => Redirect::to(page).into_response(),
        None => {
            let duties = OfficePage::Duties(Duties { roles: staff.rights.roles.clone() });
            View::of_staff(reader, &staff, &app, duties).into_response()
        }
    }
}
