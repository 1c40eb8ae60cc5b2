//! What an advisor brought to a case: ID number, a photo of the card, the name. It lies sealed until the customer's own
//! consent on their link; then it is handed in for them, by the code that their own hand-in runs, and they are asked only
//! for what is left.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::domain::{DocumentId, Lang, PersonId, PhotoHash, PhotoId};

use super::{
    Situation,
    acts::{self, ActId},
    hand_in::{self, By, HandIn},
    person::Person,
    row,
};
use crate::{
    app::App,
    captures::open_sealed,
    crypt::{Keys, Place},
    flows::journal::CaseRef,
    links::{Customer, LinkState},
    problem::Problem,
    store::StoreError,
    world::Random,
};

/// The act under which what was brought is handed in: there is one in a case, however often it is tried.
const ACT: &str = "brought";

/// What the advisor brought.
#[derive(Clone, Serialize, Deserialize)]
pub struct Brought {
    /// As it was settled in the document.
    pub id_number: String,
    /// As the advisor typed it: a proposal for the customer to confirm.
    pub name: Option<String>,
    /// The device's photo of the card's portrait side.
    pub photo: PhotoId,
    /// Digest of its picture.
    pub plain: PhotoHash,
}

/// How far it is with what was brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bringing {
    /// It waits for the customer's consent.
    Ready,
    /// It is being handed in.
    Due,
    /// It was handed in.
    Used,
    /// It could not be handed in: the customer is asked for it as if nothing had been brought.
    Refused,
}

impl Bringing {
    fn code(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Due => "due",
            Self::Used => "used",
            Self::Refused => "refused",
        }
    }

    fn of_code(code: &str) -> Option<Self> {
        [Self::Ready, Self::Due, Self::Used, Self::Refused].into_iter().find(|one| one.code() == code)
    }
}

/// Keeps what was brought, sealed for the case's person, in the commit that opens the case.
///
/// # Errors
/// When the row cannot be written.
pub fn keep(
    conn: &Connection,
    keys: &Keys,
    random: &Random,
    of: CaseRef,
    brought: &Brought,
) -> Result<(), Problem> {
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    let person = row::person_of(conn, of)?;
    let person = Person::load(conn, keys, of.tenant, person)?;
    let json = serde_json::to_vec(brought).map_err(|error| Problem::internal(&error))?;
    let sealed = person.key().seal(place(&case), &json, random)?;
    conn.prepare_cached(
        "UPDATE submission_cases SET brought = ?3, bringing = ?4, tries = 0 WHERE tenant = ?1 AND case_id = ?2",
    )?
    .execute(params![tenant, case, sealed, Bringing::Ready.code()])?;
    Ok(())
}

