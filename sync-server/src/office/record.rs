//! Everything on record of one case: steps with their rules, what people decided and did, consents, documents and the audit
//! trail; and what somebody with authority does to the step that the case is in.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shared::{
    domain::{Action, CaseId, Lang, Purpose, TenantId},
    flow::{BlockId, Flow, Who},
};
use ui::{
    office::{
        CaseRecord, CurrentStep, FiredRule, OfficePage, RecordAudit, RecordConsent, RecordDeed,
        RecordDocument, RecordStep, decline_text,
    },
    texts::Words,
};

use super::{
    Reader, View,
    case::{note_in, note_look, verdict_in_words},
    queue::queue_name,
    timeline::{outcome_in_words, partner},
};
use crate::{
    accounts::{
        FormOf, Staff,
        permission::{CaseReader, Decider},
    },
    app::App,
    cases::{
        page::{self, case_number, exact, moment},
        person::Person,
        review::{
            self,
            deeds::{self, Deed},
        },
        row,
    },
    flows::{
        self,
        journal::{self, CaseRef},
    },
    http::input::{Path, Query},
    problem::Problem,
};

/// Rows of the audit trail on one page.
const PAGE: usize = 100;

/// Where the audit trail begins.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    before: Option<i64>,
}

/// Everything on record of a case. Every look is on record itself.
#[utoipa::path(get, path = "/office/cases/{case}/record", tag = "page", params(("case" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn record(
    State(app): State<App>,
    staff: CaseReader,
    Path(case): Path<CaseId>,
    reader: Reader,
    Query(asked): Query<Asked>,
) -> Result<View, Problem> {
    let of = CaseRef { tenant: staff.tenant, case };
    note_look(&app, of, &staff, "case.record_seen", &json!({})).await?;
    let page = page(&app, &staff, of, reader.lang, asked.before, String::new()).await?;
    Ok(View::of_staff(reader, &staff, &app, page))
}

/// What is to be done to the step that a case is in.
#[derive(Debug, Deserialize)]
pub(crate) struct Steered {
    #[serde(default)]
    action: String,
    #[serde(default)]
    revision: String,
    #[serde(default)]
    why: String,
}

/// Waits no longer for the machine or a partner, or gives somebody their time anew.
#[utoipa::path(post, path = "/office/cases/{case}/step", tag = "page", params(("case" = String, Path)), responses((status = 303), (status = 200, description = "Page")))]
pub(crate) async fn steer_step(
    State(app): State<App>,
    staff: Decider,
    Path(case): Path<CaseId>,
    mut reader: Reader,
    FormOf { form, .. }: FormOf<Steered>,
) -> Result<Response, Problem> {
    let of = CaseRef { tenant: staff.tenant, case };
    app.store.read(move |conn| row::expect(conn, of)).await?;
    let done = match Deed::ALL.into_iter().find(|deed| deed.code() == form.action) {
        Some(deed) => deeds::carry_out(&app, of, &staff, deed, &form.revision, &form.why).await,
        None => Err(Problem::invalid("action", "action_unknown", "Choose one of the buttons.")),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/office/cases/{case}/record")).into_response()),
        Err(problem) => {
            reader.here = format!("/office/cases/{case}/record");
            let page = page(&app, &staff, of, reader.lang, None, form.why).await?;
            Ok(View::of_staff(reader, &staff, &app, page).problem(&problem).into_response())
        }
    }
}

/// What is read in one look.
struct Loaded {
    number: i64,
    flow: std::sync::Arc<Flow>,
    now: Vec<deeds::Current>,
    steps: Vec<Step>,
    reviews: Vec<review::Given>,
    deeds: Vec<deeds::Done>,
    consents: Vec<Consent>,
    documents: Vec<Document>,
    audit: Vec<Row>,
}

