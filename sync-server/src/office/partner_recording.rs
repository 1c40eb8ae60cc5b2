//! Recording what a partner answers: beginning one, one recording read once more, ending it, taking it along.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::domain::Lang;
use ui::{
    office::{AnswerRead, OfficePage, PartnerRecording, RecordingRow, Recordings, ReplayedAnswer},
    texts::Words,
};

use super::{
    Reader, View,
    partner_words::name_of,
    partners::{Done, HERE, by, known, page, refused, refused_there},
};
use crate::{
    accounts::{FormOf, NoFields, Staff, permission::PartnerSteerer},
    app::App,
    cases::page::{moment, second},
    control_room::recording::{
        replay::{Replayed, replay},
        steps::{self, Act, Recorded, State as Stands, Wish},
        take_along,
    },
    http::input::{Path, Query},
    partners::{Partner, ReadAs},
    problem::Problem,
};

/// What was typed into the form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    answers: String,
    last_hours: String,
    reason: String,
}

/// Begins a recording, or proposes it to a second person.
#[utoipa::path(post, path = "/office/partners/{partner}/recordings", tag = "page", params(("partner" = String, Path)), responses((status = 303)))]
pub(crate) async fn record_partner(
    State(app): State<App>,
    staff: PartnerSteerer,
    mut reader: Reader,
    Path(slug): Path<String>,
    FormOf { form, .. }: FormOf<Typed>,
) -> Result<Response, Problem> {
    let partner = known(&app, staff.tenant, &slug)?;
    // Its answers are read by a mapping, which is tried on samples: a recording would be read as our own protocol.
    if partner.own_funder().is_some() {
        return Err(Problem::not_found());
    }
    let number = |text: &str| text.trim().parse().unwrap_or(0);
    let wish =
        Wish { answers: number(&form.answers), hours: number(&form.last_hours), reason: form.reason.clone() };
    let (by, of) = (by(&app, &staff), partner.clone());
    let (keys, random) = (app.keys.tenant(staff.tenant), app.world.random.clone());
    let said = if by.two_needed { "proposed" } else { "started" };
    let started = app.store.write(move |conn| steps::start(conn, &by, &of, &wish, (&keys, &random))).await;
    match started {
        Ok(id) => {
            listen(&app, &staff, &partner, &id).await?;
            Ok(Redirect::to(&format!("{HERE}/{slug}?done=recording-{said}")).into_response())
        }
        Err(problem) if problem.status >= 500 => Err(problem),
        Err(problem) => {
            reader.here = format!("{HERE}/{slug}");
            let mut page = page(&app, &staff, &partner, reader.lang, None, None).await?;
            page.recordings.typed = (form.answers, form.last_hours, form.reason);
            refused((&app, &staff, reader), problem, OfficePage::Partner(Box::new(page)))
        }
    }
}

/// Lets the calls know how the recording stands.
async fn listen(app: &App, staff: &Staff, partner: &Partner, id: &str) -> Result<(), Problem> {
    let (tenant, of, now, this) = (staff.tenant, partner.clone(), app.world.clock.now(), id.to_owned());
    let all = app.store.read(move |conn| steps::list(conn, tenant, &of, now)).await?;
    match all.into_iter().find(|one| one.id == this && one.state == Stands::Running) {
        Some(Recorded { until: Some(until), most, kept, .. }) => {
            app.partners.record(tenant, partner, id.to_owned(), until, most.0.saturating_sub(kept));
        }
        _ => app.partners.stop_recording(tenant, partner, id),
    }
    Ok(())
}

/// One recording, read once more.
#[utoipa::path(get, path = "/office/partners/{partner}/recordings/{recording}", tag = "page",
    params(("partner" = String, Path), ("recording" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn recording(
    State(app): State<App>,
    staff: PartnerSteerer,
    reader: Reader,
    Path((slug, id)): Path<(String, String)>,
    Query(Done { done }): Query<Done>,
) -> Result<View, Problem> {
    let partner = known(&app, staff.tenant, &slug)?;
    let (tenant, lang, now) = (staff.tenant, reader.lang, app.world.clock.now());
    let (keys, of) = (app.keys.tenant(tenant), partner.clone());
    let (recording, replayed) = app
        .store
        .read(move |conn| {
            let recording = steps::one(conn, tenant, &of, &id, now)?;
            let replayed = replay(conn, tenant, &recording, &keys)?;
            Ok::<_, Problem>((recording, replayed))
        })
        .await?;
    let page = PartnerRecording {
        slug,
        name: name_of(&app, staff.tenant, &partner, lang),
        row: row(recording, &staff, lang),
        totals: (replayed.same, replayed.different, replayed.unread),
        answers: replayed.answers.into_iter().map(|answer| shown(answer, lang)).collect(),
        at: second(now, lang),
    };
    let view = View::of_staff(reader, &staff, &app, OfficePage::PartnerRecording(Box::new(page)));
    Ok(if done == "recording-stopped" { view.notice(Words(lang).t("tape-done-stopped")) } else { view })
}

/// What is to become of a recording.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    #[serde(rename = "do")]
    what: String,
}

/// Confirms a recording as the second person, ends it, or deletes it with everything in it.
#[utoipa::path(post, path = "/office/partners/{partner}/recordings/{recording}", tag = "page",
    params(("partner" = String, Path), ("recording" = String, Path)), responses((status = 303)))]
