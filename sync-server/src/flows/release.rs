//! Gives an approved version to new cases, all or a share of them, and takes one back.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};
use shared::{
    domain::{Region, TenantId},
    protocol::flows::{Band, ReleaseVersion, VersionRow, VersionState},
};

use super::{
    choose::live,
    drafts::Author,
    rules,
    submit::gate,
    versions::{definition, version, versions},
};
use crate::{audit, problem::Problem};

/// What a new live version leads the ended release's reason to be.
const REPLACED: &str = "replaced";
/// The canary itself went live.
const WENT_LIVE: &str = "went_live";
/// A person took it back.
const TAKEN_BACK: &str = "taken_back";

/// How far a canary may fall behind where nobody says otherwise.
pub fn default_band() -> Band {
    Band { least_cases: 20, most_errors_percent: 20, most_approval_drift_points: 25, most_p95_ms: 10_000 }
}

/// Gives a version to new cases: all of them, or a share.
///
/// # Errors
/// 404 for an unknown version; 409 `version_not_approved`, `version_live` or `flow_not_live`; 422 where something does
/// not fit, or `flow_falls_short` when the rules have become stricter.
pub fn release(
    conn: &Connection,
    by: &Author,
    hash: &str,
    asked: &ReleaseVersion,
    now: Timestamp,
) -> Result<VersionRow, Problem> {
    let found = version(conn, by.tenant, hash)?;
    check(asked)?;
    match found.row.state {
        VersionState::Waiting | VersionState::Refused => {
            return Err(Problem::conflict(
                "version_not_approved",
                "A second person has to approve this version first.",
            ));
        }
        VersionState::Live => {
            return Err(Problem::conflict("version_live", "New cases get this version already."));
        }
        VersionState::Approved | VersionState::Canary | VersionState::TakenBack => {}
    }
    let is_live = asked.share_percent == 100;
    if !is_live && live(conn, by.tenant, &found.key)?.is_none() {
        return Err(Problem::conflict(
            "flow_not_live",
            "A canary needs a live version beside it. Release this one for all cases.",
        ));
    }
    gate(&definition(conn, by.tenant, hash)?, &rules::of(conn, by.tenant)?)?;
    let (tenant, at) = (by.tenant.to_string(), now.as_millisecond());
    // A canary ends with every release: what it was compared with is no more, or another one takes its place.
    conn.prepare_cached(
        "UPDATE flow_releases SET until_at = ?4, ended_why = CASE WHEN hash = ?3 AND ?5 THEN ?6 ELSE ?7 END
         WHERE tenant = ?1 AND key = ?2 AND until_at IS NULL AND (share < 100 OR ?5)",
    )?
    .execute(params![tenant, found.key, hash, at, is_live, WENT_LIVE, REPLACED])?;
    open(conn, by, &found.key, hash, asked, at)?;
    let detail = json!({
        "key": found.key, "number": found.row.number, "share": asked.share_percent, "regions": asked.regions,
    });
    by.note(conn, "flow.released", hash, &detail, now)?;
    Ok(version(conn, by.tenant, hash)?.row)
}

/// Opens a release; the version counts as approved again, if it was taken back before.
fn open(
    conn: &Connection,
    by: &Author,
    key: &str,
    hash: &str,
    asked: &ReleaseVersion,
    at: i64,
) -> Result<(), Problem> {
    let (tenant, band) = (by.tenant.to_string(), asked.band.unwrap_or_else(default_band));
    conn.prepare_cached(
        "INSERT INTO flow_releases(tenant, key, number, hash, share, regions, band, actor, from_at)
         SELECT ?1, ?2, coalesce(max(number), 0) + 1, ?3, ?4, ?5, ?6, ?7, ?8
         FROM flow_releases WHERE tenant = ?1 AND key = ?2",
    )?
    .execute(params![
        tenant,
        key,
        hash,
        asked.share_percent,
        json!(asked.regions).to_string(),
        json!(band).to_string(),
        by.actor(),
        at
    ])?;
    conn.prepare_cached("UPDATE company_flows SET state = 'approved' WHERE tenant = ?1 AND hash = ?2")?
        .execute([&tenant, hash])?;
    Ok(())
}

