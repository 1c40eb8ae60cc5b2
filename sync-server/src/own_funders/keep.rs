//! What is on record of a company's own funders, and what may become of one.

use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use shared::{
    domain::{Funder, FunderKey, Lang, TenantId},
    protocol::partners::dialect::Dialect,
};

use super::{
    form::Entered,
    samples::{self, MAX_SAMPLE_BYTES, MAX_SAMPLES, Sample},
};
use crate::{
    control_room::{
        change::{By, Change, note, proposal},
        newest,
    },
    crypt::{Keys, Place},
    partners::{OWN, Partner, Switch, webhooks::WebhookSecret},
    problem::Problem,
    world::Random,
};

/// Most own funders of one company that are not retired.
pub(crate) const MAX_OWN: usize = 100;
/// Most that it may ever have had: each is read at start.
const MAX_EVER: usize = 500;
/// Longest part of a key that comes from the funder's name.
const MAX_STEM: usize = 24;
/// Where sealed values belong.
const TABLE: &str = "own_funders";

/// How far a funder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Entered; nobody knows yet whether its answers are read.
    Draft,
    /// Its samples are read as declared: it may be switched on.
    Tested,
    /// It was switched on.
    Live,
    /// It gets no new cases; what it has goes on.
    Retired,
}

impl Stage {
    /// Its stable name, as stored.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Tested => "tested",
            Self::Live => "live",
            Self::Retired => "retired",
        }
    }

    fn of_code(code: &str) -> Option<Self> {
        [Self::Draft, Self::Tested, Self::Live, Self::Retired].into_iter().find(|one| one.code() == code)
    }
}

/// One own funder as it stands.
#[derive(Clone)]
pub(crate) struct Own {
    /// Number of its latest change.
    pub(crate) number: u32,
    /// How far it is.
    pub(crate) stage: Stage,
    /// What it finances, and who it is.
    pub(crate) terms: Funder,
    /// Where it is reached.
    pub(crate) address: String,
    /// Milliseconds for a call.
    pub(crate) timeout_ms: u32,
    /// How its answers are read.
    pub(crate) mapping: Dialect,
    api_key: Vec<u8>,
    samples: Vec<u8>,
}

const COLUMNS: &str = "number, stage, terms, address, timeout_ms, mapping, api_key, samples";

/// Companies with funders of their own.
pub(super) fn companies(conn: &Connection) -> Result<Vec<TenantId>, Problem> {
    let mut statement = conn.prepare("SELECT DISTINCT tenant FROM own_funders")?;
    let found = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(found.iter().filter_map(|tenant| tenant.parse().ok()).collect())
}

/// A company's own funders as they stand.
pub(super) fn all(conn: &Connection, tenant: TenantId) -> Result<Vec<Own>, Problem> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM own_funders f WHERE tenant = ?1
         AND number = (SELECT max(number) FROM own_funders WHERE tenant = f.tenant AND funder = f.funder)"
    ))?;
    let mut rows = statement.query([tenant.to_string()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// One of a company's own funders.
///
/// # Errors
/// 404 for none of its own.
pub(crate) fn one(conn: &Connection, tenant: TenantId, funder: &str) -> Result<Own, Problem> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM own_funders WHERE tenant = ?1 AND funder = ?2 ORDER BY number DESC LIMIT 1"
    ))?;
    let mut rows = statement.query(params![tenant.to_string(), funder])?;
    rows.next()?.map(read).transpose()?.ok_or_else(Problem::not_found)
}

fn read(row: &Row<'_>) -> Result<Own, Problem> {
    let json = |error: serde_json::Error| Problem::internal(&error);
    let stage = Stage::of_code(&row.get::<_, String>(1)?);
    Ok(Own {
        number: row.get(0)?,
        stage: stage.ok_or_else(|| Problem::internal(&"a stage that this release does not know"))?,
        terms: serde_json::from_str(&row.get::<_, String>(2)?).map_err(json)?,
        address: row.get(3)?,
        timeout_ms: row.get(4)?,
        mapping: serde_json::from_str(&row.get::<_, String>(5)?).map_err(json)?,
        api_key: row.get(6)?,
        samples: row.get(7)?,
    })
}

