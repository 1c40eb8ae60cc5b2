//! Makes tenants, accounts and API keys. Each is one change with its audit row; the caller brings the connection.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use shared::domain::{AccountId, Role, Scope, Scopes, TenantId};

use crate::{
    audit::{self, Entry},
    crypt::token_hash,
    flows,
    problem::Problem,
    world::Random,
};

/// Most accounts of one tenant.
pub const MAX_ACCOUNTS: i64 = 10_000;
/// Most API keys of one tenant, revoked ones included.
pub const MAX_KEYS: i64 = 1_000;
/// In front of every API key, so that a leaked one is recognised.
const KEY_PREFIX: &str = "mpk_";

/// The name somebody signs in with: 3–64 of `a-z 0-9 . _ - @`, lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login(String);

impl Login {
    /// Reads what was typed; capitals and spaces around it do not matter.
    ///
    /// # Errors
    /// 422 `login_form`.
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        let login = typed.trim().to_ascii_lowercase();
        let plain =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-' | b'@');
        match (3..=64).contains(&login.len()) && login.bytes().all(plain) {
            true => Ok(Self(login)),
            false => Err(Problem::invalid(
                "login",
                "login_form",
                "Use 3 to 64 of the letters a to z, digits, dot, underscore, hyphen and @.",
            )),
        }
    }

    /// As stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who makes it and when, for the audit row.
#[derive(Debug, Clone)]
pub struct By {
    /// `console`, `account:ID`.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// A company to be made.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Its id.
    pub id: TenantId,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// What it is registered with.
    pub company: Company,
}

/// What a company is registered with: stands in its contracts.
#[derive(Debug, Clone)]
pub struct Company {
    /// Unified social credit code (统一社会信用代码).
    pub credit_code: String,
    /// Registered address.
    pub address: String,
    /// Where customers ask and complain.
    pub phone: String,
}

/// Longest of these texts, characters.
const MAX_COMPANY_TEXT: usize = 120;

impl Company {
    /// # Errors
    /// 422 `company_form` when one is empty or too long.
    pub fn check(&self) -> Result<(), Problem> {
        for (field, text) in
            [("credit_code", &self.credit_code), ("address", &self.address), ("phone", &self.phone)]
        {
            if text.trim().is_empty() || text.chars().count() > MAX_COMPANY_TEXT {
                return Err(Problem::invalid(
                    field,
                    "company_form",
                    "Contracts name the company's credit code, address and phone: give each, in up to 120 characters.",
                ));
            }
        }
        Ok(())
    }
}

/// Makes a company; it starts with the shipped flows.
///
/// # Errors
/// When it cannot be written.
pub fn tenant(connection: &Connection, new: &NewTenant, by: &By) -> Result<(), Problem> {
    let id = new.id.to_string();
    connection.execute(
        "INSERT INTO tenants(id, name_zh, name_en, created_at) VALUES (?1, ?2, ?3, ?4)",
        params![id, new.name_zh, new.name_en, by.at.as_millisecond()],
    )?;
    note(connection, &id, by, "tenant.made", &id, "{}")?;
    flows::give(connection, &id, by.at)?;
    company(connection, new.id, &new.company, by)
}

/// Says what a company is registered with, from its next contract on.
///
/// # Errors
/// As [`Company::check`], or when it cannot be written.
pub fn company(connection: &Connection, tenant: TenantId, company: &Company, by: &By) -> Result<(), Problem> {
    company.check()?;
    let id = tenant.to_string();
    connection.execute(
        "UPDATE tenants SET credit_code = ?2, address = ?3, phone = ?4 WHERE id = ?1",
        params![id, company.credit_code.trim(), company.address.trim(), company.phone.trim()],
    )?;
    note(connection, &id, by, "tenant.company", &id, "{}")
}

/// A member of staff to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Whose.
    pub tenant: TenantId,
    /// Its id.
    pub id: AccountId,
    /// The name for signing in; one in the whole installation.
    pub login: Login,
    /// From [`super::password::hash`].
    pub password_hash: String,
    /// At least one.
    pub roles: Vec<Role>,
}

