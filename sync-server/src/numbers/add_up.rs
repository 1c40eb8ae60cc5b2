//! Adds hours up: everything that the page, the export and the wall show.
//!
//! Openings and stages count by the hour in which a case was opened, so that a stage is a part of the stage before it;
//! endings by the hour in which it ended; times and calls by the hour in which they were over. The latter are read for the
//! period alone, not for the one before it: they are most of the bytes.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::{
    Dimension, Filter, Period,
    buckets::Histogram,
    case::Ending,
    period::Hours,
    record::{DIMENSIONS, OTHERS, Packed, Sort, worked_on},
    words::Words,
};
use crate::store::StoreError;

/// Stages of [`super::case::Stage`].
pub const STAGES: usize = 8;
/// Endings of [`Ending`].
pub const ENDINGS: usize = 5;

/// A figure of the period, and of the one before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Two<T> {
    /// Of the period.
    pub now: T,
    /// Of the period before.
    pub before: T,
}

impl<T> Two<T> {
    fn of(&mut self, is_now: bool) -> &mut T {
        if is_now { &mut self.now } else { &mut self.before }
    }
}

/// Cases that were approved or declined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Decided {
    /// Approved: signed.
    pub approved: u32,
    /// Declined.
    pub declined: u32,
}

impl Decided {
    /// Both.
    pub fn all(self) -> u32 {
        self.approved + self.declined
    }

    /// Approved ones of a hundred decided ones; `None` of none. Cases that expired or were withdrawn are not decided.
    pub fn rate(self) -> Option<f64> {
        (self.all() > 0).then(|| f64::from(self.approved) * 100.0 / f64::from(self.all()))
    }

    fn count(&mut self, ending: u8) {
        self.approved += u32::from(ending == Ending::Approved as u8);
        self.declined += u32::from(ending == Ending::Declined as u8);
    }
}

/// Calls of one partner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calls {
    /// By [`super::case::Answer`].
    pub answers: [u32; 4],
    /// Time until the answer.
    pub times: Histogram,
}

impl Calls {
    /// All of them.
    pub fn all(&self) -> u32 {
        self.answers.iter().sum()
    }
}

/// Everything added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Cases opened in the period that came as far as each stage by now, by [`super::case::Stage`].
    pub stages: Two<[u32; STAGES]>,
    /// Cases opened, by the hour of China's clock.
    pub opened_by_clock: Two<[u32; 24]>,
    /// Cases that ended, by [`Ending`].
    pub endings: Two<[u32; ENDINGS]>,
    /// Declined cases by the word of their reason.
    pub reasons: BTreeMap<u16, Two<u32>>,
    /// Decided cases by the day of their end, from [`Period::course_from`] on.
    pub days: BTreeMap<u32, Decided>,
    /// Decided cases by each dimension's words.
    pub groups: [BTreeMap<u16, Two<Decided>>; DIMENSIONS],
    /// Times by the word of the block.
    pub blocks: BTreeMap<u16, Histogram>,
    /// Calls by the word of the partner.
    pub calls: BTreeMap<u16, Calls>,
}

impl Totals {
    /// Cases opened.
    pub fn opened(&self) -> Two<u32> {
        Two { now: self.stages.now[0], before: self.stages.before[0] }
    }

    /// Cases decided.
    pub fn decided(&self) -> Two<Decided> {
        let of = |endings: [u32; ENDINGS]| Decided {
            approved: endings[Ending::Approved as usize],
            declined: endings[Ending::Declined as usize],
        };
        Two { now: of(self.endings.now), before: of(self.endings.before) }
    }

    /// Those of a dimension.
    pub fn by(&self, dimension: Dimension) -> &BTreeMap<u16, Two<Decided>> {
        &self.groups[dimension as usize]
    }
}

/// Counters by a word's number, found without searching.
struct ByWord<T> {
    known: Vec<T>,
    others: T,
}

impl<T: Clone + Default + PartialEq> ByWord<T> {
    /// For words up to the number `last`.
    fn up_to(last: u16) -> Self {
        Self { known: vec![T::default(); usize::from(last) + 1], others: T::default() }
    }

    fn of(&mut self, word: u16) -> &mut T {
        self.known.get_mut(usize::from(word)).unwrap_or(&mut self.others)
    }

    fn met(self) -> BTreeMap<u16, T> {
        let known = (0..=u16::MAX).zip(self.known);
        known.chain([(OTHERS, self.others)]).filter(|(_, value)| *value != T::default()).collect()
    }
}

/// Adds up what a period needs.
///
/// # Errors
/// When the rows cannot be read.
pub fn add_up(
    conn: &Connection,
    tenant: &str,
    words: &Words,
    filter: &Filter,
    period: &Period,
) -> Result<Totals, StoreError> {
    let mut totals = Totals::default();
    add_opened(conn, tenant, filter, period, &mut totals)?;
    add_ended(conn, tenant, words, filter, period, &mut totals)?;
    add_worked(conn, tenant, words, filter, period, &mut totals)?;
    Ok(totals)
}

