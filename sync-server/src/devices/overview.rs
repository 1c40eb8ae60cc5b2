//! How a tenant's devices stand: what is not yet safe, where and why, for whoever watches them.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Deserialize;
use shared::domain::{DeviceId, TenantId};
use shared::sync::LEASE_SECONDS;

use crate::store::{StoreError, count};

/// A device's oldest unsafe item is late after this.
pub(crate) const LATE: SignedDuration = SignedDuration::from_hours(1);
/// A device's clock is wrong when it is further than this from the server's.
pub(crate) const CLOCK_OFF: SignedDuration = SignedDuration::from_mins(2);
/// Longest text that is looked for among owners and names, in characters.
const LONGEST_SOUGHT: usize = 40;

/// Which devices are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// All that are in use, those with something to look at first.
    All,
    /// Those with an alarm.
    Alarm,
    /// Those that hold something that is not yet safe.
    Unsafe,
    /// Those that are connected.
    Connected,
    /// Those that are out of use.
    Revoked,
}

impl Which {
    /// As it stands in an address.
    pub(crate) fn of(filter: &str) -> Self {
        match filter {
            "alarm" => Self::Alarm,
            "unsafe" => Self::Unsafe,
            "connected" => Self::Connected,
            "revoked" => Self::Revoked,
            _ => Self::All,
        }
    }
}

/// What a device needs somebody for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Alarm {
    /// Something lies on it alone for longer than [`LATE`].
    Late,
    /// Something is set aside: on the device, or handed over by one that is revoked.
    Aside,
    /// Its app is another version than the server's.
    OldApp,
    /// It holds something, and its storage may be cleared.
    NotKept,
    /// Its clock is wrong.
    Clock,
    /// It holds something, and has been away for so long that it is locked until it comes.
    Locked,
}

impl Alarm {
    /// Its stable name, part of text keys.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Aside => "aside",
            Self::OldApp => "old-app",
            Self::NotKept => "not-kept",
            Self::Clock => "clock",
            Self::Locked => "locked",
        }
    }
}

/// A device as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) device: String,
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) enrolled_at: i64,
    pub(crate) last_seen_at: Option<i64>,
    pub(crate) connected: bool,
    pub(crate) revoked: Option<(String, i64)>,
    /// Items that went with it, where it was stolen.
    pub(crate) lost: Option<u32>,
    pub(crate) unsynced: u32,
    /// Changes that it handed over when it was revoked, still in quarantine.
    pub(crate) quarantined: u32,
    /// When its lease ends, or ended.
    pub(crate) lease_until: Option<i64>,
    pub(crate) report: Option<Reported>,
}

/// What a device last said.
#[derive(Debug, Clone)]
pub(crate) struct Reported {
    pub(crate) at: i64,
    pub(crate) app: String,
    pub(crate) aside: u32,
    pub(crate) photo_bytes: u64,
    pub(crate) oldest: Option<i64>,
    pub(crate) ahead_ms: i64,
    pub(crate) kept: Option<bool>,
    pub(crate) free: Option<u64>,
    /// Changes of its scopes that it has not pulled.
    pub(crate) behind: u64,
    pub(crate) items: Vec<Item>,
}

/// Something of one application that is not yet safe.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Item {
    pub(crate) document: String,
    /// `change`, `submission` or `photo`.
    pub(crate) what: String,
    /// `waiting`, `sending` or `aside`.
    pub(crate) state: String,
    /// Why it is set aside.
    pub(crate) code: Option<String>,
    pub(crate) count: u32,
    pub(crate) bytes: u64,
}

/// What all devices come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) in_use: u64,
    pub(crate) connected: u64,
    pub(crate) unsynced: u64,
    pub(crate) photo_bytes: u64,
    pub(crate) late: u64,
    pub(crate) aside: u64,
    pub(crate) old_app: u64,
}

/// One connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visited {
    pub(crate) came_at: i64,
    pub(crate) left_at: Option<i64>,
    pub(crate) pushed: u64,
    pub(crate) refused: u64,
    pub(crate) pulled: u64,
    pub(crate) handed_in: u64,
}

