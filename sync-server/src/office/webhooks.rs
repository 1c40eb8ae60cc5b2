//! The pages of the company's own addresses: add one, remove one, see what it was told, send again.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use shared::domain::Lang;
use ui::{
    office::{DELIVERY_FILTERS, Deliveries, DeliveryRow, OfficePage, ShownOnce, WebhookRow, Webhooks},
    texts::Words,
};

use super::{Reader, View};
use crate::{
    accounts::{
        FormOf, NoFields, Staff,
        permission::{SettingsKeeper, WebhookKeeper},
    },
    app::App,
    cases::page::{moment, second},
    http::input::{Path, Query},
    outgoing::endpoints::{self, Delivery, Endpoint, Which, Wish},
    problem::Problem,
};

const HERE: &str = "/office/webhooks";

/// What was just done, in the address after it.
#[derive(Debug, Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    done: String,
}

/// All addresses, with an empty form.
#[utoipa::path(get, path = "/office/webhooks", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn webhooks(
    State(app): State<App>,
    staff: SettingsKeeper,
    reader: Reader,
    Query(Done { done }): Query<Done>,
) -> Result<View, Problem> {
    let lang = reader.lang;
    let page = list(&app, &staff, lang, (String::new(), String::new()), None).await?;
    let view = View::of_staff(reader, &staff, &app, page);
    Ok(if done == "removed" { view.notice(Words(lang).t("hook-done-removed")) } else { view })
}

/// What was typed into the form.
#[derive(Debug, Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    url: String,
    #[serde(default)]
    label: String,
}

/// Adds an address and shows its secret once.
#[utoipa::path(post, path = "/office/webhooks", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn add_webhook(
    State(app): State<App>,
    staff: SettingsKeeper,
    reader: Reader,
    FormOf { form: Typed { url, label }, .. }: FormOf<Typed>,
) -> Result<Response, Problem> {
    let (keys, random, now) = (app.keys.clone(), app.world.random.clone(), app.world.clock.now());
    let (loopback, by) = (app.outgoing.tells_loopback(), WebhookKeeper::from(&staff));
    let wish = Wish { url: url.clone(), label: label.clone(), once: None };
    let added =
        app.store.write(move |conn| endpoints::add(conn, (&keys, &random), &by, &wish, loopback, now)).await;
    match added {
        Ok(made) => {
            let made = ShownOnce { whose: label.trim().to_owned(), secret: made.secret.into() };
            let empty = (String::new(), String::new());
            let page = list(&app, &staff, reader.lang, empty, Some(made)).await?;
            Ok(View::of_staff(reader, &staff, &app, page).into_response())
        }
        Err(problem) if problem.status >= 500 => Err(problem),
        Err(problem) => {
            let page = list(&app, &staff, reader.lang, (url, label), None).await?;
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::CONFLICT);
            Ok((status, View::of_staff(reader, &staff, &app, page).problem(&problem)).into_response())
        }
    }
}

/// Removes an address.
#[utoipa::path(post, path = "/office/webhooks/{webhook}/remove", tag = "page", params(("webhook" = String, Path)), responses((status = 303)))]
pub(crate) async fn remove_webhook(
    State(app): State<App>,
    staff: SettingsKeeper,
    Path(webhook): Path<String>,
    _: FormOf<NoFields>,
) -> Result<Response, Problem> {
    let (now, by) = (app.world.clock.now(), WebhookKeeper::from(&staff));
    app.store.write(move |conn| endpoints::remove(conn, &by, &webhook, now)).await?;
    Ok(Redirect::to(&format!("{HERE}?done=removed")).into_response())
}

/// Which of an address's messages.
#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct Asked {
    state: String,
    page: u32,
    done: String,
}

/// What an address was told.
#[utoipa::path(get, path = "/office/webhooks/{webhook}", tag = "page", params(("webhook" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn webhook(
    State(app): State<App>,
    staff: SettingsKeeper,
    reader: Reader,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<View, Problem> {
    let (tenant, lang) = (staff.tenant, reader.lang);
    let filter = DELIVERY_FILTERS.into_iter().find(|filter| *filter == asked.state).unwrap_or_default();
    let which = Which { state: filter.to_owned(), page: asked.page };
    let (address, (rows, more)) = app
        .store
        .read(move |conn| {
            let rows = endpoints::deliveries(conn, tenant, &id, &which)?;
            let address = endpoints::list(conn, tenant)?.into_iter().find(|one| one.id == id);
            Ok::<_, Problem>((address.ok_or_else(Problem::not_found)?, rows))
        })
        .await?;
    let narrowed = if filter.is_empty() { String::new() } else { format!("state={filter}&") };
    let older =
        more.then(|| format!("{HERE}/{}?{narrowed}page={}", address.id, asked.page.saturating_add(1)));
    let page = Deliveries {
        webhook: row(address, lang),
        filter: filter.to_owned(),
        rows: rows.into_iter().map(|one| delivery(one, lang)).collect(),
        older,
        as_of: second(app.world.clock.now(), lang),
    };
    let view = View::of_staff(reader, &staff, &app, OfficePage::Deliveries(Box::new(page)));
    Ok(if asked.done == "resent" { view.notice(Words(lang).t("hook-done-resent")) } else { view })
}

/// Sends a message once more.
#[utoipa::path(post, path = "/office/webhooks/{webhook}/deliveries/{message}/resend", tag = "page",
    params(("webhook" = String, Path), ("message" = String, Path)), responses((status = 303)))]
pub(crate) async fn resend_webhook(
    State(app): State<App>,
    staff: SettingsKeeper,
    Path((webhook, message)): Path<(String, String)>,
    _: FormOf<NoFields>,
) -> Result<Response, Problem> {
    let (now, by, id) = (app.world.clock.now(), WebhookKeeper::from(&staff), webhook.clone());
    app.store.write(move |conn| endpoints::resend(conn, &by, (&id, &message), now)).await?;
    app.outgoing.ring();
    Ok(Redirect::to(&format!("{HERE}/{webhook}?done=resent")).into_response())
}

async fn list(
    app: &App,
    staff: &Staff,
    lang: Lang,
    typed: (String, String),
    made: Option<ShownOnce>,
) -> Result<OfficePage, Problem> {
    let tenant = staff.tenant;
    let rows = app.store.read(move |conn| endpoints::list(conn, tenant)).await?;
    let rows = rows.into_iter().map(|one| row(one, lang)).collect();
    Ok(OfficePage::Webhooks(Webhooks { rows, typed, made }))
}

fn row(address: Endpoint, lang: Lang) -> WebhookRow {
    WebhookRow {
        id: address.id,
        label: address.label,
        url: address.url,
        made: moment(time(&address.made_at), lang),
        waiting: address.waiting,
        given_up: address.given_up,
    }
}

fn delivery(one: Delivery, lang: Lang) -> DeliveryRow {
    DeliveryRow {
        id: one.id,
        case: (one.case, one.number),
        event: one.event,
        state: one.state,
        tries: one.tries,
        last: one.last,
        made: moment(time(&one.made_at), lang),
        due: one.due_at.map(|at| moment(time(&at), lang)),
        delivered: one.delivered_at.map(|at| moment(time(&at), lang)),
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}
