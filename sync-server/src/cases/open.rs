//! Opens a case: person, case, run and link in one commit.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use serde_json::json;
use shared::{
    domain::{CaseId, Lang, LinkId, Phone, TenantId},
    flow::Flow,
};

use super::{
    CaseRequest,
    person::{Column, Person},
    products::Product,
    words,
};
use crate::{
    audit,
    crypt::{Keys, token_hash},
    flows::journal::{self, Advanced, CaseRef},
    problem::Problem,
    world::Random,
};

/// What a new case needs; ids and token are minted by the caller so that the change itself is plain.
pub struct Opening<'a> {
    /// Whose.
    pub tenant: TenantId,
    /// The new case's id.
    pub case: CaseId,
    /// The new link's id.
    pub link: LinkId,
    /// The link's secret; only its hash is stored.
    pub token: &'a str,
    /// `account:ID` or `key:ID`.
    pub made_by: &'a str,
    /// What it is about.
    pub request: &'a CaseRequest,
    /// The flow version it is pinned to.
    pub flow: &'a Arc<Flow>,
    /// Its hash.
    pub flow_hash: &'a str,
    /// What that version sells.
    pub product: &'a Product,
    /// Funders that may be asked, by key.
    pub funders: &'a [String],
    /// The customer's phone, where the maker knows it.
    pub phone: Option<&'a Phone>,
    /// Language of the first page.
    pub lang: Lang,
    /// How long the link is good.
    pub lifetime: SignedDuration,
}

/// Writes all rows of a new case.
///
/// # Errors
/// When the flow cannot start or a row cannot be written.
pub fn open(
    conn: &Connection,
    keys: &Keys,
    random: &Random,
    opening: &Opening<'_>,
    now: Timestamp,
) -> Result<Advanced, Problem> {
    let (tenant, case) = (opening.tenant.to_string(), opening.case.to_string());
    let person = Person::create(conn, keys, opening.tenant, random, now)?;
    if let Some(phone) = opening.phone {
        person.set(conn, Column::Phone, phone.reveal(), random)?;
    }
    let number: i64 = conn
        .prepare_cached("SELECT value FROM counters WHERE tenant = ?1 AND name = 'case'")?
        .query_row([&tenant], |row| row.get(0))
        .or_else(|error| if error == rusqlite::Error::QueryReturnedNoRows { Ok(0) } else { Err(error) })?
        + 1;
    conn.prepare_cached("INSERT OR REPLACE INTO counters(tenant, name, value) VALUES (?1, 'case', ?2)")?
        .execute(params![tenant, number])?;
    conn.prepare_cached(
        "INSERT INTO cases(tenant, id, number, person, flow, flow_hash, request, lang, created_by, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
    )?
    .execute(params![
        tenant,
        case,
        number,
        person.id().to_string(),
        opening.flow.key,
        opening.flow_hash,
        json!(opening.request).to_string(),
        opening.lang.tag(),
        opening.made_by,
        now.as_millisecond(),
    ])?;
    words::keep(conn, &tenant, &case)?;
    conn.prepare_cached(
        "INSERT INTO links(tenant, id, token_hash, case_id, expires_at, created_by, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        tenant,
        opening.link.to_string(),
        token_hash(opening.token),
        case,
        (now + opening.lifetime).as_millisecond(),
        opening.made_by,
        now.as_millisecond(),
    ])?;
    let detail = json!({"link": opening.link, "flow": opening.flow.key}).to_string();
    audit::record(
        conn,
        audit::Entry {
            tenant: &tenant,
            at: now,
            actor: opening.made_by,
            action: "case.opened",
            subject: &case,
            detail: &detail,
        },
    )?;
    let of = CaseRef { tenant: opening.tenant, case: opening.case };
    let facts = opening.request.facts(Some(opening.product), opening.funders).with("lot", lot(of.case));
    Ok(journal::begin(conn, opening.flow, of, facts, now)?)
}

/// A case's lot, 0 to 9,999: the last bytes of its id are random, so that lots are drawn evenly and stay the same.
fn lot(case: CaseId) -> u64 {
    let bytes = case.to_bytes();
    let last: [u8; 8] = bytes[8..].try_into().unwrap_or_default();
    u64::from_be_bytes(last) % 10_000
}
