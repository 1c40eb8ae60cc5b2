//! Drafts: what somebody is composing. Only their author sees them; a draft need not be a sound flow yet.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};
use shared::{
    domain::{AccountId, DraftId, TenantId, Texts},
    flow::{MAX_BYTES, is_key},
    protocol::flows::{BeginDraft, Draft, DraftRow, KeepDraft, KeptDraft},
};

use super::versions;
use crate::{audit, problem::Problem};

/// Most drafts of one account.
const MAX_DRAFTS: i64 = 100;
/// Longest name of a flow in one language, characters.
const MAX_NAME: usize = 60;

/// Somebody who composes, approves or releases flows.
#[derive(Debug, Clone)]
pub struct Author {
    /// Whose flows.
    pub tenant: TenantId,
    /// Who.
    pub account: AccountId,
}

impl Author {
    pub(super) fn actor(&self) -> String {
        format!("account:{}", self.account)
    }

    /// Writes down what they did, in the caller's commit.
    pub(super) fn note(
        &self,
        conn: &Connection,
        action: &str,
        subject: &str,
        detail: &Value,
        at: Timestamp,
    ) -> Result<(), Problem> {
        let (tenant, actor, detail) = (self.tenant.to_string(), self.actor(), detail.to_string());
        let entry = audit::Entry { tenant: &tenant, at, actor: &actor, action, subject, detail: &detail };
        Ok(audit::record(conn, entry)?)
    }
}

