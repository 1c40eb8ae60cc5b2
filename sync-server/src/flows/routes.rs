//! Flows over HTTP, for staff who compose, approve and release them. What is said is in `shared::protocol::flows`.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use shared::{
    domain::DraftId,
    flow::Difference,
    protocol::flows::{
        BeginDraft, DecideVersion, Draft, FlowEstimate, FlowFigures, FlowRow, FlowRules, Flows, KeepDraft,
        KeptDraft, MoveCases, Moves, ReleaseVersion, SetFlowRules, SubmitDraft, VersionRow,
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    decide, drafts, drafts::Author, estimated, figures, moving, release, retried, rules, submit, versions,
};
use crate::{
    accounts::{
        Staff,
        permission::{FlowApprover, FlowDesigner, FlowReader},
    },
    app::App,
    http::input::{Json, Path},
    problem::Problem,
};

/// Largest body of these routes, bytes: a draft and what is said about it.
pub const DRAFT_BYTES: usize = shared::flow::MAX_BYTES + 4 * 1024;

/// All routes below `/api/v1/flows`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(begin_draft))
        .routes(routes!(load_draft, keep_draft, delete_draft))
        .routes(routes!(submit_draft))
        .routes(routes!(estimate_draft))
        .routes(routes!(version_file))
        .routes(routes!(decide_version))
        .routes(routes!(release_version))
        .routes(routes!(take_back))
        .routes(routes!(flow_figures))
        .routes(routes!(replay_version))
        .routes(routes!(flow_rules, set_flow_rules))
        .routes(routes!(preview_moves))
        .routes(routes!(move_cases))
}

impl From<&Staff> for Author {
    fn from(staff: &Staff) -> Self {
        Self { tenant: staff.tenant, account: staff.account }
    }
}

/// The company's flows with their versions, and one's own drafts.
#[utoipa::path(get, path = "/api/v1/flows", tag = "flows",
    responses((status = 200, description = "`flows` with `live`, `canary` and `waiting` versions; `drafts` of one's own", body = ref("#/components/schemas/Flows"))),
    security(("session" = [])))]
async fn list(State(app): State<App>, staff: FlowReader) -> Result<axum::Json<Flows>, Problem> {
    let (author, library) = (Author::from(&*staff), app.driver.library().clone());
    let flows = app.store.read(move |conn| {
        let flows = versions::flows(conn, &library, author.tenant)?;
        Ok::<_, Problem>(Flows { flows, drafts: drafts::own(conn, &author)? })
    });
    Ok(axum::Json(flows.await?))
}

/// Begins a draft: an empty canvas, or what a version says.
#[utoipa::path(post, path = "/api/v1/flows/drafts", tag = "flows",
    request_body = ref("#/components/schemas/BeginDraft"),
    responses((status = 201, description = "The draft", body = ref("#/components/schemas/Draft"))),
    extensions(("x-problems" = json!(["404 not_found", "409 too_many_drafts", "422 flow_key_form", "422 flow_name_form"]))),
    security(("session" = [])))]
async fn begin_draft(
    State(app): State<App>,
    staff: FlowDesigner,
    Json(asked): Json<BeginDraft>,
) -> Result<(StatusCode, axum::Json<Draft>), Problem> {
    let (author, id, now) = (Author::from(&*staff), new_id(&app), app.world.clock.now());
    let begun = app.store.write(move |conn| drafts::begin(conn, &author, id, asked, now)).await?;
    Ok((StatusCode::CREATED, axum::Json(begun)))
}

/// A fresh draft's id.
pub(crate) fn new_id(app: &App) -> DraftId {
    DraftId::from_bytes(app.world.random.bytes())
}

/// A draft of one's own.
#[utoipa::path(get, path = "/api/v1/flows/drafts/{draft}", tag = "flows", params(("draft" = String, Path)),
    responses((status = 200, description = "The draft with its file", body = ref("#/components/schemas/Draft"))),
    extensions(("x-problems" = json!(["404 not_found"]))),
    security(("session" = [])))]
async fn load_draft(
    State(app): State<App>,
    staff: FlowDesigner,
    Path(id): Path<DraftId>,
) -> Result<axum::Json<Draft>, Problem> {
    let author = Author::from(&*staff);
    Ok(axum::Json(app.store.read(move |conn| drafts::load(conn, &author, id)).await?))
}

