//! The list of all cases: as a table or a board, narrowed in every way that an address can say, with the filters that somebody
//! keeps; and the search.
//!
//! One box searches both ways. A whole ID number, mobile number or case number is looked up exactly, through the blind index,
//! and each such look-up is on record without what was sought. Everything else is words. Neither is ever put into an address
//! as it was typed (`asked.rs` says why).

mod asked;
mod board;
mod choices;
mod filters;
mod look;
mod rows;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;
use shared::domain::{IdNumber, Phone};
use ui::office::{Cases, Lane, OfficePage};

use super::{Reader, View, numbers::Choice};
use crate::{
    accounts::{FormOf, Staff, permission::CaseReader},
    app::App,
    audit,
    cases::{
        page::{case_number, moment},
        person::{Column, blind_index},
        words::{Sought, read_from},
    },
    http::input::Query,
    problem::Problem,
};

use asked::Ask;
use look::{Listed, Look, Means};
use rows::Found;

pub(crate) use asked::Asked;
pub(crate) use filters::{__path_change_filter, __path_keep_filter, change_filter, keep_filter};
pub(super) use rows::{holder_name, state};

/// Cases on one page.
const PAGE: usize = 50;

/// Cases, newest first; without a word in the address as the reader's own first filter says.
#[utoipa::path(get, path = "/office/cases", tag = "page", responses((status = 200, description = "Page"), (status = 303)))]
pub(crate) async fn cases(
    State(app): State<App>,
    staff: CaseReader,
    reader: Reader,
    Query(asked): Query<Asked>,
    Query(choice): Query<Choice>,
) -> Result<Response, Problem> {
    let key = app.keys.tenant(staff.tenant).sought();
    if asked.is_bare() && !choice.is_any() {
        let (tenant, account) = (staff.tenant.to_string(), staff.account.to_string());
        let random = app.world.random.clone();
        let first = move |conn: &Connection| filters::first(conn, (&tenant, &account), &key, &random);
        if let Some(first) = app.store.read(first).await? {
            return Ok(Redirect::to(&first).into_response());
        }
        return Ok(shown(&app, &staff, reader, Ask::default(), None, ("", None)).await?.into_response());
    }
    let before = asked.before;
    let mut ask = Ask::read(asked, choice, &key)?;
    let problem = ask.choice.names_days().then(|| ask.choice.period().err()).flatten();
    if problem.is_some() {
        ask.choice = ask.choice.of_all_days();
    }
    Ok(shown(&app, &staff, reader, ask, before, ("", problem.as_ref())).await?.into_response())
}

/// Whom or what to find.
#[derive(Deserialize)]
pub(crate) struct ToFind {
    #[serde(default)]
    what: String,
    #[serde(default)]
    view: String,
}

/// Finds the cases of one ID number, phone or case number, or by words. Each exact search is on record, without what was
/// sought.
#[utoipa::path(post, path = "/office/cases/find", tag = "page", responses((status = 200, description = "Page"), (status = 303)))]
pub(crate) async fn find_cases(
    State(app): State<App>,
    staff: CaseReader,
    mut reader: Reader,
    FormOf { form, .. }: FormOf<ToFind>,
) -> Result<Response, Problem> {
    reader.here = "/office/cases".to_owned();
    let now = app.world.clock.now();
    let Some(what) = What::parse(&form.what, now) else {
        let Some(sought) = Sought::read(&form.what) else {
            let problem = Problem::invalid(
                "what",
                "find_form",
                "Give a whole ID number, mobile number or case number, or up to 100 characters of words.",
            );
            let ask = Ask::default();
            return Ok(shown(&app, &staff, reader, ask, None, ("", Some(&problem))).await?.into_response());
        };
        let key = app.keys.tenant(staff.tenant).sought();
        let ask = Ask::of_words(sought, &key, &app.world.random)?.on_a_board(form.view == "board");
        return Ok(Redirect::to(&ask.address()).into_response());
    };
    let found = looked_up(&app, &staff, what, now).await?;
    let listed = Listed { found, ..Listed::default() };
    let mut page = page(&app, &staff, &reader, Ask::default(), Some(listed), None).await?;
    page.is_search = true;
    Ok(View::of_staff(reader, &staff, &app, OfficePage::Cases(page)).into_response())
}