fn place<'a>(funder: &'a str, column: &'a str) -> Place<'a> {
    Place { table: TABLE, row: funder, column }
}

/// What the funder knows us by.
pub(super) fn api_key(keys: &Keys, tenant: TenantId, own: &Own) -> Result<String, Problem> {
    let at = place(own.terms.key.as_str(), "api_key");
    keys.tenant(tenant).settings().open_text(at, &own.api_key).map_err(|error| Problem::internal(&error))
}

/// The answers that its mapping was tried on.
///
/// # Errors
/// When they were moved or changed.
pub(crate) fn samples_of(keys: &Keys, tenant: TenantId, own: &Own) -> Result<Vec<Sample>, Problem> {
    let at = place(own.terms.key.as_str(), "samples");
    let text = keys.tenant(tenant).settings().open(at, &own.samples);
    let text = text.map_err(|error| Problem::internal(&error))?;
    serde_json::from_slice(&text).map_err(|error| Problem::internal(&error))
}

/// What the funder signs its callbacks with. It is kept nowhere, but worked out from the company's key.
///
/// # Errors
/// Never in practice: a derived key has 32 bytes.
pub(crate) fn webhook_secret(keys: &Keys, tenant: TenantId, funder: &str) -> Result<WebhookSecret, Problem> {
    let bytes = keys.tenant(tenant).derived("own funder", &[funder]);
    let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|error| Problem::internal(&error))?;
    Ok(WebhookSecret::from_bytes(bytes))
}

/// Adds a funder as a draft. Nothing goes to it before its samples are read and it is switched on. The same form sent
/// again adds nothing.
///
/// # Errors
/// 409 `own_funders_full`.
pub(crate) fn add(
    conn: &Connection,
    (keys, random): (&Keys, &Random),
    by: &By,
    once: &str,
    entered: Entered,
) -> Result<Own, Problem> {
    let key = key_of(keys, by, once, entered.terms.name.get(Lang::En))?;
    let before = all(conn, by.tenant)?;
    if let Some(own) = before.iter().find(|own| own.terms.key == key) {
        return Ok(own.clone());
    }
    let used = before.iter().filter(|own| own.stage != Stage::Retired).count();
    if used >= MAX_OWN || before.len() >= MAX_EVER {
        return Err(Problem::conflict(
            "own_funders_full",
            "There are as many funders of your own as can be kept. Retire one first.",
        ));
    }
    let settings = keys.tenant(by.tenant).settings();
    let seal = |column, plain: &[u8]| {
        settings.seal(place(key.as_str(), column), plain, random).map_err(|error| Problem::internal(&error))
    };
    let own = Own {
        number: 1,
        stage: Stage::Draft,
        address: entered.address,
        timeout_ms: entered.timeout_ms,
        mapping: Dialect::default(),
        api_key: seal("api_key", entered.api_key.unwrap_or_default().as_bytes())?,
        samples: seal("samples", b"[]")?,
        terms: Funder { key, ..entered.terms },
    };
    write(conn, by, &own)?;
    note(conn, by, "partner.added", &partner_of(&own)?, &json!({"number": 1, "after": shown(&own)}))?;
    Ok(own)
}

/// Changes what a funder finances, who it is, or how it is reached. Its key stays where none is given.
///
/// # Errors
/// As [`may_change`].
pub(crate) fn change(
    conn: &Connection,
    (keys, random): (&Keys, &Random),
    by: &By,
    (funder, seen): (&str, u32),
    entered: Entered,
) -> Result<Own, Problem> {
    let before = may_change(conn, by, funder, seen)?;
    let api_key = match &entered.api_key {
        None => before.api_key.clone(),
        Some(key) => keys
            .tenant(by.tenant)
            .settings()
            .seal(place(funder, "api_key"), key.as_bytes(), random)
            .map_err(|error| Problem::internal(&error))?,
    };
    let own = Own {
        number: before.number + 1,
        terms: Funder { key: before.terms.key.clone(), ..entered.terms },
        address: entered.address,
        timeout_ms: entered.timeout_ms,
        api_key,
        ..before.clone()
    };
    write(conn, by, &own)?;
    let detail = json!({
        "number": own.number, "before": shown(&before), "after": shown(&own), "key_changed": entered.api_key.is_some(),
    });
    note(conn, by, "partner.terms_changed", &partner_of(&own)?, &detail)?;
    Ok(own)
}