/// What a revoked device handed over of one application.
#[derive(Debug, Clone)]
pub(crate) struct HandedOver {
    pub(crate) document: String,
    pub(crate) changes: u32,
    pub(crate) received_at: i64,
}

impl Standing {
    /// What it needs somebody for, the most pressing first.
    pub(crate) fn alarms(&self, now: Timestamp) -> Vec<Alarm> {
        let mut alarms = Vec::new();
        let now = now.as_millisecond();
        let in_use = self.revoked.is_none();
        let holds = in_use && self.unsynced > 0;
        let report = self.report.as_ref();
        let late = |oldest: i64| now - oldest > ms(LATE);
        if holds && report.and_then(|report| report.oldest).is_some_and(late) {
            alarms.push(Alarm::Late);
        }
        if self.quarantined > 0 || (in_use && report.is_some_and(|report| report.aside > 0)) {
            alarms.push(Alarm::Aside);
        }
        if holds && self.lease_until.is_some_and(|until| until < now) && !self.connected {
            alarms.push(Alarm::Locked);
        }
        if holds && report.is_some_and(|report| report.kept == Some(false)) {
            alarms.push(Alarm::NotKept);
        }
        if in_use && report.is_some_and(|report| report.app != OWN_VERSION) {
            alarms.push(Alarm::OldApp);
        }
        if in_use && report.is_some_and(|report| report.ahead_ms.abs() > ms(CLOCK_OFF)) {
            alarms.push(Alarm::Clock);
        }
        alarms
    }
}

/// The version of the app that this server delivers.
const OWN_VERSION: &str = env!("CARGO_PKG_VERSION");