async fn page(
    app: &App,
    staff: &Staff,
    of: CaseRef,
    lang: Lang,
    before: Option<i64>,
    why: String,
) -> Result<OfficePage, Problem> {
    let (library, keys, may_audit) =
        (app.driver.library().clone(), app.keys.clone(), staff.may(Action::ReadAudit));
    let loaded = app
        .store
        .read(move |conn| {
            let person = Person::of_case(conn, &keys, of)?;
            Ok::<_, Problem>(Loaded {
                number: row::number_of(conn, of)?,
                flow: journal::load(conn, &library, of)?.0,
                now: deeds::current(conn, &library, of)?,
                steps: steps(conn, of)?,
                reviews: review::all(conn, of, &person)?,
                deeds: deeds::done(conn, of, &person)?,
                consents: consents(conn, of)?,
                documents: documents(conn, of)?,
                audit: if may_audit { audit(conn, of, before)? } else { Vec::new() },
            })
        })
        .await?;
    Ok(OfficePage::CaseRecord(Box::new(shown(app, staff, of, loaded, lang, why))))
}

fn shown(app: &App, staff: &Staff, of: CaseRef, loaded: Loaded, lang: Lang, why: String) -> CaseRecord {
    let Loaded { number, flow, now, steps, reviews, deeds, consents, documents, mut audit } = loaded;
    let leads = staff.may(Action::DecideEscalatedCase);
    let kind_name = |key: &str| flows::kind_name(key, lang);
    let block_name = |id: &str| {
        let block = BlockId::parse(id).and_then(|id| flow.block(&id).map(|block| block.kind.key()));
        block.map_or_else(|| id.to_owned(), kind_name)
    };
    let more = audit.len() > PAGE;
    audit.truncate(PAGE);
    let older = audit.last().filter(|_| more).map(|last| last.seq);
    let mut acted: Vec<(Timestamp, RecordDeed)> = reviews
        .into_iter()
        .map(|given| {
            let code = decline_text(given.code.as_deref().unwrap_or_default(), lang);
            let verdict = verdict_in_words(&given.decision, lang);
            let what = if code.is_empty() { verdict.to_owned() } else { format!("{verdict} · {code}") };
            (given.at, given.block, what, given.reason, given.login)
        })
        .chain(deeds.into_iter().map(|done| {
            let what = Words(lang).t(&format!("step-{}", done.deed.replace('_', "-")));
            (done.at, done.block, what, done.reason, done.login)
        }))
        .map(|(at, block, what, reason, who)| {
            (at, RecordDeed { what, block: block_name(&block), reason, who, at: moment(at, lang) })
        })
        .collect();
    acted.sort_by_key(|(at, _)| *at);
    CaseRecord {
        case: of.case.to_string(),
        case_number: case_number(number),
        now: now
            .into_iter()
            .map(|step| CurrentStep {
                revision: step.revision,
                name: kind_name(step.kind),
                waits_for: match &step.who {
                    None => lang.pick("系统正在处理", "the system is at it").to_owned(),
                    Some(Who::Customer) => lang.pick("等待客户", "waits for the customer").to_owned(),
                    Some(Who::Queue(queue)) => queue_name(queue, lang).to_owned(),
                    Some(Who::Partner(key)) => {
                        page::partner_name(key, lang).map_or_else(|| key.clone(), str::to_owned)
                    }
                    Some(Who::Clock) => lang.pick("等待时间到", "waits for a time").to_owned(),
                },
                due: moment(step.due, lang),
                may: step.may.filter(|_| leads).map(|deed| deed.code().to_owned()),
            })
            .collect(),
        steps: steps.into_iter().map(|step| step.shown(&flow, kind_name, lang)).collect(),
        deeds: acted.into_iter().map(|(_, deed)| deed).collect(),
        consents: consents.into_iter().map(|consent| consent.shown(app, of.tenant, lang)).collect(),
        documents: documents.into_iter().map(|document| document.shown(of, staff, lang)).collect(),
        audit: staff.may(Action::ReadAudit).then(|| audit.into_iter().map(|row| row.shown(lang)).collect()),
        older: older.map(|seq| format!("/office/cases/{}/record?before={seq}#trail", of.case)),
        why,
    }
}

struct Step {
    block: String,
    visit: u32,
    kind: String,
    outcome: String,
    since: i64,
    at: i64,
    trace: Option<String>,
}

