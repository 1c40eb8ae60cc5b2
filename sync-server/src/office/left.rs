//! Applications that advisors handed in and that did not become cases: the office sees them beside its queue.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use shared::domain::{Lang, TenantId};
use ui::{office::LeftRow, texts::problem_short};

use crate::{cases::page::moment, store::StoreError};

/// Most that are shown.
const MOST: u32 = 100;
/// How long one is shown.
const FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How many of the tenant's there are.
///
/// # Errors
/// When the rows cannot be read.
pub(super) fn count(conn: &Connection, tenant: TenantId, now: Timestamp) -> Result<u64, StoreError> {
    let count: i64 = conn
        .prepare_cached(
            "SELECT count(*) FROM submission_cases WHERE tenant = ?1 AND state = 'office' AND settled_at > ?2",
        )?
        .query_row(params![tenant.to_string(), (now - FOR).as_millisecond()], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The tenant's newest.
///
/// # Errors
/// When the rows cannot be read.
pub(super) fn left(
    conn: &Connection,
    tenant: TenantId,
    lang: Lang,
    now: Timestamp,
) -> Result<Vec<LeftRow>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT s.submission, coalesce(a.login, ''), coalesce(s.code, ''), s.settled_at FROM submission_cases s
         LEFT JOIN accounts a ON a.tenant = s.tenant AND a.id = s.account
         WHERE s.tenant = ?1 AND s.state = 'office' AND s.settled_at > ?2 ORDER BY s.settled_at DESC LIMIT ?3",
    )?;
    let mut rows = statement.query(params![tenant.to_string(), (now - FOR).as_millisecond(), MOST])?;
    let mut left = Vec::new();
    while let Some(row) = rows.next()? {
        let code: String = row.get(2)?;
        let (code, field) = code.split_once(':').map_or((&*code, None), |(code, field)| (code, Some(field)));
        let sentence = problem_short(code, lang);
        left.push(LeftRow {
            submission: row.get(0)?,
            advisor: row.get(1)?,
            about: field.or(sentence.is_none().then_some(code)).map(str::to_owned),
            reason: sentence.unwrap_or_else(|| ui::texts::problem(code, lang)),
            since: moment(Timestamp::from_millisecond(row.get(3)?).unwrap_or(now), lang),
        });
    }
    Ok(left)
}
