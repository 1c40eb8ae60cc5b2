//! One connection of a device: when it came, what it brought and took, how it said it stands, when it was gone.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;
use shared::domain::{DeviceId, TenantId};
use shared::protocol::sync::{DeviceReport, ReportedState, ReportedWhat};
use shared::sync::Committed;

use crate::{
    store::{StoreError, signed},
    world::Random,
};

/// Most visits of one device that are kept.
const MOST_VISITS: i64 = 200;
/// At least so long between two notes of one connection, unless it ends: many devices report at once.
const PAUSE: Duration = Duration::from_millis(500);
/// After so long without anything to note, that the device is still there is noted.
const STILL_THERE: Duration = Duration::from_secs(60);

/// A connection that goes on, with what is not yet noted of it.
pub(crate) struct Visit {
    device: DeviceId,
    tenant: TenantId,
    /// Its row; it is made with the first note.
    id: String,
    came: bool,
    unsynced: u32,
    since_noted: Tally,
    report: Option<DeviceReport>,
}

/// What a device brought and took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Changes it brought.
    pub pushed: u64,
    /// Changes that were not taken.
    pub refused: u64,
    /// Changes it was sent.
    pub pulled: u64,
    /// Receipts it was given.
    pub handed_in: u64,
}

impl Tally {
    /// What came of work that was done for the device.
    pub fn add(&mut self, committed: &Committed) {
        match committed {
            Committed::Push { steps, refused, .. } => {
                self.pushed += steps.iter().map(|step| step.after.saturating_sub(step.before)).sum::<u64>();
                self.refused += refused.len() as u64;
            }
            Committed::Manifest(_) => self.handed_in += 1,
            Committed::Refused { .. } => self.refused += 1,
        }
    }
}

/// What a visit writes.
pub(crate) struct Note {
    device: DeviceId,
    tenant: TenantId,
    id: String,
    unsynced: u32,
    tally: Tally,
    report: Option<DeviceReport>,
    gone: bool,
}

impl Visit {
    /// A device that just proved who it is, with so many items that it alone has.
    pub fn begin(device: DeviceId, tenant: TenantId, unsynced: u32, random: &Random) -> Self {
        let id = hex::encode(random.bytes::<16>());
        Self { device, tenant, id, came: false, unsynced, since_noted: Tally::default(), report: None }
    }

    /// Whose device it is.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// It brought or took something.
    pub fn count(&mut self, add: impl FnOnce(&mut Tally)) {
        add(&mut self.since_noted);
    }

    /// It said how it stands; the newest counts.
    pub fn reported(&mut self, report: DeviceReport) {
        self.report = Some(report);
    }

    /// How long after the last note the next one is due; `None` while there is nothing to note.
    pub fn due(&self) -> Option<Duration> {
        let is_news = self.report.is_some() || self.since_noted != Tally::default();
        match (self.came, is_news) {
            (false, _) => Some(Duration::ZERO),
            (true, true) => Some(PAUSE),
            (true, false) => None,
        }
    }

    /// What is to be noted, `since_last` after the last note; `None` where that can wait.
    pub fn note(&mut self, since_last: Duration) -> Option<Note> {
        let due = self.due().unwrap_or(STILL_THERE).min(STILL_THERE);
        (since_last >= due).then(|| self.take(false))
    }

    /// What is to be noted at the end.
    pub fn end(mut self) -> Note {
        self.take(true)
    }

    fn take(&mut self, gone: bool) -> Note {
        self.came = true;
        Note {
            device: self.device,
            tenant: self.tenant,
            id: self.id.clone(),
            unsynced: self.unsynced,
            tally: std::mem::take(&mut self.since_noted),
            report: self.report.take(),
            gone,
        }
    }
}

