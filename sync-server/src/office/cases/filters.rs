//! Lists of cases that somebody keeps under a name. They are their keeper's alone.

use axum::{
    extract::State,
    http::Uri,
    response::{IntoResponse, Redirect, Response},
};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use ui::office::SavedFilter;

use super::{
    asked::{Ask, Asked},
    shown,
};
use crate::{
    accounts::{FormOf, Staff, permission::CaseReader},
    app::App,
    audit,
    cases::words::Sought,
    crypt::{PersonKey, Place},
    http::input::Path,
    office::{Reader, numbers::Choice},
    problem::Problem,
    world::Random,
};

/// Most filters of one account.
const MOST: i64 = 20;
/// Longest name, in characters.
const LONGEST_NAME: usize = 40;
/// Longest part of an address that is kept.
const LONGEST_ASKED: usize = 1_000;

/// A filter as it is kept.
pub(super) struct Kept {
    id: String,
    name: String,
    opens_first: bool,
    ask: Ask,
}

impl Kept {
    /// As a link; `now` is what the page shows.
    pub(super) fn shown(&self, now: &Ask) -> SavedFilter {
        let words = |ask: &Ask| ask.sought.as_ref().map(|sought| sought.typed().to_owned());
        SavedFilter {
            id: self.id.clone(),
            name: self.name.clone(),
            href: self.ask.address(),
            opens_first: self.opens_first,
            chosen: self.ask.codes() == now.codes() && words(&self.ask) == words(now),
        }
    }
}

fn place(id: &str) -> Place<'_> {
    Place { table: "case_filters", row: id, column: "words" }
}

/// An account's filters, by name.
///
/// # Errors
/// When rows cannot be read.
pub(super) fn of_account(
    conn: &Connection,
    (tenant, account): (&str, &str),
    key: &PersonKey,
    random: &Random,
) -> Result<Vec<Kept>, Problem> {
    read(conn, (tenant, account), "1", key, random)
}

/// The address of the filter that the list begins with.
///
/// # Errors
/// When rows cannot be read.
pub(super) fn first(
    conn: &Connection,
    whose: (&str, &str),
    key: &PersonKey,
    random: &Random,
) -> Result<Option<String>, Problem> {
    let first = read(conn, whose, "opens_first = 1", key, random)?;
    Ok(first.into_iter().next().map(|kept| kept.ask.address()))
}

fn read(
    conn: &Connection,
    (tenant, account): (&str, &str),
    which: &'static str,
    key: &PersonKey,
    random: &Random,
) -> Result<Vec<Kept>, Problem> {
    let sql = format!(
        "SELECT id, name, asked, words, opens_first FROM case_filters
         WHERE tenant = ?1 AND account = ?2 AND {which} ORDER BY name LIMIT {MOST}"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([tenant, account])?;
    let mut kept = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, asked, words): (String, String, Option<Vec<u8>>) = (row.get(0)?, row.get(2)?, row.get(3)?);
        let mut ask = read_query(&asked, key)?;
        if let Some(sealed) = words
            && let Some(sought) = Sought::read(&key.open_text(place(&id), &sealed)?)
        {
            ask = ask.with_words(sought, key, random)?;
        }
        kept.push(Kept { id, name: row.get(1)?, opens_first: row.get(4)?, ask });
    }
    Ok(kept)
}

fn read_query(query: &str, key: &PersonKey) -> Result<Ask, Problem> {
    let uri: Uri = format!("/?{query}").parse().map_err(|_| Problem::not_found())?;
    let asked = axum::extract::Query::<Asked>::try_from_uri(&uri).map_err(|_| Problem::not_found())?.0;
    let choice = axum::extract::Query::<Choice>::try_from_uri(&uri).map_err(|_| Problem::not_found())?.0;
    Ask::read(asked, choice, key)
}

/// What is to be kept.
#[derive(Debug, Deserialize)]
pub(crate) struct ToKeep {
    #[serde(default)]
    name: String,
    /// The address of what the page shows, behind its question mark.
    #[serde(default)]
    asked: String,
    #[serde(default)]
    first: String,
}

/// Keeps what the page shows under a name.
#[utoipa::path(post, path = "/office/cases/filters", tag = "page", responses((status = 303), (status = 200, description = "Page")))]
pub(crate) async fn keep_filter(
    State(app): State<App>,
    staff: CaseReader,
    mut reader: Reader,
    FormOf { form, number }: FormOf<ToKeep>,
) -> Result<Response, Problem> {
    reader.here = "/office/cases".to_owned();
    let key = app.keys.tenant(staff.tenant).sought();
    if form.asked.len() > LONGEST_ASKED {
        return Err(Problem::not_found());
    }
    let ask = read_query(&form.asked, &key)?;
    match keep(&app, &staff, &ask, &form, number).await {
        Ok(()) => Ok(Redirect::to(&ask.address()).into_response()),
        Err(problem) => {
            let named = (form.name.as_str(), Some(&problem));
            Ok(shown(&app, &staff, reader, ask, None, named).await?.into_response())
        }
    }
}

