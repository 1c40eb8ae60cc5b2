//! What one case amounts to, from its own rows. Pure but for reading them: the same rows give the same records.
//!
//! A case counts wholly for the version that it is on now, and for the funder that made its newest offer, else for the one
//! that was asked first: that is whose answer it hung on.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Deserialize;

use super::{
    Dimension,
    buckets::bucket,
    record::{Body, DIMENSIONS, Head, Record},
    words::Giver,
};
use crate::{flows::journal::DECIDED_AT_ONCE, store::StoreError};

/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 3_600_000;
/// Where the names of funders begin in `partner_calls.partner`.
pub const FUNDERS: &str = "funders/";
/// Longest reason that is taken for a code; others are somebody's words and are not kept here.
const LONGEST_REASON: usize = 40;

/// Sorts of words besides the dimensions.
pub mod sort {
    /// `KIND/BLOCK`.
    pub const BLOCK: &str = "block";
    /// As in `partner_calls`.
    pub const PARTNER: &str = "partner";
    /// Code of a decline.
    pub const REASON: &str = "reason";
}

/// How far a case has come. Each stage takes the ones before it for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Stage {
    /// The link was made.
    Made,
    /// The customer opened it.
    Opened,
    /// The customer gave a consent.
    Consented,
    /// What was asked for is handed in.
    HandedIn,
    /// The customer confirmed what was read.
    Confirmed,
    /// A funder agreed.
    Offered,
    /// The customer accepted.
    Accepted,
    /// The contract is signed.
    Signed,
}

impl Stage {
    /// In order.
    pub const ALL: [Self; 8] = [
        Self::Made,
        Self::Opened,
        Self::Consented,
        Self::HandedIn,
        Self::Confirmed,
        Self::Offered,
        Self::Accepted,
        Self::Signed,
    ];

    /// Stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Opened => "opened",
            Self::Consented => "consented",
            Self::HandedIn => "handed_in",
            Self::Confirmed => "confirmed",
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Signed => "signed",
        }
    }
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Ending {
    /// Signed.
    Approved,
    /// Refused.
    Declined,
    /// By the customer.
    Withdrawn,
    /// Nobody acted in time.
    Expired,
    /// By a failure.
    Error,
}

impl Ending {
    /// In the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Approved, Self::Declined, Self::Withdrawn, Self::Expired, Self::Error];

    /// As in `cases.decision`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Error => "error",
        }
    }

    /// Of `cases.decision`; one that we do not know is an error.
    pub fn of(code: &str) -> Self {
        Self::ALL.into_iter().find(|ending| ending.code() == code).unwrap_or(Self::Error)
    }
}

/// What came of a call of a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Answer {
    /// An answer; of a funder: it agreed.
    Answered,
    /// A funder said no.
    Refused,
    /// A funder answers later.
    Pending,
    /// No answer that could be used.
    Failed,
}

impl Answer {
    /// In the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Answered, Self::Refused, Self::Pending, Self::Failed];

    /// Of a row of `partner_calls`.
    pub fn of(partner: &str, outcome: &str) -> Self {
        match (partner.starts_with(FUNDERS), outcome) {
            (_, "error" | "timeout" | "unavailable") => Self::Failed,
            (_, outcome) if outcome.starts_with("partner_") => Self::Failed,
            (true, "declined" | "limit_reached") => Self::Refused,
            (_, "pending") => Self::Pending,
            _ => Self::Answered,
        }
    }
}

/// What was done for a case in one hour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Worked {
    blocks: Vec<(String, u8)>,
    calls: Vec<(String, Answer, u8)>,
}

/// A case as its rows tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Whose.
    pub tenant: String,
    /// Its number.
    pub number: u32,
    /// Hour in which it was opened; never changes.
    pub opened: u32,
    of: [String; DIMENSIONS],
    stage: Stage,
    ended: Option<(u32, Ending, String)>,
    worked: BTreeMap<u32, Worked>,
}

/// The hour of a time in UTC milliseconds.
pub fn hour_of(ms: i64) -> u32 {
    u32::try_from(ms.div_euclid(HOUR_MS)).unwrap_or(0)
}

struct CaseRow {
    number: i64,
    flow: String,
    flow_hash: String,
    request: String,
    created_by: String,
    confirmed: i64,
    decision: Option<String>,
    reason: Option<String>,
    created_at: i64,
    ended_at: Option<i64>,
    opened: bool,
    consented: bool,
    accepted: bool,
    offered_by: Option<String>,
}

impl CaseRow {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            flow: row.get(1)?,
            flow_hash: row.get(2)?,
            request: row.get(3)?,
            created_by: row.get(4)?,
            confirmed: row.get(5)?,
            decision: row.get(6)?,
            reason: row.get(7)?,
            created_at: row.get(8)?,
            ended_at: row.get(9)?,
            opened: row.get(10)?,
            consented: row.get(11)?,
            accepted: row.get(12)?,
            offered_by: row.get(13)?,
        })
    }
}

/// What of a request is counted by.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Where {
    region: String,
    dealer: String,
}