impl Note {
    /// Writes it. Notes of one visit may come in any order; each counts.
    ///
    /// # Errors
    /// When the store does not take it.
    pub fn write(&self, conn: &Connection, now: Timestamp) -> Result<(), StoreError> {
        let (device, tenant, now) = (self.device.to_string(), self.tenant.to_string(), now.as_millisecond());
        let came = conn
            .prepare_cached(
                "INSERT OR IGNORE INTO device_visits(id, tenant, device, came_at, heard_at) VALUES (?1, ?2, ?3, ?4, ?4)",
            )?
            .execute(params![self.id, tenant, device, now])?;
        if came > 0 {
            conn.prepare_cached(
                "DELETE FROM device_visits WHERE id IN
                   (SELECT id FROM device_visits WHERE device = ?1 ORDER BY came_at DESC LIMIT -1 OFFSET ?2)",
            )?
            .execute(params![device, MOST_VISITS])?;
            conn.prepare_cached("UPDATE devices SET unsynced = ?2 WHERE id = ?1")?
                .execute(params![device, self.unsynced])?;
        }
        let Tally { pushed, refused, pulled, handed_in } = self.tally;
        conn.prepare_cached(
            "UPDATE device_visits SET heard_at = ?2, left_at = iif(?3, ?2, left_at), pushed = pushed + ?4,
               refused = refused + ?5, pulled = pulled + ?6, handed_in = handed_in + ?7 WHERE id = ?1",
        )?
        .execute(params![
            self.id,
            now,
            self.gone,
            signed(pushed),
            signed(refused),
            signed(pulled),
            signed(handed_in)
        ])?;
        conn.prepare_cached("UPDATE devices SET last_seen_at = ?2 WHERE id = ?1")?
            .execute(params![device, now])?;
        if let Some(report) = &self.report {
            keep(conn, &device, &tenant, report, now)?;
        }
        Ok(())
    }
}

fn keep(
    conn: &Connection,
    device: &str,
    tenant: &str,
    report: &DeviceReport,
    now: i64,
) -> Result<(), StoreError> {
    let cursors: Vec<_> = (report.cursors.iter())
        .map(|at| json!({"scope": at.scope.to_string(), "cursor": at.cursor}))
        .collect();
    let items: Vec<_> = (report.items.iter())
        .map(|item| {
            let (state, code) = match &item.state {
                ReportedState::Waiting => ("waiting", None),
                ReportedState::Sending => ("sending", None),
                ReportedState::Aside(code) => ("aside", Some(code)),
            };
            let what = match item.what {
                ReportedWhat::Change => "change",
                ReportedWhat::Submission => "submission",
                ReportedWhat::Photo => "photo",
            };
            json!({"document": item.document.to_string(), "what": what, "state": state, "code": code,
                "count": item.count, "bytes": item.bytes})
        })
        .collect();
    // The device's clock may be wrong by years: what counts is how long ago it was by that clock.
    let ago = report.oldest_ms.map(|oldest| report.at_ms.saturating_sub(oldest).clamp(0, now));
    conn.prepare_cached(
        "INSERT OR REPLACE INTO device_reports(device, tenant, at, app, unsynced, aside, photo_bytes, oldest, ahead_ms,
           kept, free, cursors, items) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        device,
        tenant,
        now,
        report.app,
        report.unsynced,
        report.aside,
        signed(report.photo_bytes),
        ago.map(|ago| now - ago),
        report.at_ms.saturating_sub(now),
        report.storage.map(|storage| storage.kept),
        report.storage.and_then(|storage| storage.free).map(signed),
        json!(cursors).to_string(),
        json!(items).to_string()
    ])?;
    conn.prepare_cached("UPDATE devices SET unsynced = ?2 WHERE id = ?1")?
        .execute(params![device, report.unsynced])?;
    Ok(())
}

/// Ends the visits that the process before this one left open: nobody is connected yet.
///
/// # Errors
/// When the store does not take it.
pub(crate) fn end_all(conn: &Connection) -> Result<(), StoreError> {
    conn.execute("UPDATE device_visits SET left_at = heard_at WHERE left_at IS NULL", [])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_waits_for_news_and_says_now_and_then_that_the_device_is_still_there() {
        let random = Random::seeded(7);
        let (device, tenant) = (DeviceId::from_bytes([1; 16]), TenantId::from_bytes([2; 16]));
        let mut visit = Visit::begin(device, tenant, 3, &random);
        assert!(visit.note(Duration::ZERO).is_some(), "it came");
        assert!(visit.note(PAUSE).is_none(), "nothing happened");
        visit.count(|tally| tally.pushed += 2);
        assert!(visit.note(PAUSE / 2).is_none(), "too soon");
        let note = visit.note(PAUSE).unwrap();
        assert_eq!((note.tally.pushed, note.gone), (2, false));
        assert!(visit.note(PAUSE).is_none(), "noted once");
        assert!(visit.note(STILL_THERE).is_some());
        assert!(visit.end().gone);
    }
}
