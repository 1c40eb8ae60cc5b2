//! One look at the list: which cases fulfil all that is asked for, found where that is quickest.
//!
//! States alone are found in the cases' own rows. Days, funders and reasons are in the records of the numbers, from which the
//! figures were added up. Words, and everything else that a case is marked with, are in the index of words; where records are
//! asked as well, what the index finds is held against them.

use std::sync::Arc;

use jiff::{Span, Timestamp};
use rusqlite::Connection;
use shared::domain::{Lang, TenantId};
use ui::office::{CaseRow, Counted, Narrowed, reason_text};

use super::{
    PAGE,
    asked::Ask,
    rows::{Found, listed, numbered},
};
use crate::{
    app::App,
    cases::{
        products::Products,
        today,
        words::{Condition, Mark, Named, find},
    },
    flows::Library,
    numbers::{
        Asked as Days, Dimension, Filter, Period,
        case::{Ending, sort},
        find::{self as records, Which},
        record::{NONE, OTHERS},
        words::Words,
    },
    office::numbers::{Names, days_said, label},
    problem::Problem,
};

/// Days looked at where only records know the answer and the address names none.
const DAYS: i64 = 30;
/// Cases that one look takes in at most before it says that there may be more.
pub(super) const LOOKED_THROUGH: usize = 20_000;
/// Cases that are counted; beyond it a count says that there are more.
pub(super) const COUNTED: usize = 1_000;
/// States that are in a case's rows alone: whom it waits for.
const HOLDERS: [&str; 4] = ["review", "customer", "partner", "system"];
/// Cases whose rows are read at a time to see whom they wait for.
const AT_ONCE: usize = 400;

/// What is looked at, and how.
pub(super) struct Look<'a> {
    pub(super) conn: &'a Connection,
    pub(super) tenant: TenantId,
    pub(super) of: String,
    pub(super) lang: Lang,
    pub(super) now: Timestamp,
    pub(super) ask: &'a Ask,
    pub(super) names: Names,
    pub(super) filter: Filter,
    period: Option<Period>,
    named: Vec<Named>,
}

/// A page of the list.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) found: Vec<Found>,
    pub(super) narrowed: Option<Narrowed>,
    /// Below which number there may be more.
    pub(super) before: Option<i64>,
    /// Looking ended before a page was full.
    pub(super) stopped: bool,
}

/// What reading needs besides the rows.
#[derive(Clone)]
pub(super) struct Means {
    library: Library,
    products: Arc<Products>,
}

impl Means {
    pub(super) fn of(app: &App) -> Self {
        Self { library: app.driver.library().clone(), products: app.products.clone() }
    }

    /// Cases as rows that are shown.
    ///
    /// # Errors
    /// When the versions that they are on cannot be read.
    pub(super) fn rows(
        &self,
        conn: &Connection,
        found: Vec<Found>,
        lang: Lang,
    ) -> Result<Vec<CaseRow>, Problem> {
        let hashes: Vec<String> = found.iter().map(|case| case.flow_hash.clone()).collect();
        let products = self.products.of_versions(conn, &self.library, hashes)?;
        Ok(found.into_iter().filter_map(|case| case.shown(&products, lang)).collect())
    }
}

impl<'a> Look<'a> {
    /// # Errors
    /// Where the address asks for days that are none; when rows cannot be read.
    pub(super) fn new(
        conn: &'a Connection,
        (tenant, lang, now): (TenantId, Lang, Timestamp),
        means: &Means,
        ask: &'a Ask,
    ) -> Result<Self, Problem> {
        let of = tenant.to_string();
        let words = Words::load(conn, &of)?;
        let filter = ask.choice.filter(&words);
        let names = Names::load(conn, &means.library, &means.products, &of, words, lang)?;
        let named = if ask.sought.is_some() { named(conn, &of, means, &names)? } else { Vec::new() };
        let period = match (ask.choice.names_days(), ask.asks_numbers()) {
            (true, _) => Some(ask.choice.period()?),
            (false, true) => {
                let last = today(now);
                Some(Days::Days(last.checked_sub(Span::new().days(DAYS - 1)).unwrap_or(last), last))
            }
            (false, false) => None,
        };
        let period = period.map(|asked| Period::of(asked, now));
        Ok(Self { conn, tenant, of, lang, now, ask, names, filter, period, named })
    }

