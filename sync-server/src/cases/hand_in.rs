//! The customer hands in the ID number and a photo, or a better photo when asked.

use bytes::Bytes;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rusqlite::{Connection, params};
use shared::{
    domain::{IdNumber, PersonId, Phone, PhotoId},
    flow::{Event, Facts, params::Thing},
};

use super::{
    Situation,
    acts::{self, ActId, Seen},
    asked::Asked,
    consent,
    person::{Column, Person},
    reading,
};
use crate::{
    app::App,
    crypt::Unreadable,
    flows::journal::{self, Advanced, CaseRef},
    links::Customer,
    photos::PhotoReading,
    problem::Problem,
    store::ObjectKey,
};

/// Offset of China's single time zone, hours.
const CHINA_HOURS: i8 = 8;

/// What was handed in.
pub struct HandIn {
    /// As typed.
    pub id_number: String,
    /// As typed; needed where the link's maker did not give it.
    pub phone: Option<String>,
    /// The photo's bytes, exactly as they came.
    pub photo: Bytes,
}

/// Today in China.
pub fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::fixed(jiff::tz::offset(CHINA_HOURS))).date()
}

/// When today began in China, milliseconds since the epoch.
pub fn midnight(now: Timestamp) -> i64 {
    let began = today(now).to_zoned(TimeZone::fixed(jiff::tz::offset(CHINA_HOURS)));
    // Only at the end of time is there no such moment.
    began.map_or(i64::MAX, |began| began.timestamp().as_millisecond())
}

/// Who hands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The customer.
    Customer,
    /// The advisor, who brought it; the customer has consented on their own link.
    Advisor,
}

impl By {
    /// Whom the audit names: what the advisor brought is handed in by the machine.
    fn actor(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Advisor => "machine",
        }
    }
}

/// As [`hand_in_by`] the customer.
///
/// # Errors
/// As there.
pub async fn hand_in(app: &App, customer: &Customer, act: ActId, handed: HandIn) -> Result<(), Problem> {
    hand_in_by(app, customer, act, handed, By::Customer).await
}

/// Takes the intake: checks the number, re-encodes the photo in a child process, stores both sealed, and lets the flow
/// go on. Nothing is stored of a refused one but that there was an attempt.
///
/// # Errors
/// 422 naming the field; 409 when the case does not wait for this; 507/503 when nothing can be stored.
pub async fn hand_in_by(
    app: &App,
    customer: &Customer,
    act: ActId,
    handed: HandIn,
    by: By,
) -> Result<(), Problem> {
    let now = app.world.clock.now();
    let known_phone = require_intake(app, customer, now).await?;
    let checked = check(&handed, known_phone, app.config.min_age, today(now));
    let (number, phone) = match checked {
        Ok(fields) => fields,
        Err(problem) => return Err(note_refusal(app, customer.of, problem, by, now).await),
    };
    let photo = match app.photos.take_in(handed.photo.clone()).await {
        Ok(photo) => photo,
        Err(refusal) => return Err(note_refusal(app, customer.of, refusal.into(), by, now).await),
    };
    let stored = store_photo(app, customer, &handed.photo, &photo).await?;
    let (of, person, library, keys, random) = (
        customer.of,
        customer.person,
        app.driver.library().clone(),
        app.keys.clone(),
        app.world.random.clone(),
    );
    let texts = app.products.consent_texts.clone();
    let advanced = app
        .store
        .write(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person)?;
            let typed = person.key().hash(&["hand in", number.reveal()]);
            if acts::note(conn, of, &act, "hand_in", &[&typed, &stored.sha256], now)? == Seen::Before {
                return Ok(None);
            }
            let situation = Situation::load(conn, &library, of)?;
            let wait = situation.expect("intake")?;
            person.set(conn, Column::IdNumber, number.reveal(), &random)?;
            if let Some(phone) = &phone {
                person.set(conn, Column::Phone, phone.reveal(), &random)?;
            }
            stored.insert(conn, of, now)?;
            let given = consent::intake_keys(&consent::asked_now(&texts, &situation));
            let writes = Facts::new()
                .with("intake.photo", stored.id.to_string())
                .with("id.valid", true)
                .with("id.age", number.age_on(today(now)).years())
                .with("id.sex", number.sex().text(shared::domain::Lang::En))
                .with("id.province_known", number.province_known())
                .with("consent.given", given);
            let event = Event::Done { at: wait.at.clone(), outcome: "complete".to_owned(), writes };
            let action = match by {
                By::Customer => "intake.handed_in",
                By::Advisor => "intake.brought",
            };
            Ok::<_, Problem>(Some(advance_as(conn, &library, of, event, by.actor(), action, now)?))
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(())
}

