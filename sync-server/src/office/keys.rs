//! The page of API keys: make one, revoke one.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Deserialize;
use shared::domain::{Lang, Scope, Scopes, TenantId};
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
    let page = page(&app, &staff, reader.lang, Form::usual(), None).await?;
    Ok(View::of_staff(reader, &staff, &app, page))
}

/// What was typed into the form; a scope once for each that was ticked.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Typed(Vec<(String, String)>);

/// The same, sorted.
#[derive(Debug, Default)]
struct Form {
    label: String,
    scopes: Vec<String>,
}

impl Form {
    /// As the page shows it first.
    fn usual() -> Self {
        Self { scopes: Scope::USUAL.iter().map(Scope::to_string).collect(), ..Self::default() }
    }

    fn checked(&self) -> Result<Scopes, Problem> {
        Scopes::from_codes(self.scopes.iter().map(String::as_str)).ok_or_else(|| {
            Problem::invalid("scopes", "scopes_missing", "Choose at least one of the scopes listed.")
        })
    }
}

impl From<Typed> for Form {
    fn from(typed: Typed) -> Self {
        let mut form = Self::default();
        for (name, value) in typed.0 {
            match name.as_str() {
                "label" => form.label = value,
                "scope" => form.scopes.push(value),
                _ => (),
            }
        }
        form
    }
}

/// Makes a key and shows it once.
#[utoipa::path(post, path = "/office/keys", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn make_key(
    State(app): State<App>,
    staff: KeyKeeper,
    reader: Reader,
    FormOf { form, .. }: FormOf<Typed>,
) -> Result<View, Problem> {
    let form = Form::from(form);
    match make(&app, &staff, &form).await {
        Ok(made) => {
            let page = page(&app, &staff, reader.lang, Form::usual(), Some(made)).await?;
            Ok(View::of_staff(reader, &staff, &app, page))
        }
        Err(problem) => {
            let page = page(&app, &staff, reader.lang, form, None).await?;
            Ok(View::of_staff(reader, &staff, &app, page).problem(&problem))
        }
    }
}

async fn make(app: &App, keeper: &KeyKeeper, form: &Form) -> Result<ShownOnce, Problem> {
    let (tenant, secret, label) = (keeper.tenant, create::new_key(&app.world.random), form.label.clone());
    let (kept, by, scopes) = (secret.clone(), by(app, keeper), form.checked()?);
    app.store.write(move |conn| create::api_key(conn, tenant, (&label, &scopes), &kept, &by)).await?;
    Ok(ShownOnce { whose: form.label.trim().to_owned(), secret })
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
    form: Form,
    made: Option<ShownOnce>,
) -> Result<OfficePage, Problem> {
    let tenant = keeper.tenant;
    let rows = app.store.read(move |conn| rows(conn, tenant, lang)).await?;
    Ok(OfficePage::Keys(ApiKeys { rows, label: form.label, ticked: form.scopes, made }))
}

fn rows(conn: &Connection, tenant: TenantId, lang: Lang) -> Result<Vec<KeyRow>, Problem> {
    let at = |ms: i64| moment(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH), lang);
    let mut statement = conn.prepare_cached(
        "SELECT id, label, created_at, revoked_at, scopes FROM api_keys WHERE tenant = ?1
         ORDER BY revoked_at IS NOT NULL, created_at DESC, id LIMIT ?2",
    )?;
    let rows = statement.query_map(params![tenant.to_string(), MAX_KEYS], |row| {
        Ok(KeyRow {
            id: row.get(0)?,
            label: row.get(1)?,
            scopes: row.get::<_, String>(4)?.split(' ').map(str::to_owned).collect(),
            made: at(row.get(2)?),
            revoked: row.get::<_, Option<i64>>(3)?.map(at),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