async fn looked_up(app: &App, staff: &Staff, what: What, now: Timestamp) -> Result<Vec<Found>, Problem> {
    let (tenant, actor, keys) = (staff.tenant, staff.actor(), app.keys.clone());
    app.store
        .write(move |conn| {
            let found = match &what {
                What::Number(number) => rows::numbered(conn, tenant, "", &[*number])?,
                What::Person(column, value) => {
                    rows::of_person(conn, tenant, *column, blind_index(&keys, tenant, *column, value))?
                }
            };
            let cases: Vec<&str> = found.iter().map(|case| case.id.as_str()).collect();
            let detail = json!({"by": what.kind(), "found": cases}).to_string();
            let tenant = tenant.to_string();
            let entry = audit::Entry {
                tenant: &tenant,
                at: now,
                actor: &actor,
                action: "case.looked_up",
                subject: "cases",
                detail: &detail,
            };
            audit::record(conn, entry)?;
            Ok::<_, Problem>(found)
        })
        .await
}

/// What is looked up exactly, read.
enum What {
    Number(i64),
    Person(Column, String),
}

impl What {
    fn parse(typed: &str, now: Timestamp) -> Option<Self> {
        let typed = typed.trim();
        let number = typed.to_ascii_uppercase();
        if let Some(digits) = number.strip_prefix("MP")
            && let Ok(number) = digits.parse()
        {
            return Some(Self::Number(number));
        }
        if let Ok(number) = IdNumber::parse(typed, shared::domain::funders::china_date(now)) {
            return Some(Self::Person(Column::IdNumber, number.reveal().to_owned()));
        }
        Phone::parse(typed).ok().map(|phone| Self::Person(Column::Phone, phone.reveal().to_owned()))
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "number",
            Self::Person(Column::IdNumber, _) => "id_number",
            Self::Person(..) => "phone",
        }
    }
}

/// The page of what is asked for, from the case of a number on; with a problem, and the name that was typed for a filter.
async fn shown(
    app: &App,
    staff: &Staff,
    reader: Reader,
    ask: Ask,
    before: Option<i64>,
    (name, problem): (&str, Option<&Problem>),
) -> Result<View, Problem> {
    let mut page = page(app, staff, &reader, ask, None, before).await?;
    name.clone_into(&mut page.narrow.name);
    let view = View::of_staff(reader, staff, app, OfficePage::Cases(page));
    Ok(match problem {
        Some(problem) => view.problem(problem),
        None => view,
    })
}

/// Everything of the page, read at one moment; the rows are those given, else those asked for.
async fn page(
    app: &App,
    staff: &Staff,
    reader: &Reader,
    ask: Ask,
    given: Option<Listed>,
    before: Option<i64>,
) -> Result<Cases, Problem> {
    let (tenant, account, lang) = (staff.tenant, staff.account.to_string(), reader.lang);
    let (means, now, random) = (Means::of(app), app.world.clock.now(), app.world.random.clone());
    let key = app.keys.tenant(tenant).sought();
    let read = move |conn: &Connection| {
        let conn = &*conn.unchecked_transaction()?;
        let of = tenant.to_string();
        let look = Look::new(conn, (tenant, lang, now), &means, &ask)?;
        let kept = filters::of_account(conn, (&of, &account), &key, &random)?;
        let is_board = ask.board && given.is_none();
        let board = if is_board { Some(lanes(&look, &means)?) } else { None };
        let listed = match given {
            Some(given) => given,
            None if is_board => look.unlisted(),
            None => look.list(before.unwrap_or(i64::MAX))?,
        };
        Ok(Cases {
            filter: ask.state.to_owned(),
            is_search: false,
            sought: ask.sought.as_ref().map(|sought| sought.typed().to_owned()).unwrap_or_default(),
            narrowed: listed.narrowed,
            rows: means.rows(conn, listed.found, lang)?,
            older: listed.before.map(|before| ask.older(before)),
            stopped: listed.stopped,
            board,
            saved: kept.iter().map(|kept| kept.shown(&ask)).collect(),
            narrow: choices::narrow(&look)?,
            kept: ask.kept(),
            read_from: read_from(conn, &of)?.map(case_number),
            as_of: moment(now, lang),
        })
    };
    app.store.read(read).await
}

fn lanes(look: &Look<'_>, means: &Means) -> Result<Vec<Lane>, Problem> {
    let lanes = board::lanes(look)?.into_iter().map(|lane| {
        Ok(Lane {
            state: lane.state.to_owned(),
            today: lane.today,
            count: lane.count,
            all: look.ask.in_state(lane.state, lane.today).address(),
            rows: means.rows(look.conn, lane.found, look.lang)?,
        })
    });
    lanes.collect()
}

#[cfg(test)]
mod tests;
