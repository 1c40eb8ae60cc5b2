//! `miaopi admin disable | enable | password | revoke-key`: what the office's account pages do, for when nobody can get
//! into the office.

use anyhow::Context;
use shared::domain::{AccountId, TenantId};

use super::admin::{Desk, say, typed_password};
use crate::{
    accounts::{
        change,
        create::{self, By, Login},
        password::{self, Password},
    },
    problem::Problem,
};

/// Closes an account.
pub(super) async fn disable(desk: &Desk, by: By, login: &str) -> anyhow::Result<()> {
    let (tenant, account) = find(desk, login).await?;
    desk.store.write(move |conn| change::disable(conn, tenant, account, &by)).await?;
    println!("{login} is disabled; its sessions have ended");
    Ok(())
}

/// Opens it again.
pub(super) async fn enable(desk: &Desk, by: By, login: &str) -> anyhow::Result<()> {
    let (tenant, account) = find(desk, login).await?;
    desk.store.write(move |conn| change::enable(conn, tenant, account, &by)).await?;
    println!("{login} is enabled");
    Ok(())
}

/// Sets the password from the first line of standard input, or makes one and shows it.
pub(super) async fn reset_password(desk: &Desk, by: By, login: &str) -> anyhow::Result<()> {
    let (tenant, account) = find(desk, login).await?;
    let typed = typed_password()?;
    let password = typed.clone().unwrap_or_else(|| Password::generate(&desk.world.random));
    password.check()?;
    let hash = password::hash(&password, &desk.world.random)?;
    desk.store.write(move |conn| change::password(conn, tenant, account, &hash, &by)).await?;
    say(&Login::parse(login)?, typed.is_none().then_some(password));
    Ok(())
}

/// Revokes an API key.
pub(super) async fn revoke_key(desk: &Desk, by: By, tenant: TenantId, key: String) -> anyhow::Result<()> {
    let named = key.clone();
    desk.store
        .write(move |conn| change::revoke_key(conn, tenant, &key, &by))
        .await
        .with_context(|| format!("there is no key {named}"))?;
    println!("key {named} is revoked");
    Ok(())
}

/// Names are unique in the whole installation.
async fn find(desk: &Desk, login: &str) -> anyhow::Result<(TenantId, AccountId)> {
    let typed = Login::parse(login)?;
    let found = desk
        .store
        .read(move |conn| {
            let Some(account) = create::find_account(conn, &typed)? else { return Ok(None) };
            let tenant: String = conn
                .prepare_cached("SELECT tenant FROM accounts WHERE id = ?1 AND login = ?2")?
                .query_row([account.to_string().as_str(), typed.as_str()], |row| row.get(0))?;
            let tenant: TenantId = tenant.parse().map_err(|error| Problem::internal(&error))?;
            Ok::<_, Problem>(Some((tenant, account)))
        })
        .await?;
    found.with_context(|| format!("there is no account {login}"))
}
