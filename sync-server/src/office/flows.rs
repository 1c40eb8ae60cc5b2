//! The flows pages: versions of each flow, drafts of one's own, what differs, and what a second person does with a version.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use rusqlite::Connection;
use serde::Deserialize;
use shared::{
    domain::{DraftId, Lang, Region, TenantId, Texts},
    protocol::flows::{Band, BeginDraft, DecideVersion, ReleaseVersion, VersionState},
};
use ui::office::{
    Acted, Compared, DraftLine, FlowLine, FlowList, FlowVersions, NewFlow, OfficePage, VersionLine,
};

use super::{
    Reader, View,
    flow_views::{difference, replayed},
};
use crate::{
    accounts::{
        FormOf, NoFields, Staff,
        permission::{FlowApprover, FlowDesigner, FlowReader},
    },
    app::App,
    cases::page::moment,
    flows::{
        Library, decide, diff,
        drafts::{self, Author},
        moving, new_id, release, retried,
        versions::{self, Version},
    },
    http::input::{Path, Query},
    problem::Problem,
};

/// Where the list is.
const LIST: &str = "/office/flows";
/// Versions of a flow on its page, besides those that cases get.
const SHOWN: usize = 50;

/// The company's flows, and one's own drafts.
#[utoipa::path(get, path = "/office/flows", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn flows(
    State(app): State<App>,
    staff: FlowReader,
    reader: Reader,
) -> Result<View, Problem> {
    let page = list(&app, &staff, reader.lang, NewFlow::default()).await?;
    Ok(View::of_staff(reader, &staff, &app, page))
}

/// What was typed into the form for a new flow, or the version that a draft begins from.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Begun {
    #[serde(default)]
    from: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    name_en: String,
    #[serde(default)]
    key: String,
}

/// Begins a draft and leads to the designer.
#[utoipa::path(post, path = "/office/flows/drafts", tag = "page", responses((status = 303)))]
pub(crate) async fn begin_draft(
    State(app): State<App>,
    staff: FlowDesigner,
    mut reader: Reader,
    FormOf { form, .. }: FormOf<Begun>,
) -> Result<Response, Problem> {
    let (author, id, now) = (Author::from(&*staff), new_id(&app), app.world.clock.now());
    let asked = form.asked();
    match app.store.write(move |conn| drafts::begin(conn, &author, id, asked, now)).await {
        Ok(draft) => Ok(Redirect::to(&format!("{LIST}/design/{}", draft.id)).into_response()),
        Err(problem) if problem.status == StatusCode::NOT_FOUND.as_u16() => Err(problem),
        Err(problem) => {
            reader.here = LIST.to_owned();
            let typed = NewFlow { name_zh: form.name, name_en: form.name_en, key: form.key };
            let page = list(&app, &staff, reader.lang, typed).await?;
            Ok(View::of_staff(reader, &staff, &app, page).problem(&problem).into_response())
        }
    }
}

impl Begun {
    fn asked(&self) -> BeginDraft {
        if !self.from.is_empty() {
            return BeginDraft { from: Some(self.from.clone()), name: None, key: None };
        }
        let name = Texts::new(self.name.trim(), self.name_en.trim());
        BeginDraft { from: None, name: Some(name), key: Some(self.key.trim().to_owned()) }
    }
}

/// Deletes a draft of one's own.
#[utoipa::path(post, path = "/office/flows/drafts/{draft}/delete", tag = "page", params(("draft" = String, Path)), responses((status = 303)))]
pub(crate) async fn delete_draft(
    State(app): State<App>,
    staff: FlowDesigner,
    Path(draft): Path<DraftId>,
    _: FormOf<NoFields>,
) -> Result<Redirect, Problem> {
    let (author, now) = (Author::from(&*staff), app.world.clock.now());
    app.store.write(move |conn| drafts::delete(conn, &author, draft, now)).await?;
    Ok(Redirect::to(LIST))
}

