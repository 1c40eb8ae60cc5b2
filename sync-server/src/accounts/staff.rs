//! A signed-in member of staff, and the forms they send.

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequest, FromRequestParts, Multipart, Request},
    http::{StatusCode, request::Parts},
};
use axum_extra::extract::CookieJar;
use bytes::Bytes;
use serde::{Deserialize, de::DeserializeOwned};
use shared::domain::{AccountId, Action, Role, TenantId, Texts, roles::any_may};

use super::session::{self, FormKey};
use crate::{
    app::App,
    http::{
        LARGE_FORM_BYTES,
        input::{Form, too_large},
        limits::Caller,
    },
    problem::Problem,
};

/// The queue of cases that no reviewer settled in time, as flows name it.
pub const LEAD_QUEUE: &str = "lead";

/// Somebody who signed in. On its own it permits nothing: handlers ask for a type of [`super::permission`].
#[derive(Debug, Clone)]
pub struct Staff {
    /// Whose staff; every query is bound to it.
    pub tenant: TenantId,
    /// Its name.
    pub tenant_name: Texts,
    /// Who.
    pub account: AccountId,
    /// The name used for signing in.
    pub login: String,
    /// What they are employed for.
    pub rights: Rights,
    /// Goes into every form of a page.
    pub form_key: FormKey,
}

impl Staff {
    /// Whether one of their roles permits this.
    pub fn may(&self, action: Action) -> bool {
        self.rights.may(action)
    }

    /// Whether they may decide a case that waits in this queue.
    pub fn settles(&self, queue: &str) -> bool {
        self.rights.settles(queue)
    }

    /// How the audit names them.
    pub fn actor(&self) -> String {
        format!("account:{}", self.account)
    }
}

/// What somebody is employed for, as far as it says which cases they decide.
#[derive(Debug, Clone)]
pub struct Rights {
    /// Their roles.
    pub roles: Vec<Role>,
    /// The queues that they serve; none: all that their roles permit.
    pub queues: Option<Vec<String>>,
}

impl Rights {
    /// From the columns of an account.
    ///
    /// # Errors
    /// When they hold something else.
    pub fn read(roles: &str, queues: Option<&str>) -> Result<Self, Problem> {
        let read = || -> serde_json::Result<Self> {
            let queues = queues.map(serde_json::from_str).transpose()?;
            Ok(Self { roles: serde_json::from_str(roles)?, queues })
        };
        read().map_err(|error| Problem::internal(&error))
    }

    /// Whether they may do this.
    pub fn may(&self, action: Action) -> bool {
        any_may(&self.roles, action)
    }

    /// Whether they may decide a case that waits in this queue. What no reviewer settled in time is for those above.
    pub fn settles(&self, queue: &str) -> bool {
        if queue == LEAD_QUEUE {
            return self.may(Action::DecideEscalatedCase);
        }
        let serves = self.queues.as_ref().is_none_or(|served| served.iter().any(|one| one == queue));
        serves && self.may(Action::DecideCase)
    }
}

impl FromRequestParts<App> for Staff {
    type Rejection = Problem;

    /// From the session cookie; looked up once a request.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(known) = parts.extensions.get::<Staff>() {
            return Ok(known.clone());
        }
        let hash = session::hash_in(&CookieJar::from_headers(&parts.headers)).ok_or_else(not_signed_in)?;
        let now = app.world.clock.now();
        let found =
            app.store.read(move |conn| session::find(conn, &hash, now)).await?.ok_or_else(not_signed_in)?;
        app.limits.charge(Caller::Account(found.account.to_string()))?;
        let staff = Staff {
            tenant: found.tenant,
            tenant_name: found.tenant_name,
            account: found.account,
            login: found.login,
            rights: found.rights,
            form_key: found.form_key,
        };
        parts.extensions.insert(staff.clone());
        Ok(staff)
    }
}

/// 401 `sign_in_needed`; staff pages turn it into the way to the sign-in page.
pub(crate) fn not_signed_in() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "sign_in_needed", "Sign in first; your session may have ended.")
}

/// A form sent from a page of ours by the signed-in member of staff who got that page: its `form_id` holds the
/// session's form key. Put it last among a handler's arguments.
#[derive(Debug)]
pub struct FormOf<T> {
    /// The form's own fields.
    pub form: T,
    /// The form's number: the same one again is the same submit.
    pub number: String,
}

/// A form without fields of its own, e.g. a single button. (`()` does not do: it takes no field at all.)
#[derive(Debug, Deserialize)]
pub struct NoFields {}

#[derive(Deserialize)]
struct Keyed {
    #[serde(default)]
    form_id: String,
}

impl<T: DeserializeOwned> FromRequest<App> for FormOf<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let staff = Staff::from_request_parts(&mut parts, app).await?;
        let bytes = to_bytes(body, LARGE_FORM_BYTES).await.map_err(|_| too_large())?;
        let again = || Request::from_parts(parts.clone(), Body::from(bytes.clone()));
        let Form(Keyed { form_id }) = Form::from_request(again(), app).await?;
        let number = staff.form_key.number_of(&form_id).ok_or_else(outdated)?.to_owned();
        let Form(form) = Form::from_request(again(), app).await?;
        Ok(Self { form, number })
    }
}

/// As [`FormOf`] for a page's form with one file, `file`, in multipart. How large it may be is its route's business.
#[derive(Debug)]
pub struct FormWithFile {
    /// The file; empty where none was chosen.
    pub file: Bytes,
}

impl FromRequest<App> for FormWithFile {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let staff = Staff::from_request_parts(&mut parts, app).await?;
        let mut form = Multipart::from_request(Request::from_parts(parts, body), app).await?;
        let mut file = None;
        let mut is_ours = false;
        while let Some(field) = form.next_field().await? {
            match field.name() {
                Some("form_id") => {
                    let id = field.text().await?;
                    is_ours = staff.form_key.number_of(&id).is_some();
                }
                // Nothing is read into memory for a page that is not ours.
                Some("file") if is_ours => file = Some(field.bytes().await?),
                _ => {}
            }
        }
        if is_ours { Ok(Self { file: file.unwrap_or_default() }) } else { Err(outdated()) }
    }
}

fn outdated() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "form_outdated",
        "This page belongs to an earlier session. Load it again and send it once more.",
    )
}
