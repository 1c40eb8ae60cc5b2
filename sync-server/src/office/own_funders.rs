//! Funders of the company's own: adding and changing one by a form, trying how its answers are read, retiring it.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::domain::Lang;
use ui::{
    components::form,
    office::{OfficePage, OwnCard, OwnFunder, ShownOnce},
    texts::Words,
};

use super::{
    Reader, View,
    partners::{HERE, by, page as partner_page, refused, refused_there},
};
use crate::{
    accounts::{FormOf, NoFields, Staff, permission::PartnerSteerer},
    app::App,
    http::input::{Path, Query},
    own_funders::{
        Own, Stage,
        form::{self as terms_form, Fields},
        keep, refresh,
    },
    partners::{Partner, Switch},
    problem::Problem,
};

/// Which funder a new one is to be like.
#[derive(Debug, Deserialize)]
pub(crate) struct Like {
    #[serde(default)]
    like: String,
}

/// The form for a new funder.
#[utoipa::path(get, path = "/office/partners/new", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn new_funder(
    State(app): State<App>,
    staff: PartnerSteerer,
    reader: Reader,
    Query(Like { like }): Query<Like>,
) -> View {
    let funders = app.products.funders_of(staff.tenant);
    let values = funders.get(&like).map_or_else(terms_form::usual, terms_form::like);
    let page = blank(&app, &staff, values, like, reader.lang);
    View::of_staff(reader, &staff, &app, OfficePage::OwnFunder(Box::new(page)))
}

/// Adds a funder as a draft.
#[utoipa::path(post, path = "/office/partners/new", tag = "page", responses((status = 200, description = "Page, with a secret that is shown once")))]
pub(crate) async fn add_funder(
    State(app): State<App>,
    staff: PartnerSteerer,
    mut reader: Reader,
    FormOf { form: fields, number: once }: FormOf<Fields>,
) -> Result<Response, Problem> {
    let entered = match terms_form::read(&fields, &app.outgoing.guard(), true) {
        Ok(entered) => entered,
        Err(faults) => {
            let page = blank(&app, &staff, without_key(fields), String::new(), reader.lang);
            return Ok(faulty(reader, &staff, &app, page, &faults));
        }
    };
    let (by, keys, random) = (by(&app, &staff), app.keys.clone(), app.world.random.clone());
    let added = app.store.write(move |conn| keep::add(conn, (&keys, &random), &by, &once, entered)).await;
    let own = match added {
        Ok(own) => own,
        Err(problem) => {
            let page = blank(&app, &staff, without_key(fields), String::new(), reader.lang);
            return refused((&app, &staff, reader), problem, OfficePage::OwnFunder(Box::new(page)));
        }
    };
    refresh(&app, staff.tenant).await?;
    let partner = keep::partner_of(&own)?;
    reader.here = format!("{HERE}/{}", partner.slug());
    let lang = reader.lang;
    let mut page = partner_page(&app, &staff, &partner, lang, None, None).await?;
    let secret = keep::webhook_secret(&app.keys, staff.tenant, own.terms.key.as_str())?;
    if let Some(card) = &mut page.own {
        let whose = own.terms.name.get(lang).to_owned();
        card.secret = Some(ShownOnce { whose, secret: secret.into() });
    }
    let view = View::of_staff(reader, &staff, &app, OfficePage::Partner(Box::new(page)));
    Ok(view.notice(Words(lang).t("steer-done-added")).into_response())
}

/// The form to change an own funder.
#[utoipa::path(get, path = "/office/partners/{partner}/terms", tag = "page", params(("partner" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn funder_terms(
    State(app): State<App>,
    staff: PartnerSteerer,
    reader: Reader,
    Path(slug): Path<String>,
) -> Result<View, Problem> {
    let own = own(&app, &staff, &slug).await?;
    let page = changing(slug, &own, terms_form::of(&own), reader.lang);
    Ok(View::of_staff(reader, &staff, &app, OfficePage::OwnFunder(Box::new(page))))
}

