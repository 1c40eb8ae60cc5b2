//! The page of numbers, its export and the wall.

mod address;
mod csv;
mod names;
mod shown;

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use rusqlite::Connection;
use serde::Deserialize;
use shared::domain::{Lang, TenantId};
use ui::office::{Figures, Numbers, NumbersWall, OfficePage};

pub(super) use address::{Address, Choice};
pub(super) use names::Names;
pub(super) use shown::{days_said, label};

use super::{Reader, View};
use crate::{
    accounts::permission::{CaseReader, FigureReader},
    app::App,
    cases::page::moment,
    http::input::Query,
    numbers::{Asked, Filter, Period, Totals, add_up, words::Words},
    problem::Problem,
};

/// Seconds after which the wall asks again.
const WALL_SECONDS: &str = "30";
/// Rows of the audit chain that may be unread without a word about it: about fifty cases, which are read within a second.
const BEHIND: i64 = 1_000;

/// Everything of one answer, read at one moment.
struct Read {
    period: Period,
    filter: Filter,
    names: Names,
    totals: Totals,
    behind: bool,
}

/// The page.
#[utoipa::path(get, path = "/office/numbers", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn numbers(
    State(app): State<App>,
    staff: FigureReader,
    reader: Reader,
    Query(choice): Query<Choice>,
) -> Result<Response, Problem> {
    let (lang, sees_cases) = (reader.lang, CaseReader::permits(&staff));
    let (page, problem) = match choice.period() {
        Ok(asked) => {
            let read = read(&app, staff.tenant, lang, asked, choice).await?;
            (whole(&read, sees_cases, app.world.clock.now(), lang), None)
        }
        Err(problem) => (Numbers { from: choice.from, to: choice.to, ..unread() }, Some(problem)),
    };
    let view = View::of_staff(reader, &staff, &app, OfficePage::Numbers(Box::new(page)));
    Ok(match problem {
        None => view.into_response(),
        Some(problem) => (StatusCode::UNPROCESSABLE_ENTITY, view.problem(&problem)).into_response(),
    })
}

/// The same figures for a spreadsheet.
#[utoipa::path(get, path = "/office/numbers.csv", tag = "page", responses((status = 200, description = "CSV")))]
pub(crate) async fn numbers_csv(
    State(app): State<App>,
    staff: FigureReader,
    reader: Reader,
    Query(choice): Query<Choice>,
) -> Result<Response, Problem> {
    let asked = choice.period()?;
    let read = read(&app, staff.tenant, reader.lang, asked, choice).await?;
    let figures = shown::figures(&read.totals, &read.names, &read.period, None);
    let name = format!("attachment; filename=\"numbers-{}-{}.csv\"", read.period.first, read.period.last);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&name).map_err(|error| Problem::internal(&error))?,
        ),
    ];
    Ok((headers, csv::written(&figures, &read.period, reader.lang)).into_response())
}

/// How the wall is looked at.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Looked {
    #[serde(default)]
    still: String,
}

/// Today, for a screen on a wall.
#[utoipa::path(get, path = "/office/numbers/wall", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn numbers_wall(
    State(app): State<App>,
    staff: FigureReader,
    reader: Reader,
    Query(looked): Query<Looked>,
) -> Result<Response, Problem> {
    let (lang, still, now) = (reader.lang, looked.still == "1", app.world.clock.now());
    let tenant = staff.tenant;
    let read = read(&app, tenant, lang, Asked::Today, Choice::default()).await?;
    let wall = NumbersWall {
        tenant: staff.tenant_name.get(lang).to_owned(),
        figures: shown::figures(&read.totals, &read.names, &read.period, None),
        waiting: app.store.read(move |conn| waiting(conn, tenant)).await?,
        as_of: moment(now, lang),
        still,
    };
    let mut response = View::open(reader, OfficePage::NumbersWall(Box::new(wall))).into_response();
    if !still {
        response.headers_mut().insert(header::REFRESH, HeaderValue::from_static(WALL_SECONDS));
    }
    Ok(response)
}

async fn read(
    app: &App,
    tenant: TenantId,
    lang: Lang,
    asked: Asked,
    choice: Choice,
) -> Result<Read, Problem> {
    let (library, products) = (app.driver.library().clone(), app.products.clone());
    let period = Period::of(asked, app.world.clock.now());
    app.store
        .read(move |conn| {
            let moment = conn.unchecked_transaction()?;
            let tenant = tenant.to_string();
            let words = Words::load(&moment, &tenant)?;
            let filter = choice.filter(&words);
            let totals = add_up(&moment, &tenant, &words, &filter, &period)?;
            let names = Names::load(&moment, &library, &products, &tenant, words, lang)?;
            Ok(Read { period, filter, names, totals, behind: is_behind(&moment)? })
        })
        .await
}

/// Whether there are more cases that were not yet read than a moment brings.
fn is_behind(conn: &Connection) -> Result<bool, Problem> {
    let sql = "SELECT (SELECT coalesce(max(seq), 0) FROM audit) - seq > ?1 FROM numbers_read WHERE one = 1";
    Ok(conn.prepare_cached(sql)?.query_row([BEHIND], |row| row.get(0))?)
}

fn waiting(conn: &Connection, tenant: TenantId) -> Result<u32, Problem> {
    let sql = "SELECT count(DISTINCT case_id) FROM tasks WHERE tenant = ?1 AND owner >= 'queue:' AND owner < 'queue;'";
    Ok(conn.prepare_cached(sql)?.query_row([tenant.to_string()], |row| row.get(0))?)
}

/// What is shown where the choice cannot be read.
fn unread() -> Numbers {
    let address = Address::new(Asked::default(), Filter::default());
    Numbers { periods: periods(&address, &Words::default()), ..Numbers::default() }
}

fn periods(address: &Address, words: &Words) -> Vec<(String, String, bool)> {
    Asked::NAMED
        .into_iter()
        .map(|asked| {
            let href = address.of_period(asked).numbers("/office/numbers", words);
            (asked.code().to_owned(), href, asked == address.asked)
        })
        .collect()
}

fn whole(read: &Read, sees_cases: bool, now: Timestamp, lang: Lang) -> Numbers {
    let Read { period, filter, names, totals, .. } = read;
    let address = Address::new(period.asked, *filter);
    let words = &names.words;
    let (from, to) = match period.asked {
        Asked::Days(from, to) => (from.to_string(), to.to_string()),
        _ => Default::default(),
    };
    let unfiltered = (*filter != Filter::default())
        .then(|| Address::new(period.asked, Filter::default()).numbers("/office/numbers", words));
    let figures: Figures = shown::figures(totals, names, period, sees_cases.then_some(&address));
    Numbers {
        periods: periods(&address, words),
        from,
        to,
        days_said: shown::days_said(period.first, period.last, lang),
        before_said: shown::days_said(period.first_before, period.last_before, lang),
        under_way: period.before.count() % 24 != 0,
        filters: shown::filters(totals, names, filter),
        unfiltered,
        figures: Some(figures),
        csv: address.numbers("/office/numbers.csv", words),
        wall: "/office/numbers/wall".to_owned(),
        as_of: Some(moment(now, lang)),
        behind: read.behind,
    }
}

#[cfg(test)]
mod tests;