/// Two versions to be put beside each other; where none is named, what waits beside what is live.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// One flow with its versions.
#[utoipa::path(get, path = "/office/flows/{key}", tag = "page", params(("key" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn flow(
    State(app): State<App>,
    staff: FlowReader,
    reader: Reader,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<View, Problem> {
    let page = one(&app, &staff, reader.lang, key, asked, How::default()).await?;
    Ok(View::of_staff(reader, &staff, &app, page))
}

/// What a second person decides.
#[derive(Debug, Deserialize)]
pub(crate) struct Decision {
    #[serde(default)]
    decision: String,
    #[serde(default)]
    reason: String,
}

/// Approves or refuses a version that somebody else composed.
#[utoipa::path(post, path = "/office/flows/versions/{hash}/decide", tag = "page", params(("hash" = String, Path)), responses((status = 303)))]
pub(crate) async fn decide_version(
    State(app): State<App>,
    staff: FlowApprover,
    Path(hash): Path<String>,
    reader: Reader,
    FormOf { form, .. }: FormOf<Decision>,
) -> Result<Response, Problem> {
    let (by, now, key) = (Author::from(&*staff), app.world.clock.now(), key_of(&app, &staff, &hash).await?);
    let acted = Acted { hash: hash.clone(), reason: form.reason.clone(), ..Acted::default() };
    let decision = match form.decision.as_str() {
        "approve" => DecideVersion { approve: true, reason: form.reason },
        "refuse" => DecideVersion { approve: false, reason: form.reason },
        _ => return Err(Problem::not_found()),
    };
    let done = app.store.write(move |conn| decide::decide(conn, &by, &hash, &decision, now)).await;
    after(&app, &staff, reader, (key, Some(acted)), done.map(drop)).await
}

/// How a version is released.
#[derive(Debug, Deserialize)]
pub(crate) struct Released {
    #[serde(default)]
    share_percent: String,
    #[serde(default)]
    regions: String,
    #[serde(default)]
    least_cases: String,
    #[serde(default)]
    most_errors_percent: String,
    #[serde(default)]
    most_approval_drift_points: String,
    #[serde(default)]
    most_p95_ms: String,
}

impl Released {
    fn typed_band(&self) -> [String; 4] {
        [&self.least_cases, &self.most_errors_percent, &self.most_approval_drift_points, &self.most_p95_ms]
            .map(|typed| typed.trim().to_owned())
    }

    /// What is no number is outside every band that can be given.
    fn band(&self) -> Option<Band> {
        let typed = self.typed_band();
        if typed.iter().all(String::is_empty) {
            return None;
        }
        let [cases, errors, drift, p95] = typed;
        Some(Band {
            least_cases: cases.parse().unwrap_or(0),
            most_errors_percent: errors.parse().unwrap_or(u8::MAX),
            most_approval_drift_points: drift.parse().unwrap_or(u8::MAX),
            most_p95_ms: p95.parse().unwrap_or(0),
        })
    }
}

/// Gives an approved version to new cases.
#[utoipa::path(post, path = "/office/flows/versions/{hash}/release", tag = "page", params(("hash" = String, Path)), responses((status = 303)))]
pub(crate) async fn release_version(
    State(app): State<App>,
    staff: FlowApprover,
    Path(hash): Path<String>,
    reader: Reader,
    FormOf { form, .. }: FormOf<Released>,
) -> Result<Response, Problem> {
    let (by, now, key) = (Author::from(&*staff), app.world.clock.now(), key_of(&app, &staff, &hash).await?);
    let apart = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、');
    let (share, typed) = (form.share_percent.clone(), form.regions.clone());
    let band = form.typed_band();
    let acted = Acted { hash: hash.clone(), share, regions: typed, band, ..Acted::default() };
    let asked = ReleaseVersion {
        // What is no number is no share either.
        share_percent: form.share_percent.trim().parse().unwrap_or(0),
        regions: form.regions.split(apart).filter(|code| !code.is_empty()).map(str::to_owned).collect(),
        band: form.band(),
    };
    let done = app.store.write(move |conn| release::release(conn, &by, &hash, &asked, now)).await;
    after(&app, &staff, reader, (key, Some(acted)), done.map(drop)).await
}