/// Keeps a mapping with the samples that it was tried on. Where not all of them are read as declared, the funder is a
/// draft again.
///
/// # Errors
/// As [`may_change`]; 422 for a mapping that is not whole, or too many or too large samples.
pub(crate) fn map(
    conn: &Connection,
    (keys, random): (&Keys, &Random),
    by: &By,
    (funder, seen): (&str, u32),
    (mapping, tried): (Dialect, Vec<Sample>),
) -> Result<Own, Problem> {
    let before = may_change(conn, by, funder, seen)?;
    let large = |sample: &Sample| sample.answer.len() > MAX_SAMPLE_BYTES;
    if !mapping.faults().is_empty() || tried.len() > MAX_SAMPLES || tried.iter().any(large) {
        return Err(Problem::invalid(
            "mapping",
            "own_mapping_form",
            "The mapping is not whole, or a sample is too large. Mend what is marked.",
        ));
    }
    let stage = match (samples::pass(&mapping, &tried), before.stage) {
        (false, _) => Stage::Draft,
        (true, Stage::Live) => Stage::Live,
        (true, _) => Stage::Tested,
    };
    let text = serde_json::to_vec(&tried).map_err(|error| Problem::internal(&error))?;
    let sealed = keys.tenant(by.tenant).settings().seal(place(funder, "samples"), &text, random);
    let own = Own {
        number: before.number + 1,
        stage,
        mapping,
        samples: sealed.map_err(|error| Problem::internal(&error))?,
        ..before.clone()
    };
    write(conn, by, &own)?;
    let says: Vec<&str> = tried.iter().map(|sample| sample.says.code()).collect();
    let detail = json!({
        "number": own.number, "samples": says,
        "before": {"stage": before.stage.code(), "mapping": before.mapping},
        "after": {"stage": own.stage.code(), "mapping": own.mapping},
    });
    note(conn, by, "partner.mapping_changed", &partner_of(&own)?, &detail)?;
    Ok(own)
}

/// Retires a funder for good: it gets no new cases, and what it has goes on.
///
/// # Errors
/// 404 for none of the company's own; 409 when it is retired already.
pub(crate) fn retire(conn: &Connection, by: &By, funder: &str) -> Result<(), Problem> {
    let before = one(conn, by.tenant, funder)?;
    if before.stage == Stage::Retired {
        return Err(retired());
    }
    let own = Own { number: before.number + 1, stage: Stage::Retired, ..before.clone() };
    write(conn, by, &own)?;
    let detail = json!({"number": own.number, "before": before.stage.code(), "after": own.stage.code()});
    note(conn, by, "partner.retired", &partner_of(&own)?, &detail)
}

/// Whether `change` may be made: an own funder is switched on only once its samples were read. All other partners may; a
/// retired one gets no new cases however it is switched.
///
/// # Errors
/// 422 `own_funder_untested`.
pub(crate) fn may_switch(conn: &Connection, tenant: TenantId, change: &Change) -> Result<(), Problem> {
    let Some(key) = change.partner.own_funder() else { return Ok(()) };
    match one(conn, tenant, key.as_str())?.stage {
        Stage::Draft if change.control.state != Switch::Paused => Err(Problem::invalid(
            "state",
            "own_funder_untested",
            "Try its mapping on samples first: a yes and a no have to be read as they are meant.",
        )),
        _ => Ok(()),
    }
}

