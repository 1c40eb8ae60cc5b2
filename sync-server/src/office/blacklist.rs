//! The page of the company's blacklist: list a value, look one up, take one off. A value travels in a form's body only, and
//! never back to the page.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use rusqlite::Connection;
use serde::Deserialize;
use shared::domain::{Lang, ListedId, TenantId};
use ui::{
    office::{Blacklist, ListedRow, OfficePage},
    texts::Words,
};

use super::{Reader, View};
use crate::{
    accounts::{FormOf, NoFields, permission::BlacklistKeeper},
    app::App,
    blacklist::{Entry, EntryLine, Value, add, find, list, remove},
    cases::{page::moment, today},
    http::input::{Path, Query},
    problem::Problem,
};

const HERE: &str = "/office/blacklist";

/// Which page, and what was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    page: u32,
    done: String,
}

/// The list, with an empty form.
#[utoipa::path(get, path = "/office/blacklist", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn blacklist(
    State(app): State<App>,
    staff: BlacklistKeeper,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<View, Problem> {
    let lang = reader.lang;
    let page = listed(&app, staff.tenant, lang, asked.page, ("id_number", "")).await?;
    let view = View::of_staff(reader, &staff, &app, page);
    let said = ["added", "there", "removed"].into_iter().find(|word| *word == asked.done);
    Ok(match said {
        Some(word) => view.notice(Words(lang).t(&format!("listed-done-{word}"))),
        None => view,
    })
}

/// What was typed into the form.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct Typed {
    sort: String,
    value: String,
    reason: String,
}

impl Typed {
    fn entry(&self, app: &App, tenant: TenantId) -> Result<Entry, Problem> {
        let unfit = || {
            let detail = "Choose an ID number, a mobile number or a VIN.";
            Problem::invalid("sort", "blacklist_value_form", detail)
        };
        let value = Value::typed(&self.sort, &self.value).ok_or_else(unfit)?;
        value.read(&app.keys, tenant, today(app.world.clock.now()))
    }
}

/// Lists a value.
#[utoipa::path(post, path = "/office/blacklist", tag = "page", responses((status = 303)))]
pub(crate) async fn list_value(
    State(app): State<App>,
    staff: BlacklistKeeper,
    reader: Reader,
    FormOf { form: typed, .. }: FormOf<Typed>,
) -> Result<Response, Problem> {
    let added = match typed.entry(&app, staff.tenant) {
        Ok(entry) => {
            let (keys, random, now) = (app.keys.clone(), app.world.random.clone(), app.world.clock.now());
            let (by, reason) = (staff.clone(), typed.reason.clone());
            app.store.write(move |conn| add::add(conn, &keys, &random, &by, &entry, &reason, now)).await
        }
        Err(problem) => Err(problem),
    };
    match added {
        Ok((_, new)) => {
            let done = if new { "added" } else { "there" };
            Ok(Redirect::to(&format!("{HERE}?done={done}")).into_response())
        }
        Err(problem) => refused(&app, &staff, reader, &typed, problem).await,
    }
}

/// Says whether a value is listed.
#[utoipa::path(post, path = "/office/blacklist/find", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn find_listed(
    State(app): State<App>,
    staff: BlacklistKeeper,
    mut reader: Reader,
    FormOf { form: typed, .. }: FormOf<Typed>,
) -> Result<Response, Problem> {
    let entry = match typed.entry(&app, staff.tenant) {
        Ok(entry) => entry,
        Err(problem) => return refused(&app, &staff, reader, &typed, problem).await,
    };
    let (keys, tenant, lang) = (app.keys.clone(), staff.tenant, reader.lang);
    let rows = app
        .store
        .read(move |conn| {
            let found = find::find(conn, &keys, tenant, &entry)?;
            shown(conn, tenant, found.into_iter().collect(), lang)
        })
        .await?;
    let page = Blacklist { rows, is_search: true, typed: (typed.sort, typed.reason), older: None };
    // The answer to a search has no address of its own.
    reader.here = HERE.to_owned();
    Ok(View::of_staff(reader, &staff, &app, OfficePage::Blacklist(page)).into_response())
}

/// Takes an entry off the list.
#[utoipa::path(post, path = "/office/blacklist/{entry}/remove", tag = "page", params(("entry" = String, Path)), responses((status = 303)))]
pub(crate) async fn unlist(
    State(app): State<App>,
    staff: BlacklistKeeper,
    Path(entry): Path<ListedId>,
    _: FormOf<NoFields>,
) -> Result<Response, Problem> {
    let now = app.world.clock.now();
    app.store.write(move |conn| remove::remove(conn, &staff, entry, now)).await?;
    Ok(Redirect::to(&format!("{HERE}?done=removed")).into_response())
}

async fn refused(
    app: &App,
    staff: &BlacklistKeeper,
    mut reader: Reader,
    typed: &Typed,
    problem: Problem,
) -> Result<Response, Problem> {
    if problem.status >= 500 {
        return Err(problem);
    }
    reader.here = HERE.to_owned();
    let page = listed(app, staff.tenant, reader.lang, 0, (&typed.sort, &typed.reason)).await?;
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
    Ok((status, View::of_staff(reader, staff, app, page).problem(&problem)).into_response())
}

async fn listed(
    app: &App,
    tenant: TenantId,
    lang: Lang,
    page: u32,
    (sort, reason): (&str, &str),
) -> Result<OfficePage, Problem> {
    let keys = app.keys.clone();
    let rows =
        app.store.read(move |conn| shown(conn, tenant, list::list(conn, &keys, tenant, page)?, lang)).await?;
    let full = rows.len() >= usize::try_from(list::PAGE).unwrap_or(usize::MAX);
    Ok(OfficePage::Blacklist(Blacklist {
        older: full.then(|| format!("{HERE}?page={}", page.saturating_add(1))),
        rows,
        is_search: false,
        typed: (sort.to_owned(), reason.to_owned()),
    }))
}

/// The entries with the names of those who listed them.
fn shown(
    conn: &Connection,
    tenant: TenantId,
    entries: Vec<EntryLine>,
    lang: Lang,
) -> Result<Vec<ListedRow>, Problem> {
    let mut statement = conn.prepare_cached("SELECT id, login FROM accounts WHERE tenant = ?1")?;
    let names: BTreeMap<String, String> = statement
        .query_map([tenant.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let at = |ms: i64| moment(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH), lang);
    let row = |entry: EntryLine| ListedRow {
        by: names.get(&entry.added_by).cloned().unwrap_or(entry.added_by),
        id: entry.entry,
        sort: entry.sort,
        masked: entry.masked,
        reason: entry.reason,
        added: at(entry.added_at),
    };
    Ok(entries.into_iter().map(row).collect())
}
