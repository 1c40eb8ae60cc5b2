//! The page of what partners sent on their own, and offering an answer once more to the case that waits for it.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::domain::{CaseId, Lang, TenantId};
use ui::{
    office::{Inbound, InboundRow, LateRow, OfficePage, RefusedRow},
    texts::Words,
};

use super::{Reader, View};
use crate::{
    accounts::{
        FormOf, NoFields, Staff,
        permission::{Decider, InboundReader, SettingsKeeper},
    },
    app::App,
    cases::{
        arrived::{self, Arrived, RefusedHour},
        page::{case_number, moment, second},
    },
    flows::journal::CaseRef,
    http::input::{Path, Query},
    problem::Problem,
};

const HERE: &str = "/office/webhooks/inbound";

/// What is looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    partner: String,
    page: u32,
    done: String,
}

/// What partners sent, the newest first.
#[utoipa::path(get, path = "/office/webhooks/inbound", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn inbound(
    State(app): State<App>,
    staff: InboundReader,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<View, Problem> {
    let lang = reader.lang;
    let page = page(&app, &staff, lang, &asked).await?;
    let view = View::of_staff(reader, &staff, &app, OfficePage::Inbound(page));
    Ok(if asked.done == "applied" { view.notice(Words(lang).t("hook-done-applied")) } else { view })
}

/// Offers an answer once more to the case that waits for it.
#[utoipa::path(post, path = "/office/webhooks/inbound/{partner}/{message}/apply", tag = "page",
    params(("partner" = String, Path), ("message" = String, Path)), responses((status = 303)))]
pub(crate) async fn apply_inbound(
    State(app): State<App>,
    staff: InboundReader,
    mut reader: Reader,
    Path(named): Path<(String, String)>,
    _: FormOf<NoFields>,
) -> Result<Response, Problem> {
    match arrived::apply_again(&app, &staff, named).await {
        Ok(()) => Ok(Redirect::to(&format!("{HERE}?done=applied")).into_response()),
        Err(problem) if problem.status == 409 => {
            reader.here = HERE.to_owned();
            let page = page(&app, &staff, reader.lang, &Asked::default()).await?;
            let view = View::of_staff(reader, &staff, &app, OfficePage::Inbound(page)).problem(&problem);
            Ok((axum::http::StatusCode::CONFLICT, view).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Takes note of a case's late answers.
#[utoipa::path(post, path = "/office/cases/{case}/late-answers", tag = "page", params(("case" = String, Path)), responses((status = 303)))]
pub(crate) async fn note_late(
    State(app): State<App>,
    staff: Decider,
    Path(case): Path<CaseId>,
    _: FormOf<NoFields>,
) -> Result<Response, Problem> {
    let (of, now) = (CaseRef { tenant: staff.tenant, case }, app.world.clock.now());
    app.store.write(move |conn| arrived::note_late(conn, &staff, of, now)).await?;
    Ok(Redirect::to("/office/queue").into_response())
}

async fn page(app: &App, staff: &Staff, lang: Lang, asked: &Asked) -> Result<Inbound, Problem> {
    let (tenant, library) = (staff.tenant, app.driver.library().clone());
    let partners = app.products.funders_of(tenant).names(lang);
    let known = partners.iter().any(|(key, _)| *key == asked.partner);
    let funder = if known { asked.partner.clone() } else { String::new() };
    let (of, at) = (funder.clone(), asked.page);
    let (rows, more) = app.store.read(move |conn| arrived::page(conn, &library, tenant, &of, at)).await?;
    let refused = arrived::refused_lately(app, tenant, funder.clone()).await?;
    let narrowed = if known { format!("partner={funder}&") } else { String::new() };
    Ok(Inbound {
        partner: funder,
        partners,
        rows: rows.into_iter().map(|one| row(app, tenant, one, lang)).collect(),
        older: more.then(|| format!("{HERE}?{narrowed}page={}", at.saturating_add(1))),
        refused: refused.into_iter().map(|one| refused_row(app, tenant, one, lang)).collect(),
        as_of: second(app.world.clock.now(), lang),
        may_keep: SettingsKeeper::permits(staff),
    })
}

fn row(app: &App, tenant: TenantId, one: Arrived, lang: Lang) -> InboundRow {
    let name = app.products.funder_name(tenant, &one.funder, lang);
    InboundRow {
        partner: (one.funder, name),
        id: one.id,
        case: (one.of.case.to_string(), case_number(one.number)),
        says: one.says.to_owned(),
        state: one.became.code().to_owned(),
        was_early: one.was_early,
        policy: one.policy.code().to_owned(),
        received: moment(one.received, lang),
        applied: one.applied.map(|at| moment(at, lang)),
        noted: one.noted.map(|(who, at)| (who, moment(at, lang))),
        repeats: one.repeats,
    }
}

fn refused_row(app: &App, tenant: TenantId, one: RefusedHour, lang: Lang) -> RefusedRow {
    let named = !one.partner.is_empty();
    RefusedRow {
        partner: named.then(|| app.products.funder_name(tenant, &one.partner, lang)),
        code: one.code,
        times: one.times,
        own: one.own,
        last: moment(one.last, lang),
    }
}

/// A late answer beside the queue.
pub(super) fn late_row(app: &App, one: &Arrived, lang: Lang) -> LateRow {
    LateRow {
        case: (one.of.case.to_string(), case_number(one.number)),
        funder: app.products.funder_name(one.of.tenant, &one.funder, lang),
        says: one.says.to_owned(),
        since: moment(one.received, lang),
    }
}
