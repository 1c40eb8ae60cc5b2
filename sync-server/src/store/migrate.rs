//! Brings a database up to this release's schema, one numbered file at a time, each in its own transaction.

use rusqlite::Connection;

use super::StoreError;

/// In order; a file never changes after it has landed.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_house.sql"),
    include_str!("../../migrations/0002_callbacks_and_companies.sql"),
    include_str!("../../migrations/0003_audit_seal.sql"),
    include_str!("../../migrations/0004_office.sql"),
    include_str!("../../migrations/0005_devices.sql"),
    include_str!("../../migrations/0006_cases_from_devices.sql"),
    include_str!("../../migrations/0007_flows.sql"),
    include_str!("../../migrations/0008_blacklist.sql"),
    include_str!("../../migrations/0009_company_rules.sql"),
    include_str!("../../migrations/0010_device_reports.sql"),
    include_str!("../../migrations/0011_numbers.sql"),
    include_str!("../../migrations/0012_partner_controls.sql"),
    include_str!("../../migrations/0013_webhooks.sql"),
    include_str!("../../migrations/0014_partner_answers.sql"),
    include_str!("../../migrations/0015_key_scopes.sql"),
    include_str!("../../migrations/0016_case_work.sql"),
    include_str!("../../migrations/0017_case_words.sql"),
    include_str!("../../migrations/0018_api_pages.sql"),
    include_str!("../../migrations/0019_asked_and_places.sql"),
    include_str!("../../migrations/0020_partner_recordings.sql"),
    include_str!("../../migrations/0021_own_funders.sql"),
];

/// The whole schema at once, for tests that need no folder.
#[cfg(test)]
pub(crate) fn bring_up(connection: &Connection) -> Result<(), StoreError> {
    for sql in MIGRATIONS {
        connection.execute_batch(sql)?;
    }
    Ok(())
}

pub(super) fn up(connection: &mut Connection) -> Result<(), StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (number, sql) in (1..).zip(MIGRATIONS).filter(|(number, _)| *number > found) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