/// Notes, in the commit of the switch, that an own funder was switched on.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn switched(conn: &Connection, by: &By, change: &Change) -> Result<(), Problem> {
    let Some(key) = change.partner.own_funder() else { return Ok(()) };
    let before = one(conn, by.tenant, key.as_str())?;
    if before.stage != Stage::Tested || change.control.state != Switch::Open {
        return Ok(());
    }
    let own = Own { number: before.number + 1, stage: Stage::Live, ..before };
    write(conn, by, &own)
}

/// What may be changed: nothing of a funder that new cases go to, or that a second person is about to switch on, so that
/// what was looked at before switching it on is what is asked.
///
/// # Errors
/// 404 for none of the company's own; 409 when it is retired, not paused, waits for a second person, or was changed
/// since it was `seen`.
fn may_change(conn: &Connection, by: &By, funder: &str, seen: u32) -> Result<Own, Problem> {
    let own = one(conn, by.tenant, funder)?;
    let partner = partner_of(&own)?;
    if own.stage == Stage::Retired {
        return Err(retired());
    }
    if own.number != seen {
        return Err(Problem::conflict(
            "partner_changed",
            "Somebody has changed this partner meanwhile. Look at what would happen now, then decide again.",
        ));
    }
    if newest(conn, by.tenant, &partner)?.control.state != Switch::Paused {
        return Err(Problem::conflict(
            "own_funder_open",
            "Pause it first: what new applications go by is not changed while they go to it.",
        ));
    }
    if proposal(conn, by.tenant, &partner)?.is_some() {
        return Err(Problem::conflict(
            "partner_proposal_open",
            "A change of this partner waits for a second person already. Have it confirmed or lay it aside first.",
        ));
    }
    Ok(own)
}

fn retired() -> Problem {
    Problem::conflict(
        "own_funder_retired",
        "This funder is retired. Add it anew if cases are to go to it again.",
    )
}

/// The partner that it is to the control room.
///
/// # Errors
/// Never in practice: its key is made to be a token.
pub(crate) fn partner_of(own: &Own) -> Result<Partner, Problem> {
    let named = Partner::named(&format!("funders/{}", own.terms.key));
    named.ok_or_else(|| Problem::internal(&"a funder's key that is no token"))
}

/// What stands on record of it: everything but its key and its samples.
fn shown(own: &Own) -> Value {
    json!({"stage": own.stage.code(), "terms": own.terms, "address": own.address, "timeout_ms": own.timeout_ms})
}

fn write(conn: &Connection, by: &By, own: &Own) -> Result<(), Problem> {
    let json = |error: serde_json::Error| Problem::internal(&error);
    conn.prepare_cached(
        "INSERT INTO own_funders(tenant, funder, number, stage, terms, address, timeout_ms, mapping, api_key, samples, actor, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        by.tenant.to_string(),
        own.terms.key.as_str(),
        own.number,
        own.stage.code(),
        serde_json::to_string(&own.terms).map_err(json)?,
        own.address,
        own.timeout_ms,
        serde_json::to_string(&own.mapping).map_err(json)?,
        own.api_key,
        own.samples,
        by.account.to_string(),
        by.at.as_millisecond(),
    ])?;
    Ok(())
}

/// A key that no other company has: the English name as far as it can be written in one, and what follows from the form.
fn key_of(keys: &Keys, by: &By, once: &str, name: &str) -> Result<FunderKey, Problem> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let mut stem = String::new();
    for c in name.chars().map(plain) {
        if stem.len() < MAX_STEM && (c != '-' || !(stem.is_empty() || stem.ends_with('-'))) {
            stem.push(c);
        }
    }
    let stem = stem.trim_end_matches('-');
    let dash = if stem.is_empty() { "" } else { "-" };
    let end = keys.tenant(by.tenant).derived("own funder key", &[&by.account.to_string(), once]);
    let end = hex::encode(end.get(..5).unwrap_or_default());
    FunderKey::try_from(format!("{OWN}{stem}{dash}{end}")).map_err(|error| Problem::internal(&error))
}
