//! `generate-contract`: composes the contract from the disclosed terms, seals it and stores it.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use rusqlite::{Connection, params};
use shared::{
    domain::{ContractId, FeePaid, Lang, PlanKind, Purpose, Recipient, Repayment as PlanRepayment},
    flow::Facts,
};

use super::{ask_partner::case_request, match_funder, person_of};
use crate::{
    app::App,
    cases::{
        CaseRequest,
        hand_in::{seal_object, today},
        offer::{self, OfferRow},
        page::partner_name,
        person::{Column, Person},
        reading,
    },
    contracts::{
        self, Charge, ChargePaid, ConsentGiven, ContractData, ContractError, Coverage, DisclosureConfirmed,
        Instalment, Organisation, Product, Repayment, Terms, Vehicle, glyphs_cover,
    },
    flows::{Performed, Record, Work, journal::CaseRef},
    problem::{Problem, masked},
    store::ObjectKey,
};

/// How sure the address must have been read to stand in the contract.
const ADDRESS_CONFIDENT: f32 = 0.8;

/// Writes the contract; refuses when what was disclosed is not what the offer says now.
pub(super) async fn write(app: &App, work: &Work) -> Result<Performed, Problem> {
    let of = work.of;
    let disclosed = work.facts.text("disclosure.terms_sha256").unwrap_or_default().to_owned();
    let Some(offer) = app.store.read(move |conn| offer::latest(conn, of)).await? else {
        return Ok(Performed::outcome("error"));
    };
    if offer.terms_sha256 != disclosed || offer.confirmed_at.is_none() {
        return Ok(Performed::outcome("terms_changed"));
    }
    if !offer.offered.stipulations.is_empty() && !stipulations_met(app, of, offer.made_at).await? {
        return Ok(Performed::outcome("needs_person"));
    }
    if offer.offered.before.is_some() && !match_funder::take_counter_offer(app, work, &offer).await? {
        return Ok(Performed::outcome("needs_person"));
    }
    let request = case_request(app, work).await?;
    let person = person_of(app, of).await?;
    let Some(data) = load(app, of, person, offer, request, app.world.clock.now()).await? else {
        return Ok(Performed::outcome("needs_person"));
    };
    let (composer, key, now) = (app.composer.clone(), app.seal_key.clone(), data.composed_at);
    let sealed = tokio::task::spawn_blocking(move || {
        let composed = composer.compose(&data)?;
        contracts::seal(&composed, &key, composer.fonts(), now)
    })
    .await
    .map_err(|error| Problem::internal(&error))?;
    let sealed = match sealed {
        Ok(sealed) => sealed,
        Err(ContractError::MissingGlyph { .. }) => return Ok(Performed::outcome("needs_person")),
        Err(error) => {
            tracing::error!(case = %of.case, error = masked(&error), "a contract could not be written");
            return Ok(Performed::outcome("error"));
        }
    };
    let id = ContractId::from_bytes(app.world.random.bytes());
    let object = ObjectKey::new(of.tenant, "contracts", id);
    let stored = seal_object(app, of, person, &object, &sealed).await?;
    app.store.objects().put(&object, stored).await?;
    let made = app.world.clock.now().as_millisecond();
    let terms = disclosed.clone();
    let record: Record = Arc::new(move |conn| {
        conn.prepare_cached(
            "INSERT INTO contracts(tenant, id, case_id, terms_sha256, object, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![of.tenant.to_string(), id.to_string(), of.case.to_string(), terms, object.as_str(), made])?;
        Ok(())
    });
    let writes = Facts::new().with("contract.id", id.to_string()).with("contract.terms_sha256", disclosed);
    Ok(Performed::outcome("generated").writes(writes).record(record))
}

/// A funder's conditional yes stands once a person has looked at this offer's stipulations and approved.
async fn stipulations_met(app: &App, of: CaseRef, since: Timestamp) -> Result<bool, Problem> {
    app.store
        .read(move |conn| {
            Ok(conn
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM reviews WHERE tenant = ?1 AND case_id = ?2 AND decision = 'approve' AND at > ?3)",
                )?
                .query_row(
                    params![of.tenant.to_string(), of.case.to_string(), since.as_millisecond()],
                    |row| row.get(0),
                )?)
        })
        .await
}

