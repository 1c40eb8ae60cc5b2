//! Which page the customer is on, from where the case stands. The same answer for every reload.

mod contract;
mod intake;
mod offer;
mod outcome;
mod waiting;
mod words;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use shared::flow::{Decision, params::Thing};
use ui::customer::CustomerPage;

use super::{
    CaseRequest, Situation,
    asked::Asked as AskedFor,
    brought::{self, Bringing, Brought},
    code::{self, CodeFor, CodeRules, CodeState},
    consent,
    consent_texts::Asked,
    offer::OfferRow,
    person::{Column, Person},
    products::Products,
    reading::{self, LatestPhoto},
    review,
    sign::{self, ContractRow},
};
use crate::{
    app::App, config::Config, flows::journal::CaseRef, links::Customer, own_funders::Funders,
    photos::PhotoReading, problem::Problem,
};

pub use contract::contract_text;
pub use words::{case_number, day_in_words, exact, moment, partner_name, second};

/// Everything a page may show, loaded in one look. Personal values are opened only as far as a page shows them.
pub(super) struct Facts {
    pub(super) customer: Customer,
    pub(super) situation: Situation,
    pub(super) phone: Option<String>,
    pub(super) id_number: Option<String>,
    pub(super) name: Option<String>,
    pub(super) photo: Option<LatestPhoto>,
    pub(super) reading: Option<PhotoReading>,
    pub(super) offer: Option<OfferRow>,
    pub(super) contract: Option<ContractRow>,
    pub(super) sign_code: Option<CodeState>,
    pub(super) reopen_code: Option<CodeState>,
    pub(super) consents_given: bool,
    pub(super) brought: Option<(Bringing, Brought)>,
    pub(super) asked: Vec<Asked>,
    /// What is still to be given of what the block asks for.
    pub(super) things: Vec<Thing>,
    pub(super) steps: Vec<Step>,
    pub(super) tenant_zh: String,
    pub(super) tenant_en: String,
    pub(super) waited_since: Option<Timestamp>,
    pub(super) human_asked: bool,
    pub(super) review: Option<review::Given>,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) sign_limit: SignedDuration,
    pub(super) now: Timestamp,
    pub(super) products: Arc<Products>,
    pub(super) funders: Arc<Funders>,
    pub(super) config: Arc<Config>,
    pub(super) base: String,
}

/// One step taken.
#[derive(Debug, Clone)]
pub struct Step {
    /// Block id.
    pub block: String,
    /// Key of its kind.
    pub kind: String,
    /// How it ended.
    pub outcome: String,
    /// When the block became active.
    pub since: Timestamp,
    /// When it was left.
    pub at: Timestamp,
}

/// Kinds of block in which a person is waited for.
const PEOPLE: [&str; 7] =
    ["intake", "request-more", "consent-check", "manual-review", "field-visit", "disclose", "sign"];

impl Step {
    /// Whether a person is waited for in such a block; the rest is the machine's own time.
    pub fn waits_for_a_person(&self) -> bool {
        PEOPLE.contains(&self.kind.as_str())
    }

    /// How long the block took.
    pub fn ms(&self) -> u64 {
        u64::try_from(self.at.duration_since(self.since).as_millis()).unwrap_or(0)
    }
}

/// A page with what its frame needs.
pub struct Shown {
    /// The page.
    pub page: CustomerPage,
    /// Tenant, where case data may be shown.
    pub tenant: Option<String>,
    /// Case number, likewise.
    pub case_number: Option<String>,
    /// Where codes are sent, masked.
    pub phone_masked: Option<String>,
    /// The offer whose disclosure is shown for the first time, to be noted.
    pub first_shown: Option<i64>,
}