pub(crate) async fn change_recording(
    State(app): State<App>,
    staff: PartnerSteerer,
    reader: Reader,
    Path((slug, id)): Path<(String, String)>,
    FormOf { form, .. }: FormOf<Wanted>,
) -> Result<Response, Problem> {
    let partner = known(&app, staff.tenant, &slug)?;
    let (act, to) = match form.what.as_str() {
        "confirm" => (Act::Confirm, format!("{HERE}/{slug}?done=recording-started")),
        "delete" => (Act::Delete, format!("{HERE}/{slug}?done=recording-deleted")),
        _ => (Act::Stop, format!("{HERE}/{slug}?done=recording-stopped")),
    };
    if act != Act::Confirm {
        // From here on nothing more is taken down, however long the commit takes.
        app.partners.stop_recording(staff.tenant, &partner, &id);
    }
    let (by, of, this) = (by(&app, &staff), partner.clone(), id.clone());
    let done = app.store.write(move |conn| steps::act(conn, &by, &of, &this, act)).await;
    listen(&app, &staff, &partner, &id).await?;
    match done {
        Ok(()) => Ok(Redirect::to(&to).into_response()),
        Err(problem) if problem.status == 404 => Err(problem),
        Err(problem) => refused_there((&app, &staff, reader), &partner, problem, None).await,
    }
}

/// The recording as a file for the partner lab, personal data taken out. Who downloads it is on record before it is made.
#[utoipa::path(post, path = "/office/partners/{partner}/recordings/{recording}/file", tag = "page",
    params(("partner" = String, Path), ("recording" = String, Path)), responses((status = 200, description = "JSON lines")))]
pub(crate) async fn take_recording(
    State(app): State<App>,
    staff: PartnerSteerer,
    Path((slug, id)): Path<(String, String)>,
    _: FormOf<NoFields>,
) -> Result<Response, Problem> {
    let partner = known(&app, staff.tenant, &slug)?;
    let (by, of, this) = (by(&app, &staff), partner.clone(), id.clone());
    let recording = app.store.write(move |conn| take_along::note_taken(conn, &by, &of, &this)).await?;
    let (tenant, keys, secret) = (staff.tenant, app.keys.tenant(staff.tenant), app.world.random.bytes());
    let file = app
        .store
        .read(move |conn| take_along::file(conn, (tenant, &partner), &recording, &keys, secret))
        .await?;
    let name = format!("attachment; filename=\"{slug}-{}.jsonl\"", id.get(..8).unwrap_or_default());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/jsonl")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&name).map_err(|error| Problem::internal(&error))?,
        ),
    ];
    Ok((headers, file).into_response())
}

/// The recordings on a partner's page.
pub(super) fn recordings(
    rows: Vec<Recorded>,
    of: &Partner,
    app: &App,
    staff: &Staff,
    lang: Lang,
) -> Recordings {
    Recordings {
        offered: of.own_funder().is_none(),
        rows: rows.into_iter().map(|one| row(one, staff, lang)).collect(),
        typed: ("100".to_owned(), "24".to_owned(), String::new()),
        two_needed: app.config.partner_changes_need_two,
    }
}

/// What was done to a recording, said above the page.
pub(super) fn said(done: &str, lang: Lang) -> Option<String> {
    let word = done.strip_prefix("recording-")?;
    let known = ["started", "proposed", "stopped", "deleted"].contains(&word);
    known.then(|| Words(lang).t(&format!("tape-done-{word}")))
}

fn row(one: Recorded, staff: &Staff, lang: Lang) -> RecordingRow {
    RecordingRow {
        state: one.state.code().to_owned(),
        most: one.most,
        own: one.by.1 == staff.account.to_string(),
        second: one.second.clone(),
        at: moment(one.at, lang),
        until: one.until.map(|until| moment(until, lang)),
        goes: moment(one.goes_at(), lang),
        kept: one.kept,
        dropped: one.dropped,
        id: one.id,
        reason: one.reason,
        by: one.by.0,
    }
}

fn shown(answer: Replayed, lang: Lang) -> ReplayedAnswer {
    ReplayedAnswer {
        number: answer.number,
        at: second(answer.at, lang),
        kind: answer.kind.to_owned(),
        ms: answer.ms,
        then: read(answer.then),
        now: answer.now.map(read),
        differs: answer.differs,
    }
}

/// What was read, without anything that would say about whom.
fn read(read: ReadAs) -> AnswerRead {
    match read {
        ReadAs::Answer { outcome, .. } => AnswerRead { says: outcome, failed: false, what: None },
        ReadAs::Failure { class, what, status } => {
            AnswerRead { says: class, failed: true, what: status.map(|status| status.to_string()).or(what) }
        }
    }
}