/// One's own drafts, newest first.
///
/// # Errors
/// When the rows cannot be read.
pub fn own(conn: &Connection, author: &Author) -> Result<Vec<DraftRow>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT id, key, substr(coalesce(json_extract(file, '$.name.\"zh-CN\"'), ''), 1, ?4),
                substr(coalesce(json_extract(file, '$.name.en'), ''), 1, ?4), saved_at
         FROM flow_drafts WHERE tenant = ?1 AND author = ?2 ORDER BY saved_at DESC, id LIMIT ?3",
    )?;
    let text = |row: &rusqlite::Row<'_>, column| row.get::<_, String>(column).unwrap_or_default();
    let whose = params![
        author.tenant.to_string(),
        author.account.to_string(),
        MAX_DRAFTS,
        i64::try_from(MAX_NAME).unwrap_or(i64::MAX)
    ];
    let rows = statement.query_map(whose, |row| {
        Ok(DraftRow {
            id: row.get(0)?,
            key: row.get(1)?,
            name: Texts::new(text(row, 2), text(row, 3)),
            saved_at: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Begins a draft: an empty canvas, or what a version of the company says.
///
/// # Errors
/// 404 for an unknown version; 422 naming the field that does not fit; 409 `too_many_drafts`.
pub fn begin(
    conn: &Connection,
    author: &Author,
    id: DraftId,
    asked: BeginDraft,
    now: Timestamp,
) -> Result<Draft, Problem> {
    let (tenant, account) = (author.tenant.to_string(), author.account.to_string());
    let there: i64 = conn
        .prepare_cached("SELECT count(*) FROM flow_drafts WHERE tenant = ?1 AND author = ?2")?
        .query_row([&tenant, &account], |row| row.get(0))?;
    if there >= MAX_DRAFTS {
        return Err(Problem::conflict(
            "too_many_drafts",
            "You have as many drafts as can be kept. Delete one that you do not need any more.",
        ));
    }
    let mut file = match &asked.from {
        Some(hash) => {
            let definition = versions::definition(conn, author.tenant, hash)?;
            serde_json::from_str(&definition).map_err(|error| Problem::internal(&error))?
        }
        None => empty_canvas(),
    };
    if let Some(name) = &asked.name {
        file["name"] = json!(name);
    }
    if let Some(key) = &asked.key {
        file["key"] = json!(key);
    }
    check_key(file["key"].as_str().unwrap_or_default())?;
    check_name(&serde_json::from_value(file["name"].clone()).unwrap_or_default())?;
    let (key, text) = (file["key"].as_str().unwrap_or_default().to_owned(), file.to_string());
    conn.prepare_cached(
        "INSERT INTO flow_drafts(tenant, id, author, key, revision, file, base, saved_at)
         VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7)",
    )?
    .execute(params![tenant, id.to_string(), account, key, text, asked.from, now.as_millisecond()])?;
    let detail = json!({"key": key, "from": asked.from});
    author.note(conn, "flow.draft_begun", &id.to_string(), &detail, now)?;
    Ok(Draft { id: id.to_string(), revision: 1, saved_at: now.as_millisecond(), base: asked.from, file })
}

/// A draft of one's own.
///
/// # Errors
/// 404 for anybody else's.
pub fn load(conn: &Connection, author: &Author, id: DraftId) -> Result<Draft, Problem> {
    let found: Option<(u32, i64, Option<String>, String)> = conn
        .prepare_cached(
            "SELECT revision, saved_at, base, file FROM flow_drafts WHERE tenant = ?1 AND id = ?2 AND author = ?3",
        )?
        .query_row(params![author.tenant.to_string(), id.to_string(), author.account.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let (revision, saved_at, base, file) = found.ok_or_else(Problem::not_found)?;
    let file = serde_json::from_str(&file).map_err(|error| Problem::internal(&error))?;
    Ok(Draft { id: id.to_string(), revision, saved_at, base, file })
}

/// Keeps a draft of one's own.
///
/// # Errors
/// 404 for anybody else's; 409 `draft_changed` when it was kept meanwhile; 422 when it is no object or too large.
pub fn keep(
    conn: &Connection,
    author: &Author,
    id: DraftId,
    kept: &KeepDraft,
    now: Timestamp,
) -> Result<KeptDraft, Problem> {
    let before = load(conn, author, id)?;
    if before.revision != kept.revision {
        return Err(changed());
    }
    let text = kept.file.to_string();
    if !kept.file.is_object() || text.len() > MAX_BYTES {
        return Err(Problem::invalid(
            "file",
            "draft_form",
            "A draft is a flow file: a JSON object of at most 1 MiB. Remove blocks, or send an object.",
        ));
    }
    let key: String = kept.file["key"].as_str().unwrap_or_default().chars().take(40).collect();
    let (revision, saved_at) = (before.revision + 1, now.as_millisecond());
    conn.prepare_cached(
        "UPDATE flow_drafts SET revision = ?3, file = ?4, key = ?5, saved_at = ?6 WHERE tenant = ?1 AND id = ?2",
    )?
    .execute(params![author.tenant.to_string(), id.to_string(), revision, text, key, saved_at])?;
    author.note(conn, "flow.draft_kept", &id.to_string(), &json!({"revision": revision}), now)?;
    Ok(KeptDraft { revision, saved_at })
}

/// Deletes a draft of one's own.
///
/// # Errors
/// 404 for anybody else's.
pub fn delete(conn: &Connection, author: &Author, id: DraftId, now: Timestamp) -> Result<(), Problem> {
    let gone = conn
        .prepare_cached("DELETE FROM flow_drafts WHERE tenant = ?1 AND id = ?2 AND author = ?3")?
        .execute(params![author.tenant.to_string(), id.to_string(), author.account.to_string()])?;
    if gone == 0 {
        return Err(Problem::not_found());
    }
    author.note(conn, "flow.draft_deleted", &id.to_string(), &json!({}), now)
}

/// 409: somebody, perhaps the same person in another tab, kept it meanwhile.
pub(super) fn changed() -> Problem {
    Problem::conflict(
        "draft_changed",
        "This draft was kept elsewhere meanwhile. Load it again, then repeat what you changed.",
    )
}

fn check_key(key: &str) -> Result<(), Problem> {
    match is_key(key) {
        true => Ok(()),
        false => Err(Problem::invalid(
            "key",
            "flow_key_form",
            "Give the flow a key of 3 to 40 lower-case letters, digits and hyphens that begins with a letter.",
        )),
    }
}

fn check_name(name: &Texts) -> Result<(), Problem> {
    let fits = |text: &str| text.chars().count() <= MAX_NAME && !text.chars().any(char::is_control);
    match name.is_complete() && fits(&name.zh) && fits(&name.en) {
        true => Ok(()),
        false => Err(Problem::invalid(
            "name",
            "flow_name_form",
            "Give the flow a name of 1 to 60 characters in Chinese and in English.",
        )),
    }
}

/// A flow file that only takes in what every flow begins with.
fn empty_canvas() -> Value {
    json!({
        "format": 1, "key": "", "name": {"zh-CN": "", "en": ""}, "start": "intake",
        "blocks": {
            "intake": {
                "kind": "intake", "at": [80, 80],
                "params": {
                    "require": ["id_number", "id_front"],
                    "consents": ["process_identity", "real_name_check"],
                    "due_minutes": 10080,
                },
                "next": {},
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_fit_into_addresses() {
        for (key, fits) in [
            ("new-car-loan", true),
            ("a1-", true),
            ("ab", false),
            ("1ab", false),
            ("New-car", false),
            ("new_car", false),
            ("drafts", false),
            ("design", false),
        ] {
            assert_eq!(is_key(key), fits, "{key}");
        }
        assert!(is_key(&"a".repeat(40)) && !is_key(&"a".repeat(41)));
    }
}
