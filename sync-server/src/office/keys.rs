//! The page of API keys: make one, revoke one.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Deserialize;
use shared::domain::{Lang, TenantId};
use ui::office::{ApiKeys, KeyRow, OfficePage, ShownOnce};

use super::{Reader, View};
use crate::{
    accounts::{
        FormOf, NoFields, change,
        create::{self, By, MAX_KEYS},
        permission::KeyKeeper,
    },
    app::App,
    cases::page::moment,
    http::input::Path,
    problem::Problem,
};

/// The list, with an empty form.
#[utoipa::path(get, path = "/office/keys", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn keys(State(app): State<App>, staff: KeyKeeper, reader: Reader) -> Result<View, Problem> {
    let page = page(&app, &staff, reader.lang, String::new(), None).await?;
    Ok(View::of_staff(reader, &staff, &app, page))
}

/// What was typed into the form.
#[derive(Debug, Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    label: String,
}

/// Makes a key and shows it once.
#[utoipa::path(post, path = "/office/keys", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn make_key(
    State(app): State<App>,
    staff: KeyKeeper,
    reader: Reader,
    FormOf { form, .. }: FormOf<Typed>,
) -> Result<View, Problem> {
    let (tenant, secret, label) = (staff.tenant, create::new_key(&app.world.random), form.label.clone());
    let (kept, by) = (secret.clone(), by(&app, &staff));
    match app.store.write(move |conn| create::api_key(conn, tenant, &label, &kept, &by)).await {
        Ok(_) => {
            let made = ShownOnce { whose: form.label.trim().to_owned(), secret };
            let page = page(&app, &staff, reader.lang, String::new(), Some(made)).await?;
            Ok(View::of_staff(reader, &staff, &app, page))
        }
        Err(problem) => {
            let page = page(&app, &staff, reader.lang, form.label, None).await?;
            Ok(View::of_staff(reader, &staff, &app, page).problem(&problem))
        }
    }
}

/// Revokes a key; what it asks for next is refused.
#[utoipa::path(post, path = "/office/keys/{key}/revoke", tag = "page", params(("key" = String, Path)), responses((status = 303)))]
pub(crate) async fn revoke_key(
    State(app): State<App>,
    staff: KeyKeeper,
    Path(key): Path<String>,
    _: FormOf<NoFields>,
) -> Result<Response, Problem> {
    let (tenant, by) = (staff.tenant, by(&app, &staff));
    app.store.write(move |conn| change::revoke_key(conn, tenant, &key, &by)).await?;
    Ok(Redirect::to("/office/keys").into_response())
}

fn by(app: &App, keeper: &KeyKeeper) -> By {
    By { actor: keeper.actor(), at: app.world.clock.now() }
}

async fn page(
    app: &App,
    keeper: &KeyKeeper,
    lang: Lang,
    label: String,
    made: Option<ShownOnce>,
) -> Result<OfficePage, Problem> {
    let tenant = keeper.tenant;
    let rows = app.store.read(move |conn| rows(conn, tenant, lang)).await?;
    Ok(OfficePage::Keys(ApiKeys { rows, label, made }))
}

fn rows(conn: &Connection, tenant: TenantId, lang: Lang) -> Result<Vec<KeyRow>, Problem> {
    let at = |ms: i64| moment(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH), lang);
    let mut statement = conn.prepare_cached(
        "SELECT id, label, created_at, revoked_at FROM api_keys WHERE tenant = ?1
         ORDER BY revoked_at IS NOT NULL, created_at DESC, id LIMIT ?2",
    )?;
    let rows = statement.query_map(params![tenant.to_string(), MAX_KEYS], |row| {
        Ok(KeyRow {
            id: row.get(0)?,
            label: row.get(1)?,
            made: at(row.get(2)?),
            revoked: row.get::<_, Option<i64>>(3)?.map(at),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
