//! Hands a draft in as a version, once the gate passes it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};
use shared::{
    domain::{DraftId, TenantId, Texts},
    flow::{self, Baseline, Finding, Flow, FlowError, FlowFile, Severity},
    protocol::flows::{Draft, SubmitDraft},
};

use super::{
    Library,
    drafts::{self, Author},
    versions::{self, MAX_VERSIONS},
};
use crate::problem::{Problem, masked};

/// How long a note or a reason is, characters.
const NOTE: std::ops::RangeInclusive<usize> = 5..=500;

/// A draft that passed: what is handed in.
pub struct Passed {
    revision: u32,
    key: String,
    definition: String,
    note: String,
}

/// Holds a draft against the gate. Takes a while for a large flow: not for the writer's thread.
///
/// # Errors
/// 409 `draft_changed`; 422 `flow_falls_short` with every finding, or naming the field that does not fit.
pub fn pass(
    conn: &Connection,
    tenant: TenantId,
    draft: &Draft,
    submit: &SubmitDraft,
    rules: &Baseline,
) -> Result<Passed, Problem> {
    if draft.revision != submit.revision {
        return Err(drafts::changed());
    }
    let note = note("note", &submit.note)?;
    let definition = plain(conn, tenant, &draft.file)?;
    let key = gate(&definition, rules)?;
    Ok(Passed { revision: draft.revision, key, definition, note })
}

/// Writes the version down, waiting for somebody's approval, and answers the draft, which goes on from it.
///
/// # Errors
/// 404 for somebody else's draft; 409 `draft_changed`, `version_there` or `too_many_versions`.
pub fn submit(
    conn: &Connection,
    author: &Author,
    id: DraftId,
    passed: &Passed,
    now: Timestamp,
) -> Result<Draft, Problem> {
    let draft = drafts::load(conn, author, id)?;
    if draft.revision != passed.revision {
        return Err(drafts::changed());
    }
    let (tenant, hash) = (author.tenant.to_string(), Library::hash(&passed.definition));
    let there = conn
        .prepare_cached("SELECT 1 FROM company_flows WHERE tenant = ?1 AND hash = ?2")?
        .query_row([&tenant, &hash], |_| Ok(()))
        .optional()?;
    if there.is_some() {
        return Err(Problem::conflict(
            "version_there",
            "A version that says exactly this is there already. Release that one, or change the draft.",
        ));
    }
    let last: i64 = conn
        .prepare_cached("SELECT coalesce(max(number), 0) FROM company_flows WHERE tenant = ?1 AND key = ?2")?
        .query_row([&tenant, &passed.key], |row| row.get(0))?;
    if last >= MAX_VERSIONS {
        return Err(Problem::conflict(
            "too_many_versions",
            "This flow has as many versions as can be kept. Go on under a new key.",
        ));
    }
    Library::add(conn, &passed.key, &passed.definition, now)?;
    conn.prepare_cached(
        "INSERT INTO company_flows(tenant, hash, key, number, state, note, author, submitted_at)
         VALUES (?1, ?2, ?3, ?4, 'waiting', ?5, ?6, ?7)",
    )?
    .execute(params![
        tenant,
        hash,
        passed.key,
        last + 1,
        passed.note,
        author.account.to_string(),
        now.as_millisecond()
    ])?;
    conn.prepare_cached("UPDATE flow_drafts SET base = ?3 WHERE tenant = ?1 AND id = ?2")?
        .execute(params![tenant, id.to_string(), hash])?;
    let detail = json!({"key": passed.key, "number": last + 1, "draft": id});
    author.note(conn, "flow.submitted", &hash, &detail, now)?;
    Ok(Draft { base: Some(hash), ..draft })
}

/// A flow file that cases could go through, whatever the gate's rules say of it.
///
/// # Errors
/// 422 `flow_falls_short` with what keeps cases from going through it.
pub(super) fn sound(conn: &Connection, tenant: TenantId, file: &Value) -> Result<Flow, Problem> {
    parse(&plain(conn, tenant, file)?)
}

/// The one text of a flow file, with the blocks of every sub-flow in its place: versions of the company's own.
fn plain(conn: &Connection, tenant: TenantId, file: &Value) -> Result<String, Problem> {
    let unreadable =
        |error: serde_json::Error| falls_short(vec![unreadable("flow_unreadable", &error.to_string())]);
    let file: FlowFile = serde_json::from_value(file.clone()).map_err(unreadable)?;
    let find = |hash: &str| -> Option<FlowFile> {
        serde_json::from_str(&versions::definition(conn, tenant, hash).ok()?).ok()
    };
    let file = flow::expand(file, &find).map_err(falls_short)?;
    canonical(&serde_json::to_value(file).map_err(unreadable)?).map_err(|finding| falls_short(vec![finding]))
}

