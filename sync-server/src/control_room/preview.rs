//! Whom a change would affect: counted from the cases as they stand, before anything is changed.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use rusqlite::{Connection, params};
use shared::{
    domain::{FunderKey, Steering, TenantId, match_steered, rank},
    flow::{Facts, Flow, Run},
};

use crate::{
    app::App,
    cases::{CaseRequest, products::Products, quota_used},
    flows::{Library, journal::CaseRef},
    own_funders::Funders,
    partners::{Control, Partner, Partners},
    problem::Problem,
};

/// Running cases that are looked at, the newest first.
const LOOKED_AT: u32 = 2_000;
/// Tasks that wait at some partner, as SQL.
const AT_PARTNERS: &str = "t.kind IN ('partner-query', 'vehicle-valuation', 'notify', 'generate-contract')";
/// Affected cases that are named.
const NAMED: usize = 50;

/// How a change concerns cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concern {
    /// The partner is asked, or the case waits for its turn.
    Asked,
    /// The case is parked until the partner may be asked.
    Parked,
    /// The funder has the application and has not decided.
    AtFunder,
    /// The customer is about to be sent a code, or to sign.
    Signing,
    /// Another funder would be asked than now.
    Rerouted,
}

impl Concern {
    /// Its stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Parked => "parked",
            Self::AtFunder => "at_funder",
            Self::Signing => "signing",
            Self::Rerouted => "rerouted",
        }
    }
}

/// Cases in one block that are concerned alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// How.
    pub concern: Concern,
    /// The block they are in.
    pub block: String,
    /// Its kind.
    pub kind: String,
    /// How many.
    pub cases: u32,
    /// When the first and the last of them are due.
    pub due: (Timestamp, Timestamp),
}

/// Cases for which another funder would come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rerouted {
    /// Key of the funder that comes first now; none where none fits.
    pub from: Option<String>,
    /// And then.
    pub to: Option<String>,
    /// How many cases.
    pub cases: u32,
}

/// What a change would affect.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Affected {
    /// Cases in all.
    pub cases: u32,
    /// By what becomes of them and by block.
    pub groups: Vec<Group>,
    /// What would match instead.
    pub rerouted: Vec<Rerouted>,
    /// Some of the cases: number, id, block.
    pub named: Vec<(i64, String, String)>,
    /// There were more running cases than are looked at.
    pub more: bool,
}

/// What can be looked at without the rest of the server.
#[derive(Clone)]
pub struct Looking {
    products: Arc<Products>,
    library: Library,
    partners: Arc<Partners>,
    now: Timestamp,
}

impl Looking {
    /// At what stands now.
    pub fn at(app: &App) -> Self {
        Self {
            products: app.products.clone(),
            library: app.driver.library().clone(),
            partners: app.partners.clone(),
            now: app.world.clock.now(),
        }
    }
}

struct Row {
    case: String,
    number: i64,
    block: String,
    kind: String,
    owner: String,
    due: Timestamp,
    parked: Option<String>,
    flow: Arc<Flow>,
    run: Run,
    request: CaseRequest,
}