    /// The page below `before`.
    ///
    /// # Errors
    /// When rows cannot be read.
    pub(super) fn list(&self, before: i64) -> Result<Listed, Problem> {
        if !self.ask.is_narrowed() {
            return Ok(paged(listed(self.conn, self.tenant, self.ask.state, before)?));
        }
        let (mut listed, all) = match (&self.period, &self.ask.sought) {
            (Some(period), None) => self.in_records(period, before)?,
            _ => self.by_words(before)?,
        };
        listed.narrowed = self.narrowed(all);
        Ok(listed)
    }

    /// No list, but what it is narrowed to.
    pub(super) fn unlisted(&self) -> Listed {
        Listed { narrowed: self.narrowed(None), ..Listed::default() }
    }

    fn narrowed(&self, all: Option<Counted>) -> Option<Narrowed> {
        let days = |period: Period| days_said(period.first, period.last, self.lang);
        let narrowed =
            || Narrowed { days: self.period.map(days).unwrap_or_default(), parts: self.parts(), all };
        self.ask.is_narrowed().then(narrowed)
    }

    fn in_records(&self, period: &Period, before: i64) -> Result<(Listed, Option<Counted>), Problem> {
        let (state, which) = (self.ask.state, self.which(self.ask.state));
        // Whether a case still waits is in no record: it is asked of the rows themselves.
        let is_counted = which != Which::Opened || state.is_empty();
        let most = if is_counted { PAGE + 1 } else { LOOKED_THROUGH };
        let (numbers, all) =
            records::cases(self.conn, &self.of, &self.filter, which, period.now, before, most)?;
        let numbers: Vec<i64> = numbers.into_iter().map(i64::from).collect();
        let found = numbered(self.conn, self.tenant, state, &numbers)?;
        Ok((paged(found), is_counted.then(|| Counted::exactly(all))))
    }

    /// Those that ended so in these days; of other states, those that were opened in them.
    fn which(&self, state: &str) -> Which {
        let reason = self.ask.reason.as_str();
        if state == "declined" && !reason.is_empty() {
            // A reason that nobody was ever declined for is that of no case.
            return Which::DeclinedFor(self.names.words.id(sort::REASON, reason).unwrap_or(u16::MAX - 1));
        }
        let ending = Ending::ALL.into_iter().find(|ending| ending.code() == state);
        match state {
            "ended" => Which::NotSigned,
            _ => ending.map_or(Which::Opened, Which::EndedAs),
        }
    }

    fn by_words(&self, before: i64) -> Result<(Listed, Option<Counted>), Problem> {
        let state = self.ask.state;
        let states: &[&str] = match state {
            "" => &[],
            "ended" => &["declined", "withdrawn", "expired", "error"],
            "approved" | "declined" | "withdrawn" | "expired" | "error" => &[state],
            _ => &[Mark::OPEN],
        };
        let Some(condition) = self.condition(states) else { return Ok(Default::default()) };
        let among = match &self.period {
            Some(period) => Some(self.among(self.which(state), period)?),
            None => None,
        };
        let is_holder = HOLDERS.contains(&state);
        let at_once = if is_holder { AT_ONCE } else { PAGE + 1 };
        let (mut listed, mut upper, mut looked) = (Listed::default(), before, 0);
        loop {
            let some = self.next(&condition, among.as_deref(), upper, (at_once, LOOKED_THROUGH - looked))?;
            looked += some.looked;
            listed.found.extend(numbered(self.conn, self.tenant, state, &some.numbers)?);
            if listed.found.len() > PAGE || some.is_last {
                break;
            }
            upper = some.lowest;
            if looked >= LOOKED_THROUGH {
                listed.before = Some(upper);
                listed.stopped = true;
                return Ok((listed, None));
            }
        }
        let all = if is_holder { None } else { Some(self.count(&condition, among.as_deref())?) };
        let (before, stopped) = (listed.before, listed.stopped);
        Ok((Listed { before: before.or(paged_at(&mut listed.found)), stopped, ..listed }, all))
    }

    /// The numbers of the cases that records of these days have, the lowest first.
    pub(super) fn among(&self, which: Which, period: &Period) -> Result<Vec<u32>, Problem> {
        let (mut numbers, _) =
            records::cases(self.conn, &self.of, &self.filter, which, period.now, i64::MAX, usize::MAX)?;
        numbers.reverse();
        Ok(numbers)
    }

    /// The days that are asked for.
    pub(super) fn period(&self) -> Option<&Period> {
        self.period.as_ref()
    }