/// Whether they are sure.
#[derive(Debug, Deserialize)]
pub(crate) struct Sure {
    #[serde(default)]
    sure: String,
}

/// Takes back what new cases get, after asking once more.
#[utoipa::path(post, path = "/office/flows/{key}/take-back", tag = "page", params(("key" = String, Path)), responses((status = 303)))]
pub(crate) async fn take_back(
    State(app): State<App>,
    staff: FlowApprover,
    Path(key): Path<String>,
    mut reader: Reader,
    FormOf { form, .. }: FormOf<Sure>,
) -> Result<Response, Problem> {
    if form.sure != "yes" {
        reader.here = format!("{LIST}/{key}");
        let how = How { sure: true, acted: None };
        let page = one(&app, &staff, reader.lang, key, Asked::default(), how).await?;
        return Ok(View::of_staff(reader, &staff, &app, page).into_response());
    }
    let (by, now, of) = (Author::from(&*staff), app.world.clock.now(), key.clone());
    let done = app.store.write(move |conn| release::take_back(conn, &by, &of, now)).await;
    after(&app, &staff, reader, (key, None), done.map(drop)).await
}

async fn key_of(app: &App, staff: &Staff, hash: &str) -> Result<String, Problem> {
    let (tenant, hash) = (staff.tenant, hash.to_owned());
    Ok(app.store.read(move |conn| versions::version(conn, tenant, &hash)).await?.key)
}

/// Back to the flow's page, which says how it stands now; a refusal is said above it.
async fn after(
    app: &App,
    staff: &Staff,
    mut reader: Reader,
    (key, acted): (String, Option<Acted>),
    done: Result<(), Problem>,
) -> Result<Response, Problem> {
    reader.here = format!("{LIST}/{key}");
    match done {
        Ok(()) => Ok(Redirect::to(&reader.here).into_response()),
        Err(problem) if problem.status == StatusCode::NOT_FOUND.as_u16() || problem.status >= 500 => {
            Err(problem)
        }
        Err(problem) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
            let how = How { sure: false, acted };
            let page = one(app, staff, reader.lang, key, Asked::default(), how).await?;
            Ok((status, View::of_staff(reader, staff, app, page).problem(&problem)).into_response())
        }
    }
}

async fn list(app: &App, staff: &Staff, lang: Lang, form: NewFlow) -> Result<OfficePage, Problem> {
    let (author, library) = (Author::from(staff), app.driver.library().clone());
    let own = staff.account.to_string();
    let (flows, drafts) = app
        .store
        .read(move |conn| {
            let mut lines = Vec::new();
            for flow in versions::flows(conn, &library, author.tenant)? {
                let all = versions::versions(conn, author.tenant, &flow.key)?;
                lines.push(FlowLine {
                    name: flow.name.get(lang).to_owned(),
                    key: flow.key,
                    versions: all.into_iter().filter(is_at_work).map(|one| line(one, &own, lang)).collect(),
                });
            }
            Ok::<_, Problem>((lines, drafts::own(conn, &author)?))
        })
        .await?;
    let draft = |draft: shared::protocol::flows::DraftRow| DraftLine {
        name: draft.name.get(lang).to_owned(),
        id: draft.id,
        key: draft.key,
        saved: at(draft.saved_at, lang),
    };
    Ok(OfficePage::Flows(FlowList {
        flows,
        drafts: drafts.into_iter().map(draft).collect(),
        may_compose: FlowDesigner::permits(staff),
        form,
    }))
}

/// New cases get it, or somebody has to look at it.
fn is_at_work(version: &Version) -> bool {
    matches!(version.row.state, VersionState::Live | VersionState::Canary | VersionState::Waiting)
}

/// What the page has to say besides.
#[derive(Default)]
struct How {
    /// Ask once more before taking back.
    sure: bool,
    /// What was refused.
    acted: Option<Acted>,
}