/// Takes back what new cases get: the canary where there is one, otherwise the live version, in favour of the one that was
/// live before. Answers the version that was taken back.
///
/// # Errors
/// 404 for an unknown flow; 409 `nothing_to_take_back`; 422 `flow_falls_short` when the rules have become too strict for
/// the version before.
pub fn take_back(conn: &Connection, by: &Author, key: &str, now: Timestamp) -> Result<VersionRow, Problem> {
    let all = versions(conn, by.tenant, key)?;
    let standing = |state| all.iter().find(|version| version.row.state == state);
    let (gone, before) = match (standing(VersionState::Canary), standing(VersionState::Live)) {
        (Some(canary), _) => (canary, None),
        (None, Some(live)) => {
            let before = live_before(conn, by.tenant, key, &live.row.hash)?.ok_or_else(|| {
                Problem::conflict(
                    "nothing_to_take_back",
                    "There is no version before this one to go back to. Release another one instead.",
                )
            })?;
            gate(&definition(conn, by.tenant, &before)?, &rules::of(conn, by.tenant)?)?;
            (live, Some(before))
        }
        (None, None) => {
            return Err(Problem::conflict("nothing_to_take_back", "No case gets a version of this flow."));
        }
    };
    let hash = &gone.row.hash;
    let detail = json!({"key": key, "number": gone.row.number, "back_to": before});
    end(conn, by.tenant, hash, TAKEN_BACK, (&by.actor(), &detail), now)?;
    if let Some(before) = before {
        let all = ReleaseVersion { share_percent: 100, regions: Vec::new(), band: None };
        open(conn, by, key, &before, &all, now.as_millisecond())?;
    }
    metrics::counter!("miaopi_flows_taken_back_total", "by" => "person").increment(1);
    Ok(version(conn, by.tenant, hash)?.row)
}

/// Ends a version's open release for good; `false` when somebody else did so before.
///
/// # Errors
/// When the rows cannot be written.
pub(super) fn end(
    conn: &Connection,
    tenant: TenantId,
    hash: &str,
    why: &str,
    (actor, detail): (&str, &Value),
    now: Timestamp,
) -> Result<bool, Problem> {
    let (tenant, detail) = (tenant.to_string(), detail.to_string());
    let ended = conn
        .prepare_cached(
            "UPDATE flow_releases SET until_at = ?3, ended_why = ?4 WHERE tenant = ?1 AND hash = ?2 AND until_at IS NULL",
        )?
        .execute(params![tenant, hash, now.as_millisecond(), why])?;
    if ended == 0 {
        return Ok(false);
    }
    conn.prepare_cached("UPDATE company_flows SET state = 'taken_back' WHERE tenant = ?1 AND hash = ?2")?
        .execute([&tenant, hash])?;
    let action = "flow.taken_back";
    let entry = audit::Entry { tenant: &tenant, at: now, actor, action, subject: hash, detail: &detail };
    audit::record(conn, entry)?;
    Ok(true)
}

/// The version that was live last before this one and was not taken back itself.
///
/// # Errors
/// When the row cannot be read.
pub fn live_before(
    conn: &Connection,
    tenant: TenantId,
    key: &str,
    hash: &str,
) -> Result<Option<String>, Problem> {
    Ok(conn
        .prepare_cached(
            "SELECT r.hash FROM flow_releases r
             JOIN company_flows v ON v.tenant = r.tenant AND v.hash = r.hash AND v.state = 'approved'
             WHERE r.tenant = ?1 AND r.key = ?2 AND r.share = 100 AND r.until_at IS NOT NULL AND r.hash <> ?3
             ORDER BY r.number DESC LIMIT 1",
        )?
        .query_row(params![tenant.to_string(), key, hash], |row| row.get(0))
        .optional()?)
}

fn check(asked: &ReleaseVersion) -> Result<(), Problem> {
    if !(1..=100).contains(&asked.share_percent) {
        return Err(Problem::invalid("share_percent", "share_form", "Give a share from 1 to 100 percent."));
    }
    let is_province = |code: &String| code.len() == 2 && code.parse::<Region>().is_ok();
    let is_live = asked.share_percent == 100;
    if asked.regions.len() > Region::provinces().count() || !asked.regions.iter().all(is_province) {
        return Err(Problem::invalid(
            "regions",
            "regions_form",
            "Name provinces by their two digits, such as 31.",
        ));
    }
    if is_live && !asked.regions.is_empty() {
        return Err(Problem::invalid(
            "regions",
            "regions_for_canary",
            "A live version is for every region. Give a share below 100, or leave the regions out.",
        ));
    }
    let fits = |band: &Band| {
        (1..=10_000).contains(&band.least_cases)
            && band.most_errors_percent <= 100
            && band.most_approval_drift_points <= 100
            && (1..=600_000).contains(&band.most_p95_ms)
    };
    if !asked.band.as_ref().is_none_or(fits) {
        return Err(Problem::invalid(
            "band",
            "band_form",
            "Give 1 to 10000 cases, rates up to 100, and 1 to 600000 milliseconds.",
        ));
    }
    Ok(())
}
