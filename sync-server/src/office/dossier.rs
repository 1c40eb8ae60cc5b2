//! What the page of a case shows beside the review, the signed contract, and the deliberate look at what is masked.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::domain::{Action, CaseId, Lang, TenantId};
use ui::{
    components::facts::Fact,
    office::{Dossier, Excluded, Matching, REVEAL_REASONS, Sight},
};

use super::{
    Reader, View,
    case::{note_look, review_page},
    cases::{holder_name, state},
    decide::Typed,
};
use crate::{
    accounts::{
        FormOf, Staff,
        permission::{DocumentReader, Revealer},
    },
    app::App,
    cases::{
        follow::{self, Holder, Wait},
        page::moment,
        sign::{self, ContractRow},
    },
    flows::journal::CaseRef,
    http::input::Path,
    problem::Problem,
};

/// The signed contract. Each download is on record.
#[utoipa::path(get, path = "/office/cases/{case}/contract.pdf", tag = "page", params(("case" = String, Path)), responses((status = 200)))]
pub(crate) async fn contract(
    State(app): State<App>,
    staff: DocumentReader,
    Path(case): Path<CaseId>,
) -> Result<Response, Problem> {
    follow::signed_contract(&app, CaseRef { tenant: staff.tenant, case }, staff.actor()).await
}

/// Why masked values are to be shown.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    why: String,
}

/// Shows the page of a case once with everything in full. Who looked and why is on record before anything is shown.
#[utoipa::path(post, path = "/office/cases/{case}/reveal", tag = "page", params(("case" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn reveal(
    State(app): State<App>,
    staff: Revealer,
    Path(case): Path<CaseId>,
    mut reader: Reader,
    FormOf { form, .. }: FormOf<Wanted>,
) -> Result<Response, Problem> {
    reader.here = format!("/office/cases/{case}");
    let of = CaseRef { tenant: staff.tenant, case };
    // A choice instead of free text: the audit holds no personal data, whatever somebody would type.
    let Some(why) = REVEAL_REASONS.into_iter().find(|why| *why == form.why) else {
        let problem = Problem::invalid(
            "why",
            "reveal_why_missing",
            "Choose why you need to see names and numbers in full.",
        );
        let page = review_page(&app, &staff, of, reader.lang, Typed::default(), sight(&staff)).await?;
        return Ok(View::of_staff(reader, &staff, &app, page).problem(&problem).into_response());
    };
    note_look(&app, of, &staff, "case.revealed", &json!({ "why": why })).await?;
    let page = review_page(&app, &staff, of, reader.lang, Typed::default(), Sight::Revealed).await?;
    Ok(View::of_staff(reader, &staff, &app, page).into_response())
}

/// How a page shows personal values as long as nobody asks for more.
pub(super) fn sight(staff: &Staff) -> Sight {
    if staff.may(Action::RevealPersonalData) { Sight::MayReveal } else { Sight::Masked }
}

/// What is loaded for these parts of the page.
pub(super) struct Loaded {
    decision: Option<String>,
    reason: Option<String>,
    opened_at: i64,
    ended_at: Option<i64>,
    funder: Option<String>,
    contract: Option<ContractRow>,
    wait: Option<Wait>,
    matching: Option<Value>,
    ranking: Option<Value>,
}

/// Loads them.
///
/// # Errors
/// When the rows cannot be read.
pub(super) fn load(conn: &Connection, of: CaseRef) -> Result<Loaded, Problem> {
    let (decision, reason, opened_at, ended_at) = conn
        .prepare_cached(
            "SELECT decision, reason, created_at, ended_at FROM cases WHERE tenant = ?1 AND id = ?2",
        )?
        .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    Ok(Loaded {
        decision,
        reason,
        opened_at,
        ended_at,
        funder: follow::newest_funder(conn, of)?,
        contract: sign::latest(conn, of)?,
        wait: follow::waits_for(conn, of)?,
        matching: newest_trace(conn, of, "match-funder")?,
        ranking: newest_trace(conn, of, "recommend-plan")?,
    })
}

/// What the newest step of a kind wrote down.
fn newest_trace(conn: &Connection, of: CaseRef, kind: &str) -> Result<Option<Value>, Problem> {
    let trace: Option<String> = conn
        .prepare_cached(
            "SELECT trace FROM steps WHERE tenant = ?1 AND case_id = ?2 AND kind = ?3 AND trace IS NOT NULL
             ORDER BY seq DESC LIMIT 1",
        )?
        .query_row(params![of.tenant.to_string(), of.case.to_string(), kind], |row| row.get(0))
        .optional()?;
    Ok(trace.and_then(|text| serde_json::from_str(&text).ok()))
}

