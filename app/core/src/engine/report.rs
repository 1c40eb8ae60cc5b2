//! What the device says of itself to the server, for the office to see: how much is not yet safe, since when and why.

use shared::app::{Answer, UnsafeState, UnsafeWhat};
use shared::protocol::sync::{
    self as wire, DeviceReport, Frame, MAX_REPORTED_ITEMS, MAX_REPORTED_SCOPES, ReportedCursor, ReportedItem,
    ReportedState, ReportedStorage, ReportedWhat,
};
use shared::sync::Link;

use super::{Deed, Engine};

/// At least so long between two reports, milliseconds.
const PAUSE_MS: u64 = 2_000;
/// A report is repeated after so long although nothing changed, milliseconds: it carries the device's clock.
const AGAIN_MS: u64 = 60_000;

/// What was reported on this connection, and what is known for the next report.
#[derive(Default)]
pub(super) struct Reporting {
    last: Option<(u64, DeviceReport)>,
    due: bool,
    storage: Option<ReportedStorage>,
}

impl Reporting {
    /// Something happened that a report may tell.
    pub(super) fn changed(&mut self) {
        self.due = true;
    }
}

impl Engine {
    /// How safely the browser or the system keeps the database: whether it stays when space runs short, and the bytes that
    /// are free where that is known.
    pub fn handle_storage(&mut self, kept: bool, free: Option<u64>) {
        self.reporting.storage = Some(ReportedStorage { kept, free });
        self.reporting.changed();
    }

    /// Says how this device stands, where the server has not heard it yet.
    pub(super) fn report(&mut self) {
        if self.device.link() != Link::Online || self.device.is_revoked() || self.erased {
            self.reporting.last = None;
            return;
        }
        let ticks = (self.world.ticks)();
        let since = self.reporting.last.as_ref().map_or(u64::MAX, |(at, _)| ticks.saturating_sub(*at));
        if since < PAUSE_MS || (!self.reporting.due && since < AGAIN_MS) {
            return;
        }
        self.reporting.due = false;
        // Where the database cannot be read there is nothing to say; the screens say that it cannot be read.
        let Ok(report) = self.as_report() else { return };
        let is_news = self.reporting.last.as_ref().is_none_or(|(_, last)| !says_the_same(last, &report));
        if is_news || since >= AGAIN_MS {
            self.deeds.push_back(Deed::Send(wire::pack(&wire::encode(&Frame::Report(report.clone())))));
            self.reporting.last = Some((ticks, report));
        }
    }

    fn as_report(&mut self) -> Result<DeviceReport, crate::StoreError> {
        let standing = self.standing();
        let items = match self.unsafe_items()? {
            Answer::Unsafe { items, .. } => items,
            _ => Vec::new(),
        };
        let items = items.into_iter().take(MAX_REPORTED_ITEMS).map(|item| ReportedItem {
            document: item.document,
            what: match item.what {
                UnsafeWhat::Change => ReportedWhat::Change,
                UnsafeWhat::Submission => ReportedWhat::Submission,
                UnsafeWhat::Photo(_) => ReportedWhat::Photo,
            },
            state: match item.state {
                UnsafeState::Waiting => ReportedState::Waiting,
                UnsafeState::Sending => ReportedState::Sending,
                UnsafeState::Aside(code) => ReportedState::Aside(code),
            },
            count: small(item.count),
            bytes: item.bytes,
        });
        let cursors = self.device.cursors().take(MAX_REPORTED_SCOPES);
        Ok(DeviceReport {
            app: env!("CARGO_PKG_VERSION").to_owned(),
            at_ms: self.now().as_millisecond(),
            unsynced: small(standing.unsynced),
            aside: small(standing.aside),
            photo_bytes: standing.photo_bytes,
            oldest_ms: self.store.unsafe_since()?,
            storage: self.reporting.storage,
            cursors: cursors.map(|(scope, cursor)| ReportedCursor { scope, cursor }).collect(),
            items: items.collect(),
        })
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Do two reports differ in nothing but the moment, and the free bytes, which change all the time?
fn says_the_same(one: &DeviceReport, other: &DeviceReport) -> bool {
    let still = |report: &DeviceReport| DeviceReport {
        at_ms: 0,
        storage: report.storage.map(|storage| ReportedStorage { free: None, ..storage }),
        ..report.clone()
    };
    still(one) == still(other)
}
