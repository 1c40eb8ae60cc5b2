//! The accounts page: make one, close and open, reset a password, end sessions.

use axum::extract::State;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use shared::domain::{AccountId, Action, Lang, Role, TenantId, roles::any_may};
use ui::{
    components::form::Choice,
    office::{AccountRow, Accounts, OfficePage, ShownOnce},
};

use super::{
    Reader, View,
    queue::{QUEUES, queue_name},
};
use crate::{
    accounts::{
        FormOf, change,
        create::{self, By, Login, NewAccount},
        password::{self, Password},
        permission::AccountKeeper,
    },
    app::App,
    cases::page::moment,
    http::input::{Path, Query},
    problem::Problem,
};

/// Accounts on one page.
const PAGE: usize = 100;

/// Where the list begins.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    before: Option<AccountId>,
}

/// The list, with an empty form.
#[utoipa::path(get, path = "/office/accounts", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn accounts(
    State(app): State<App>,
    staff: AccountKeeper,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<View, Problem> {
    let page = page(&app, &staff, reader.lang, asked.before, Form::default(), None).await?;
    Ok(View::of_staff(reader, &staff, &app, page))
}

/// What was typed into the form; a role once for each that was ticked.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Typed(Vec<(String, String)>);

/// The same, sorted.
#[derive(Debug, Default)]
struct Form {
    login: String,
    roles: Vec<String>,
}

impl From<Typed> for Form {
    fn from(typed: Typed) -> Self {
        let mut form = Self::default();
        for (name, value) in typed.0 {
            match name.as_str() {
                "login" => form.login = value,
                "role" => form.roles.push(value),
                _ => (),
            }
        }
        form
    }
}

impl Form {
    fn checked(&self) -> Result<(Login, Vec<Role>), Problem> {
        let known = |code: &String| Role::from_code(code).filter(|role| may_be_given(*role));
        let roles: Option<Vec<Role>> = self.roles.iter().map(known).collect();
        let roles = roles
            .ok_or_else(|| Problem::invalid("roles", "role_unknown", "Choose one of the roles listed."))?;
        Ok((Login::parse(&self.login)?, roles))
    }
}

/// The operator stands above companies: no company gives that role.
fn may_be_given(role: Role) -> bool {
    role != Role::Operator
}

/// Makes an account and shows its password once.
#[utoipa::path(post, path = "/office/accounts", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn make_account(
    State(app): State<App>,
    staff: AccountKeeper,
    reader: Reader,
    FormOf { form, .. }: FormOf<Typed>,
) -> Result<View, Problem> {
    let form = Form::from(form);
    match make(&app, &staff, &form).await {
        Ok(made) => {
            let page = page(&app, &staff, reader.lang, None, Form::default(), Some(made)).await?;
            Ok(View::of_staff(reader, &staff, &app, page))
        }
        Err(mut problem) => {
            if problem.code == "login_taken" {
                problem.field = Some("login");
            }
            let page = page(&app, &staff, reader.lang, None, form, None).await?;
            Ok(View::of_staff(reader, &staff, &app, page).problem(&problem))
        }
    }
}

async fn make(app: &App, keeper: &AccountKeeper, form: &Form) -> Result<ShownOnce, Problem> {
    let (login, roles) = form.checked()?;
    let (password, password_hash) = fresh_password(app).await?;
    let id = AccountId::from_bytes(app.world.random.bytes());
    let new = NewAccount { tenant: keeper.tenant, id, login: login.clone(), password_hash, roles };
    let by = by(app, keeper);
    app.store.write(move |conn| create::account(conn, &new, &by)).await?;
    Ok(ShownOnce { whose: login.as_str().to_owned(), secret: password.reveal().to_owned() })
}

/// What is to be done with an account, and the queues that were ticked.
#[derive(Debug, Default)]
struct Change {
    action: String,
    queues: Vec<String>,
}

