//! Keeps what is heard while recordings run, ends them, and removes what has lain here long enough.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    opened::{Sealed, seal},
    steps::{self, State},
};
use crate::{
    app::App,
    crypt::Keys,
    ops::Ticks,
    partners::{Heard, Partner, ReadAs, Recording, Said},
    problem::Problem,
    world::Random,
};

/// How often somebody looks what has ended or lain here long enough.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Answers that are kept in one commit.
const AT_ONCE: usize = 32;

/// Takes recordings up that ran before a restart.
///
/// # Errors
/// When the rows cannot be read.
pub async fn begin(app: &App) -> Result<(), Problem> {
    let now = app.world.clock.now();
    for (tenant, partner, id, until, left) in app.store.read(move |conn| running(conn, now)).await? {
        app.partners.record(tenant, &partner, id, until, left);
    }
    Ok(())
}

type Running = (shared::domain::TenantId, Partner, String, Timestamp, u32);

fn running(conn: &Connection, now: Timestamp) -> Result<Vec<Running>, Problem> {
    let mut statement = conn.prepare(
        "SELECT tenant, partner, id, until, answers - kept FROM partner_recordings
         WHERE state = 'running' AND until > ?1 AND kept < answers",
    )?;
    let mut rows = statement.query([now.as_millisecond()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (tenant, partner): (String, String) = (row.get(0)?, row.get(1)?);
        if let (Ok(tenant), Some(partner)) = (tenant.parse(), Partner::named(&partner)) {
            let until = Timestamp::from_millisecond(row.get(3)?).unwrap_or_default();
            found.push((tenant, partner, row.get(2)?, until, row.get(4)?));
        }
    }
    Ok(found)
}

/// Keeps what is heard, until the server stops.
pub async fn keep_up(app: App) {
    let Some(mut heard) = app.partners.heard() else { return };
    let mut ticks = Ticks::every(LOOK_EVERY, &app.stopping);
    let mut waiting = Vec::new();
    loop {
        tokio::select! {
            n = heard.recv_many(&mut waiting, AT_ONCE) => match n {
                0 => return,
                _ => keep(&app, std::mem::take(&mut waiting)).await,
            },
            tick = ticks.next() => match tick {
                Some(()) => look(&app).await,
                None => break,
            },
        }
    }
    while let Ok(one) = heard.try_recv() {
        waiting.push(one);
    }
    keep(&app, waiting).await;
}

pub(super) async fn look(app: &App) {
    let now = app.world.clock.now();
    let nothing = move |conn: &Connection| {
        let old = (now - steps::KEPT_FOR).as_millisecond();
        let sql =
            "SELECT 1 FROM partner_recordings WHERE state = 'running' AND until <= ?1 OR at <= ?2 LIMIT 1";
        Ok::<_, Problem>(
            conn.query_row(sql, params![now.as_millisecond(), old], |_| Ok(())).optional()?.is_none(),
        )
    };
    let tidied = match app.store.read(nothing).await {
        Ok(true) => return,
        Ok(false) => app.store.write(move |conn| steps::tidy(conn, now)).await,
        Err(problem) => Err(problem),
    };
    if let Err(problem) = tidied {
        tracing::warn!(
            code = problem.code,
            "recordings of partners are not tidied; trying again in a minute"
        );
    }
}

async fn keep(app: &App, heard: Vec<Heard>) {
    if heard.is_empty() {
        return;
    }
    let mut recordings: BTreeMap<String, (Arc<Recording>, u32)> = BTreeMap::new();
    for one in &heard {
        let id = one.recording.id.clone();
        recordings.entry(id).or_insert_with(|| (one.recording.clone(), 0)).1 += 1;
    }
    let (keys, random, now) = (app.keys.clone(), app.world.random.clone(), app.world.clock.now());
    let kept = app.store.write(move |conn| {
        let mut ended = Vec::new();
        for one in heard {
            if keep_one(conn, &keys, &random, &one, now)? {
                ended.push(one.recording);
            }
        }
        Ok::<_, Problem>(ended)
    });
    match kept.await {
        Ok(ended) => {
            for recording in ended {
                app.partners.stop_recording(recording.tenant, &recording.partner, &recording.id);
            }
        }
        Err(problem) => {
            for (recording, lost) in recordings.into_values() {
                recording.drop_answers(lost);
            }
            tracing::warn!(code = problem.code, "recorded answers of a partner could not be kept");
        }
    }
}

/// Keeps one answer; whether it was the last one. What was heard before a stop, and comes here after it, is not kept.
pub(super) fn keep_one(
    conn: &Connection,
    keys: &Keys,
    random: &Random,
    heard: &Heard,
    now: Timestamp,
) -> Result<bool, Problem> {
    let recording = &heard.recording;
    let (tenant, id) = (recording.tenant.to_string(), &recording.id);
    let found: Option<(u32, u32, Vec<u8>)> = conn
        .prepare_cached(
            "SELECT kept, answers, wrapped_key FROM partner_recordings
             WHERE tenant = ?1 AND id = ?2 AND state = 'running' AND kept < answers",
        )?
        .query_row(params![tenant, id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((kept, most, wrapped)) = found else { return Ok(false) };
    let number = kept + 1;
    let key = keys.tenant(&tenant).recording(id, &wrapped)?;
    let question = heard.question.clone();
    let (body, then) = match &heard.said {
        Said::Body(body) => (Some(STANDARD.encode(body)), ReadAs::of(&question, body)),
        Said::TooLong(then) | Said::Nothing(then) => (None, then.clone()),
    };
    let sealed = seal(&key, (id, number), &Sealed { question, body, then }, random)?;
    conn.prepare_cached(
        "INSERT INTO recorded_answers(tenant, recording, number, at, ms, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        tenant,
        id,
        number,
        heard.at.as_millisecond(),
        i64::try_from(heard.took.as_millis()).unwrap_or(i64::MAX),
        sealed,
    ])?;
    conn.prepare_cached(
        "UPDATE partner_recordings SET kept = ?3, dropped = dropped + ?4 WHERE tenant = ?1 AND id = ?2",
    )?
    .execute(params![tenant, id, number, recording.take_dropped()])?;
    if number == most {
        steps::end(conn, recording.tenant, id, State::Full, now)?;
        let partner = recording.partner.to_string();
        steps::by_itself(conn, &tenant, (&partner, id), "partner.recording_ended", now)?;
    }
    Ok(number == most)
}
