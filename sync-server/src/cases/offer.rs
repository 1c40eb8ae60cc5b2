//! The offer a funder agreed to, as the customer accepts it and sees it disclosed.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{
    domain::{Fen, Months, OfferTerms, PlannedOffer},
    flow::{Event, Facts, Wait},
};

use super::{
    Situation,
    acts::{self, ActId, Seen},
    hand_in::advance,
};
use crate::{
    app::App, config::Config, flows::journal::CaseRef, links::Customer, problem::Problem, store::StoreError,
};

/// What was offered, for the screens and the contract.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Offered {
    /// The plan with its schedule and reasons.
    pub plan: PlannedOffer,
    /// The terms before the funder changed them, where it did.
    pub before: Option<PlannedOffer>,
    /// What the customer asked for, where the plan is the house's own counter-offer.
    #[serde(default)]
    pub asked: Option<AskedFor>,
    /// What the funder wants first (stipulations).
    pub stipulations: Vec<String>,
}

/// Terms that found nobody, and why others were proposed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskedFor {
    /// The price less the down payment.
    #[serde(rename = "amount_fen")]
    pub amount: Fen,
    /// The financed amount, where a plan was worked out.
    #[serde(rename = "financed_fen")]
    pub financed: Option<Fen>,
    /// The term, where one was named.
    pub months: Option<Months>,
    /// What a month would have cost, where a plan was worked out.
    #[serde(rename = "monthly_fen")]
    pub monthly: Option<Fen>,
    /// What it would have cost a year, as a decimal share.
    pub annualised_cost: Option<String>,
    /// `no_plan`, `no_funder`, `reviewer`, or `less`: the process allows less.
    pub why: String,
}

/// A row of `offers`.
#[derive(Debug, Clone)]
pub struct OfferRow {
    /// 1, 2, … as terms changed.
    pub number: i64,
    /// Key of the funder.
    pub funder: String,
    /// The funder's reference.
    pub reference: String,
    /// SHA-256 (hex) of the terms: what acceptance, disclosure and contract must share.
    pub terms_sha256: String,
    /// The rest.
    pub offered: Offered,
    /// When the funder agreed.
    pub made_at: Timestamp,
    /// When the customer accepted.
    pub accepted_at: Option<Timestamp>,
    /// When the disclosure sheet was first shown.
    pub shown_at: Option<Timestamp>,
    /// When the customer confirmed it.
    pub confirmed_at: Option<Timestamp>,
}

/// The newest offer of a case.
///
/// # Errors
/// When the row cannot be read.
pub fn latest(conn: &Connection, of: CaseRef) -> Result<Option<OfferRow>, StoreError> {
    let at = |ms: Option<i64>| ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    Ok(conn
        .prepare_cached(
            "SELECT number, funder, reference, terms_sha256, offer, accepted_at, shown_at, confirmed_at, made_at FROM offers
             WHERE tenant = ?1 AND case_id = ?2 ORDER BY number DESC LIMIT 1",
        )?
        .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| {
            let offered: String = row.get(4)?;
            let offered = serde_json::from_str(&offered).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(4, rusqlite::types::Type::Text, Box::new(error))
            })?;
            Ok(OfferRow {
                number: row.get(0)?,
                funder: row.get(1)?,
                reference: row.get(2)?,
                terms_sha256: row.get(3)?,
                offered,
                accepted_at: at(row.get(5)?),
                shown_at: at(row.get(6)?),
                confirmed_at: at(row.get(7)?),
                made_at: at(row.get(8)?).unwrap_or(Timestamp::UNIX_EPOCH),
            })
        })
        .optional()?)
}

/// Adds an offer: new terms, to be accepted and disclosed anew. The same terms from the same funder stay one offer.
///
/// # Errors
/// When the row cannot be written.
pub fn add(
    conn: &Connection,
    of: CaseRef,
    funder: &str,
    reference: &str,
    terms: &OfferTerms,
    offered: &Offered,
    now: Timestamp,
) -> Result<(), StoreError> {
    let before = latest(conn, of)?;
    let sha256 = terms_sha256(terms);
    if before
        .as_ref()
        .is_some_and(|b| b.terms_sha256 == sha256 && b.funder == funder && b.reference == reference)
    {
        return Ok(());
    }
    let number = before.map_or(1, |before| before.number + 1);
    conn.prepare_cached(
        "INSERT INTO offers(tenant, case_id, number, funder, reference, terms, terms_sha256, offer, made_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        of.tenant.to_string(),
        of.case.to_string(),
        number,
        funder,
        reference,
        String::from_utf8_lossy(&canonical(terms)),
        sha256,
        serde_json::to_string(offered).unwrap_or_default(),
        now.as_millisecond(),
    ])?;
    Ok(())
}

/// SHA-256 (hex) of the canonical terms.
pub fn terms_sha256(terms: &OfferTerms) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(canonical(terms)))
}

/// The bytes that are hashed; plain data always has them.
fn canonical(terms: &OfferTerms) -> Vec<u8> {
    terms.canonical_bytes().unwrap_or_default()
}