fn parse(definition: &str) -> Result<Flow, Problem> {
    Flow::parse(definition).map_err(|error| match error {
        FlowError::Unsound(findings) => falls_short(findings),
        FlowError::Unreadable { code, reason } => falls_short(vec![unreadable(code, &reason)]),
    })
}

/// Holds a definition against the gate and these rules; answers its key.
///
/// # Errors
/// 422 `flow_falls_short` with every finding.
pub(super) fn gate(definition: &str, rules: &Baseline) -> Result<String, Problem> {
    let flow = parse(definition)?;
    let mut findings = flow::check_against(&flow, rules);
    findings.extend(flow::for_sale(&flow));
    if findings.iter().any(Finding::forbids) { Err(falls_short(findings)) } else { Ok(flow.key) }
}

fn finding(code: &str, zh: &str, en: &str) -> Finding {
    let (code, text) = (code.to_owned(), Texts::new(zh, en));
    Finding { code, severity: Severity::Broken, block: None, text, path: Vec::new() }
}

fn unreadable(code: &str, reason: &str) -> Finding {
    let reason = masked(&reason);
    finding(code, &format!("流程文件无法读取：{reason}"), &format!("the flow file cannot be read: {reason}"))
}

fn falls_short(findings: Vec<Finding>) -> Problem {
    Problem::new(
        axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        "flow_falls_short",
        "The gate does not pass this flow. Mend what each finding says, then hand it in again.",
    )
    .findings(findings)
}

/// A note or a reason as it is kept.
///
/// # Errors
/// 422 `note_length`.
pub(super) fn note(field: &'static str, text: &str) -> Result<String, Problem> {
    let text = text.trim();
    match NOTE.contains(&text.chars().count()) {
        true => Ok(text.to_owned()),
        false => Err(Problem::invalid(field, "note_length", "Say it in 5 to 500 characters.")),
    }
}

/// The one text of a flow file that is hashed and stored: known fields only, blocks and connections in the file's order,
/// parameters by name.
fn canonical(file: &Value) -> Result<String, Finding> {
    let mut file: FlowFile = serde_json::from_value(file.clone())
        .map_err(|error| unreadable("flow_unreadable", &error.to_string()))?;
    for (_, block) in &mut file.blocks {
        block.params.sort_all_objects();
    }
    serde_json::to_string_pretty(&file).map_err(|error| unreadable("flow_unreadable", &error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::SHIPPED;

    fn platform() -> Baseline {
        Baseline::platform().unwrap()
    }

    #[test]
    fn shipped_flows_pass_the_gate_as_they_are_and_in_their_canonical_text() {
        for (key, definition) in SHIPPED {
            assert_eq!(gate(definition, &platform()).unwrap(), key);
            let file = serde_json::from_str(definition).unwrap();
            let text = canonical(&file).unwrap();
            assert_eq!(gate(&text, &platform()).unwrap(), key);
            assert_eq!(
                canonical(&serde_json::from_str(&text).unwrap()).unwrap(),
                text,
                "it is its own canonical text"
            );
        }
    }

    #[test]
    fn the_order_in_which_parameters_are_written_makes_no_other_version() {
        let text = |params: &str| {
            let file = format!(
                r#"{{"format": 1, "key": "one", "name": {{"zh-CN": "一", "en": "one"}}, "start": "a",
                    "blocks": {{"a": {{"kind": "end", "params": {params}, "next": {{}}}}}}}}"#
            );
            canonical(&serde_json::from_str(&file).unwrap()).unwrap()
        };
        let (one, other) =
            (r#"{"decision": "error", "reason": "r"}"#, r#"{"reason": "r", "decision": "error"}"#);
        assert_eq!(text(one), text(other));
    }

    #[test]
    fn what_the_platforms_rules_do_not_ask_for_is_a_finding_too() {
        let mut file: Value = serde_json::from_str(SHIPPED[0].1).unwrap();
        file["key"] = json!("drafts");
        file["product"] = json!({"condition": "new", "kinds": [], "least_down_payment_percent": 40, "usual_down_payment_percent": 30});
        let codes = |file: &Value| -> Vec<String> {
            let refused = gate(&canonical(file).unwrap(), &platform()).unwrap_err();
            assert_eq!((refused.status, refused.code), (422, "flow_falls_short"));
            let forbidding = refused.findings.into_iter().filter(Finding::forbids);
            forbidding.map(|finding| finding.code).collect()
        };
        assert_eq!(codes(&file), ["flow_key_form", "flow_product_no_kind", "flow_product_down_payment"]);
        file.as_object_mut().unwrap().remove("product");
        assert_eq!(codes(&file), ["flow_key_form", "flow_product_missing"]);
        assert_eq!(canonical(&json!({"format": 1})).unwrap_err().code, "flow_unreadable");
    }
}