/// Which cases `control` would affect, set for `partner` in place of what holds now.
///
/// # Errors
/// When the rows cannot be read.
pub fn affected(
    conn: &Connection,
    looking: &Looking,
    tenant: TenantId,
    partner: &Partner,
    control: &Control,
) -> Result<Affected, Problem> {
    let funders = looking.products.funders_of(tenant);
    let (rows, more) = running(conn, looking, tenant, true)?;
    let mut affected = Affected { more, ..Affected::default() };
    let mut groups: BTreeMap<(Concern, String, String), (u32, Timestamp, Timestamp)> = BTreeMap::new();
    let mut rerouted: BTreeMap<(Option<String>, Option<String>), u32> = BTreeMap::new();
    let used = quota_used(conn, tenant, looking.now)?;
    let before = looking.partners.steering(tenant, looking.now);
    let mut after = before.clone();
    if let Partner::Funder(key) = partner
        && let Ok(key) = FunderKey::try_from(key.to_string())
    {
        after.switches.insert(key, control.switch(looking.now));
    }
    let mut seen: Option<&str> = None;
    for row in &rows {
        let concern = concern(row, partner).or_else(|| {
            let of = |steering: &Steering| {
                let steering = Steering { case: row.case.clone(), ..steering.clone() };
                next_funder(looking, &funders, row, &used, &steering)
            };
            // A case with several tasks is routed once.
            let ahead = before != after && seen != Some(&row.case) && is_ahead(row);
            let (from, to) = if ahead { (of(&before), of(&after)) } else { (None, None) };
            (from != to).then(|| *rerouted.entry((from, to)).or_default() += 1).map(|()| Concern::Rerouted)
        });
        let Some(concern) = concern else { continue };
        let group =
            groups.entry((concern, row.block.clone(), row.kind.clone())).or_insert((0, row.due, row.due));
        *group = (group.0 + 1, group.1.min(row.due), group.2.max(row.due));
        if seen != Some(&row.case) {
            affected.cases += 1;
            if affected.named.len() < NAMED {
                affected.named.push((row.number, row.case.clone(), row.block.clone()));
            }
        }
        seen = Some(&row.case);
    }
    affected.groups = groups
        .into_iter()
        .map(|((concern, block, kind), (cases, first, last))| Group {
            concern,
            block,
            kind,
            cases,
            due: (first, last),
        })
        .collect();
    affected.rerouted =
        rerouted.into_iter().map(|((from, to), cases)| Rerouted { from, to, cases }).collect();
    affected.rerouted.sort_by_key(|rerouted| std::cmp::Reverse(rerouted.cases));
    Ok(affected)
}

/// How many cases wait at each partner.
///
/// # Errors
/// When the rows cannot be read.
pub fn waiting(
    conn: &Connection,
    looking: &Looking,
    tenant: TenantId,
    partners: &[Partner],
) -> Result<BTreeMap<Partner, u32>, Problem> {
    let (rows, _) = running(conn, looking, tenant, false)?;
    let mut waiting = BTreeMap::new();
    for partner in partners {
        let here = rows.iter().filter(|row| {
            matches!(concern(row, partner), Some(Concern::Asked | Concern::Parked | Concern::AtFunder))
        });
        waiting.insert(partner.clone(), u32::try_from(here.count()).unwrap_or(u32::MAX));
    }
    Ok(waiting)
}

fn concern(row: &Row, partner: &Partner) -> Option<Concern> {
    let name = partner.to_string();
    if let Some(parked) = &row.parked {
        return (*parked == name).then_some(Concern::Parked);
    }
    let asks = || {
        let id =
            row.run.active().iter().map(|active| &active.at.block).find(|id| id.as_str() == row.block)?;
        row.flow.block(id)?.partner()
    };
    match (partner, row.kind.as_str()) {
        (Partner::Funder(key), "partner-query") if row.owner.starts_with("partner:") => {
            let waits = row.run.facts().text("funder.key") == Some(key.as_str());
            (waits && asks() == Some("funder")).then_some(Concern::AtFunder)
        }
        (Partner::Sms | Partner::Ca | Partner::Tsa, "sign") => Some(Concern::Signing),
        (Partner::Sms, "notify") => Some(Concern::Asked),
        (_, "partner-query" | "vehicle-valuation") if row.owner == "machine" => {
            (asks() == Some(name.as_str())).then_some(Concern::Asked)
        }
        _ => None,
    }
}

/// Whether the case has no funder's yes yet and does not wait for one's answer.
fn is_ahead(row: &Row) -> bool {
    let facts = row.run.facts();
    let agreed = facts.text("funder.key").is_some_and(|key| !key.is_empty());
    !agreed && !row.owner.starts_with("partner:")
}