/// Keeps a draft of one's own.
#[utoipa::path(put, path = "/api/v1/flows/drafts/{draft}", tag = "flows", params(("draft" = String, Path)),
    request_body = ref("#/components/schemas/KeepDraft"),
    responses((status = 200, description = "Its revision now", body = ref("#/components/schemas/KeptDraft"))),
    extensions(("x-problems" = json!(["404 not_found", "409 draft_changed", "422 draft_form"]))),
    security(("session" = [])))]
async fn keep_draft(
    State(app): State<App>,
    staff: FlowDesigner,
    Path(id): Path<DraftId>,
    Json(kept): Json<KeepDraft>,
) -> Result<axum::Json<KeptDraft>, Problem> {
    let (author, now) = (Author::from(&*staff), app.world.clock.now());
    Ok(axum::Json(app.store.write(move |conn| drafts::keep(conn, &author, id, &kept, now)).await?))
}

/// Deletes a draft of one's own.
#[utoipa::path(delete, path = "/api/v1/flows/drafts/{draft}", tag = "flows", params(("draft" = String, Path)),
    responses((status = 204, description = "It is gone")),
    extensions(("x-problems" = json!(["404 not_found"]))),
    security(("session" = [])))]
async fn delete_draft(
    State(app): State<App>,
    staff: FlowDesigner,
    Path(id): Path<DraftId>,
) -> Result<StatusCode, Problem> {
    let (author, now) = (Author::from(&*staff), app.world.clock.now());
    app.store.write(move |conn| drafts::delete(conn, &author, id, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hands a draft in as a version that waits for a second person.
#[utoipa::path(post, path = "/api/v1/flows/drafts/{draft}/submit", tag = "flows", params(("draft" = String, Path)),
    request_body = ref("#/components/schemas/SubmitDraft"),
    responses((status = 200, description = "The draft; its `base` is the version's hash", body = ref("#/components/schemas/Draft"))),
    extensions(("x-problems" = json!(["404 not_found", "409 draft_changed", "409 version_there", "409 too_many_versions", "422 flow_falls_short", "422 note_length"]))),
    security(("session" = [])))]
async fn submit_draft(
    State(app): State<App>,
    staff: FlowDesigner,
    Path(id): Path<DraftId>,
    Json(asked): Json<SubmitDraft>,
) -> Result<axum::Json<Draft>, Problem> {
    let (author, now) = (Author::from(&*staff), app.world.clock.now());
    let whose = author.clone();
    let passed = app.store.read(move |conn| {
        let (draft, rules) = (drafts::load(conn, &whose, id)?, rules::of(conn, whose.tenant)?);
        submit::pass(conn, whose.tenant, &draft, &asked, &rules)
    });
    let passed = passed.await?;
    Ok(axum::Json(app.store.write(move |conn| submit::submit(conn, &author, id, &passed, now)).await?))
}

/// What a case would take on a draft of one's own, from what the company's own cases took.
#[utoipa::path(get, path = "/api/v1/flows/drafts/{draft}/estimate", tag = "flows", params(("draft" = String, Path)),
    responses((status = 200, description = "Times of machines and partners, questions to partners, share of cases per block", body = ref("#/components/schemas/FlowEstimate"))),
    extensions(("x-problems" = json!(["404 not_found", "422 flow_falls_short"]))),
    security(("session" = [])))]
async fn estimate_draft(
    State(app): State<App>,
    staff: FlowDesigner,
    Path(id): Path<DraftId>,
) -> Result<axum::Json<FlowEstimate>, Problem> {
    let (author, library) = (Author::from(&*staff), app.driver.library().clone());
    let estimate = app.store.read(move |conn| {
        let draft = drafts::load(conn, &author, id)?;
        estimated::of_draft(conn, &library, author.tenant, &draft)
    });
    Ok(axum::Json(estimate.await?))
}

/// What a version says, exactly as it was hashed.
#[utoipa::path(get, path = "/api/v1/flows/versions/{hash}", tag = "flows", params(("hash" = String, Path)),
    responses((status = 200, description = "The flow file", body = ref("#/components/schemas/FlowFile"))),
    extensions(("x-problems" = json!(["404 not_found"]))),
    security(("session" = [])))]