/// The customer's page. `unlocked`: a finished case was opened with a fresh code in this browser.
///
/// # Errors
/// When the rows cannot be read.
pub async fn page_for(app: &App, customer: &Customer, base: &str, unlocked: bool) -> Result<Shown, Problem> {
    if !customer.state.shows_case() {
        return Ok(bare(CustomerPage::LinkEnded));
    }
    let facts = load(app, customer, base).await?;
    let lang = customer.lang;
    let page = choose(&facts, unlocked);
    let first_shown = match (&page, &facts.offer) {
        (CustomerPage::Disclosure(_), Some(offer)) if offer.shown_at.is_none() => Some(offer.number),
        _ => None,
    };
    if matches!(page, CustomerPage::LinkEnded) {
        return Ok(bare(page));
    }
    let shows_case = !matches!(page, CustomerPage::FinishedLocked(_));
    Ok(Shown {
        tenant: Some(lang.pick(facts.tenant_zh.clone(), facts.tenant_en.clone())),
        case_number: shows_case.then(|| words::case_number(customer.number)),
        phone_masked: facts.phone.as_ref().map(|_| facts.phone_masked()),
        page,
        first_shown,
    })
}

fn bare(page: CustomerPage) -> Shown {
    Shown { page, tenant: None, case_number: None, phone_masked: None, first_shown: None }
}

fn choose(facts: &Facts, unlocked: bool) -> CustomerPage {
    match facts.situation.end() {
        Some((Decision::Approved, _)) if unlocked => outcome::done(facts),
        Some((Decision::Approved, _)) => outcome::locked(facts),
        Some((Decision::Withdrawn, _)) => outcome::withdrawn(facts),
        Some((Decision::Declined, reason)) if unlocked || facts.just_ended() => {
            outcome::declined(facts, reason)
        }
        Some((Decision::Declined, _)) => outcome::locked(facts),
        Some((Decision::Expired | Decision::Error, _)) => CustomerPage::LinkEnded,
        None => running(facts),
    }
}

fn running(facts: &Facts) -> CustomerPage {
    let Some(wait) = facts.situation.customer() else {
        return match facts.situation.queue() {
            Some(queue) if facts.human_asked => waiting::person_asked(facts, queue),
            Some(queue) => waiting::in_review(facts, queue),
            None => waiting::progress(facts),
        };
    };
    match wait.kind {
        "intake" if !facts.customer.opened => intake::welcome(facts),
        "intake" if !facts.consents_given => intake::consent_identity(facts),
        "intake" if facts.is_being_handed_in() => waiting::progress(facts),
        "intake" => intake::identity(facts),
        "request-more" => intake::more(facts),
        "consent-check" => intake::consent_partners(facts),
        "disclose" => match &facts.offer {
            Some(row) if row.accepted_at.is_some() => offer::disclosure(facts, row, wait),
            Some(row) => offer::offer(facts, row, wait),
            None => waiting::progress(facts),
        },
        "sign" => match (&facts.contract, &facts.offer) {
            (Some(contract), Some(row)) if contract.intent_at.is_none() => offer::code(facts, contract, row),
            _ => waiting::progress(facts),
        },
        _ => waiting::progress(facts),
    }
}

async fn load(app: &App, customer: &Customer, base: &str) -> Result<Facts, Problem> {
    let (customer, base) = (customer.clone(), base.to_owned());
    let (library, keys, products, now) =
        (app.driver.library().clone(), app.keys.clone(), app.products.clone(), app.world.clock.now());
    let (config, funders) = (app.config.clone(), app.products.funders_of(customer.of.tenant));
    let sign_limit = sign::limit(app);
    app.store
        .read(move |conn| {
            let (of, rules) = (customer.of, CodeRules::of(&config));
            let situation = Situation::load(conn, &library, of)?;
            let person = Person::load(conn, &keys, of.tenant, customer.person)?;
            let asked = consent::asked_now(&products.consent_texts, &situation);
            let case = case_row(conn, of)?;
            let brought = brought::of_case(conn, of, &person)?;
            Ok(Facts {
                phone: person.get(conn, Column::Phone)?,
                id_number: person.get(conn, Column::IdNumber)?,
                name: person.get(conn, Column::Name)?,
                photo: reading::latest_photo(conn, of)?,
                reading: reading::latest(conn, of, &person)?,
                offer: super::offer::latest(conn, of)?,
                contract: sign::latest(conn, of)?,
                sign_code: code::state(conn, of, CodeFor::Sign, &rules)?,
                reopen_code: code::state(conn, of, CodeFor::Reopen, &rules)?,
                consents_given: consent::intake_given(conn, of, &asked, now)?,
                asked,
                things: match situation.customer_in("request-more") {
                    Some(wait) => AskedFor::of(conn, of, &situation, wait)?.left(),
                    None => Vec::new(),
                },
                brought,
                steps: steps(conn, of)?,
                tenant_zh: case.tenant_zh,
                tenant_en: case.tenant_en,
                waited_since: waiting_since(conn, of)?,
                human_asked: case.human_asked,
                review: review::last(conn, of, &person)?,
                ended_at: case.ended_at,
                sign_limit,
                situation,
                customer,
                now,
                products,
                funders,
                config,
                base,
            })
        })
        .await
}

