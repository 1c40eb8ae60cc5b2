//! `partner-query` and `vehicle-valuation`: real-name check, credit bureau, valuation. No consent, no call.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use rusqlite::params;
use serde::Deserialize;
use serde_json::json;
use shared::{
    domain::{Purpose, Recipient},
    flow::{Block, Facts, params::VehicleValuation},
    protocol::partners::{
        PartnerToken,
        checks::{CreditQuery, CreditStanding, RealNameCheck, RealNameOutcome, Valuation, ValuationRequest},
    },
};

use super::person_of;
use crate::{
    app::App,
    cases::{
        CaseRequest, consent,
        person::{Column, Person},
    },
    flows::{Performed, Record, Work, journal::CaseRef},
    partners::{IdempotencyKey, PartnerFailure},
    problem::Problem,
};

/// Asks the block's partner within its time.
pub(super) async fn ask(app: &App, work: &Work) -> Result<Performed, Problem> {
    let block = work.flow.block(&work.task.at.block);
    let partner = block.and_then(Block::partner).unwrap_or_default().to_owned();
    let started = app.world.clock.now();
    let asked = match partner.as_str() {
        "realname" => real_name(app, work).await?,
        "bureau" => bureau(app, work).await?,
        "valuation" => valuation(app, work).await?,
        _ => return Ok(Performed::outcome("error")),
    };
    let ended = app.world.clock.now();
    let call = |outcome, consent| {
        let key = key(work, &partner).as_str().to_owned();
        let call = Call { partner: partner.clone(), key, consent, outcome, began: started, ended };
        record_calls(work.of, vec![call], None)
    };
    Ok(match asked {
        Asked::NoConsent => Performed::outcome("no_consent"),
        Asked::Answered { outcome, writes, consent } => {
            Performed::outcome(outcome).writes(writes).record(call(outcome, consent))
        }
        Asked::Failed { failure, consent } => {
            let outcome = if failure == PartnerFailure::Timeout { "timeout" } else { "error" };
            let writes = Facts::new().with(&format!("partner.{partner}.problem"), failure.code());
            Performed::outcome(outcome).writes(writes).record(call(failure.code(), consent))
        }
    })
}