async fn version_file(
    State(app): State<App>,
    staff: FlowReader,
    Path(hash): Path<String>,
) -> Result<Response, Problem> {
    let tenant = staff.tenant;
    let definition = app.store.read(move |conn| versions::definition(conn, tenant, &hash)).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], definition).into_response())
}

/// Approves or refuses a version that somebody else composed.
#[utoipa::path(post, path = "/api/v1/flows/versions/{hash}/decide", tag = "flows", params(("hash" = String, Path)),
    request_body = ref("#/components/schemas/DecideVersion"),
    responses((status = 200, description = "The version", body = ref("#/components/schemas/VersionRow"))),
    extensions(("x-problems" = json!(["403 flow_own_version", "404 not_found", "409 version_decided", "422 note_length"]))),
    security(("session" = [])))]
async fn decide_version(
    State(app): State<App>,
    staff: FlowApprover,
    Path(hash): Path<String>,
    Json(decision): Json<DecideVersion>,
) -> Result<axum::Json<VersionRow>, Problem> {
    let (by, now) = (Author::from(&*staff), app.world.clock.now());
    Ok(axum::Json(app.store.write(move |conn| decide::decide(conn, &by, &hash, &decision, now)).await?))
}

/// Gives an approved version to new cases: all of them, or a share.
#[utoipa::path(post, path = "/api/v1/flows/versions/{hash}/release", tag = "flows", params(("hash" = String, Path)),
    request_body = ref("#/components/schemas/ReleaseVersion"),
    responses((status = 200, description = "The version", body = ref("#/components/schemas/VersionRow"))),
    extensions(("x-problems" = json!(["404 not_found", "409 version_not_approved", "409 version_live", "409 flow_not_live", "422 share_form", "422 regions_form", "422 regions_for_canary", "422 band_form", "422 flow_falls_short"]))),
    security(("session" = [])))]
async fn release_version(
    State(app): State<App>,
    staff: FlowApprover,
    Path(hash): Path<String>,
    Json(asked): Json<ReleaseVersion>,
) -> Result<axum::Json<VersionRow>, Problem> {
    let (by, now) = (Author::from(&*staff), app.world.clock.now());
    Ok(axum::Json(app.store.write(move |conn| release::release(conn, &by, &hash, &asked, now)).await?))
}

/// Takes back what new cases get: the canary, or else the live version in favour of the one before.
#[utoipa::path(post, path = "/api/v1/flows/{key}/take-back", tag = "flows", params(("key" = String, Path)),
    responses((status = 200, description = "The flow as it stands now", body = ref("#/components/schemas/FlowRow"))),
    extensions(("x-problems" = json!(["404 not_found", "409 nothing_to_take_back", "422 flow_falls_short"]))),
    security(("session" = [])))]
async fn take_back(
    State(app): State<App>,
    staff: FlowApprover,
    Path(key): Path<String>,
) -> Result<axum::Json<FlowRow>, Problem> {
    let (by, now, library) = (Author::from(&*staff), app.world.clock.now(), app.driver.library().clone());
    let flow = app.store.write(move |conn| {
        release::take_back(conn, &by, &key, now)?;
        versions::flow(conn, &library, by.tenant, &key)
    });
    Ok(axum::Json(flow.await?))
}

/// What happened today on each block of the live version.
#[utoipa::path(get, path = "/api/v1/flows/{key}/figures", tag = "flows", params(("key" = String, Path)),
    responses((status = 200, description = "Counts and median times per block and outcome, and cases in each block", body = ref("#/components/schemas/FlowFigures"))),
    extensions(("x-problems" = json!(["404 not_found"]))),
    security(("session" = [])))]
async fn flow_figures(
    State(app): State<App>,
    staff: FlowReader,
    Path(key): Path<String>,
) -> Result<axum::Json<FlowFigures>, Problem> {
    let (tenant, library, now) = (staff.tenant, app.driver.library().clone(), app.world.clock.now());
    Ok(axum::Json(app.store.read(move |conn| figures::figures(conn, &library, tenant, &key, now)).await?))
}