    /// What the index is asked for; `None` where nothing can fulfil it.
    pub(super) fn condition(&self, states: &[&str]) -> Option<Condition> {
        let mut condition = Condition::default();
        if let Some(sought) = &self.ask.sought {
            condition = condition.sought(sought, &self.named);
        }
        for (dimension, mark) in [
            (Dimension::Product, Mark::Product),
            (Dimension::Version, Mark::Version),
            (Dimension::Region, Mark::Region),
            (Dimension::Dealer, Mark::Dealer),
            (Dimension::Advisor, Mark::Maker),
        ] {
            match self.filter.of(dimension) {
                None | Some(OTHERS) => {}
                Some(NONE) => condition = condition.any(mark, &[""]),
                Some(id) => condition = condition.any(mark, &[self.names.words.word(dimension.code(), id)?]),
            }
        }
        Some(if states.is_empty() { condition } else { condition.any(Mark::State, states) })
    }

    /// The next candidates below a number, so many of them, after looking at so many.
    pub(super) fn next(
        &self,
        condition: &Condition,
        among: Option<&[u32]>,
        before: i64,
        (wanted, most): (usize, usize),
    ) -> Result<Candidates, Problem> {
        let mut some = Candidates { numbers: Vec::new(), lowest: before, looked: 0, is_last: true };
        let from = among.map_or(0, |among| among.first().map_or(i64::MAX, |first| i64::from(*first)));
        find(self.conn, &self.of, condition, (from, before), |number| {
            some.looked += 1;
            some.lowest = number;
            if is_among(among, number) {
                some.numbers.push(number);
            }
            some.is_last = some.numbers.len() < wanted && some.looked < most;
            some.is_last
        })?;
        Ok(some)
    }

    fn count(&self, condition: &Condition, among: Option<&[u32]>) -> Result<Counted, Problem> {
        let some = self.next(condition, among, i64::MAX, (COUNTED + 1, LOOKED_THROUGH))?;
        Ok(Counted::at_least(some.numbers.len(), !some.is_last, COUNTED))
    }

    /// In words, which they are.
    fn parts(&self) -> Vec<String> {
        let mut parts: Vec<String> = Dimension::ALL
            .into_iter()
            .filter_map(|dimension| Some(label(&self.names, dimension, self.filter.of(dimension)?)))
            .collect();
        if self.ask.state == "declined" && !self.ask.reason.is_empty() {
            parts.push(reason_text(&self.ask.reason, self.lang));
        }
        if let Some(sought) = &self.ask.sought {
            parts.push(format!("“{}”", sought.typed()));
        }
        parts
    }
}

/// Some candidates.
pub(super) struct Candidates {
    pub(super) numbers: Vec<i64>,
    lowest: i64,
    looked: usize,
    pub(super) is_last: bool,
}

pub(super) fn is_among(among: Option<&[u32]>, number: i64) -> bool {
    among.is_none_or(|among| u32::try_from(number).is_ok_and(|number| among.binary_search(&number).is_ok()))
}

/// A page of what was found, which has one more than a page where there are more.
fn paged(mut found: Vec<Found>) -> Listed {
    let before = paged_at(&mut found);
    Listed { found, before, ..Listed::default() }
}

fn paged_at(found: &mut Vec<Found>) -> Option<i64> {
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    found.last().filter(|_| more).map(|last| last.number)
}

/// What cases are marked with that has names: products by all their versions' names, reasons by code and text.
fn named(conn: &Connection, of: &str, means: &Means, names: &Names) -> Result<Vec<Named>, Problem> {
    let hashes: Vec<String> = conn
        .prepare_cached("SELECT hash FROM company_flows WHERE tenant = ?1")?
        .query_map([of], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let products = means.products.of_versions(conn, &means.library, hashes)?;
    let products = products.into_values().map(|product| Named {
        mark: Mark::Product,
        names: [Lang::Zh, Lang::En].map(|lang| product.name.get(lang).to_owned()).to_vec(),
        value: product.key,
    });
    let reasons = names.words.of_sort(sort::REASON).into_iter().map(|(_, code)| Named {
        mark: Mark::Reason,
        names: vec![reason_text(code, Lang::Zh), reason_text(code, Lang::En), code.to_owned()],
        value: code.to_owned(),
    });
    let mut named: Vec<Named> = products.chain(reasons).collect();
    // Many versions of one product have the same name.
    named.sort_by(|a, b| (&a.value, &a.names).cmp(&(&b.value, &b.names)));
    named.dedup_by(|a, b| a.value == b.value && a.names == b.names);
    Ok(named)
}