struct CaseRow {
    tenant_zh: String,
    tenant_en: String,
    human_asked: bool,
    ended_at: Option<Timestamp>,
}

fn case_row(conn: &Connection, of: CaseRef) -> Result<CaseRow, Problem> {
    Ok(conn
        .prepare_cached(
            "SELECT t.name_zh, t.name_en, c.human_asked, c.ended_at FROM cases c JOIN tenants t ON t.id = c.tenant
             WHERE c.tenant = ?1 AND c.id = ?2",
        )?
        .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| {
            Ok(CaseRow {
                tenant_zh: row.get(0)?,
                tenant_en: row.get(1)?,
                human_asked: row.get::<_, i64>(2)? > 0,
                ended_at: row.get::<_, Option<i64>>(3)?.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
            })
        })?)
}

/// All steps of a case, in order.
///
/// # Errors
/// When the rows cannot be read.
pub fn steps(conn: &Connection, of: CaseRef) -> Result<Vec<Step>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT block, kind, outcome, since, at FROM steps WHERE tenant = ?1 AND case_id = ?2 ORDER BY seq",
    )?;
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let rows = statement.query_map(params![of.tenant.to_string(), of.case.to_string()], |row| {
        Ok(Step {
            block: row.get(0)?,
            kind: row.get(1)?,
            outcome: row.get(2)?,
            since: at(row.get(3)?),
            at: at(row.get(4)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn waiting_since(conn: &Connection, of: CaseRef) -> Result<Option<Timestamp>, Problem> {
    let since: Option<i64> = conn
        .prepare_cached("SELECT min(since) FROM tasks WHERE tenant = ?1 AND case_id = ?2")?
        .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| row.get(0))?;
    Ok(since.and_then(|ms| Timestamp::from_millisecond(ms).ok()))
}

impl Facts {
    /// The customer has consented, and what the advisor brought is on its way in: there is nothing to enter.
    fn is_being_handed_in(&self) -> bool {
        matches!(self.brought, Some((Bringing::Due, _)))
    }

    /// The customer is still there to read a result that came without their own code; later it takes a fresh one. A
    /// case without a phone has no other way to show it.
    fn just_ended(&self) -> bool {
        self.phone.is_none()
            || self.ended_at.is_none_or(|at| self.now.duration_since(at) < super::unlock::OPEN_FOR)
    }

    /// The reviewer's words, where the last decision was this one.
    pub(super) fn reviewers_words(&self, decision: &str) -> Option<String> {
        self.review.as_ref().filter(|review| review.decision == decision).map(|review| review.reason.clone())
    }

    pub(super) fn lang(&self) -> shared::domain::Lang {
        self.customer.lang
    }

    pub(super) fn request(&self) -> &CaseRequest {
        &self.situation.request
    }

    pub(super) fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    pub(super) fn phone_masked(&self) -> String {
        self.phone
            .as_deref()
            .and_then(|p| shared::domain::Phone::parse(p).ok())
            .map(|p| p.masked())
            .unwrap_or_default()
    }
}