/// The customer accepts the offer shown. The disclosure follows; its reading time starts when it is first shown.
///
/// # Errors
/// 409 `terms_changed` when the offer shown is no longer the newest.
pub async fn accept(app: &App, customer: &Customer, act: ActId, terms: String) -> Result<(), Problem> {
    let (of, library, now) = (customer.of, app.driver.library().clone(), app.world.clock.now());
    app.store
        .write(move |conn| {
            if acts::note(conn, of, &act, "accept", &[terms.as_bytes()], now)? == Seen::Before {
                return Ok(());
            }
            let situation = Situation::load(conn, &library, of)?;
            situation.expect("disclose")?;
            let offer = current(conn, of, &terms)?;
            if mark(conn, of, offer.number, "accepted_at", now)? {
                let detail = json!({"offer": offer.number, "terms": terms});
                acts::record(conn, of, "customer", "offer.accepted", &detail, now)?;
            }
            Ok(())
        })
        .await
}

/// The customer refuses the offer shown; the flow says what follows.
///
/// # Errors
/// 409 `terms_changed` when the offer shown is no longer the newest.
pub async fn refuse(app: &App, customer: &Customer, act: ActId, terms: String) -> Result<(), Problem> {
    let (of, library, now) = (customer.of, app.driver.library().clone(), app.world.clock.now());
    let advanced = app
        .store
        .write(move |conn| {
            if acts::note(conn, of, &act, "refuse", &[terms.as_bytes()], now)? == Seen::Before {
                return Ok(None);
            }
            let situation = Situation::load(conn, &library, of)?;
            let wait = situation.expect("disclose")?;
            current(conn, of, &terms)?;
            let event =
                Event::Done { at: wait.at.clone(), outcome: "refused".to_owned(), writes: Facts::new() };
            Ok::<_, Problem>(Some(advance(conn, &library, of, event, "offer.refused", now)?))
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(())
}

/// Notes that the disclosure sheet was shown; only the first time counts.
///
/// # Errors
/// When the row cannot be written.
pub async fn note_shown(app: &App, of: CaseRef, number: i64) -> Result<(), Problem> {
    let now = app.world.clock.now();
    app.store
        .write(move |conn| {
            if mark(conn, of, number, "shown_at", now)? {
                acts::record(conn, of, "customer", "disclosure.shown", &json!({"offer": number}), now)?;
            }
            Ok(())
        })
        .await
}

/// The customer has read and confirms the disclosure sheet.
///
/// # Errors
/// 409 `disclosure_too_early` with the seconds left; 409 `terms_changed`; 422 `disclosure_unread` when the box is not
/// ticked.
pub async fn confirm_disclosure(
    app: &App,
    customer: &Customer,
    act: ActId,
    terms: String,
    read: bool,
) -> Result<(), Problem> {
    if !read {
        return Err(Problem::invalid(
            "read",
            "disclosure_unread",
            "Tick that you have read the costs, then go on.",
        ));
    }
    let (of, library, now) = (customer.of, app.driver.library().clone(), app.world.clock.now());
    let config = app.config.clone();
    let advanced = app
        .store
        .write(move |conn| {
            if acts::note(conn, of, &act, "disclosure", &[terms.as_bytes()], now)? == Seen::Before {
                return Ok(None);
            }
            let situation = Situation::load(conn, &library, of)?;
            let wait = situation.expect("disclose")?;
            let offer = current(conn, of, &terms)?;
            let left = seconds_left(&offer, reading_seconds(&config, wait), now);
            if offer.accepted_at.is_none() || left > 0 {
                let wait = u32::try_from(left).unwrap_or(u32::MAX);
                return Err(Problem::conflict(
                    "disclosure_too_early",
                    format!("Please read the costs first: {left} seconds are left."),
                )
                .retry_after(wait));
            }
            mark(conn, of, offer.number, "confirmed_at", now)?;
            let writes = Facts::new()
                .with("disclosure.terms_sha256", terms.as_str())
                .with("disclosure.offer", offer.number);
            let event = Event::Done { at: wait.at.clone(), outcome: "confirmed".to_owned(), writes };
            Ok(Some(advance(conn, &library, of, event, "disclosure.confirmed", now)?))
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(())
}

/// Seconds for which the sheet is shown before it can be confirmed: the flow's, unless the settings say otherwise.
pub fn reading_seconds(config: &Config, wait: &Wait) -> i64 {
    match config.disclosure_reading_seconds {
        0 => wait.params["min_reading_seconds"].as_i64().unwrap_or(i64::MAX),
        seconds => i64::from(seconds),
    }
}

/// Seconds of reading time that are left, at least 0; all of it while the sheet has not been shown.
pub fn seconds_left(offer: &OfferRow, least: i64, now: Timestamp) -> i64 {
    let read = offer.shown_at.map_or(0, |shown| now.duration_since(shown).as_secs());
    (least - read).clamp(0, least)
}

fn current(conn: &Connection, of: CaseRef, terms: &str) -> Result<OfferRow, Problem> {
    latest(conn, of)?.filter(|offer| offer.terms_sha256 == terms).ok_or_else(|| {
        Problem::conflict("terms_changed", "The terms have changed. Look at the new offer and decide again.")
    })
}

/// Whether it was not marked before.
fn mark(
    conn: &Connection,
    of: CaseRef,
    number: i64,
    column: &'static str,
    now: Timestamp,
) -> Result<bool, Problem> {
    let changed = conn
        .prepare_cached(&format!(
            "UPDATE offers SET {column} = ?4
             WHERE tenant = ?1 AND case_id = ?2 AND number = ?3 AND {column} IS NULL"
        ))?
        .execute(params![of.tenant.to_string(), of.case.to_string(), number, now.as_millisecond()])?;
    Ok(changed > 0)
}