/// The funder that would be asked first, as far as the case is known by now: where age or grade are still to come, an
/// ordinary customer stands in.
fn next_funder(
    looking: &Looking,
    funders: &Funders,
    row: &Row,
    used: &shared::domain::QuotaUsed,
    steering: &Steering,
) -> Option<String> {
    let mut facts = row.run.facts().clone();
    for (path, usual) in [("id.age", serde_json::json!(35)), ("score.grade", serde_json::json!("B"))] {
        if facts.get(path).is_none() {
            facts = facts.with(path, usual);
        }
    }
    let products = &looking.products;
    let inquiry = products.inquiry_of(&row.request, &row.flow, &facts, looking.now)?;
    let ranking = rank(&products.plans, &products.limits, &inquiry);
    let chosen = |facts: &Facts| facts.text("plan.key").map(str::to_owned);
    let plan = match chosen(&facts) {
        Some(key) => ranking.offers.iter().find(|offer| offer.plan.as_str() == key),
        None => ranking.offers.first(),
    }?;
    let application = products.application(plan, &inquiry)?;
    let matched = match_steered(funders.tried(), &application, looking.now, used, steering);
    let (said_no, named) = (facts.texts("funder.said_no"), facts.texts("consent.funders"));
    let open: Vec<&str> = matched
        .eligible
        .iter()
        .map(|eligible| eligible.funder.as_str())
        .filter(|funder| !said_no.contains(funder))
        .collect();
    let first = open.iter().find(|funder| named.contains(funder)).or_else(|| open.first());
    first.map(|funder| (*funder).to_owned())
}

/// Running cases with their tasks, newest first, and whether there are more; unless `everything`, those at partners only.
fn running(
    conn: &Connection,
    looking: &Looking,
    tenant: TenantId,
    everything: bool,
) -> Result<(Vec<Row>, bool), Problem> {
    let some = if everything { "1" } else { AT_PARTNERS };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT t.case_id, c.number, t.block, t.kind, t.owner, t.due_at, t.parked, c.flow_hash, r.state, c.request
         FROM (SELECT DISTINCT t.case_id, c.number FROM tasks t JOIN cases c ON c.tenant = ?1 AND c.id = t.case_id
               WHERE t.tenant = ?1 AND {some} ORDER BY c.number DESC LIMIT ?2) newest
         JOIN tasks t ON t.tenant = ?1 AND t.case_id = newest.case_id AND {some}
         JOIN cases c ON c.tenant = ?1 AND c.id = t.case_id
         JOIN runs r ON r.tenant = ?1 AND r.case_id = t.case_id
         ORDER BY c.number DESC, t.block",
    ))?;
    let mut rows = statement.query(params![tenant.to_string(), LOOKED_AT + 1])?;
    let (mut found, mut cases) = (Vec::new(), 0);
    let mut last = String::new();
    while let Some(row) = rows.next()? {
        let case: String = row.get(0)?;
        if case != last {
            cases += 1;
            if cases > LOOKED_AT {
                return Ok((found, true));
            }
            last.clone_from(&case);
        }
        let Some(flow) = looking.library.get(conn, &row.get::<_, String>(7)?)? else { continue };
        let read = |error: serde_json::Error| Problem::internal(&error);
        found.push(Row {
            case,
            number: row.get(1)?,
            block: row.get(2)?,
            kind: row.get(3)?,
            owner: row.get(4)?,
            due: Timestamp::from_millisecond(row.get(5)?).unwrap_or_default(),
            parked: row.get(6)?,
            flow,
            run: serde_json::from_str(&row.get::<_, String>(8)?).map_err(read)?,
            request: serde_json::from_str(&row.get::<_, String>(9)?).map_err(read)?,
        });
    }
    Ok((found, false))
}

/// What a company's funders are set to, for one case.
pub fn steering(app: &App, of: CaseRef) -> Steering {
    let case = of.case.to_string();
    Steering { case, ..app.partners.steering(of.tenant, app.world.clock.now()) }
}
