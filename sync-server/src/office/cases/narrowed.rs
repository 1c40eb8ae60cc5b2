//! The cases behind a figure of the numbers: found in the records that the figure was added up from.

use jiff::Span;
use rusqlite::{Connection, params};
use shared::domain::{Lang, TenantId};
use ui::office::{Narrowed, reason_text};

use super::{COLUMNS, Found, PAGE, condition, read as read_rows};
use crate::{
    app::App,
    cases::today,
    numbers::{
        Asked, Dimension, Period,
        case::{Ending, sort},
        find::{self, Which},
        words::Words,
    },
    office::numbers::{Address, Choice, Names, days_said, label},
    problem::Problem,
};

/// Days looked at where the address names none.
const DAYS: i64 = 30;
/// Cases of these days that are looked through for those that still wait.
const LOOKED_THROUGH: usize = 20_000;

/// The cases below `before`, one more than a page shows, and in words which they are.
///
/// # Errors
/// Where the address asks for days that are none.
pub(super) async fn read(
    app: &App,
    tenant: TenantId,
    lang: Lang,
    choice: Choice,
    (state, reason): (&'static str, String),
    before: i64,
) -> Result<(Vec<Found>, Narrowed), Problem> {
    let now = app.world.clock.now();
    let asked = if choice.names_days() {
        choice.period()?
    } else {
        let last = today(now);
        Asked::Days(last.checked_sub(Span::new().days(DAYS - 1)).unwrap_or(last), last)
    };
    let period = Period::of(asked, now);
    let (library, products) = (app.driver.library().clone(), app.products.clone());
    app.store
        .read(move |conn| {
            let moment = conn.unchecked_transaction()?;
            let of = tenant.to_string();
            let words = Words::load(&moment, &of)?;
            let filter = choice.filter(&words);
            let which = which(state, &reason, &words);
            // Whether a case still waits is in no record: it is asked of the rows themselves.
            let is_counted = which != Which::Opened || state.is_empty();
            let most = if is_counted { PAGE + 1 } else { LOOKED_THROUGH };
            let (numbers, all) = find::cases(&moment, &of, &filter, which, period.now, before, most)?;
            let found = numbered(&moment, tenant, state, &numbers)?;
            let names = Names::load(&moment, &library, &products, &of, words, lang)?;
            let mut parts: Vec<String> = Dimension::ALL
                .into_iter()
                .filter_map(|dimension| Some(label(&names, dimension, filter.of(dimension)?)))
                .collect();
            let known_reason = if matches!(which, Which::DeclinedFor(_)) { reason } else { String::new() };
            if !known_reason.is_empty() {
                parts.push(reason_text(&known_reason, lang));
            }
            let address = Address::new(asked, filter).cases("", &known_reason, &period, &names.words);
            let narrowed = Narrowed {
                days: days_said(period.first, period.last, lang),
                parts,
                all: is_counted.then(|| u32::try_from(all).unwrap_or(u32::MAX)),
                kept: address.split_once('?').map(|(_, kept)| kept.to_owned()).unwrap_or_default(),
            };
            Ok((found, narrowed))
        })
        .await
}

/// Those that ended so in these days; of other states, those that were opened in them.
fn which(state: &str, reason: &str, words: &Words) -> Which {
    if state == "declined" && !reason.is_empty() {
        // A reason that nobody was ever declined for is that of no case.
        return Which::DeclinedFor(words.id(sort::REASON, reason).unwrap_or(u16::MAX - 1));
    }
    let ending = Ending::ALL.into_iter().find(|ending| ending.code() == state);
    ending.map_or(Which::Opened, Which::EndedAs)
}

fn numbered(
    conn: &Connection,
    tenant: TenantId,
    state: &str,
    numbers: &[u32],
) -> Result<Vec<Found>, Problem> {
    let sql = format!(
        "SELECT {COLUMNS} FROM cases c
         WHERE c.tenant = ?1 AND c.number IN (SELECT value FROM json_each(?2)) AND {}
         ORDER BY c.number DESC LIMIT ?3",
        condition(state)
    );
    let numbers = serde_json::to_string(numbers).map_err(|error| Problem::internal(&error))?;
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    read_rows(conn, tenant, &sql, params![tenant.to_string(), numbers, most])
}