/// What a contract of this offer says, as written at `now`; `None` where a party cannot be named, which is for a person to
/// mend.
///
/// # Errors
/// When the rows cannot be read.
pub(in crate::cases) async fn load(
    app: &App,
    of: CaseRef,
    person: shared::domain::PersonId,
    offer: OfferRow,
    request: CaseRequest,
    now: Timestamp,
) -> Result<Option<ContractData>, Problem> {
    let (keys, composer) = (app.keys.clone(), app.composer.clone());
    let funders = app.products.funders_of(of.tenant);
    // Seconds are enough on paper, and the same inputs then give the same bytes.
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    app.store
        .read(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person)?;
            let get = |column| person.get(conn, column).map(Option::unwrap_or_default);
            // An address that was read with doubt, or that the fonts cannot print, is left to the card itself.
            let address = reading::latest(conn, of, &person)?
                .and_then(|read| read.card)
                .filter(|card| card.address.confidence >= ADDRESS_CONFIDENT)
                .map(|card| card.address.text)
                .filter(|text| !matches!(glyphs_cover(composer.fonts(), text), Coverage::Missing(_)));
            let (number, platform): (i64, Organisation) = conn
                .prepare_cached(
                    "SELECT c.number, t.name_zh, t.credit_code, t.address, t.phone
                     FROM cases c JOIN tenants t ON t.id = c.tenant WHERE c.tenant = ?1 AND c.id = ?2",
                )?
                .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| {
                    let platform = Organisation {
                        name: row.get(1)?,
                        credit_code: Some(row.get(2)?),
                        address: row.get(3)?,
                        phone: row.get(4)?,
                    };
                    Ok((row.get(0)?, platform))
                })?;
            let plan = &offer.offered.plan;
            let shown_at = offer.shown_at.unwrap_or(now);
            let confirmed_at = offer.confirmed_at.unwrap_or(now);
            let Some(funder) = funders.get(&offer.funder) else {
                tracing::error!(case = %of.case, funder = offer.funder, "the funder is no longer in the catalogue");
                return Ok(None);
            };
            if platform.address.is_empty() || platform.phone.is_empty() {
                tracing::error!(tenant = %of.tenant, "contracts need the company's address: miaopi admin company");
                return Ok(None);
            }
            Ok::<_, Problem>(Some(ContractData {
                number: format!("MP{number:06}-{}", offer.number),
                product: match plan.kind {
                    PlanKind::Loan => Product::Loan,
                    PlanKind::DirectLease => Product::DirectLease,
                    PlanKind::Leaseback => Product::Leaseback,
                },
                composed_at: now,
                funder: Organisation {
                    name: funder.legal_name.clone(),
                    credit_code: Some(funder.credit_code.clone()),
                    address: funder.address.clone(),
                    phone: funder.phone.clone(),
                },
                platform,
                customer: contracts::Person {
                    name: get(Column::Name)?,
                    id_number: get(Column::IdNumber)?,
                    phone: get(Column::Phone)?,
                    address: address
                        .filter(|a| !a.is_empty())
                        .unwrap_or_else(|| "以身份证记载为准".to_owned()),
                },
                vehicle: Vehicle {
                    description: request.description.clone(),
                    vin: request.vin.as_str().to_owned(),
                    plate: request.plate.clone(),
                    first_registered: None,
                    mileage_km: (request.vehicle.mileage_km > 0).then_some(request.vehicle.mileage_km),
                    price_fen: plan.price.get(),
                },
                terms: terms(plan),
                charges: charges(plan, &funder.legal_name),
                schedule: schedule(plan, now),
                consents: consents(conn, of, &funders)?,
                disclosure: DisclosureConfirmed {
                    shown_at,
                    confirmed_at,
                    reading_seconds: u32::try_from(confirmed_at.duration_since(shown_at).as_secs())
                        .unwrap_or(0),
                },
                terms_sha256: offer.terms_sha256.clone(),
            }))
        })
        .await
}

