//! Cases as rows of the list: reading them from their own rows, and what of them is shown.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use shared::domain::{CaseId, Lang, TenantId};
use ui::office::{CaseRow, CaseState};

use super::PAGE;
use crate::{
    cases::{
        CaseRequest,
        follow::{self, Holder, Wait},
        page::{case_number, moment},
        person::Column,
        products::Product,
    },
    flows::journal::CaseRef,
    office::queue_name,
    problem::Problem,
};

/// What a row of the list is read from.
const COLUMNS: &str = "c.id, c.number, c.flow, c.request, c.decision, c.created_at, c.ended_at, c.flow_hash";

/// A case as it is read for the list.
pub(super) struct Found {
    pub(super) id: String,
    pub(super) number: i64,
    flow: String,
    request: String,
    decision: Option<String>,
    created_at: i64,
    ended_at: Option<i64>,
    pub(super) flow_hash: String,
    wait: Option<Wait>,
}

/// What the filter asks of a case.
pub(super) fn condition(filter: &str) -> &'static str {
    // Ranges instead of LIKE, so that the index of owners serves.
    // Whoever is waited for waits in a case that is not decided; of these the newest are looked at first, by their index.
    const REVIEW: &str = "c.decision IS NULL AND +c.id IN
        (SELECT case_id FROM tasks WHERE tenant = ?1 AND owner >= 'queue:' AND owner < 'queue;')";
    const CUSTOMER: &str = "c.decision IS NULL AND +c.id IN (SELECT case_id FROM tasks WHERE tenant = ?1 AND owner = 'customer')";
    const PARTNER: &str = "c.decision IS NULL AND +c.id IN
        (SELECT case_id FROM tasks WHERE tenant = ?1 AND owner >= 'partner:' AND owner < 'partner;')
        AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.tenant = c.tenant AND t.case_id = c.id
                        AND (t.owner = 'customer' OR t.owner >= 'queue:' AND t.owner < 'queue;'))";
    const SYSTEM: &str = "c.decision IS NULL AND +c.id IN
        (SELECT case_id FROM tasks WHERE tenant = ?1 AND owner IN ('machine', 'clock'))
        AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.tenant = c.tenant AND t.case_id = c.id
                        AND t.owner NOT IN ('machine', 'clock'))";
    match filter {
        "open" => "c.decision IS NULL",
        "review" => REVIEW,
        "customer" => CUSTOMER,
        "partner" => PARTNER,
        "system" => SYSTEM,
        "approved" => "c.decision = 'approved'",
        // Every third case: the newest are looked through.
        "ended" => "+c.decision IN ('declined', 'withdrawn', 'expired', 'error')",
        "declined" => "c.decision = 'declined'",
        "withdrawn" => "c.decision = 'withdrawn'",
        "expired" => "c.decision = 'expired'",
        "error" => "c.decision = 'error'",
        _ => "true",
    }
}

/// The cases in this state with the highest numbers below `before`, one more than a page shows.
///
/// # Errors
/// When the rows cannot be read.
pub(super) fn listed(
    conn: &Connection,
    tenant: TenantId,
    filter: &str,
    before: i64,
) -> Result<Vec<Found>, Problem> {
    let sql = format!(
        "SELECT {COLUMNS} FROM cases c WHERE c.tenant = ?1 AND c.number < ?2 AND {}
         ORDER BY c.number DESC LIMIT ?3",
        condition(filter)
    );
    // One more than is shown says whether there are older ones.
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    read(conn, tenant, &sql, params![tenant.to_string(), before, most])
}

/// Of these cases those in this state, one more than a page shows at most, the highest number first.
///
/// # Errors
/// When the rows cannot be read.
pub(super) fn numbered(
    conn: &Connection,
    tenant: TenantId,
    state: &str,
    numbers: &[i64],
) -> Result<Vec<Found>, Problem> {
    let sql = format!(
        "SELECT {COLUMNS} FROM cases c
         WHERE c.tenant = ?1 AND c.number IN (SELECT value FROM json_each(?2)) AND {}
         ORDER BY c.number DESC LIMIT ?3",
        condition(state)
    );
    let numbers = serde_json::to_string(numbers).map_err(|error| Problem::internal(&error))?;
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    read(conn, tenant, &sql, params![tenant.to_string(), numbers, most])
}

/// The newest cases of whoever has this number.
///
/// # Errors
/// When the rows cannot be read.
pub(super) fn of_person(
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

    pub(super) fn shown(self, products: &BTreeMap<String, Product>, lang: Lang) -> Option<CaseRow> {
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

pub(crate) fn state(decision: Option<&str>, holder: &Holder) -> CaseState {
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

pub(crate) fn holder_name(holder: &Holder, lang: Lang) -> String {
    match holder {
        Holder::Customer => lang.pick("客户", "the customer").to_owned(),
        Holder::Queue(queue) => queue_name(queue, lang).to_owned(),
        Holder::Partner(_) => lang.pick("合作机构", "an outside company").to_owned(),
        Holder::System => lang.pick("系统", "the system").to_owned(),
    }
}