/// Changes an own funder.
#[utoipa::path(post, path = "/office/partners/{partner}/terms", tag = "page", params(("partner" = String, Path)), responses((status = 303)))]
pub(crate) async fn change_funder(
    State(app): State<App>,
    staff: PartnerSteerer,
    reader: Reader,
    Path(slug): Path<String>,
    FormOf { form: fields, .. }: FormOf<Fields>,
) -> Result<Response, Problem> {
    let before = own(&app, &staff, &slug).await?;
    let seen = seen(&fields);
    let entered = match terms_form::read(&fields, &app.outgoing.guard(), false) {
        Ok(entered) => entered,
        Err(faults) => {
            let page =
                OwnFunder { number: seen, ..changing(slug, &before, without_key(fields), reader.lang) };
            return Ok(faulty(reader, &staff, &app, page, &faults));
        }
    };
    let (by, keys, random) = (by(&app, &staff), app.keys.clone(), app.world.random.clone());
    let key = before.terms.key.to_string();
    let write =
        move |conn: &rusqlite::Connection| keep::change(conn, (&keys, &random), &by, (&key, seen), entered);
    match app.store.write(write).await {
        Ok(_) => {
            refresh(&app, staff.tenant).await?;
            Ok(Redirect::to(&format!("{HERE}/{slug}?done=changed")).into_response())
        }
        Err(problem) => {
            let page = changing(slug, &before, without_key(fields), reader.lang);
            refused((&app, &staff, reader), problem, OfficePage::OwnFunder(Box::new(page)))
        }
    }
}

/// Retires an own funder.
#[utoipa::path(post, path = "/office/partners/{partner}/retire", tag = "page", params(("partner" = String, Path)), responses((status = 303)))]
pub(crate) async fn retire_funder(
    State(app): State<App>,
    staff: PartnerSteerer,
    reader: Reader,
    Path(slug): Path<String>,
    _: FormOf<NoFields>,
) -> Result<Response, Problem> {
    let (partner, key) = own_key(&slug)?;
    let by = by(&app, &staff);
    match app.store.write(move |conn| keep::retire(conn, &by, &key)).await {
        Ok(()) => {
            refresh(&app, staff.tenant).await?;
            Ok(Redirect::to(&format!("{HERE}/{slug}?done=retired")).into_response())
        }
        Err(problem) if problem.status == 404 => Err(problem),
        Err(problem) => refused_there((&app, &staff, reader), &partner, problem, None).await,
    }
}

/// What the partner's page says of an own funder.
pub(super) fn card(own: &Own, state: Switch) -> OwnCard {
    OwnCard {
        stage: own.stage.code().to_owned(),
        key: own.terms.key.to_string(),
        address: own.address.clone(),
        speaks_ours: own.mapping.is_ours(),
        held: state != Switch::Paused && own.stage != Stage::Retired,
        secret: None,
    }
}

/// The own funder of this segment.
///
/// # Errors
/// 404 for a partner that is not the company's own.
pub(super) async fn own(app: &App, staff: &Staff, slug: &str) -> Result<Own, Problem> {
    let ((_, key), tenant) = (own_key(slug)?, staff.tenant);
    app.store.read(move |conn| keep::one(conn, tenant, &key)).await
}

pub(super) fn own_key(slug: &str) -> Result<(Partner, String), Problem> {
    let partner = Partner::of_slug(slug).ok_or_else(Problem::not_found)?;
    let key = partner.own_funder().map(ToString::to_string).ok_or_else(Problem::not_found)?;
    Ok((partner, key))
}

/// Number of the change that was seen.
pub(super) fn seen(fields: &Fields) -> u32 {
    fields.get("number").and_then(|number| number.parse().ok()).unwrap_or(u32::MAX)
}

fn blank(app: &App, staff: &Staff, values: Fields, liked: String, lang: Lang) -> OwnFunder {
    let like = app.products.funders_of(staff.tenant).names(lang);
    OwnFunder { values, like, liked, ..OwnFunder::default() }
}

fn changing(slug: String, own: &Own, values: Fields, lang: Lang) -> OwnFunder {
    OwnFunder {
        slug: Some(slug),
        name: own.terms.name.get(lang).to_owned(),
        number: own.number,
        values,
        ..OwnFunder::default()
    }
}

/// A key that was typed is never sent back.
fn without_key(mut fields: Fields) -> Fields {
    fields.remove("api_key");
    fields
}

/// The form once more, with what is wrong at each field.
fn faulty(reader: Reader, staff: &Staff, app: &App, page: OwnFunder, faults: &[&'static str]) -> Response {
    let lang = reader.lang;
    let wrong =
        faults.iter().map(|field| wrong(field, &format!("own-wrong-{}", field.replace('_', "-")), lang));
    let problems: Vec<form::Problem> = wrong.collect();
    let view = View::of_staff(reader, staff, app, OfficePage::OwnFunder(Box::new(page)));
    (StatusCode::UNPROCESSABLE_ENTITY, view.problems(problems)).into_response()
}

/// What is wrong with a field, in the words of this text.
pub(super) fn wrong(field: &str, text: &str, lang: Lang) -> form::Problem {
    form::Problem {
        code: "own_field".to_owned(),
        field: Some(field.to_owned()),
        text: Some(Words(lang).t(text)),
    }
}