fn steps(conn: &Connection, of: CaseRef) -> Result<Vec<Step>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT block, visit, kind, outcome, since, at, trace FROM steps WHERE tenant = ?1 AND case_id = ?2 ORDER BY seq",
    )?;
    let rows = statement.query_map([of.tenant.to_string(), of.case.to_string()], |row| {
        Ok(Step {
            block: row.get(0)?,
            visit: row.get(1)?,
            kind: row.get(2)?,
            outcome: row.get(3)?,
            since: row.get(4)?,
            at: row.get(5)?,
            trace: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Step {
    fn shown(self, flow: &Flow, kind_name: impl Fn(&str) -> String, lang: Lang) -> RecordStep {
        // What its time decided is stored as such; the way that it went is the block's own.
        let on_due = || {
            let block = flow.block(&BlockId::parse(&self.block)?)?;
            block.shape.work.on_due()
        };
        let outcome = match self.outcome.as_str() {
            "due" => on_due().unwrap_or("expired"),
            outcome => outcome,
        };
        let trace: Value =
            self.trace.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        RecordStep {
            name: kind_name(&self.kind),
            outcome: outcome_in_words(&self.kind, outcome, lang).to_owned(),
            partner: partner(flow, &self.block, lang).to_owned(),
            since: exact(time(self.since), lang),
            ms: u64::try_from(self.at - self.since).unwrap_or(0),
            rules: trace["rules"].as_array().into_iter().flatten().map(|rule| fired(rule, lang)).collect(),
            block: if self.visit > 1 { format!("{}#{}", self.block, self.visit) } else { self.block },
        }
    }
}

fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn fired(rule: &Value, lang: Lang) -> FiredRule {
    let pairs = |value: &Value| value.as_object().map(|map| flat(map, "")).unwrap_or_default();
    FiredRule {
        rule: rule["rule"].as_u64().unwrap_or(0),
        note: note_in(rule["note"].as_str().unwrap_or_default(), lang).to_owned(),
        saw: pairs(&rule["saw"]),
        gave: pairs(&rule["gave"]),
    }
}

/// Names and values, one line each.
fn flat(map: &Map<String, Value>, before: &str) -> Vec<(String, String)> {
    map.iter()
        .flat_map(|(name, value)| match value {
            Value::Object(inner) => flat(inner, &format!("{before}{name}.")),
            Value::String(text) => vec![(format!("{before}{name}"), text.clone())],
            Value::Null => vec![(format!("{before}{name}"), "–".to_owned())],
            other => vec![(format!("{before}{name}"), other.to_string())],
        })
        .collect()
}

/// What an entry of the trail says besides: moments as moments, and nothing of what is not there.
fn told(map: &Map<String, Value>, lang: Lang) -> Vec<(String, String)> {
    let there: Map<String, Value> = map
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let at = value.as_i64().filter(|_| name.ends_with("_at"));
            (name.clone(), at.map_or_else(|| value.clone(), |at| exact(time(at), lang).shown.into()))
        })
        .collect();
    flat(&there, "")
}

struct Consent {
    purpose: String,
    recipient: String,
    version: String,
    given: i64,
    until: i64,
    withdrawn: bool,
}

fn consents(conn: &Connection, of: CaseRef) -> Result<Vec<Consent>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT purpose, recipient, text_version, given_at, expires_at, withdrawn_at IS NOT NULL
         FROM consents WHERE tenant = ?1 AND case_id = ?2 ORDER BY given_at",
    )?;
    let rows = statement.query_map([of.tenant.to_string(), of.case.to_string()], |row| {
        Ok(Consent {
            purpose: row.get(0)?,
            recipient: row.get(1)?,
            version: row.get(2)?,
            given: row.get(3)?,
            until: row.get(4)?,
            withdrawn: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Consent {
    fn shown(self, app: &App, tenant: TenantId, lang: Lang) -> RecordConsent {
        let purpose = Purpose::from_code(&self.purpose);
        let recipient = match self.recipient.split_once(':') {
            None => lang.pick("本平台", "the platform").to_owned(),
            Some(("funder", key)) => app.products.funder_name(tenant, key, lang),
            Some((_, key)) => page::partner_name(key, lang).map_or_else(|| key.to_owned(), str::to_owned),
        };
        RecordConsent {
            purpose: purpose.map_or(self.purpose, |purpose| purpose.text(lang).to_owned()),
            recipient,
            version: self.version,
            given: moment(time(self.given), lang),
            until: moment(time(self.until), lang),
            is_over: self.withdrawn || self.until <= app.world.clock.now().as_millisecond(),
        }
    }
}

enum Document {
    Photo { at: i64, bytes: i64, width: i64, height: i64, newest: bool },
    Contract { at: i64, signed: bool, sha256: Option<String> },
}

fn documents(conn: &Connection, of: CaseRef) -> Result<Vec<Document>, Problem> {
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    let mut statement = conn.prepare_cached(
        "SELECT created_at, bytes, width, height FROM photos WHERE tenant = ?1 AND case_id = ?2 ORDER BY created_at, id",
    )?;
    let mut found: Vec<Document> = statement
        .query_map([&tenant, &case], |row| {
            let (at, bytes, width, height) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(Document::Photo { at, bytes, width, height, newest: false })
        })?
        .collect::<Result<_, _>>()?;
    if let Some(Document::Photo { newest, .. }) = found.last_mut() {
        *newest = true;
    }
    let mut statement = conn.prepare_cached(
        "SELECT coalesce(signed_at, made_at), signed IS NOT NULL, sha256 FROM contracts
         WHERE tenant = ?1 AND case_id = ?2 ORDER BY made_at",
    )?;
    let contracts = statement.query_map([&tenant, &case], |row| {
        Ok(Document::Contract { at: row.get(0)?, signed: row.get(1)?, sha256: row.get(2)? })
    })?;
    for contract in contracts {
        found.push(contract?);
    }
    Ok(found)
}

impl Document {
    fn shown(self, of: CaseRef, staff: &Staff, lang: Lang) -> RecordDocument {
        let may = staff.may(Action::SeeDocuments);
        match self {
            Self::Photo { at, bytes, width, height, newest } => RecordDocument {
                name: lang.pick("证件照片", "Photo of the card").to_owned(),
                about: format!("{width} × {height} · {} KB", bytes / 1024),
                at: moment(time(at), lang),
                href: (newest && may).then(|| format!("/office/cases/{}/photo.jpg", of.case)),
            },
            Self::Contract { at, signed, sha256 } => RecordDocument {
                name: if signed {
                    lang.pick("已签署的合同", "Signed contract").to_owned()
                } else {
                    lang.pick("合同（未签署）", "Contract, not signed").to_owned()
                },
                about: sha256.map(|hash| format!("SHA-256 {hash}")).unwrap_or_default(),
                at: moment(time(at), lang),
                href: (signed && may).then(|| format!("/office/cases/{}/contract.pdf", of.case)),
            },
        }
    }
}

struct Row {
    seq: i64,
    at: i64,
    actor: String,
    login: Option<String>,
    action: String,
    detail: String,
}

fn audit(conn: &Connection, of: CaseRef, before: Option<i64>) -> Result<Vec<Row>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT e.seq, e.at, e.actor, a.login, e.action, e.detail FROM audit e
         LEFT JOIN accounts a ON a.tenant = e.tenant AND 'account:' || a.id = e.actor
         WHERE e.tenant = ?1 AND e.subject = ?2 AND e.seq < ?3 ORDER BY e.seq DESC LIMIT ?4",
    )?;
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let before = before.unwrap_or(i64::MAX);
    let rows =
        statement.query_map(params![of.tenant.to_string(), of.case.to_string(), before, most], |row| {
            Ok(Row {
                seq: row.get(0)?,
                at: row.get(1)?,
                actor: row.get(2)?,
                login: row.get(3)?,
                action: row.get(4)?,
                detail: row.get(5)?,
            })
        })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Row {
    fn shown(self, lang: Lang) -> RecordAudit {
        let who = match (self.login, self.actor.as_str()) {
            (Some(login), _) => login,
            (None, "customer") => lang.pick("客户", "the customer").to_owned(),
            (None, "machine") => lang.pick("系统", "the system").to_owned(),
            (None, actor) if actor.starts_with("key:") => lang.pick("程序", "a program").to_owned(),
            (None, actor) if actor.starts_with("partner:") => {
                let key = actor.trim_start_matches("partner:");
                page::partner_name(key, lang).map_or_else(|| key.to_owned(), str::to_owned)
            }
            (None, actor) => actor.to_owned(),
        };
        let key = format!("audit-{}", self.action.replace(['.', '_'], "-"));
        let said = Words(lang).t(&key);
        let detail: Value = serde_json::from_str(&self.detail).unwrap_or_default();
        RecordAudit {
            at: exact(time(self.at), lang),
            who,
            action: if said == key { self.action } else { said },
            detail: detail.as_object().map(|map| told(map, lang)).unwrap_or_default(),
        }
    }
}