/// Reads a case; `None` where there is none, or none of a number that fits.
///
/// # Errors
/// When the rows cannot be read.
pub fn told(conn: &Connection, tenant: &str, case: &str) -> Result<Option<Told>, StoreError> {
    let row = conn
        .prepare_cached(
            "SELECT c.number, c.flow, c.flow_hash, c.request, c.created_by, c.confirmed_reading, c.decision, c.reason,
                    c.created_at, c.ended_at,
                    EXISTS (SELECT 1 FROM links l WHERE l.tenant = ?1 AND l.case_id = ?2 AND l.opened_at IS NOT NULL),
                    EXISTS (SELECT 1 FROM consents k WHERE k.tenant = ?1 AND k.case_id = ?2),
                    EXISTS (SELECT 1 FROM offers o
                            WHERE o.tenant = ?1 AND o.case_id = ?2 AND o.accepted_at IS NOT NULL),
                    (SELECT funder FROM offers o WHERE o.tenant = ?1 AND o.case_id = ?2 ORDER BY number DESC LIMIT 1)
             FROM cases c WHERE c.tenant = ?1 AND c.id = ?2",
        )?
        .query_row(params![tenant, case], CaseRow::of)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let Ok(number) = u32::try_from(row.number) else { return Ok(None) };
    let mut worked: BTreeMap<u32, Worked> = BTreeMap::new();
    let (mut handed_in, mut signed) = (false, false);
    let mut steps = conn.prepare_cached(
        "SELECT block, kind, outcome, since, at FROM steps WHERE tenant = ?1 AND case_id = ?2 ORDER BY seq",
    )?;
    let mut steps = steps.query(params![tenant, case])?;
    while let Some(step) = steps.next()? {
        let (block, kind, outcome): (String, String, String) = (step.get(0)?, step.get(1)?, step.get(2)?);
        handed_in |= kind == "intake" && outcome == "complete";
        signed |= kind == "sign" && outcome == "signed";
        if DECIDED_AT_ONCE.contains(&kind.as_str()) {
            continue; // A table of rules takes microseconds.
        }
        let (since, at): (i64, i64) = (step.get(3)?, step.get(4)?);
        let time = (format!("{kind}/{block}"), bucket(at - since));
        worked.entry(hour_of(at)).or_default().blocks.push(time);
    }
    let mut asked_first = None;
    let mut calls = conn.prepare_cached(
        "SELECT partner, outcome, at, ms FROM partner_calls WHERE tenant = ?1 AND case_id = ?2 ORDER BY at, key",
    )?;
    let mut calls = calls.query(params![tenant, case])?;
    while let Some(call) = calls.next()? {
        let (partner, outcome): (String, String) = (call.get(0)?, call.get(1)?);
        let (at, ms): (i64, i64) = (call.get(2)?, call.get(3)?);
        if asked_first.is_none() {
            asked_first = partner.strip_prefix(FUNDERS).map(str::to_owned);
        }
        let answer = Answer::of(&partner, &outcome);
        worked.entry(hour_of(at)).or_default().calls.push((partner, answer, bucket(ms)));
    }
    let funder = row.offered_by.clone().or(asked_first).unwrap_or_default();
    let stage = stage(&row, handed_in, signed);
    let place: Where = serde_json::from_str(&row.request).unwrap_or_default();
    let ended = match (row.decision.as_deref(), row.ended_at) {
        (Some(decision), Some(at)) => Some((
            hour_of(at),
            Ending::of(decision),
            code_of(row.reason.as_deref().unwrap_or_default()).to_owned(),
        )),
        _ => None,
    };
    let province = place.region.get(..2).unwrap_or_default().to_owned();
    Ok(Some(Told {
        tenant: tenant.to_owned(),
        number,
        opened: hour_of(row.created_at),
        of: [row.flow, row.flow_hash, province, place.dealer, row.created_by, funder],
        stage,
        ended,
        worked,
    }))
}

fn stage(row: &CaseRow, handed_in: bool, signed: bool) -> Stage {
    let reached = [
        (signed || row.decision.as_deref() == Some("approved"), Stage::Signed),
        (row.accepted, Stage::Accepted),
        (row.offered_by.is_some(), Stage::Offered),
        (row.confirmed > 0, Stage::Confirmed),
        (handed_in, Stage::HandedIn),
        (row.consented, Stage::Consented),
        (row.opened, Stage::Opened),
    ];
    reached.into_iter().find(|(is, _)| *is).map_or(Stage::Made, |(_, stage)| stage)
}

/// A reason where it is a code; a reviewer's own words are not counted by.
pub(crate) fn code_of(reason: &str) -> &str {
    let is_code = reason.len() <= LONGEST_REASON
        && reason.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if is_code { reason } else { "declined_by_reviewer" }
}

impl Told {
    /// Its records by hour, with the numbers of their words.
    ///
    /// # Errors
    /// When words cannot be read or written.
    pub fn records(&self, conn: &Connection, words: &mut Giver) -> Result<Vec<(u32, Record)>, StoreError> {
        let mut of = [0; DIMENSIONS];
        for (dimension, word) in Dimension::ALL.into_iter().zip(&self.of) {
            of[dimension as usize] = words.number(conn, &self.tenant, dimension.code(), word)?;
        }
        let head = Head { number: self.number, of };
        let ended = self.ended.as_ref().map_or(0, |(hour, ..)| *hour);
        let worked = self.worked.keys().copied().collect();
        let mut records = vec![(
            self.opened,
            Record { head, body: Body::Opened { stage: self.stage as u8, ended, worked } },
        )];
        if let Some((hour, ending, reason)) = &self.ended {
            let reason = words.number(conn, &self.tenant, sort::REASON, reason)?;
            records.push((*hour, Record { head, body: Body::Ended { ending: *ending as u8, reason } }));
        }
        for (hour, Worked { blocks, calls }) in &self.worked {
            let mut body = (Vec::with_capacity(blocks.len()), Vec::with_capacity(calls.len()));
            for (block, bucket) in blocks {
                body.0.push((words.number(conn, &self.tenant, sort::BLOCK, block)?, *bucket));
            }
            for (partner, answer, bucket) in calls {
                let partner = words.number(conn, &self.tenant, sort::PARTNER, partner)?;
                body.1.push((partner, *answer as u8, *bucket));
            }
            records.push((*hour, Record { head, body: Body::Worked { blocks: body.0, calls: body.1 } }));
        }
        Ok(records)
    }
}