/// The parts, in words.
pub(super) fn shown(
    app: &App,
    of: CaseRef,
    loaded: &Loaded,
    staff: &Staff,
    sight: Sight,
    lang: Lang,
) -> Dossier {
    let is_signed = loaded.contract.as_ref().is_some_and(|contract| contract.signed.is_some());
    let may_read = staff.may(Action::SeeDocuments);
    Dossier {
        standing: standing(app, of.tenant, loaded, lang),
        contract_url: (is_signed && may_read).then(|| format!("/office/cases/{}/contract.pdf", of.case)),
        matching: loaded.matching.as_ref().map(|trace| matching(app, of.tenant, trace, lang)),
        plans: loaded.ranking.as_ref().map(|trace| plans(app, trace, lang)).unwrap_or_default(),
        sight,
    }
}

fn standing(app: &App, tenant: TenantId, loaded: &Loaded, lang: Lang) -> Vec<Fact> {
    let at = |at: Timestamp| moment(at, lang).shown;
    let ms = |ms: i64| at(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH));
    let holder = loaded.wait.as_ref().map_or(&Holder::System, |wait| &wait.holder);
    let state = state(loaded.decision.as_deref(), holder);
    let state = ui::texts::Words(lang).t(&format!("case-state-{}", state.key()));
    let mut facts = vec![
        Fact::new(lang.pick("状态", "State"), state),
        Fact::new(lang.pick("申请时间", "Opened"), ms(loaded.opened_at)),
    ];
    let mut add = |label: (&str, &str), value: Option<String>| {
        facts.extend(value.map(|value| Fact::new(lang.pick(label.0, label.1), value)));
    };
    if loaded.decision.is_none() {
        add(("等待", "Waits for"), Some(holder_name(holder, lang)));
        add(("等待开始", "Since"), loaded.wait.as_ref().map(|wait| at(wait.since)));
    }
    add(("结束时间", "Decided"), loaded.ended_at.map(ms));
    add(("原因代码", "Reason (code)"), loaded.reason.clone());
    add(
        ("资金方", "Funder"),
        loaded.funder.as_deref().map(|key| app.products.funder_name(tenant, key, lang)),
    );
    let contract = loaded.contract.as_ref();
    add(("签署时间", "Signed"), contract.and_then(|contract| contract.signed_at).map(at));
    add(("合同 SHA-256", "Contract SHA-256"), contract.and_then(|contract| contract.sha256.clone()));
    facts
}

/// `{"eligible", "excluded": [{"funder", "reasons", "change"}], "asked"}`, as the block wrote it.
fn matching(app: &App, tenant: TenantId, trace: &Value, lang: Lang) -> Matching {
    let name = |key: &Value| app.products.funder_name(tenant, key.as_str().unwrap_or_default(), lang);
    let excluded = |one: &Value| Excluded {
        name: name(&one["funder"]),
        reasons: texts(&one["reasons"][lang.tag()]),
        change: one["change"][lang.tag()].as_str().map(str::to_owned),
    };
    let asked = |one: &Value| (name(&one["funder"]), one["answer"].as_str().unwrap_or_default().to_owned());
    Matching {
        eligible: list(&trace["eligible"]).map(name).collect(),
        asked: list(&trace["asked"]).map(asked).collect(),
        excluded: list(&trace["excluded"]).map(excluded).collect(),
    }
}

/// `{"excluded": [{"plan", "reasons", "texts"}]}`; cases from before have codes only.
fn plans(app: &App, trace: &Value, lang: Lang) -> Vec<Excluded> {
    let excluded = |one: &Value| {
        let key = one["plan"].as_str().unwrap_or_default();
        let plan = app.products.plans.plans().iter().find(|plan| plan.key.as_str() == key);
        let said = texts(&one["texts"][lang.tag()]);
        Excluded {
            name: plan.map_or_else(|| key.to_owned(), |plan| plan.name.get(lang).to_owned()),
            reasons: if said.is_empty() { texts(&one["reasons"]) } else { said },
            change: None,
        }
    };
    list(&trace["excluded"]).map(excluded).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn texts(value: &Value) -> Vec<String> {
    list(value).filter_map(Value::as_str).map(str::to_owned).collect()
}