fn ms(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Whether a device is connected, for the database.
macro_rules! connected {
    () => {
        "EXISTS (SELECT 1 FROM device_visits v WHERE v.device = d.id AND v.left_at IS NULL)"
    };
}

const COLUMNS: &str = concat!(
    "d.id, d.name, a.login, d.enrolled_at, d.last_seen_at, ",
    connected!(),
    ", d.revoked, d.revoked_at, d.lost, d.unsynced,
    (SELECT count(*) FROM quarantined_changes q WHERE q.device = d.id),
    (SELECT max(came_at) FROM device_visits v WHERE v.device = d.id),
    r.at, r.app, r.aside, r.photo_bytes, r.oldest, r.ahead_ms, r.kept, r.free, r.items,
    (SELECT coalesce(sum(max(s.head - json_extract(c.value, '$.cursor'), 0)), 0)
     FROM json_each(r.cursors) c JOIN scopes s ON s.id = json_extract(c.value, '$.scope'))"
);
const TABLES: &str = "devices d JOIN accounts a ON a.tenant = d.tenant AND a.id = d.account
    LEFT JOIN device_reports r ON r.device = d.id";
/// As [`Standing::alarms`], for the database. `?2` is now less [`LATE`], `?3` the server's version, `?4` the longest
/// offset of a clock, `?5` the start of the oldest lease that still holds.
const ALARM: &str = concat!(
    "(EXISTS (SELECT 1 FROM quarantined_changes q WHERE q.device = d.id)
    OR (d.revoked IS NULL AND (r.aside > 0 OR r.app <> ?3 OR abs(r.ahead_ms) > ?4
      OR (d.unsynced > 0 AND (r.oldest < ?2 OR r.kept = 0
        OR (NOT ",
    connected!(),
    " AND (SELECT max(came_at) FROM device_visits v WHERE v.device = d.id) < ?5))))))"
);

/// The devices of a kind whose owner or name contains a text, those with an alarm first: a page of `limit` after `offset`.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn list(
    conn: &Connection,
    tenant: TenantId,
    which: Which,
    sought: &str,
    page: (u32, u32),
    now: Timestamp,
) -> Result<Vec<Standing>, StoreError> {
    let condition = match which {
        Which::All => "d.revoked IS NULL".to_owned(),
        Which::Alarm => ALARM.to_owned(),
        Which::Unsafe => "d.revoked IS NULL AND d.unsynced > 0".to_owned(),
        Which::Connected => connected!().to_owned(),
        Which::Revoked => "d.revoked IS NOT NULL".to_owned(),
    };
    // What only a row that is shown needs is looked up for those alone.
    let sql = format!(
        "WITH shown AS (
           SELECT d.id AS device, {ALARM} AS alarm, coalesce(d.last_seen_at, d.enrolled_at) AS seen FROM {TABLES}
           WHERE d.tenant = ?1 AND {condition}
             AND (?6 = '' OR instr(lower(a.login), ?6) > 0 OR instr(lower(d.name), ?6) > 0)
           ORDER BY alarm DESC, seen DESC, d.id LIMIT ?7 OFFSET ?8)
         SELECT {COLUMNS} FROM shown JOIN {TABLES} WHERE d.id = shown.device
         ORDER BY shown.alarm DESC, shown.seen DESC, d.id"
    );
    let sought: String = sought.trim().to_lowercase().chars().take(LONGEST_SOUGHT).collect();
    let (late, clock, lease) = bounds(now);
    let (limit, offset) = page;
    let asked = params![tenant.to_string(), late, OWN_VERSION, clock, lease, sought, limit, offset];
    let found: Vec<Standing> =
        conn.prepare_cached(&sql)?.query_map(asked, Standing::of)?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// One device of the tenant.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn one(
    conn: &Connection,
    tenant: TenantId,
    device: DeviceId,
) -> Result<Option<Standing>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE d.tenant = ?1 AND d.id = ?2");
    let found = conn
        .prepare_cached(&sql)?
        .query_row(params![tenant.to_string(), device.to_string()], Standing::of)
        .optional()?;
    Ok(found)
}

/// What all of the tenant's devices come to.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn totals(conn: &Connection, tenant: TenantId, now: Timestamp) -> Result<Totals, StoreError> {
    let (late, ..) = bounds(now);
    let row = conn
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE d.revoked IS NULL),
               (SELECT count(DISTINCT device) FROM device_visits WHERE tenant = ?1 AND left_at IS NULL),
               coalesce(sum(d.unsynced) FILTER (WHERE d.revoked IS NULL), 0),
               coalesce(sum(r.photo_bytes) FILTER (WHERE d.revoked IS NULL), 0),
               count(*) FILTER (WHERE d.revoked IS NULL AND d.unsynced > 0 AND r.oldest < ?2),
               coalesce(sum(r.aside) FILTER (WHERE d.revoked IS NULL), 0)
                 + (SELECT count(*) FROM quarantined_changes WHERE tenant = ?1),
               count(*) FILTER (WHERE d.revoked IS NULL AND r.app <> ?3)
             FROM devices d LEFT JOIN device_reports r ON r.device = d.id WHERE d.tenant = ?1",
        )?
        .query_row(params![tenant.to_string(), late, OWN_VERSION], |row| {
            Ok(Totals {
                in_use: count(row, 0)?,
                connected: count(row, 1)?,
                unsynced: count(row, 2)?,
                photo_bytes: count(row, 3)?,
                late: count(row, 4)?,
                aside: count(row, 5)?,
                old_app: count(row, 6)?,
            })
        })?;
    Ok(row)
}

/// What the devices come to whose owners are at work in one place: where the newest case of theirs is that began on a
/// device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// GB/T 2260 code of the province; `None` before the first case.
    pub(crate) region: Option<String>,
    /// The dealer.
    pub(crate) dealer: Option<String>,
    /// Devices in use.
    pub(crate) in_use: u64,
    /// Of these, connected now.
    pub(crate) connected: u64,
    /// Items that are not yet safe on the server.
    pub(crate) unsynced: u64,
    /// Devices whose oldest unsafe item is older than [`LATE`].
    pub(crate) late: u64,
}

