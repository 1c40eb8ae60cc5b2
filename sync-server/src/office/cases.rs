//! The list of all cases, narrowed to those behind a figure of the numbers where the address says so, and the way to one customer's: an exact number, found through the blind index and never put into
//! an address.

mod narrowed;

use std::collections::BTreeMap;

use axum::extract::State;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::Deserialize;
use serde_json::json;
use shared::domain::{CaseId, IdNumber, Lang, Phone, TenantId};
use ui::office::{CASE_FILTERS, CaseRow, CaseState, Cases, Narrowed, OfficePage};

use super::{Reader, View, numbers::Choice, queue_name};
use crate::{
    accounts::{FormOf, permission::CaseReader},
    app::App,
    audit,
    cases::{
        CaseRequest,
        follow::{self, Holder, Wait},
        page::{case_number, moment},
        person::{Column, blind_index},
        products::Product,
    },
    flows::journal::CaseRef,
    http::input::Query,
    problem::Problem,
};

/// Cases on one page.
const PAGE: usize = 50;
/// What a row of the list is read from.
const COLUMNS: &str = "c.id, c.number, c.flow, c.request, c.decision, c.created_at, c.ended_at, c.flow_hash";

/// Which cases.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    state: String,
    before: Option<i64>,
    #[serde(default)]
    reason: String,
}

/// All cases, newest first.
#[utoipa::path(get, path = "/office/cases", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn cases(
    State(app): State<App>,
    staff: CaseReader,
    reader: Reader,
    Query(asked): Query<Asked>,
    Query(choice): Query<Choice>,
) -> Result<View, Problem> {
    let filter = CASE_FILTERS.into_iter().find(|filter| *filter == asked.state).unwrap_or_default();
    let (tenant, before) = (staff.tenant, asked.before.unwrap_or(i64::MAX));
    let (mut found, narrowed) = if choice.is_any() || !asked.reason.is_empty() {
        let (found, narrowed) =
            narrowed::read(&app, tenant, reader.lang, choice, (filter, asked.reason), before).await?;
        (found, Some(narrowed))
    } else {
        (app.store.read(move |conn| listed(conn, tenant, filter, before)).await?, None)
    };
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let older = found.last().filter(|_| more).map(|last| {
        let state = if filter.is_empty() { String::new() } else { format!("state={filter}&") };
        let kept = narrowed.as_ref().map(|narrowed| format!("{}&", narrowed.kept)).unwrap_or_default();
        format!("/office/cases?{state}{kept}before={}", last.number)
    });
    let page = page(&app, reader.lang, filter, narrowed, found, older).await?;
    Ok(View::of_staff(reader, &staff, &app, page))
}

/// Whom to find.
#[derive(Deserialize)]
pub(crate) struct Sought {
    #[serde(default)]
    what: String,
}