/// What was brought to a case and how far it is; `None` for a case that began with a link.
///
/// # Errors
/// When the row cannot be read or opened.
pub fn of_case(
    conn: &Connection,
    of: CaseRef,
    person: &Person,
) -> Result<Option<(Bringing, Brought)>, Problem> {
    let case = of.case.to_string();
    let row: Option<(Option<String>, Option<Vec<u8>>)> = conn
        .prepare_cached("SELECT bringing, brought FROM submission_cases WHERE tenant = ?1 AND case_id = ?2")?
        .query_row([&of.tenant.to_string(), &case], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((Some(code), Some(sealed))) = row else { return Ok(None) };
    let plain = person.key().open(place(&case), &sealed)?;
    let brought = serde_json::from_slice(&plain).map_err(|error| Problem::internal(&error))?;
    Ok(Bringing::of_code(&code).map(|bringing| (bringing, brought)))
}

/// The customer consented, where the case waits for the intake: what was brought is to be handed in.
///
/// # Errors
/// When the rows cannot be read or written.
pub(super) fn consented(
    conn: &Connection,
    of: CaseRef,
    situation: &Situation,
    now: Timestamp,
) -> Result<(), StoreError> {
    if situation.customer_in("intake").is_none() {
        return Ok(());
    }
    let ready: Option<bool> = conn
        .prepare_cached("SELECT bringing = 'ready' FROM submission_cases WHERE tenant = ?1 AND case_id = ?2")?
        .query_row([of.tenant.to_string(), of.case.to_string()], |row| row.get(0))
        .optional()?;
    if ready == Some(true) { set(conn, of, Bringing::Due, now) } else { Ok(()) }
}

/// Hands in what was brought; doing it again changes nothing.
///
/// # Errors
/// When it is to be tried again.
pub(crate) async fn hand_in(app: &App, document: DocumentId) -> Result<(), Problem> {
    let Some((customer, brought)) = due(app, document).await? else { return Ok(()) };
    let of = customer.of;
    let photo = match open_sealed(app, of.tenant, brought.photo, brought.plain).await? {
        Ok(photo) => photo,
        Err(wrong) => return end(app, of, Bringing::Refused, Some(wrong.code())).await,
    };
    let handed = HandIn { id_number: brought.id_number, phone: None, photo };
    match hand_in::hand_in_by(app, &customer, ActId::parse(ACT)?, handed, By::Advisor).await {
        Ok(()) => end(app, of, Bringing::Used, None).await,
        // Taken back in the very moment: the customer is asked again.
        Err(problem) if problem.code == "consent_missing" => end(app, of, Bringing::Ready, None).await,
        // The case has gone on without it.
        Err(problem) if problem.code == "not_now" => end(app, of, Bringing::Used, Some(problem.code)).await,
        Err(problem) if problem.status >= 500 => Err(problem),
        Err(problem) => end(app, of, Bringing::Refused, Some(problem.code)).await,
    }
}

/// It cannot be handed in: the customer is asked for it instead.
///
/// # Errors
/// When it cannot be stored.
pub(crate) async fn refuse(app: &App, document: DocumentId, code: &'static str) -> Result<(), Problem> {
    match due(app, document).await? {
        Some((customer, _)) => end(app, customer.of, Bringing::Refused, Some(code)).await,
        None => Ok(()),
    }
}

async fn due(app: &App, document: DocumentId) -> Result<Option<(Customer, Brought)>, Problem> {
    let (keys, now) = (app.keys.clone(), app.world.clock.now());
    app.store
        .read(move |conn| {
            let row: Option<(String, String, String, i64, String)> = conn
                .prepare_cached(
                    "SELECT c.tenant, c.id, c.person, c.number, c.lang FROM submission_cases s
                     JOIN cases c ON c.tenant = s.tenant AND c.id = s.case_id
                     WHERE s.document = ?1 AND s.bringing = 'due'",
                )?
                .query_row([document.to_string()], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
                })
                .optional()?;
            let Some((tenant, case, person, number, lang)) = row else { return Ok(None) };
            let internal = |error| Problem::internal(&error);
            let of =
                CaseRef { tenant: tenant.parse().map_err(internal)?, case: case.parse().map_err(internal)? };
            let person: PersonId = person.parse().map_err(internal)?;
            let opened = Person::load(conn, &keys, of.tenant, person)?;
            let Some((_, brought)) = of_case(conn, of, &opened)? else { return Ok(None) };
            let lang = Lang::from_tag(&lang).unwrap_or_default();
            // Made by the customer's own consent on the open link, of which this is what follows.
            let (state, opened) = (LinkState::Open, true);
            let customer = Customer { of, person, number, lang, state, opened, expires_at: now };
            Ok(Some((customer, brought)))
        })
        .await
}

async fn end(app: &App, of: CaseRef, bringing: Bringing, code: Option<&'static str>) -> Result<(), Problem> {
    let now = app.world.clock.now();
    app.store
        .write(move |conn| {
            set(conn, of, bringing, now)?;
            if bringing == Bringing::Refused {
                acts::record(conn, of, "machine", "brought.refused", &json!({"code": code}), now)?;
            }
            Ok::<_, StoreError>(())
        })
        .await?;
    app.driver.tell(of);
    Ok(())
}

fn set(conn: &Connection, of: CaseRef, bringing: Bringing, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE submission_cases SET bringing = ?3, brought_at = ?4, next_at = ?4, tries = 0
         WHERE tenant = ?1 AND case_id = ?2",
    )?
    .execute(params![
        of.tenant.to_string(),
        of.case.to_string(),
        bringing.code(),
        now.as_millisecond()
    ])?;
    Ok(())
}

fn place(case: &str) -> Place<'_> {
    Place { table: "submission_cases", row: case, column: "brought" }
}