/// Makes an account.
///
/// # Errors
/// 409 `login_taken`; 422 when it has no role or the tenant is full; when it cannot be written.
pub fn account(connection: &Connection, new: &NewAccount, by: &By) -> Result<(), Problem> {
    let (tenant, id) = (new.tenant.to_string(), new.id.to_string());
    if new.roles.is_empty() {
        return Err(Problem::invalid("roles", "roles_missing", "Give the account at least one role."));
    }
    if find_account(connection, &new.login)?.is_some() {
        return Err(Problem::conflict("login_taken", "Somebody else has this name. Choose another one."));
    }
    room(connection, "SELECT count(*) FROM accounts WHERE tenant = ?1", &tenant, MAX_ACCOUNTS)?;
    let roles = serde_json::to_string(&new.roles).map_err(|e| Problem::internal(&e))?;
    connection.execute(
        "INSERT INTO accounts(tenant, id, login, password_hash, roles, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![tenant, id, new.login.as_str(), new.password_hash, roles, by.at.as_millisecond()],
    )?;
    note(connection, &tenant, by, "account.made", &id, &format!("{{\"roles\":{roles}}}"))
}

/// The account with this name, where there is one.
///
/// # Errors
/// When the rows cannot be read.
pub fn find_account(connection: &Connection, login: &Login) -> Result<Option<AccountId>, Problem> {
    let id: Option<String> = connection
        .prepare_cached("SELECT id FROM accounts WHERE login = ?1")?
        .query_row([login.as_str()], |row| row.get(0))
        .optional()?;
    id.map(|id| id.parse().map_err(|e| Problem::internal(&e))).transpose()
}

/// A secret for a program; shown once.
pub fn new_key(random: &Random) -> String {
    format!("{KEY_PREFIX}{}", hex::encode(random.bytes::<24>()))
}

/// Keeps the hash of `secret` as a key of `tenant` with these scopes. Answers the key's id.
///
/// # Errors
/// 422 when the label is empty or too long or the tenant is full; when it cannot be written.
pub fn api_key(
    connection: &Connection,
    tenant: TenantId,
    (label, scopes): (&str, &Scopes),
    secret: &str,
    by: &By,
) -> Result<String, Problem> {
    let (tenant, label, hash) = (tenant.to_string(), label.trim(), token_hash(secret));
    if !(1..=80).contains(&label.chars().count()) {
        return Err(Problem::invalid(
            "label",
            "label_length",
            "Say in 1 to 80 characters what the key is for.",
        ));
    }
    room(connection, "SELECT count(*) FROM api_keys WHERE tenant = ?1", &tenant, MAX_KEYS)?;
    // Part of the hash of a random secret: names the key and gives nothing away.
    let id = hex::encode(&hash[..8]);
    connection.execute(
        "INSERT INTO api_keys(key_hash, tenant, id, label, scopes, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![hash, tenant, id, label, scopes.to_string(), by.at.as_millisecond()],
    )?;
    let detail = json!({"scopes": scopes.iter().map(Scope::code).collect::<Vec<_>>()}).to_string();
    note(connection, &tenant, by, "key.made", &id, &detail)?;
    Ok(id)
}

fn room(connection: &Connection, count: &str, tenant: &str, most: i64) -> Result<(), Problem> {
    let there: i64 = connection.query_row(count, [tenant], |row| row.get(0))?;
    match there < most {
        true => Ok(()),
        false => {
            Err(Problem::conflict("tenant_full", "There is no room for more. Remove one that is not used."))
        }
    }
}

fn note(
    connection: &Connection,
    tenant: &str,
    by: &By,
    action: &str,
    subject: &str,
    detail: &str,
) -> Result<(), Problem> {
    let entry = Entry { tenant, at: by.at, actor: &by.actor, action, subject, detail };
    Ok(audit::record(connection, entry)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for (typed, kept) in [
            ("li.lei", Some("li.lei")),
            (" Li.Lei@yixin.cn ", Some("li.lei@yixin.cn")),
            ("ab", None),
            ("a b c", None),
            ("李雷李雷", None),
            ("a'; DROP TABLE accounts; --", None),
        ] {
            assert_eq!(Login::parse(typed).ok().as_ref().map(Login::as_str), kept, "{typed}");
        }
        assert!(Login::parse(&"a".repeat(65)).is_err());
    }
}