/// Finds the cases of one ID number, phone or case number. Each search is on record, without what was sought.
#[utoipa::path(post, path = "/office/cases/find", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn find_cases(
    State(app): State<App>,
    staff: CaseReader,
    mut reader: Reader,
    FormOf { form, .. }: FormOf<Sought>,
) -> Result<View, Problem> {
    reader.here = "/office/cases".to_owned();
    let (tenant, actor, keys, now) = (staff.tenant, staff.actor(), app.keys.clone(), app.world.clock.now());
    let Some(what) = What::parse(&form.what, now) else {
        let problem =
            Problem::invalid("what", "find_form", "Give a whole ID number, mobile number or case number.");
        let found = app.store.read(move |conn| listed(conn, tenant, "", i64::MAX)).await?;
        let found = found.into_iter().take(PAGE).collect();
        let page = page(&app, reader.lang, "", None, found, None).await?;
        return Ok(View::of_staff(reader, &staff, &app, page).problem(&problem));
    };
    let found = app
        .store
        .write(move |conn| {
            let found = match &what {
                What::Number(number) => numbered(conn, tenant, *number)?,
                What::Person(column, value) => {
                    of_person(conn, tenant, *column, blind_index(&keys, tenant, *column, value))?
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
        .await?;
    let mut page = page(&app, reader.lang, "", None, found, None).await?;
    if let OfficePage::Cases(cases) = &mut page {
        cases.is_search = true;
    }
    Ok(View::of_staff(reader, &staff, &app, page))
}

/// What is sought, read.
enum What {
    Number(i64),
    Person(Column, String),
}

impl What {
    fn parse(typed: &str, now: Timestamp) -> Option<Self> {
        let typed = typed.trim();
        let number = typed.to_ascii_uppercase();
        if let Some(digits) = number.strip_prefix("MP") {
            return digits.parse().ok().map(Self::Number);
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

/// A case as it is read for the list.
struct Found {
    id: String,
    number: i64,
    flow: String,
    request: String,
    decision: Option<String>,
    created_at: i64,
    ended_at: Option<i64>,
    flow_hash: String,
    wait: Option<Wait>,
}

/// What the filter asks of a case.
fn condition(filter: &str) -> &'static str {
    // Ranges instead of LIKE, so that the index of owners serves.
    // Whoever is waited for waits in a case that is not decided; of these the newest are looked at first, by their index.
    const REVIEW: &str = "c.decision IS NULL AND +c.id IN
        (SELECT case_id FROM tasks WHERE tenant = ?1 AND owner >= 'queue:' AND owner < 'queue;')";
    const CUSTOMER: &str = "c.decision IS NULL AND +c.id IN (SELECT case_id FROM tasks WHERE tenant = ?1 AND owner = 'customer')";
    match filter {
        "open" => "c.decision IS NULL",
        "review" => REVIEW,
        "customer" => CUSTOMER,
        "approved" => "c.decision = 'approved'",
        "declined" => "c.decision = 'declined'",
        "withdrawn" => "c.decision = 'withdrawn'",
        "expired" => "c.decision = 'expired'",
        "error" => "c.decision = 'error'",
        _ => "true",
    }
}

fn listed(conn: &Connection, tenant: TenantId, filter: &str, before: i64) -> Result<Vec<Found>, Problem> {
    let sql = format!(
        "SELECT {COLUMNS} FROM cases c WHERE c.tenant = ?1 AND c.number < ?2 AND {}
         ORDER BY c.number DESC LIMIT ?3",
        condition(filter)
    );
    // One more than is shown says whether there are older ones.
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    read(conn, tenant, &sql, params![tenant.to_string(), before, most])
}

fn numbered(conn: &Connection, tenant: TenantId, number: i64) -> Result<Vec<Found>, Problem> {
    let sql = format!("SELECT {COLUMNS} FROM cases c WHERE c.tenant = ?1 AND c.number = ?2");
    read(conn, tenant, &sql, params![tenant.to_string(), number])
}

fn of_person(
    conn: &Connection,
    tenant: TenantId,
    column: Column,
    index: Vec<u8>,
) -> Result<Vec<Found>, Problem> {
    let column = if column == Column::IdNumber { "id_number_index" } else { "phone_index" };
    let sql = format!(
        "SELECT {COLUMNS} FROM persons p JOIN cases c ON c.tenant = p.tenant AND c.person = p.id
         WHERE p.tenant = ?1 AND p.{column} = ?2 ORDER BY c.number DESC LIMIT {PAGE}"
    );
    read(conn, tenant, &sql, params![tenant.to_string(), index])
}

fn read(
    conn: &Connection,
    tenant: TenantId,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<Found>, Problem> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, Found::of)?;
    let mut found: Vec<Found> = rows.collect::<Result<_, _>>()?;
    for case in &mut found {
        if case.decision.is_none()
            && let Ok(id) = case.id.parse::<CaseId>()
        {
            case.wait = follow::waits_for(conn, CaseRef { tenant, case: id })?;
        }
    }
    Ok(found)
}

impl Found {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            number: row.get(1)?,
            flow: row.get(2)?,
            request: row.get(3)?,
            decision: row.get(4)?,
            created_at: row.get(5)?,
            ended_at: row.get(6)?,
            flow_hash: row.get(7)?,
            wait: None,
        })
    }

    fn shown(self, products: &BTreeMap<String, Product>, lang: Lang) -> Option<CaseRow> {
        let request: CaseRequest = serde_json::from_str(&self.request).ok()?;
        let at = |ms: i64| moment(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH), lang);
        let product = products.get(&self.flow_hash);
        let holder = self.wait.as_ref().map_or(&Holder::System, |wait| &wait.holder);
        Some(CaseRow {
            case: self.id,
            case_number: case_number(self.number),
            opened: at(self.created_at),
            product: product.map_or(self.flow, |product| product.name.get(lang).to_owned()),
            amount_fen: request.finance(product).get(),
            vehicle: request.description,
            state: state(self.decision.as_deref(), holder),
            waits_for: if self.decision.is_none() { holder_name(holder, lang) } else { String::new() },
            since: self.wait.as_ref().map(|wait| moment(wait.since, lang)),
            decided: self.ended_at.map(at),
        })
    }
}

pub(super) fn state(decision: Option<&str>, holder: &Holder) -> CaseState {
    match (decision, holder) {
        (Some("approved"), _) => CaseState::Approved,
        (Some("declined"), _) => CaseState::Declined,
        (Some("withdrawn"), _) => CaseState::Withdrawn,
        (Some("expired"), _) => CaseState::Expired,
        (Some(_), _) => CaseState::Error,
        (None, Holder::Customer) => CaseState::Customer,
        (None, Holder::Queue(_)) => CaseState::Review,
        (None, Holder::Partner(_)) => CaseState::Partner,
        (None, Holder::System) => CaseState::System,
    }
}

pub(super) fn holder_name(holder: &Holder, lang: Lang) -> String {
    match holder {
        Holder::Customer => lang.pick("客户", "the customer").to_owned(),
        Holder::Queue(queue) => queue_name(queue, lang).to_owned(),
        Holder::Partner(_) => lang.pick("合作机构", "an outside company").to_owned(),
        Holder::System => lang.pick("系统", "the system").to_owned(),
    }
}

async fn page(
    app: &App,
    lang: Lang,
    filter: &str,
    narrowed: Option<Narrowed>,
    found: Vec<Found>,
    older: Option<String>,
) -> Result<OfficePage, Problem> {
    let hashes: Vec<String> = found.iter().map(|case| case.flow_hash.clone()).collect();
    let (library, products) = (app.driver.library().clone(), app.products.clone());
    let products = app.store.read(move |conn| products.of_versions(conn, &library, hashes)).await?;
    Ok(OfficePage::Cases(Cases {
        filter: filter.to_owned(),
        is_search: false,
        narrowed,
        rows: found.into_iter().filter_map(|case| case.shown(&products, lang)).collect(),
        older,
        as_of: moment(app.world.clock.now(), lang),
    }))
}