impl From<Typed> for Change {
    fn from(typed: Typed) -> Self {
        let mut change = Self::default();
        for (name, value) in typed.0 {
            match name.as_str() {
                "action" => change.action = value,
                "queue" => change.queues.push(value),
                _ => (),
            }
        }
        change
    }
}

/// Closes or opens an account, resets its password, ends its sessions, says which queues it serves. All of it takes effect at once.
#[utoipa::path(post, path = "/office/accounts/{account}", tag = "page", params(("account" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn change_account(
    State(app): State<App>,
    staff: AccountKeeper,
    Path(account): Path<AccountId>,
    mut reader: Reader,
    FormOf { form, .. }: FormOf<Typed>,
) -> Result<View, Problem> {
    reader.here = "/office/accounts".to_owned();
    let tenant = staff.tenant;
    let login = app.store.read(move |conn| login_of(conn, tenant, account)).await?;
    let form = Change::from(form);
    let changed = change_one(&app, &staff, account, &form).await;
    let lang = reader.lang;
    match changed {
        Ok(Some(password)) => {
            let made = ShownOnce { whose: login, secret: password.reveal().to_owned() };
            let page = page(&app, &staff, lang, None, Form::default(), Some(made)).await?;
            Ok(View::of_staff(reader, &staff, &app, page))
        }
        Ok(None) => {
            let key = format!("account-done-{}", form.action.replace('_', "-"));
            let said = ui::texts::Words(lang).with(&key, &[("login", login.as_str().into())]);
            let page = page(&app, &staff, lang, None, Form::default(), None).await?;
            Ok(View::of_staff(reader, &staff, &app, page).notice(said))
        }
        Err(problem) => {
            let page = page(&app, &staff, lang, None, Form::default(), None).await?;
            Ok(View::of_staff(reader, &staff, &app, page).problem(&problem))
        }
    }
}