/// What a version would have done with the newest cases that have ended, beside what the live one does with them.
#[utoipa::path(get, path = "/api/v1/flows/versions/{hash}/replay", tag = "flows", params(("hash" = String, Path)),
    responses((status = 200, description = "Approvals, times, questions to partners and funders of both versions, and every case that ends otherwise", body = ref("#/components/schemas/Difference"))),
    extensions(("x-problems" = json!(["404 not_found"]))),
    security(("session" = [])))]
async fn replay_version(
    State(app): State<App>,
    staff: FlowReader,
    Path(hash): Path<String>,
) -> Result<axum::Json<Difference>, Problem> {
    let (tenant, library) = (staff.tenant, app.driver.library().clone());
    let replayed = app.store.read(move |conn| {
        retried::beside_live(conn, &library, tenant, &hash)?.ok_or_else(Problem::not_found)
    });
    Ok(axum::Json(replayed.await?))
}

/// What would become of each running case of a version if they were moved to the live one. Nothing is changed.
#[utoipa::path(post, path = "/api/v1/flows/{key}/moves/preview", tag = "flows", params(("key" = String, Path)),
    request_body = ref("#/components/schemas/MoveCases"),
    responses((status = 200, description = "Cases that move, that need a choice, that stay and why", body = ref("#/components/schemas/Moves"))),
    extensions(("x-problems" = json!(["404 not_found", "409 version_not_live", "422 move_place"]))),
    security(("session" = [])))]
async fn preview_moves(
    State(app): State<App>,
    staff: FlowReader,
    Path(key): Path<String>,
    Json(asked): Json<MoveCases>,
) -> Result<axum::Json<Moves>, Problem> {
    let (tenant, library, now) = (staff.tenant, app.driver.library().clone(), app.world.clock.now());
    let seen = app.store.read(move |conn| moving::preview(conn, &library, tenant, &key, &asked, now));
    Ok(axum::Json(seen.await?))
}

/// Moves the running cases of a version to the live one, as the preview showed it; a case that has gone on since stays.
#[utoipa::path(post, path = "/api/v1/flows/{key}/moves", tag = "flows", params(("key" = String, Path)),
    request_body = ref("#/components/schemas/MoveCases"),
    responses((status = 200, description = "Cases that moved, that need a choice, that stayed and why", body = ref("#/components/schemas/Moves"))),
    extensions(("x-problems" = json!(["404 not_found", "409 version_not_live", "422 move_place", "422 flow_falls_short"]))),
    security(("session" = [])))]
async fn move_cases(
    State(app): State<App>,
    staff: FlowApprover,
    Path(key): Path<String>,
    Json(asked): Json<MoveCases>,
) -> Result<axum::Json<Moves>, Problem> {
    Ok(axum::Json(moving::carry_out(&app, Author::from(&*staff), key, asked).await?))
}

/// The company's own rules for its flows, besides the platform's.
#[utoipa::path(get, path = "/api/v1/flows/rules", tag = "flows",
    responses((status = 200, description = "The rules as a baseline file, who set them, and live flows that do not keep to them", body = ref("#/components/schemas/FlowRules"))),
    security(("session" = [])))]
async fn flow_rules(State(app): State<App>, staff: FlowReader) -> Result<axum::Json<FlowRules>, Problem> {
    let (tenant, library) = (staff.tenant, app.driver.library().clone());
    Ok(axum::Json(app.store.read(move |conn| rules::read(conn, &library, tenant)).await?))
}

/// Sets the company's own rules. They come on top of the platform's, which always hold.
#[utoipa::path(put, path = "/api/v1/flows/rules", tag = "flows",
    request_body = ref("#/components/schemas/SetFlowRules"),
    responses((status = 200, description = "The rules as they stand now", body = ref("#/components/schemas/FlowRules"))),
    extensions(("x-problems" = json!(["409 rules_changed", "422 rules_unreadable", "422 rule_code_form", "422 note_length"]))),
    security(("session" = [])))]
async fn set_flow_rules(
    State(app): State<App>,
    staff: FlowApprover,
    Json(asked): Json<SetFlowRules>,
) -> Result<axum::Json<FlowRules>, Problem> {
    let (by, now, library) = (Author::from(&*staff), app.world.clock.now(), app.driver.library().clone());
    Ok(axum::Json(app.store.write(move |conn| rules::set(conn, &library, &by, &asked, now)).await?))
}