/// Everything that is wrong with a form before its photo is looked at, so that a page can name it all at once. Of a
/// wrong one the attempt is noted.
///
/// # Errors
/// When the case does not wait for this, or the store fails.
pub async fn look_at_form(
    app: &App,
    customer: &Customer,
    id_number: &str,
    phone: Option<&str>,
    has_photo: bool,
) -> Result<Vec<Problem>, Problem> {
    let now = app.world.clock.now();
    let known_phone = require_intake(app, customer, now).await?;
    let number = match check_number(id_number, app.config.min_age, today(now)) {
        Err(_) if id_number.trim().is_empty() => {
            Some(Problem::invalid("id_number", "id_number_missing", "Give the ID number."))
        }
        checked => checked.err(),
    };
    let photo = (!has_photo)
        .then(|| Problem::invalid("photo", "photo_missing", "Take or choose a photo of the card."));
    let phone = check_phone(phone, known_phone).err();
    let mut wrong: Vec<Problem> = number.into_iter().chain(phone).chain(photo).collect();
    if !wrong.is_empty() {
        let first = wrong.remove(0);
        wrong.insert(0, note_refusal(app, customer.of, first, By::Customer, now).await);
    }
    Ok(wrong)
}

/// Takes one more photo where the flow asks for it.
///
/// # Errors
/// As [`hand_in`].
pub async fn hand_in_photo(app: &App, customer: &Customer, act: ActId, photo: Bytes) -> Result<(), Problem> {
    let now = app.world.clock.now();
    let read = match app.photos.take_in(photo.clone()).await {
        Ok(read) => read,
        Err(refusal) => return Err(note_refusal(app, customer.of, refusal.into(), By::Customer, now).await),
    };
    let stored = store_photo(app, customer, &photo, &read).await?;
    let (of, library) = (customer.of, app.driver.library().clone());
    let advanced = app
        .store
        .write(move |conn| {
            if acts::note(conn, of, &act, "photo", &[&stored.sha256], now)? == Seen::Before {
                return Ok(None);
            }
            let writes = Facts::new().with("more.photo", stored.id.to_string());
            stored.insert(conn, of, now)?;
            Asked::load(conn, &library, of)?.give(
                conn,
                &library,
                of,
                (&[Thing::Photo], writes),
                "photo.handed_in",
                now,
            )
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(())
}

/// The customer wants a poor photo to be used: the flow looks at the same one again, and on to a person when its
/// tries are used up.
///
/// # Errors
/// 409 when no photo is asked for.
pub async fn use_photo_anyway(app: &App, customer: &Customer, act: ActId) -> Result<(), Problem> {
    let (of, library, now) = (customer.of, app.driver.library().clone(), app.world.clock.now());
    let advanced = app
        .store
        .write(move |conn| {
            if acts::note(conn, of, &act, "photo_anyway", &[], now)? == Seen::Before {
                return Ok(None);
            }
            let writes = Facts::new().with("more.photo_anyway", true);
            Asked::load(conn, &library, of)?.give(
                conn,
                &library,
                of,
                (&[Thing::Photo], writes),
                "photo.use_anyway",
                now,
            )
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(())
}

/// Where the intake waits with its consents given; answers whether the phone is known.
async fn require_intake(app: &App, customer: &Customer, now: Timestamp) -> Result<bool, Problem> {
    let (of, person, library, keys) =
        (customer.of, customer.person, app.driver.library().clone(), app.keys.clone());
    let texts = app.products.consent_texts.clone();
    app.store
        .read(move |conn| {
            let situation = Situation::load(conn, &library, of)?;
            let asked = consent::asked_now(&texts, &situation);
            if situation.customer_in("intake").is_some() && !consent::intake_given(conn, of, &asked, now)? {
                return Err(Problem::conflict(
                    "consent_missing",
                    "Your consent is needed before an ID number and a photo may be taken.",
                ));
            }
            let person = Person::load(conn, &keys, of.tenant, person)?;
            Ok(person.get(conn, Column::Phone)?.is_some())
        })
        .await
}

fn check(
    handed: &HandIn,
    known_phone: bool,
    min_age: u32,
    today: Date,
) -> Result<(IdNumber, Option<Phone>), Problem> {
    let number = check_number(&handed.id_number, min_age, today)?;
    Ok((number, check_phone(handed.phone.as_deref(), known_phone)?))
}

fn check_number(typed: &str, min_age: u32, today: Date) -> Result<IdNumber, Problem> {
    let number = IdNumber::parse(typed, today)
        .map_err(|error| Problem::invalid("id_number", error.code(), error.to_string()))?;
    if u32::from(number.age_on(today).years()) < min_age {
        return Err(Problem::invalid(
            "id_number",
            "id_number_under_age",
            format!("Nobody under {min_age} can apply. An adult has to apply instead."),
        ));
    }
    Ok(number)
}

fn check_phone(typed: Option<&str>, known_phone: bool) -> Result<Option<Phone>, Problem> {
    match typed.map(str::trim).unwrap_or_default() {
        "" if known_phone => Ok(None),
        typed => read_phone(typed).map(Some),
    }
}

/// The mobile number that codes are sent to.
///
/// # Errors
/// 422 where there is none, or one that cannot be.
pub(super) fn read_phone(typed: &str) -> Result<Phone, Problem> {
    if typed.trim().is_empty() {
        return Err(Problem::invalid(
            "phone",
            "phone_missing",
            "Give the mobile number that receives your code.",
        ));
    }
    Phone::parse(typed.trim()).map_err(|error| Problem::invalid("phone", error.code(), error.to_string()))
}

/// Only that there was an attempt, and why it was refused.
async fn note_refusal(app: &App, of: CaseRef, problem: Problem, by: By, now: Timestamp) -> Problem {
    let code = problem.code;
    let noted = app
        .store
        .write(move |conn| {
            let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
            conn.prepare_cached(
                "UPDATE cases SET photo_tries = photo_tries + 1 WHERE tenant = ?1 AND id = ?2",
            )?
            .execute(params![tenant, case])?;
            let detail = serde_json::json!({ "code": code });
            acts::record(conn, of, by.actor(), "intake.refused", &detail, now)
        })
        .await;
    noted.map_or_else(Into::into, |()| problem)
}

/// A photo whose re-encoded copy is durable; its row is still to be written.
struct StoredPhoto {
    id: PhotoId,
    sha256: Vec<u8>,
    object: ObjectKey,
    bytes: usize,
    width: u32,
    height: u32,
    quality: String,
    phash: Option<String>,
    reading: Vec<u8>,
}

async fn store_photo(
    app: &App,
    customer: &Customer,
    original: &Bytes,
    photo: &PhotoReading,
) -> Result<StoredPhoto, Problem> {
    let id = PhotoId::from_bytes(app.world.random.bytes());
    let object = ObjectKey::new(customer.of.tenant, "photos", id);
    let sealed = seal_object(app, customer.of, customer.person, &object, &photo.jpeg).await?;
    app.store.objects().put(&object, sealed).await?;
    let (keys, random, of, person) =
        (app.keys.clone(), app.world.random.clone(), customer.of, customer.person);
    let read = photo.clone();
    let reading = app
        .store
        .read(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person)?;
            reading::seal(&person, id, &read, &random)
        })
        .await?;
    Ok(StoredPhoto {
        id,
        sha256: app.keys.tenant(customer.of.tenant).photo_hash(original),
        object,
        bytes: photo.jpeg.len(),
        width: photo.width,
        height: photo.height,
        quality: serde_json::json!(photo.quality).to_string(),
        phash: photo
            .card
            .as_ref()
            .map(|card| card.hash.masked(&app.keys.tenant(customer.of.tenant).card_mask()).to_hex()),
        reading,
    })
}

/// Seals an object for the case's person.
///
/// # Errors
/// When the person is gone.
pub(super) async fn seal_object(
    app: &App,
    of: CaseRef,
    person: PersonId,
    object: &ObjectKey,
    plain: &[u8],
) -> Result<Bytes, Problem> {
    let keys = app.keys.clone();
    let person = app.store.read(move |conn| Person::load(conn, &keys, of.tenant, person)).await?;
    Ok(Bytes::from(person.key().seal(object.place(), plain, &app.world.random)?))
}

/// Reads and opens an object of the case's person.
///
/// # Errors
/// When it is not there, or was changed.
pub(super) async fn open_object(
    app: &App,
    of: CaseRef,
    person: PersonId,
    object: &ObjectKey,
) -> Result<Bytes, Problem> {
    let keys = app.keys.clone();
    let person = app.store.read(move |conn| Person::load(conn, &keys, of.tenant, person)).await?;
    let sealed = app.store.objects().get(object).await?;
    let plain: Result<Vec<u8>, Unreadable> = person.key().open(object.place(), &sealed);
    Ok(Bytes::from(plain?))
}

impl StoredPhoto {
    fn insert(&self, conn: &Connection, of: CaseRef, now: Timestamp) -> Result<(), Problem> {
        conn.prepare_cached(
            "INSERT INTO photos(tenant, id, case_id, sha256, object, bytes, width, height, quality, phash, reading, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            of.tenant.to_string(),
            self.id.to_string(),
            of.case.to_string(),
            self.sha256,
            self.object.as_str(),
            i64::try_from(self.bytes).unwrap_or(i64::MAX),
            self.width,
            self.height,
            self.quality,
            self.phash,
            self.reading,
            now.as_millisecond(),
        ])?;
        Ok(())
    }
}

/// Advances the run and says in the audit that the customer did it.
pub(super) fn advance(
    conn: &Connection,
    library: &crate::flows::Library,
    of: CaseRef,
    event: Event,
    action: &str,
    now: Timestamp,
) -> Result<Advanced, Problem> {
    advance_as(conn, library, of, event, "customer", action, now)
}

/// Advances the run and says in the audit who did it.
pub(super) fn advance_as(
    conn: &Connection,
    library: &crate::flows::Library,
    of: CaseRef,
    event: Event,
    actor: &str,
    action: &str,
    now: Timestamp,
) -> Result<Advanced, Problem> {
    acts::record(conn, of, actor, action, &serde_json::json!({}), now)?;
    Ok(journal::advance(conn, library, of, event, None, now)?)
}