/// The sign-in name of an account that the company may change. The operator's is not its business: with its password
/// somebody would become operator.
fn login_of(conn: &Connection, tenant: TenantId, account: AccountId) -> Result<String, Problem> {
    let found: Option<(String, String)> = conn
        .prepare_cached("SELECT login, roles FROM accounts WHERE tenant = ?1 AND id = ?2")?
        .query_row([tenant.to_string(), account.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (login, roles) = found.ok_or_else(Problem::not_found)?;
    let roles: Vec<Role> = serde_json::from_str(&roles).map_err(|error| Problem::internal(&error))?;
    roles.into_iter().all(may_be_given).then_some(login).ok_or_else(Problem::not_found)
}

/// Answers the password, where a fresh one was set.
async fn change_one(
    app: &App,
    keeper: &AccountKeeper,
    account: AccountId,
    change: &Change,
) -> Result<Option<Password>, Problem> {
    let (tenant, by) = (keeper.tenant, by(app, keeper));
    match change.action.as_str() {
        "queues" => {
            let queues = change.queues.clone();
            if queues.iter().any(|queue| !QUEUES.contains(&queue.as_str())) {
                return Err(Problem::invalid("queues", "queue_unknown", "Choose from the queues listed."));
            }
            app.store.write(move |conn| change::queues(conn, tenant, account, &queues, &by)).await?;
        }
        "enable" => app.store.write(move |conn| change::enable(conn, tenant, account, &by)).await?,
        "end_sessions" => {
            app.store.write(move |conn| change::end_sessions(conn, tenant, account, &by)).await?
        }
        "disable" if account == keeper.account => {
            return Err(Problem::conflict(
                "own_account",
                "You cannot disable your own account. Ask another administrator.",
            ));
        }
        "disable" => app.store.write(move |conn| change::disable(conn, tenant, account, &by)).await?,
        "password" => {
            let (password, hash) = fresh_password(app).await?;
            app.store.write(move |conn| change::password(conn, tenant, account, &hash, &by)).await?;
            return Ok(Some(password));
        }
        _ => return Err(Problem::not_found()),
    }
    Ok(None)
}

async fn fresh_password(app: &App) -> Result<(Password, String), Problem> {
    let random = app.world.random.clone();
    tokio::task::spawn_blocking(move || {
        let password = Password::generate(&random);
        let hash = password::hash(&password, &random)?;
        Ok((password, hash))
    })
    .await
    .map_err(|error| Problem::internal(&error))?
}

fn by(app: &App, keeper: &AccountKeeper) -> By {
    By { actor: keeper.actor(), at: app.world.clock.now() }
}

async fn page(
    app: &App,
    keeper: &AccountKeeper,
    lang: Lang,
    before: Option<AccountId>,
    form: Form,
    made: Option<ShownOnce>,
) -> Result<OfficePage, Problem> {
    let (tenant, now) = (keeper.tenant, app.world.clock.now());
    let mut found = app.store.read(move |conn| rows(conn, tenant, before, now)).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let older = found.last().filter(|_| more).map(|last| format!("/office/accounts?before={}", last.id));
    let own = keeper.account.to_string();
    let role = |role: &Role| Choice { value: role.code().to_owned(), label: role.text(lang).to_owned() };
    Ok(OfficePage::Accounts(Accounts {
        rows: found.into_iter().map(|row| row.shown(&own, lang)).collect(),
        older,
        roles: Role::ALL.iter().filter(|role| may_be_given(**role)).map(role).collect(),
        login: form.login,
        ticked: form.roles,
        queues: QUEUES
            .map(|queue| Choice { value: queue.to_owned(), label: queue_name(queue, lang).to_owned() })
            .into(),
        made,
    }))
}

struct Row {
    id: String,
    login: String,
    roles: String,
    created_at: i64,
    is_disabled: bool,
    sessions: u32,
    queues: Option<String>,
}

fn rows(
    conn: &Connection,
    tenant: TenantId,
    before: Option<AccountId>,
    now: Timestamp,
) -> Result<Vec<Row>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT a.id, a.login, a.roles, a.created_at, a.disabled_at IS NOT NULL,
                (SELECT count(*) FROM sessions s WHERE s.tenant = a.tenant AND s.account = a.id AND s.expires_at > ?4),
                a.queues
         FROM accounts a
         WHERE a.tenant = ?1 AND NOT EXISTS (SELECT 1 FROM json_each(a.roles) WHERE value = 'operator') AND (?2 IS NULL OR (a.created_at, a.id) <
               (SELECT b.created_at, b.id FROM accounts b WHERE b.tenant = ?1 AND b.id = ?2))
         ORDER BY a.created_at DESC, a.id DESC LIMIT ?3",
    )?;
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let before = before.map(|account| account.to_string());
    let rows =
        statement.query_map(params![tenant.to_string(), before, most, now.as_millisecond()], |row| {
            Ok(Row {
                id: row.get(0)?,
                login: row.get(1)?,
                roles: row.get(2)?,
                created_at: row.get(3)?,
                is_disabled: row.get(4)?,
                sessions: row.get(5)?,
                queues: row.get(6)?,
            })
        })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Row {
    fn shown(self, own: &str, lang: Lang) -> AccountRow {
        let roles: Vec<Role> = serde_json::from_str(&self.roles).unwrap_or_default();
        let decides = any_may(&roles, Action::DecideCase);
        let queues: Vec<String> =
            self.queues.and_then(|list| serde_json::from_str(&list).ok()).unwrap_or_default();
        let names: Vec<&str> = queues.iter().map(|queue| queue_name(queue, lang)).collect();
        let roles: Vec<&str> = roles.iter().map(|role| role.text(lang)).collect();
        AccountRow {
            own: self.id == own,
            id: self.id,
            login: self.login,
            roles: roles.join(lang.pick("、", ", ")),
            made: moment(Timestamp::from_millisecond(self.created_at).unwrap_or(Timestamp::UNIX_EPOCH), lang),
            sessions: self.sessions,
            disabled: self.is_disabled,
            queues: decides.then(|| (queues.clone(), names.join(lang.pick("、", ", ")))),
        }
    }
}

#[cfg(test)]
mod tests;