fn terms(plan: &shared::domain::PlannedOffer) -> Terms {
    let instalments: i64 = plan.instalments.iter().map(|row| row.payment.get()).sum();
    let paid = instalments + plan.up_front_fees.get();
    Terms {
        amount_fen: plan.financed.get(),
        down_payment_fen: plan.down_payment.get(),
        months: u32::from(plan.months.get()),
        repayment: match plan.repayment {
            PlanRepayment::EqualInstalments => Repayment::EqualPayment,
            PlanRepayment::EqualPrincipal => Repayment::EqualPrincipal,
            PlanRepayment::InterestOnly => Repayment::InterestFirst,
            PlanRepayment::Balloon { .. } => Repayment::Balloon,
        },
        nominal_rate: plan.yearly_rate.fraction(),
        annualised_cost: plan.annualised_cost.fraction(),
        total_paid_fen: paid,
        total_cost_fen: paid - plan.financed.get(),
        deposit_fen: plan.deposit.get(),
        buyout_fen: (plan.kind != PlanKind::Loan).then(|| plan.buyout.get()),
        late_rate_per_day: plan.late_rate_per_day.fraction(),
        early_settlement_rate: plan.early_settlement_fee.fraction(),
    }
}

fn charges(plan: &shared::domain::PlannedOffer, payee: &str) -> Vec<Charge> {
    plan.fees
        .iter()
        .map(|fee| Charge {
            name: fee.name.get(Lang::Zh).to_owned(),
            amount_fen: fee.amount.get(),
            payee: payee.to_owned(),
            paid: match fee.paid {
                FeePaid::UpFront => ChargePaid::UpFront,
                FeePaid::Financed => ChargePaid::Financed,
            },
        })
        .collect()
}

/// Instalments fall on the day on which the contract was written, month by month, whenever it is signed.
fn schedule(plan: &shared::domain::PlannedOffer, now: Timestamp) -> Vec<Instalment> {
    let first = today(now);
    plan.instalments
        .iter()
        .map(|row| Instalment {
            due_on: first.checked_add(i64::from(row.no).months()).unwrap_or(first),
            principal_fen: row.principal.get(),
            interest_fen: row.interest.get(),
            charges_fen: 0,
        })
        .collect()
}

fn consents(
    conn: &Connection,
    of: CaseRef,
    funders: &crate::own_funders::Funders,
) -> Result<Vec<ConsentGiven>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT purpose, recipient, given_at, expires_at FROM consents
         WHERE tenant = ?1 AND case_id = ?2 AND withdrawn_at IS NULL ORDER BY given_at, id",
    )?;
    let rows = statement.query_map(params![of.tenant.to_string(), of.case.to_string()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
    })?;
    let mut consents = Vec::new();
    for row in rows {
        let (purpose, recipient, given, expires) = row?;
        let at = |ms| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let what = Purpose::from_code(&purpose)
            .map_or(purpose.as_str(), |purpose| purpose.text(Lang::Zh))
            .to_owned();
        let recipient = match recipient.parse::<Recipient>() {
            Ok(Recipient::Funder(key)) => funders.name(&key, Lang::Zh),
            Ok(Recipient::Partner(key)) => partner_name(&key, Lang::Zh).map_or(key, str::to_owned),
            _ => "平台".to_owned(),
        };
        consents.push(ConsentGiven {
            what: what.clone(),
            recipient,
            purpose: "办理本次融资申请".to_owned(),
            given_at: at(given),
            expires_on: today(at(expires)),
        });
    }
    Ok(consents)
}
