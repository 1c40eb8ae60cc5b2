//! A company's own rules for its flows. They come on top of the platform's and can only be stricter.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use shared::{
    domain::TenantId,
    flow::{Baseline, Finding, Flow, check_against},
    protocol::flows::{FlowRules, SetFlowRules},
};

use super::{Library, choose::all_live, drafts::Author, submit::note};
use crate::problem::{Problem, masked};

/// How the codes of a company's own rules begin.
const OWN: &str = "company_";
/// Longest code.
const CODE: usize = 60;

/// Everything that the company's flows are held against.
///
/// # Errors
/// When the rows cannot be read.
pub fn of(conn: &Connection, tenant: TenantId) -> Result<Baseline, Problem> {
    let platform = Baseline::platform().map_err(|error| Problem::internal(&error))?;
    let company = Baseline::parse(&newest(conn, tenant)?.company.to_string());
    company.and_then(|company| platform.with(company)).map_err(|error| Problem::internal(&error))
}

/// The company's own rules as they stand.
///
/// # Errors
/// When the rows cannot be read.
pub fn read(conn: &Connection, library: &Library, tenant: TenantId) -> Result<FlowRules, Problem> {
    let rules = newest(conn, tenant)?;
    Ok(FlowRules { short: short(conn, library, tenant)?, ..rules })
}

/// Sets the company's own rules.
///
/// # Errors
/// 409 `rules_changed`; 422 `rules_unreadable`, `rule_code_form` or `note_length`.
pub fn set(
    conn: &Connection,
    library: &Library,
    by: &Author,
    asked: &SetFlowRules,
    now: Timestamp,
) -> Result<FlowRules, Problem> {
    let said = note("note", &asked.note)?;
    let rules = Baseline::parse(&asked.rules.to_string()).map_err(|error| unreadable(&error))?;
    for rule in &rules.rules {
        let own = rule.code.strip_prefix(OWN).unwrap_or_default();
        let plain = own.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if own.is_empty() || !plain || rule.code.len() > CODE || !rule.text.is_complete() {
            return Err(Problem::invalid(
                "rules",
                "rule_code_form",
                "Give each rule a code of a to z, 0 to 9 and _ that begins with company_, and a sentence in both languages.",
            ));
        }
    }
    let platform = Baseline::platform().map_err(|error| Problem::internal(&error))?;
    platform.with(rules.clone()).map_err(|error| unreadable(&error))?;
    if newest(conn, by.tenant)?.number != asked.number {
        return Err(Problem::conflict(
            "rules_changed",
            "Somebody else has changed the rules meanwhile. Load them again, then repeat what you changed.",
        ));
    }
    let number = asked.number + 1;
    conn.prepare_cached(
        "INSERT INTO company_rules(tenant, number, file, note, actor, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        by.tenant.to_string(),
        number,
        json!(rules).to_string(),
        said,
        by.account.to_string(),
        now.as_millisecond()
    ])?;
    let codes: Vec<&str> = rules.rules.iter().map(|rule| rule.code.as_str()).collect();
    by.note(conn, "flow.rules_set", &by.tenant.to_string(), &json!({"number": number, "rules": codes}), now)?;
    read(conn, library, by.tenant)
}

fn unreadable(error: &dyn std::error::Error) -> Problem {
    tracing::debug!(error = masked(&error.to_string()), "a company's rules cannot be read");
    Problem::invalid(
        "rules",
        "rules_unreadable",
        "This is no list of rules that can be kept to. Compare it with the platform's own rules.",
    )
}

fn newest(conn: &Connection, tenant: TenantId) -> Result<FlowRules, Problem> {
    let found: Option<(u32, String, Option<String>, i64, String)> = conn
        .prepare_cached(
            "SELECT r.number, r.file, coalesce(a.login, r.actor), r.at, r.note FROM company_rules r
             LEFT JOIN accounts a ON a.tenant = r.tenant AND a.id = r.actor
             WHERE r.tenant = ?1 ORDER BY r.number DESC LIMIT 1",
        )?
        .query_row([tenant.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .optional()?;
    let Some((number, file, set_by, at, note)) = found else {
        let company = json!({"format": 1, "rules": []});
        let short = Vec::new();
        return Ok(FlowRules { number: 0, company, set_by: None, set_at: None, note: String::new(), short });
    };
    let company = serde_json::from_str(&file).map_err(|error| Problem::internal(&error))?;
    Ok(FlowRules { number, company, set_by, set_at: Some(at), note, short: Vec::new() })
}

/// Live flows that do not keep to everything that is asked of them now, or cannot be run at all.
fn short(conn: &Connection, library: &Library, tenant: TenantId) -> Result<Vec<String>, Problem> {
    let baseline = of(conn, tenant)?;
    let falls_short = |flow: &Flow| check_against(flow, &baseline).iter().any(Finding::forbids);
    let live = all_live(conn, library, tenant)?.into_iter();
    Ok(live.filter(|(_, flow)| flow.as_deref().is_none_or(falls_short)).map(|(key, _)| key).collect())
}