enum Asked {
    NoConsent,
    Answered { outcome: &'static str, writes: Facts, consent: Option<String> },
    Failed { failure: PartnerFailure, consent: Option<String> },
}

async fn real_name(app: &App, work: &Work) -> Result<Asked, Problem> {
    let Some(subject) = subject(app, work, Purpose::RealNameCheck, "realname").await? else {
        return Ok(Asked::NoConsent);
    };
    let check = RealNameCheck {
        id_number: subject.id_number.into(),
        name: subject.name.into(),
        name_confirmed_by_customer: subject.name_is_own,
        consent: token(&subject.consent)?,
    };
    let consent = Some(subject.consent);
    Ok(
        match app
            .partners
            .of(work.of.tenant)
            .check_real_name(&key(work, "realname"), limit(work), &check)
            .await
        {
            Ok(answer) => {
                let outcome = if answer.outcome == RealNameOutcome::Match { "match" } else { "mismatch" };
                let writes = Facts::new()
                    .with("partner.realname.verdict", outcome)
                    .with("partner.realname.reference", answer.reference.as_str());
                Asked::Answered { outcome, writes, consent }
            }
            Err(failure) => Asked::Failed { failure, consent },
        },
    )
}

async fn bureau(app: &App, work: &Work) -> Result<Asked, Problem> {
    let Some(subject) = subject(app, work, Purpose::CreditQuery, "bureau").await? else {
        return Ok(Asked::NoConsent);
    };
    let query = CreditQuery {
        id_number: subject.id_number.into(),
        name: subject.name.into(),
        consent: token(&subject.consent)?,
    };
    let consent = Some(subject.consent);
    Ok(match app.partners.of(work.of.tenant).query_credit(&key(work, "bureau"), limit(work), &query).await {
        Ok(report) => {
            let found = report.standing != CreditStanding::NoRecord;
            let writes = Facts::new()
                .with("partner.bureau.found", found)
                .with("partner.bureau.standing", json!(report.standing))
                .with("partner.bureau.score", report.score)
                .with("partner.bureau.overdue_24m", report.overdue_24m)
                .with("partner.bureau.overdue_now", report.overdue_now)
                .with("partner.bureau.monthly_debt_fen", report.monthly_debt_fen)
                .with("partner.bureau.queries_3m", report.queries_3m)
                .with("partner.bureau.reference", report.reference.as_str());
            Asked::Answered { outcome: if found { "found" } else { "no_record" }, writes, consent }
        }
        Err(failure) => Asked::Failed { failure, consent },
    })
}

async fn valuation(app: &App, work: &Work) -> Result<Asked, Problem> {
    let partner = Recipient::Partner("valuation".to_owned());
    let Some(consent) = consent_for(app, work, Purpose::VehicleValuation, partner).await? else {
        return Ok(Asked::NoConsent);
    };
    let consent = Some(consent);
    let request = case_request(app, work).await?;
    let question = ValuationRequest {
        vin: request.vin.as_str().to_owned(),
        asking_price_fen: request.vehicle.price.get(),
        age_months: request.vehicle.age_months,
        mileage_km: Some(request.vehicle.mileage_km),
    };
    Ok(
        match app
            .partners
            .of(work.of.tenant)
            .value_vehicle(&key(work, "valuation"), limit(work), &question)
            .await
        {
            Ok(Valuation::Valued { value_fen, low_fen, high_fen, damage_on_record, .. }) => {
                let price_share = request.vehicle.price.get().saturating_mul(100) / value_fen.max(1);
                let writes = Facts::new()
                    .with("partner.valuation.value_fen", value_fen)
                    .with("partner.valuation.low_fen", low_fen)
                    .with("partner.valuation.high_fen", high_fen)
                    .with("partner.valuation.price_percent", price_share)
                    .with("partner.valuation.damage", damage_on_record);
                Asked::Answered {
                    outcome: valued(work, request.vehicle.price.get(), value_fen)?,
                    writes,
                    consent,
                }
            }
            Ok(Valuation::NotFound { .. }) => {
                Asked::Answered { outcome: "unknown", writes: Facts::new(), consent }
            }
            Err(failure) => Asked::Failed { failure, consent },
        },
    )
}

/// What a value means to the block that asked for it.
fn valued(work: &Work, price_fen: i64, value_fen: i64) -> Result<&'static str, Problem> {
    if work.task.kind != "vehicle-valuation" {
        return Ok("valued");
    }
    let params =
        VehicleValuation::deserialize(&*work.task.params).map_err(|error| Problem::internal(&error))?;
    Ok(params.outcome(price_fen, value_fen))
}

/// The person a partner is asked about, under the consent that allows it.
pub(super) struct Subject {
    pub(super) id_number: String,
    pub(super) name: String,
    pub(super) phone: String,
    /// The customer said the name, rather than a reader.
    pub(super) name_is_own: bool,
    pub(super) consent: String,
}

async fn subject(
    app: &App,
    work: &Work,
    purpose: Purpose,
    partner: &str,
) -> Result<Option<Subject>, Problem> {
    subject_for(app, work, purpose, Recipient::Partner(partner.to_owned())).await
}

/// The id of the customer's consent that covers the purpose towards the recipient now.
async fn consent_for(
    app: &App,
    work: &Work,
    purpose: Purpose,
    recipient: Recipient,
) -> Result<Option<String>, Problem> {
    let (of, now) = (work.of, app.world.clock.now());
    app.store.read(move |conn| Ok(consent::covering(conn, of, purpose, &recipient, now)?)).await
}