async fn one(
    app: &App,
    staff: &Staff,
    lang: Lang,
    key: String,
    asked: Asked,
    How { sure, acted }: How,
) -> Result<OfficePage, Problem> {
    let (tenant, own, library) = (staff.tenant, staff.account.to_string(), app.driver.library().clone());
    let (may_compose, may_approve) = (FlowDesigner::permits(staff), FlowApprover::permits(staff));
    app.store
        .read(move |conn| {
            let all = versions::versions(conn, tenant, &key)?;
            let compared = compared(conn, &library, tenant, &all, &asked, lang)?;
            let may_take_back = may_take_back(conn, tenant, &key, &all)?;
            let elsewhere = moving::elsewhere(conn, tenant, &key)?;
            let versions: Vec<VersionLine> = all
                .into_iter()
                .enumerate()
                .filter(|(place, version)| *place < SHOWN || is_at_work(version))
                .map(|(_, version)| line(version, &own, lang))
                .collect();
            Ok(OfficePage::Flow(Box::new(FlowVersions {
                name: name(conn, &library, tenant, &key, lang)?,
                key,
                versions,
                may_compose,
                may_approve,
                may_take_back,
                sure,
                acted,
                compared,
                usual_band: release::default_band(),
                elsewhere,
            })))
        })
        .await
}

fn may_take_back(conn: &Connection, tenant: TenantId, key: &str, all: &[Version]) -> Result<bool, Problem> {
    let in_state = |state| all.iter().find(|version| version.row.state == state);
    match (in_state(VersionState::Canary), in_state(VersionState::Live)) {
        (Some(_), _) => Ok(true),
        (None, Some(live)) => Ok(release::live_before(conn, tenant, key, &live.row.hash)?.is_some()),
        (None, None) => Ok(false),
    }
}

fn name(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
    key: &str,
    lang: Lang,
) -> Result<String, Problem> {
    Ok(versions::flow(conn, library, tenant, key)?.name.get(lang).to_owned())
}

fn compared(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
    all: &[Version],
    asked: &Asked,
    lang: Lang,
) -> Result<Option<Compared>, Problem> {
    let in_state = |state| all.iter().find(|version| version.row.state == state);
    let named = |hash: &str| all.iter().find(|version| version.row.hash == hash);
    let to = match asked.to.as_str() {
        "" => in_state(VersionState::Waiting).or(in_state(VersionState::Canary)),
        hash => Some(named(hash).ok_or_else(Problem::not_found)?),
    };
    let from = match asked.from.as_str() {
        "" => in_state(VersionState::Live),
        hash => Some(named(hash).ok_or_else(Problem::not_found)?),
    };
    let (Some(from), Some(to)) = (from, to) else { return Ok(None) };
    let (from, to) = (&from.row.hash, &to.row.hash);
    let later = versions::file(conn, tenant, to)?;
    let changes = diff::diff(&versions::file(conn, tenant, from)?, &later);
    let lines = changes.iter().map(|change| (change.mark().to_owned(), change.line(lang))).collect();
    let picture = difference(&later, &changes, lang)?;
    let is_live = in_state(VersionState::Live).is_some_and(|live| live.row.hash == *from);
    let replay = if is_live { retried::beside_live(conn, library, tenant, to)? } else { None };
    let replay = replay.map(|found| replayed(found, lang));
    Ok(Some(Compared { from: from.clone(), to: to.clone(), lines, picture, replay }))
}

fn line(version: Version, own: &str, lang: Lang) -> VersionLine {
    let row = version.row;
    let regions = version.release.map(|release| release.regions).unwrap_or_default();
    let regions: Vec<String> = regions
        .iter()
        .map(|code| {
            code.parse::<Region>().map_or_else(|_| code.clone(), |region| region.text(lang).to_owned())
        })
        .collect();
    VersionLine {
        own: version.author == own,
        hash: row.hash,
        number: row.number,
        state: row.state,
        share: row.share_percent,
        regions: regions.join(lang.pick("、", ", ")),
        note: row.note,
        author: row.author,
        submitted: at(row.submitted_at, lang),
        decided: row
            .decided_by
            .map(|who| (who, at(version.decided_at.unwrap_or(0), lang), version.reason.unwrap_or_default())),
        ended_why: version.ended_why,
    }
}

fn at(ms: i64, lang: Lang) -> ui::components::moment::Moment {
    moment(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH), lang)
}