/// The tenant's devices by place, those that are late first; at most `limit` places.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn places(
    conn: &Connection,
    tenant: TenantId,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<Place>, StoreError> {
    let (late, ..) = bounds(now);
    let sql = concat!(
        "WITH owners AS (
           SELECT d.account AS account, count(*) AS in_use, sum(",
        connected!(),
        ") AS connected, sum(d.unsynced) AS unsynced, sum(d.unsynced > 0 AND coalesce(r.oldest < ?2, 0)) AS late
           FROM devices d LEFT JOIN device_reports r ON r.device = d.id
           WHERE d.tenant = ?1 AND d.revoked IS NULL GROUP BY d.account),
         placed AS (
           SELECT o.in_use, o.connected, o.unsynced, o.late,
             (SELECT c.request FROM submission_cases s JOIN cases c ON c.tenant = s.tenant AND c.id = s.case_id
              WHERE s.tenant = ?1 AND s.account = o.account AND s.case_id IS NOT NULL
              ORDER BY s.noted_at DESC LIMIT 1) AS request
           FROM owners o)
         SELECT substr(json_extract(request, '$.region'), 1, 2), json_extract(request, '$.dealer'),
           sum(in_use), sum(connected), sum(unsynced), sum(late)
         FROM placed GROUP BY 1, 2 ORDER BY 6 DESC, 5 DESC, 3 DESC, 1, 2 LIMIT ?3"
    );
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![tenant.to_string(), late, limit], |row| {
        Ok(Place {
            region: row.get(0)?,
            dealer: row.get(1)?,
            in_use: count(row, 2)?,
            connected: count(row, 3)?,
            unsynced: count(row, 4)?,
            late: count(row, 5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The newest connections of a device.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn visits(conn: &Connection, device: DeviceId, most: u32) -> Result<Vec<Visited>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT came_at, left_at, pushed, refused, pulled, handed_in FROM device_visits WHERE device = ?1
         ORDER BY came_at DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![device.to_string(), most], |row| {
        Ok(Visited {
            came_at: row.get(0)?,
            left_at: row.get(1)?,
            pushed: count(row, 2)?,
            refused: count(row, 3)?,
            pulled: count(row, 4)?,
            handed_in: count(row, 5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What a revoked device handed over, by application.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn handed_over(
    conn: &Connection,
    device: DeviceId,
    most: u32,
) -> Result<Vec<HandedOver>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT document, count(*), max(received_at) FROM quarantined_changes WHERE device = ?1
         GROUP BY document ORDER BY 3 DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![device.to_string(), most], |row| {
        Ok(HandedOver { document: row.get(0)?, changes: row.get(1)?, received_at: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The case that an application became: its id and number.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn case_of(
    conn: &Connection,
    tenant: TenantId,
    document: &str,
) -> Result<Option<(String, i64)>, StoreError> {
    let found = conn
        .prepare_cached(
            "SELECT c.id, c.number FROM submission_cases s JOIN cases c ON c.tenant = s.tenant AND c.id = s.case_id
             WHERE s.document = ?1 AND s.tenant = ?2",
        )?
        .query_row([document, &tenant.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found)
}

/// Before when something is late, how far a clock may be off, and from when on a lease still holds; milliseconds.
fn bounds(now: Timestamp) -> (i64, i64, i64) {
    let at = now.as_millisecond();
    (at - ms(LATE), ms(CLOCK_OFF), at - i64::from(LEASE_SECONDS) * 1_000)
}

impl Standing {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let revoked: Option<String> = row.get(6)?;
        let came: Option<i64> = row.get(11)?;
        let reported: Option<i64> = row.get(12)?;
        Ok(Self {
            device: row.get(0)?,
            name: row.get(1)?,
            owner: row.get(2)?,
            enrolled_at: row.get(3)?,
            last_seen_at: row.get(4)?,
            connected: row.get(5)?,
            revoked: revoked.zip(row.get::<_, Option<i64>>(7)?),
            lost: row.get(8)?,
            unsynced: row.get(9)?,
            quarantined: row.get(10)?,
            lease_until: came.map(|came| came + i64::from(LEASE_SECONDS) * 1_000),
            report: reported.map(|at| Reported::of(row, at)).transpose()?,
        })
    }
}

impl Reported {
    fn of(row: &Row<'_>, at: i64) -> rusqlite::Result<Self> {
        let items: String = row.get(20)?;
        Ok(Self {
            at,
            app: row.get(13)?,
            aside: row.get(14)?,
            photo_bytes: count(row, 15)?,
            oldest: row.get(16)?,
            ahead_ms: row.get(17)?,
            kept: row.get(18)?,
            free: row.get::<_, Option<i64>>(19)?.and_then(|free| u64::try_from(free).ok()),
            behind: count(row, 21)?,
            items: serde_json::from_str(&items).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{problem::Problem, testing::TestServer};

    const HOUR: i64 = 3_600_000;

    /// Every way in which a device may stand, as far as alarms look at it: `of` counts through them.
    fn stand(conn: &Connection, tenant: &str, of: u32, now: i64) -> rusqlite::Result<()> {
        let mut left = of;
        let mut one_of = |ways: u32| {
            let way = left % ways;
            left /= ways;
            way as usize
        };
        let device = DeviceId::from_bytes([&[0; 12][..], &of.to_be_bytes()].concat().try_into().unwrap());
        let (device, revoked) = (device.to_string(), [None, Some("hand_over")][one_of(2)]);
        conn.execute(
            "INSERT INTO devices(id, tenant, account, name, public_key, enrolled_at, unsynced, revoked, revoked_at)
             VALUES (?1, ?2, 'owner', 'phone', ?3, ?4, ?5, ?6, ?4)",
            params![device, tenant, of.to_be_bytes(), now, one_of(2), revoked],
        )?;
        let (came, went) = [(0, None), (50, Some(49)), (2, Some(1)), (50, None)][one_of(4)];
        if came > 0 {
            conn.execute(
                "INSERT INTO device_visits(id, tenant, device, came_at, heard_at, left_at) VALUES (?2, ?1, ?2, ?3, ?3, ?4)",
                params![tenant, device, now - came * HOUR, went.map(|hours: i64| now - hours * HOUR)],
            )?;
        }
        if one_of(2) == 1 {
            conn.execute(
                "INSERT INTO quarantined_changes VALUES (?1, x'00', ?2, ?1, x'', x'', ?3)",
                params![device, tenant, now],
            )?;
        }
        if one_of(2) == 1 {
            return Ok(());
        }
        let (aside, app) = (one_of(2), [OWN_VERSION, "0.0.1"][one_of(2)]);
        let ahead = [0, 3 * 60_000, -3 * 60_000][one_of(3)];
        let oldest = [None, Some(now - HOUR / 2), Some(now - 2 * HOUR)][one_of(3)];
        let kept = [None, Some(true), Some(false)][one_of(3)];
        conn.execute(
            "INSERT INTO device_reports VALUES (?1, ?2, ?3, ?4, 1, ?5, 0, ?6, ?7, ?8, NULL, '[]', '[]')",
            params![device, tenant, now, app, aside, oldest, ahead, kept],
        )?;
        Ok(())
    }

    #[tokio::test]
    async fn the_list_of_alarms_is_of_those_devices_that_have_one() {
        const WAYS: u32 = 2 * 2 * 4 * 2 * 2 * 2 * 2 * 3 * 3 * 3;
        let server = TestServer::start().await;
        let (tenant, now) = (server.tenant, server.app.world.clock.now());
        let (all, alarmed) = server
            .app
            .store
            .write(move |conn| {
                let text = tenant.to_string();
                conn.execute(
                    "INSERT INTO accounts(tenant, id, login, password_hash, roles, created_at) VALUES (?1, 'owner', 'owner', '', '[]', 0)",
                    [&text],
                )?;
                for of in 0..WAYS {
                    stand(conn, &text, of, now.as_millisecond())?;
                }
                let listed = |which| list(conn, tenant, which, "", (WAYS, 0), now);
                let all = [listed(Which::All)?, listed(Which::Revoked)?].concat();
                Ok::<_, Problem>((all, listed(Which::Alarm)?))
            })
            .await
            .unwrap();
        let ids = |of: Vec<Standing>| of.into_iter().map(|standing| standing.device).collect::<BTreeSet<_>>();
        assert_eq!(all.len(), WAYS as usize);
        let with_one = all.into_iter().filter(|standing| !standing.alarms(now).is_empty()).collect();
        let (with_one, alarmed) = (ids(with_one), ids(alarmed));
        assert!(!alarmed.is_empty() && alarmed.len() < WAYS as usize);
        assert_eq!(alarmed, with_one);
    }
}