async fn keep(app: &App, staff: &Staff, ask: &Ask, form: &ToKeep, id: String) -> Result<(), Problem> {
    let name = form.name.trim().to_owned();
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if !fits {
        let says = "Give a name of 1 to 40 characters.";
        return Err(Problem::invalid("name", "filter_name_form", says));
    }
    let (tenant, account) = (staff.tenant.to_string(), staff.account.to_string());
    let key = app.keys.tenant(staff.tenant).sought();
    let words = match &ask.sought {
        Some(sought) => Some(key.seal(place(&id), sought.typed().as_bytes(), &app.world.random)?),
        None => None,
    };
    let (asked, first, now, actor) = (ask.codes(), form.first == "yes", app.world.clock.now(), staff.actor());
    app.store
        .write(move |conn| {
            let whose = (tenant.as_str(), account.as_str());
            if is_there(conn, whose, &id)? {
                return Ok(()); // The same form once more.
            }
            let count = "SELECT count(*), coalesce(max(name = ?3), 0) FROM case_filters WHERE tenant = ?1 AND account = ?2";
            let (kept, taken): (i64, bool) = conn
                .prepare_cached(count)?
                .query_row(params![tenant, account, name], |row| Ok((row.get(0)?, row.get(1)?)))?;
            if taken {
                let says = "You have a filter of this name. Choose another name, or delete that one first.";
                return Err(Problem::invalid("name", "filter_name_taken", says));
            }
            if kept >= MOST {
                let says = format!("You have {MOST} filters. Delete one that you no longer use first.");
                return Err(Problem::invalid("name", "filters_full", says));
            }
            if first {
                none_opens_first(conn, whose)?;
            }
            conn.prepare_cached(
                "INSERT INTO case_filters(tenant, account, id, name, asked, words, opens_first, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![tenant, account, id, name, asked, words, first, now.as_millisecond()])?;
            note(conn, &tenant, (now, &actor), "filter.kept", &id)
        })
        .await
}

/// What is done to a filter.
#[derive(Debug, Deserialize)]
pub(crate) struct Change {
    /// `delete`, `first`, `not_first`.
    #[serde(default)]
    act: String,
}

/// Deletes a filter, or says whether the list begins with it.
#[utoipa::path(post, path = "/office/cases/filters/{filter}", tag = "page", params(("filter" = String, Path)), responses((status = 303)))]
pub(crate) async fn change_filter(
    State(app): State<App>,
    staff: CaseReader,
    Path(filter): Path<String>,
    FormOf { form, .. }: FormOf<Change>,
) -> Result<Response, Problem> {
    let (tenant, account) = (staff.tenant.to_string(), staff.account.to_string());
    let (now, actor) = (app.world.clock.now(), staff.actor());
    app.store
        .write(move |conn| {
            let whose = (tenant.as_str(), account.as_str());
            if !is_there(conn, whose, &filter)? {
                return Err(Problem::not_found());
            }
            let action = match form.act.as_str() {
                "delete" => {
                    conn.prepare_cached(
                        "DELETE FROM case_filters WHERE tenant = ?1 AND account = ?2 AND id = ?3",
                    )?
                    .execute([&tenant, &account, &filter])?;
                    "filter.deleted"
                }
                act @ ("first" | "not_first") => {
                    none_opens_first(conn, whose)?;
                    conn.prepare_cached(
                        "UPDATE case_filters SET opens_first = ?4 WHERE tenant = ?1 AND account = ?2 AND id = ?3",
                    )?
                    .execute(params![tenant, account, filter, act == "first"])?;
                    "filter.changed"
                }
                _ => return Err(Problem::not_found()),
            };
            note(conn, &tenant, (now, &actor), action, &filter)
        })
        .await?;
    Ok(Redirect::to("/office/cases?state=all").into_response())
}

fn is_there(conn: &Connection, (tenant, account): (&str, &str), id: &str) -> Result<bool, Problem> {
    let sql = "SELECT 1 FROM case_filters WHERE tenant = ?1 AND account = ?2 AND id = ?3";
    Ok(conn.prepare_cached(sql)?.query_row([tenant, account, id], |_| Ok(())).optional()?.is_some())
}

fn none_opens_first(conn: &Connection, (tenant, account): (&str, &str)) -> Result<(), Problem> {
    let sql =
        "UPDATE case_filters SET opens_first = 0 WHERE tenant = ?1 AND account = ?2 AND opens_first = 1";
    conn.prepare_cached(sql)?.execute([tenant, account])?;
    Ok(())
}

/// The names of filters are their keepers' own words and stay out of the audit.
fn note(
    conn: &Connection,
    tenant: &str,
    (at, actor): (jiff::Timestamp, &str),
    action: &str,
    id: &str,
) -> Result<(), Problem> {
    let entry = audit::Entry { tenant, at, actor, action, subject: id, detail: "{}" };
    Ok(audit::record(conn, entry)?)
}