fn add_opened(
    conn: &Connection,
    tenant: &str,
    filter: &Filter,
    period: &Period,
    totals: &mut Totals,
) -> Result<(), StoreError> {
    let hours = Hours { from: period.before.from, to: period.now.to };
    each_row(conn, tenant, Sort::Opened, hours, |hour, row| {
        let Some(is_now) = which(period, hour) else { return };
        let (stages, clock) = (totals.stages.of(is_now), totals.opened_by_clock.of(is_now));
        for (_, body) in Packed::new(Sort::Opened, row).filter(|(head, _)| filter.admits(head)) {
            clock[Period::clock_of(hour)] += 1;
            if let Some(count) = body.first().and_then(|stage| stages.get_mut(usize::from(*stage))) {
                *count += 1;
            }
        }
    })?;
    // Who came further came through here as well.
    for stages in [&mut totals.stages.now, &mut totals.stages.before] {
        for stage in (0..STAGES - 1).rev() {
            stages[stage] += stages[stage + 1];
        }
    }
    Ok(())
}

fn add_ended(
    conn: &Connection,
    tenant: &str,
    words: &Words,
    filter: &Filter,
    period: &Period,
    totals: &mut Totals,
) -> Result<(), StoreError> {
    let hours = Hours { from: period.before.from.min(period.course_from), to: period.now.to };
    let last = words.last();
    let mut groups: [ByWord<Two<Decided>>; DIMENSIONS] = std::array::from_fn(|_| ByWord::up_to(last));
    let mut reasons: ByWord<Two<u32>> = ByWord::up_to(last);
    each_row(conn, tenant, Sort::Ended, hours, |hour, row| {
        let is_now = which(period, hour);
        let mut of_day = Decided::default();
        for (head, body) in Packed::new(Sort::Ended, row).filter(|(head, _)| filter.admits(head)) {
            let [ending, low, high] = *body else { continue };
            of_day.count(ending);
            let Some(is_now) = is_now else { continue };
            if let Some(count) = totals.endings.of(is_now).get_mut(usize::from(ending)) {
                *count += 1;
            }
            for (group, word) in groups.iter_mut().zip(head.of) {
                group.of(word).of(is_now).count(ending);
            }
            if ending == Ending::Declined as u8 {
                *reasons.of(u16::from_le_bytes([low, high])).of(is_now) += 1;
            }
        }
        if hour >= period.course_from {
            let day = totals.days.entry(Period::day_of(hour)).or_default();
            day.approved += of_day.approved;
            day.declined += of_day.declined;
        }
    })?;
    totals.groups = groups.map(ByWord::met);
    totals.reasons = reasons.met();
    Ok(())
}

fn add_worked(
    conn: &Connection,
    tenant: &str,
    words: &Words,
    filter: &Filter,
    period: &Period,
    totals: &mut Totals,
) -> Result<(), StoreError> {
    // A block's counters are a kilobyte: only those of words that are met.
    let mut blocks: Vec<Option<Box<Histogram>>> = vec![None; usize::from(words.last()) + 1];
    let calls = &mut totals.calls;
    each_row(conn, tenant, Sort::Worked, period.now, |_, row| {
        for (_, body) in Packed::new(Sort::Worked, row).filter(|(head, _)| filter.admits(head)) {
            let Some((of_blocks, of_calls)) = worked_on(body) else { continue };
            for (word, bucket) in of_blocks {
                if let Some(times) = blocks.get_mut(usize::from(word)) {
                    times.get_or_insert_default().add(bucket);
                }
            }
            for (word, answer, bucket) in of_calls {
                let calls = calls.entry(word).or_default();
                if let Some(count) = calls.answers.get_mut(usize::from(answer)) {
                    *count += 1;
                }
                calls.times.add(bucket);
            }
        }
    })?;
    let met = (0..=u16::MAX).zip(blocks);
    totals.blocks = met.filter_map(|(word, times)| Some((word, *times?))).collect();
    Ok(())
}

/// Whether an hour belongs to the period (`true`), to the one before it, or to neither.
fn which(period: &Period, hour: u32) -> Option<bool> {
    match hour {
        hour if period.now.has(hour) => Some(true),
        hour if period.before.has(hour) => Some(false),
        _ => None,
    }
}

/// Shows each hour's records, without a copy of them.
pub(super) fn each_row(
    conn: &Connection,
    tenant: &str,
    sort: Sort,
    hours: Hours,
    mut see: impl FnMut(u32, &[u8]),
) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT hour, records FROM numbers_hours WHERE tenant = ?1 AND sort = ?2 AND hour >= ?3 AND hour < ?4
         ORDER BY hour",
    )?;
    let mut rows = statement.query(params![tenant, sort.code(), hours.from, hours.to])?;
    while let Some(row) = rows.next()? {
        see(row.get(0)?, row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?);
    }
    Ok(())
}
