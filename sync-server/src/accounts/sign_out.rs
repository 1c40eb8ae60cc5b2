//! Signing out ends the session on the server; the cookie alone would not.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;

use super::{FormOf, NoFields, Staff, session};
use crate::{
    app::App,
    audit::{self, Entry},
    problem::Problem,
};

/// Ends the session.
#[utoipa::path(post, path = "/office/sign-out", tag = "page", responses((status = 303, description = "Signed out")))]
pub(crate) async fn sign_out(
    State(app): State<App>,
    staff: Staff,
    jar: CookieJar,
    _: FormOf<NoFields>,
) -> Result<Response, Problem> {
    end(&app, staff, &jar).await?;
    Ok((jar.add(session::forgotten()), Redirect::to("/office/sign-in")).into_response())
}

/// Ends the session of a program in a browser, such as the advisor's app, which needs one only to enrol its device.
#[utoipa::path(delete, path = "/api/v1/devices/session", tag = "devices",
    responses((status = 204, description = "There is no session any more")), security(("session" = [])))]
pub(crate) async fn end_session(
    State(app): State<App>,
    staff: Staff,
    jar: CookieJar,
) -> Result<Response, Problem> {
    end(&app, staff, &jar).await?;
    Ok((jar.add(session::forgotten()), StatusCode::NO_CONTENT).into_response())
}

async fn end(app: &App, staff: Staff, jar: &CookieJar) -> Result<(), Problem> {
    let (hash, now) = (session::hash_in(jar).unwrap_or_default(), app.world.clock.now());
    app.store
        .write(move |conn| {
            let (tenant, actor) = (staff.tenant.to_string(), staff.actor());
            let subject = staff.account.to_string();
            session::end(conn, &hash)?;
            let entry = Entry {
                tenant: &tenant,
                at: now,
                actor: &actor,
                action: "account.signed_out",
                subject: &subject,
                detail: "{}",
            };
            Ok::<_, Problem>(audit::record(conn, entry)?)
        })
        .await
}
