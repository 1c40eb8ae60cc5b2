//! Consents: which are asked, recorded by the customer's own act, and found before a partner is called.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use shared::{
    domain::{Purpose, Recipient},
    flow::{Event, Facts, Reference, Wait, evaluate},
};

use super::{
    Situation,
    acts::{self, ActId, Seen},
    brought,
    consent_texts::{Asked, ConsentTexts},
    hand_in::advance,
};
use crate::{
    app::App,
    flows::{
        Library,
        journal::{self, Advanced, CaseRef},
    },
    links::{self, Customer},
    problem::Problem,
    store::StoreError,
};

/// The consents that the customer is asked for in the block where the case waits; empty where none are.
pub fn asked_now(texts: &ConsentTexts, situation: &Situation) -> Vec<Asked> {
    let Some(wait) = situation.customer() else { return Vec::new() };
    let list = match wait.kind {
        "intake" => &wait.params["consents"],
        "consent-check" => &wait.params["ask"],
        _ => return Vec::new(),
    };
    let keys: Vec<&str> = list.as_array().into_iter().flatten().filter_map(|key| key.as_str()).collect();
    texts.asked(&keys, &situation.facts().texts("funder.wanted"))
}

/// Whether every consent of the intake block is on record.
///
/// # Errors
/// When the rows cannot be read.
pub fn intake_given(
    conn: &Connection,
    of: CaseRef,
    asked: &[Asked],
    now: Timestamp,
) -> Result<bool, StoreError> {
    for consent in asked {
        if covering(conn, of, consent.text.purpose, &consent.recipient, now)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The id of a consent that covers this purpose and recipient now.
///
/// # Errors
/// When the rows cannot be read.
pub fn covering(
    conn: &Connection,
    of: CaseRef,
    purpose: Purpose,
    recipient: &Recipient,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    Ok(conn
        .prepare_cached(
            "SELECT id FROM consents WHERE tenant = ?1 AND case_id = ?2 AND purpose = ?3 AND recipient = ?4
               AND withdrawn_at IS NULL AND given_at <= ?5 AND expires_at > ?5
             ORDER BY given_at DESC LIMIT 1",
        )?
        .query_row(
            params![
                of.tenant.to_string(),
                of.case.to_string(),
                purpose.code(),
                recipient.to_string(),
                now.as_millisecond()
            ],
            |row| row.get(0),
        )
        .optional()?)
}

/// Records the consents whose fields the customer ticked. In a consent block the flow goes on once nothing that it
/// needs is missing; of several funders, the ticked ones are those that may be asked.
///
/// # Errors
/// 422 `consent_missing` or `consent_funder_missing`; 409 when no consent is asked now.
pub async fn give(app: &App, customer: &Customer, act: ActId, ticked: Vec<String>) -> Result<(), Problem> {
    let (of, now) = (customer.of, app.world.clock.now());
    let (library, texts, random) =
        (app.driver.library().clone(), app.products.consent_texts.clone(), app.world.random.clone());
    let advanced = app
        .store
        .write(move |conn| {
            let situation = Situation::load(conn, &library, of)?;
            let mut fields: Vec<&[u8]> = ticked.iter().map(|field| field.as_bytes()).collect();
            fields.sort_unstable();
            if acts::note(conn, of, &act, "consent", &fields, now)? == Seen::Before {
                return Ok(None);
            }
            let asked = asked_now(&texts, &situation);
            let given = require(&asked, &ticked)?;
            for consent in &given {
                let id = hex::encode(random.bytes::<16>());
                record(conn, of, &id, consent, &texts.version, now)?;
            }
            // Whoever consents has seen who asks: programs need not press start.
            links::note_opened(conn, of, now)?;
            brought::consented(conn, of, &situation, now)?;
            settle(conn, &library, of, &situation, &given, now)
        })
        .await?;
    match advanced {
        Some(advanced) => app.driver.carry_out(advanced),
        None => app.driver.tell(of),
    }
    app.submissions.ring();
    Ok(())
}

/// Notes that the customer refuses what a consent block asks for.
///
/// # Errors
/// 409 when no consent is asked now.
pub async fn refuse(app: &App, customer: &Customer) -> Result<(), Problem> {
    let (of, now, library) = (customer.of, app.world.clock.now(), app.driver.library().clone());
    let advanced = app
        .store
        .write(move |conn| {
            let situation = Situation::load(conn, &library, of)?;
            let wait = situation.expect("consent-check")?;
            let consent = situation.facts().get("consent").cloned().unwrap_or_else(|| json!({}));
            let writes = Facts::new().with("consent", consent);
            let event = Event::Done { at: wait.at.clone(), outcome: "refused".to_owned(), writes };
            advance(conn, &library, of, event, "consent.refused", now)
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(())
}

/// What was asked and ticked. Everything asked is needed, except that one funder of several is enough.
fn require(asked: &[Asked], ticked: &[String]) -> Result<Vec<Asked>, Problem> {
    if asked.is_empty() {
        return Err(Problem::conflict("not_now", "No consent is asked at the moment. Load the page again."));
    }
    let is_funder = |consent: &&Asked| matches!(consent.recipient, Recipient::Funder(_));
    let given: Vec<Asked> = asked.iter().filter(|consent| ticked.contains(&consent.field)).cloned().collect();
    if asked.iter().filter(|c| !is_funder(c)).any(|consent| !ticked.contains(&consent.field)) {
        return Err(Problem::invalid(
            "consent",
            "consent_missing",
            "Tick each box to go on, or refuse: then a person can help you.",
        ));
    }
    if asked.iter().any(|consent| is_funder(&consent)) && !given.iter().any(|consent| is_funder(&consent)) {
        return Err(Problem::invalid("funder", "consent_funder_missing", "Choose at least one funder."));
    }
    Ok(given)
}

fn record(
    conn: &Connection,
    of: CaseRef,
    id: &str,
    consent: &Asked,
    version: &str,
    now: Timestamp,
) -> Result<(), Problem> {
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    let expires = now + SignedDuration::from_hours(24 * i64::from(consent.text.days));
    conn.prepare_cached(
        "INSERT INTO consents(tenant, id, case_id, purpose, recipient, text_version, text_sha256, given_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        tenant,
        id,
        case,
        consent.text.purpose.code(),
        consent.recipient.to_string(),
        version,
        consent.text.sha256(),
        now.as_millisecond(),
        expires.as_millisecond(),
    ])?;
    let detail = json!({"purpose": consent.text.purpose.code(), "recipient": consent.recipient.to_string(), "text": version});
    Ok(acts::record(conn, of, "customer", "consent.given", &detail, now)?)
}

/// Tells a consent block what is there now; the intake block learns it with the rest of the intake.
fn settle(
    conn: &Connection,
    library: &Library,
    of: CaseRef,
    situation: &Situation,
    given: &[Asked],
    now: Timestamp,
) -> Result<Option<Advanced>, Problem> {
    let Some(wait) = situation.customer_in("consent-check") else { return Ok(None) };
    let event = finished(situation, wait, consent_facts(situation, given), now);
    Ok(Some(journal::advance(conn, library, of, event, None, now)?))
}

fn consent_facts(situation: &Situation, given: &[Asked]) -> Facts {
    let mut keys: Vec<String> =
        situation.facts().texts("consent.given").into_iter().map(str::to_owned).collect();
    let mut funders: Vec<String> =
        situation.facts().texts("consent.funders").into_iter().map(str::to_owned).collect();
    for consent in given {
        if let Recipient::Funder(funder) = &consent.recipient {
            funders.push(funder.clone());
        }
        keys.push(consent.key.clone());
    }
    for list in [&mut keys, &mut funders] {
        list.sort_unstable();
        list.dedup();
    }
    Facts::new().with("consent.given", keys).with("consent.funders", funders)
}

fn finished(situation: &Situation, wait: &Wait, writes: Facts, now: Timestamp) -> Event {
    // Funders that were offered and not ticked are no longer wanted: the flow must not wait for them.
    let mut known = situation.facts().clone();
    known.merge(writes.clone());
    known.set("funder.wanted", writes.texts("consent.funders"));
    let evaluated =
        situation.flow.block(&wait.at.block).and_then(|block| evaluate(block, &known, &Reference::at(now)));
    match evaluated {
        Some(done) => Event::Done { at: wait.at.clone(), outcome: done.outcome, writes },
        None => Event::Noted { at: wait.at.clone(), writes },
    }
}

/// What the intake block learns of consents.
pub(super) fn intake_keys(asked: &[Asked]) -> Vec<String> {
    asked.iter().map(|consent| consent.key.clone()).collect()
}
