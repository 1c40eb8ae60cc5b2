//! The demo's company, accounts and key. Their secrets follow from the master key: the same at every start of one data
//! folder, different in every other.

use shared::domain::{AccountId, Role, Scopes, TenantId};

use super::card::DemoAccount;
use crate::{
    accounts::{
        create::{self, By, Company, Login, NewAccount, NewTenant},
        password::{self, Password},
    },
    app::App,
    problem::Problem,
};

/// The demo tenant's id; `demo` and zeros.
const TENANT: TenantId = TenantId::from_bytes(*b"demo\0\0\0\0\0\0\0\0\0\0\0\0");
const NAME_ZH: &str = "秒批演示";
const NAME_EN: &str = "Miaopi Demo";
/// Invented, like everything of the demo.
const CREDIT_CODE: &str = "91310000MA0000001Y";
const ADDRESS: &str = "上海市浦东新区样本大道 1 号";
const PHONE: &str = "400-000-0002";

/// What the demo's holder needs to know.
pub(super) struct Made {
    pub(super) accounts: Vec<DemoAccount>,
    pub(super) api_key: String,
}

/// Makes what is missing.
///
/// # Errors
/// When it cannot be written.
pub(super) async fn make(app: &App) -> Result<Made, Problem> {
    let accounts: Vec<DemoAccount> = Role::ALL.into_iter().map(|role| account(app, role)).collect();
    let api_key = format!("mpk_{}", hex::encode(&secret(app, "api key", "demo")[..24]));
    let known = missing(app, &accounts, &api_key).await?;
    let mut hashed = Vec::new();
    for account in known.accounts {
        hashed.push(hash(app, account).await?);
    }
    let (by, key) = (By { actor: "console".to_owned(), at: app.world.clock.now() }, api_key.clone());
    app.store
        .write(move |conn| {
            if known.tenant {
                let company = Company {
                    credit_code: CREDIT_CODE.to_owned(),
                    address: ADDRESS.to_owned(),
                    phone: PHONE.to_owned(),
                };
                let (name_zh, name_en) = (NAME_ZH.to_owned(), NAME_EN.to_owned());
                let new = NewTenant { id: TENANT, name_zh, name_en, company };
                create::tenant(conn, &new, &by)?;
            }
            for account in &hashed {
                create::account(conn, account, &by)?;
            }
            if known.key {
                create::api_key(conn, TENANT, ("demo", &Scopes::all()), &key, &by)?;
            }
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(Made { accounts, api_key })
}

fn account(app: &App, role: Role) -> DemoAccount {
    let bytes = secret(app, "password", role.code());
    let mut letters = [0; 24];
    letters.copy_from_slice(&bytes[..24]);
    let password = Password::from_bytes(letters).reveal()[..16].to_owned();
    DemoAccount { role, user: role.code().replace('_', "-"), password }
}

/// 32 bytes that follow from the master key.
fn secret(app: &App, kind: &str, name: &str) -> Vec<u8> {
    app.keys.tenant(TENANT).blind_index(&format!("demo {kind}"), name)
}

struct Missing {
    tenant: bool,
    key: bool,
    accounts: Vec<DemoAccount>,
}

async fn missing(app: &App, accounts: &[DemoAccount], api_key: &str) -> Result<Missing, Problem> {
    let (accounts, key) = (accounts.to_vec(), crate::crypt::token_hash(api_key));
    app.store
        .read(move |conn| {
            let none = |sql: &str, value: &dyn rusqlite::ToSql| -> Result<bool, Problem> {
                Ok(conn.query_row(sql, [value], |row| row.get::<_, i64>(0))? == 0)
            };
            let mut to_make = Vec::new();
            for account in accounts {
                if create::find_account(conn, &Login::parse(&account.user)?)?.is_none() {
                    to_make.push(account);
                }
            }
            Ok(Missing {
                tenant: none("SELECT count(*) FROM tenants WHERE id = ?1", &TENANT.to_string())?,
                key: none("SELECT count(*) FROM api_keys WHERE key_hash = ?1", &key)?,
                accounts: to_make,
            })
        })
        .await
}

async fn hash(app: &App, account: DemoAccount) -> Result<NewAccount, Problem> {
    let (random, id) = (app.world.random.clone(), AccountId::from_bytes(app.world.random.bytes()));
    tokio::task::spawn_blocking(move || {
        Ok(NewAccount {
            tenant: TENANT,
            id,
            login: Login::parse(&account.user)?,
            password_hash: password::hash(&account.password.into(), &random)?,
            roles: vec![account.role],
        })
    })
    .await
    .map_err(|e| Problem::internal(&e))?
}
