//! Signing in: the same answer in the same time for every wrong name and password, and a growing pause after five.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use ui::office::OfficePage;

use super::{create::Login, password, password::Password, session};
use crate::{
    app::App,
    audit::{self, Entry},
    http::{
        address::ClientAddress,
        input::{Form, Query},
        limits::Caller,
    },
    office::{Reader, View},
    problem::Problem,
};

/// Wrong passwords before the first pause.
const FREE_TRIES: i64 = 5;
/// The first pause; each further wrong password doubles it.
const FIRST_PAUSE_S: i64 = 30;
/// The longest pause: nobody is locked out for good by somebody else's guesses.
const LONGEST_PAUSE_S: i64 = 15 * 60;
/// Where the front door of the office is.
const HOME: &str = "/office/";
/// Whose audit an unknown name goes to.
const PLATFORM: &str = "platform";

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    next: Option<String>,
}

/// The sign-in page.
#[utoipa::path(get, path = "/office/sign-in", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn sign_in_page(reader: Reader, Query(asked): Query<Asked>) -> View {
    page(reader, String::new(), safe_next(asked.next.as_deref()))
}

/// What the sign-in page sends.
#[derive(Debug, Deserialize)]
pub(crate) struct SignIn {
    user: String,
    password: Password,
    next: Option<String>,
}

/// Begins a session.
#[utoipa::path(post, path = "/office/sign-in", tag = "page",
    responses((status = 303, description = "Signed in"), (status = 422, description = "Wrong name or password")))]
pub(crate) async fn sign_in(
    State(app): State<App>,
    address: ClientAddress,
    jar: CookieJar,
    reader: Reader,
    Form(form): Form<SignIn>,
) -> Result<Response, Problem> {
    app.limits.charge(Caller::sign_in(address))?;
    let next = safe_next(form.next.as_deref());
    let now = app.world.clock.now();
    let login = Login::parse(&form.user).ok();

    let known = match login.clone() {
        Some(login) => app.store.read(move |conn| find(conn, &login)).await?,
        None => None,
    };
    // A paused account takes as long as any other and learns nothing from a right password.
    let open = known.as_ref().filter(|account| account.locked_until <= now.as_millisecond());
    let fits = password::verify(form.password, open.map(|account| account.password_hash.clone())).await?;
    let begun = match (fits, known) {
        (true, Some(account)) => Some(begin(&app, account, now).await?),
        (_, known) => {
            app.store.write(move |conn| refuse(conn, known.as_ref(), now)).await?;
            None
        }
    };
    Ok(match begun {
        Some(secret) => (jar.add(session::cookie(secret)), Redirect::to(&next)).into_response(),
        None => {
            let user = login.map_or_else(String::new, |login| login.as_str().to_owned());
            (StatusCode::UNPROCESSABLE_ENTITY, page(reader, user, next).problem(&wrong())).into_response()
        }
    })
}

fn page(reader: Reader, user: String, next: String) -> View {
    View::open(reader, OfficePage::SignIn(ui::office::SignIn { user, next }))
}

fn wrong() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "sign_in_wrong",
        "The name or the password is not right. After five wrong tries signing in pauses, up to 15 minutes.",
    )
}

struct Account {
    tenant: String,
    id: String,
    password_hash: String,
    locked_until: i64,
}

fn find(connection: &Connection, login: &Login) -> Result<Option<Account>, Problem> {
    Ok(connection
        .prepare_cached(
            "SELECT tenant, id, password_hash, locked_until FROM accounts WHERE login = ?1 AND disabled_at IS NULL",
        )?
        .query_row([login.as_str()], |row| {
            Ok(Account {
                tenant: row.get(0)?,
                id: row.get(1)?,
                password_hash: row.get(2)?,
                locked_until: row.get::<_, Option<i64>>(3)?.unwrap_or(0),
            })
        })
        .optional()?)
}

async fn begin(app: &App, account: Account, now: Timestamp) -> Result<String, Problem> {
    let (random, lasts) =
        (app.world.random.clone(), SignedDuration::from_hours(app.config.session_hours.into()));
    app.store
        .write(move |conn| {
            conn.prepare_cached(
                "UPDATE accounts SET failed = 0, locked_until = NULL WHERE tenant = ?1 AND id = ?2",
            )?
            .execute([&account.tenant, &account.id])?;
            note(conn, &account, now, "account.signed_in")?;
            session::begin(conn, &account.tenant, &account.id, &random, now, lasts)
        })
        .await
}

/// Counts a wrong try. An unknown name is written down too, so that it takes as long.
fn refuse(connection: &Connection, known: Option<&Account>, now: Timestamp) -> Result<(), Problem> {
    let nobody = Account {
        tenant: PLATFORM.into(),
        id: "unknown".into(),
        password_hash: String::new(),
        locked_until: 0,
    };
    let account = known.unwrap_or(&nobody);
    if account.locked_until <= now.as_millisecond() {
        let failed: Option<i64> = connection
            .prepare_cached(
                "UPDATE accounts SET failed = failed + 1 WHERE tenant = ?1 AND id = ?2 RETURNING failed",
            )?
            .query_row([&account.tenant, &account.id], |row| row.get(0))
            .optional()?;
        if let Some(until) = failed.and_then(pause).map(|pause| now + pause) {
            connection
                .prepare_cached("UPDATE accounts SET locked_until = ?3 WHERE tenant = ?1 AND id = ?2")?
                .execute(params![account.tenant, account.id, until.as_millisecond()])?;
        }
    }
    note(connection, account, now, "account.sign_in_refused")
}

/// How long signing in pauses after this many wrong passwords in a row.
fn pause(failed: i64) -> Option<SignedDuration> {
    let beyond = u32::try_from(failed - FREE_TRIES).ok()?;
    Some(SignedDuration::from_secs(FIRST_PAUSE_S.saturating_mul(1 << beyond.min(10)).min(LONGEST_PAUSE_S)))
}

fn note(connection: &Connection, account: &Account, at: Timestamp, action: &str) -> Result<(), Problem> {
    let actor = format!("account:{}", account.id);
    let entry =
        Entry { tenant: &account.tenant, at, actor: &actor, action, subject: &account.id, detail: "{}" };
    Ok(audit::record(connection, entry)?)
}

/// Where to go afterwards: a page of the office, never another site.
fn safe_next(asked: Option<&str>) -> String {
    let known = |b: u8| b.is_ascii_alphanumeric() || b"/-_?=&.%".contains(&b);
    let plain = |next: &&str| {
        let inside = next.starts_with("/office/") && !next.starts_with("/office/sign-");
        inside && next.len() <= 500 && next.bytes().all(known) && !next.contains("//")
    };
    asked.filter(plain).unwrap_or(HOME).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let seconds = |failed| pause(failed).map(|pause| pause.as_secs());
        for (failed, expected) in [
            (0, None),
            (4, None),
            (5, Some(30)),
            (6, Some(60)),
            (9, Some(480)),
            (10, Some(900)),
            (1_000, Some(900)),
        ] {
            assert_eq!(seconds(failed), expected, "{failed}");
        }
    }

    #[test]
    fn signing_in_leads_nowhere_else() {
        for (asked, next) in [
            (Some("/office/review?state=open"), "/office/review?state=open"),
            (Some("https://evil.example/office/"), HOME),
            (Some("//evil.example"), HOME),
            (Some("/office//evil.example"), HOME),
            (Some("/office/\\evil"), HOME),
            (Some("/office/sign-out"), HOME),
            (Some("/c/token"), HOME),
            (None, HOME),
        ] {
            assert_eq!(safe_next(asked), next, "{asked:?}");
        }
    }
}
