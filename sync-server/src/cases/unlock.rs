//! Opens a finished case in one browser for a while, after a fresh code.

use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    code::{self, CodeFor, CodeRules},
    person::Person,
};
use crate::{app::App, links::Customer, problem::Problem};

/// How long a finished case stays open in a browser.
pub(super) const OPEN_FOR: SignedDuration = SignedDuration::from_mins(15);
const NAME: &str = "__Host-case";

/// Tries the code for a finished case.
///
/// # Errors
/// `code_wrong`, `code_expired`, `code_attempts`.
pub(super) async fn try_code(app: &App, customer: &Customer, given: String) -> Result<(), Problem> {
    let (of, person, keys, now) = (customer.of, customer.person, app.keys.clone(), app.world.clock.now());
    let rules = CodeRules::of(&app.config);
    app.store
        .write(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person)?;
            code::try_code(conn, of, &person, CodeFor::Reopen, &given, &rules, now)
        })
        .await?
}

/// The cookie that keeps the case open: an end time and a keyed hash over it; nothing is stored.
///
/// # Errors
/// When the person is gone.
pub(super) async fn cookie(app: &App, customer: &Customer) -> Result<Cookie<'static>, Problem> {
    let until = (app.world.clock.now() + OPEN_FOR).as_millisecond();
    let proof = proof(app, customer, until).await?;
    Ok(Cookie::build((NAME, format!("{until}.{proof}")))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .build())
}

/// Whether this browser holds an open case's cookie.
pub(super) async fn is_open(app: &App, customer: &Customer, jar: &CookieJar) -> bool {
    let Some((until, given)) = jar.get(NAME).and_then(|cookie| cookie.value().split_once('.')) else {
        return false;
    };
    let Ok(until) = until.parse::<i64>() else { return false };
    if Timestamp::from_millisecond(until).is_ok_and(|until| until <= app.world.clock.now()) {
        return false;
    }
    let (given, proof) = (given.to_owned(), proof(app, customer, until).await);
    proof.is_ok_and(|proof| subtle::ConstantTimeEq::ct_eq(proof.as_bytes(), given.as_bytes()).into())
}

async fn proof(app: &App, customer: &Customer, until: i64) -> Result<String, Problem> {
    let (of, person, keys) = (customer.of, customer.person, app.keys.clone());
    let person = app.store.read(move |conn| Person::load(conn, &keys, of.tenant, person)).await?;
    Ok(hex::encode(person.key().hash(&["open case", &of.case.to_string(), &until.to_string()])))
}