/// `None` where no consent covers the purpose towards the recipient.
pub(super) async fn subject_for(
    app: &App,
    work: &Work,
    purpose: Purpose,
    recipient: Recipient,
) -> Result<Option<Subject>, Problem> {
    let of = work.of;
    let person = person_of(app, of).await?;
    let (keys, now) = (app.keys.clone(), app.world.clock.now());
    app.store
        .read(move |conn| {
            let Some(consent) = consent::covering(conn, of, purpose, &recipient, now)? else {
                return Ok(None);
            };
            let person = Person::load(conn, &keys, of.tenant, person)?;
            let own: i64 = conn
                .prepare_cached("SELECT confirmed_reading FROM cases WHERE tenant = ?1 AND id = ?2")?
                .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| row.get(0))?;
            Ok(Some(Subject {
                id_number: person.get(conn, Column::IdNumber)?.unwrap_or_default(),
                name: person.get(conn, Column::Name)?.unwrap_or_default(),
                phone: person.get(conn, Column::Phone)?.unwrap_or_default(),
                name_is_own: own >= 2,
                consent,
            }))
        })
        .await
}

/// What the case is about.
pub(super) async fn case_request(app: &App, work: &Work) -> Result<CaseRequest, Problem> {
    let of = work.of;
    let text: String = app
        .store
        .read::<_, Problem>(move |conn| {
            Ok(conn
                .prepare_cached("SELECT request FROM cases WHERE tenant = ?1 AND id = ?2")?
                .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| row.get(0))?)
        })
        .await?;
    serde_json::from_str(&text).map_err(|error| Problem::internal(&error))
}

/// The key under which this visit of the block asks; a repeated task repeats it.
pub(super) fn key(work: &Work, partner: &str) -> IdempotencyKey {
    let at = &work.task.at;
    IdempotencyKey::mint(&work.of.case.to_string(), at.block.as_str(), at.visit, partner)
}

fn limit(work: &Work) -> Option<Duration> {
    Some(Duration::from_millis(u64::from(work.task.timeout_ms)))
}

pub(super) fn token(text: &str) -> Result<PartnerToken, Problem> {
    PartnerToken::parse(text).map_err(|error| Problem::internal(&error))
}

/// One call of a partner, as the case's record keeps it.
pub(super) struct Call {
    /// `realname`, `bureau`, `funders/…`.
    pub(super) partner: String,
    /// The idempotency key.
    pub(super) key: String,
    /// Id of the consent that allowed it, where one is needed.
    pub(super) consent: Option<String>,
    /// The answer, or what failed.
    pub(super) outcome: &'static str,
    /// When it was asked.
    pub(super) began: Timestamp,
    /// When it had answered.
    pub(super) ended: Timestamp,
}

/// Rows for the calls, and whatever else belongs to the same result.
pub(super) fn record_calls(of: CaseRef, calls: Vec<Call>, more: Option<Record>) -> Record {
    Arc::new(move |conn| {
        for call in &calls {
            let ms = call.ended.duration_since(call.began).as_millis();
            conn.prepare_cached(
                "INSERT OR REPLACE INTO partner_calls(tenant, case_id, key, partner, consent_id, outcome, at, ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                of.tenant.to_string(),
                of.case.to_string(),
                call.key,
                call.partner,
                call.consent,
                call.outcome,
                call.began.as_millisecond(),
                i64::try_from(ms).unwrap_or(i64::MAX),
            ])?;
        }
        more.as_ref().map_or(Ok(()), |more| more(conn))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestServer;

    #[tokio::test]
    async fn a_value_is_an_outcome_of_its_own_only_where_the_block_compares_it() {
        let server = TestServer::start().await;
        let of = server.new_case().await;
        let query = server.work(of, "partner-query", json!({"partner": "valuation"}), Facts::new());
        assert_eq!(valued(&query, 11, 10).unwrap(), "valued");
        let compares = server.work(of, "vehicle-valuation", json!({"most_above_percent": 5}), Facts::new());
        assert_eq!(valued(&compares, 105, 100).unwrap(), "within");
        assert_eq!(valued(&compares, 106, 100).unwrap(), "above");
    }

    #[tokio::test]
    async fn no_vehicle_is_valued_without_the_customers_consent() {
        let server = TestServer::start().await;
        let of = server.new_case().await;
        let performed = server.perform(of, "vehicle-valuation", json!({}), Facts::new()).await;
        assert_eq!(performed.outcome, "no_consent");
        assert!(performed.record.is_none(), "nobody was called");
    }
}
