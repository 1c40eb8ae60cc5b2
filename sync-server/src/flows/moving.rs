//! Running cases go on on the live version: shown case by case first, then done, never silently.
//!
//! A case moves only while a person or the clock is waited for; what a machine or a partner is at is finished on the
//! version that it was begun on. Whether it may move at all, [`Mover`] says.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use shared::{
    domain::{CaseId, TenantId},
    flow::{Baseline, BlockId, Flow, Mover, Moving, Run, Who, Work},
    protocol::flows::{MoveCases, Moves, MovingCase, PlaceChoice},
};

use super::{
    Library,
    choose::live,
    drafts::Author,
    history,
    journal::{self, Advanced, CaseRef, Moved},
    rules,
    submit::gate,
    versions::{definition, version},
};
use crate::{
    app::App,
    audit,
    cases::{page::case_number, words},
    problem::Problem,
    store::StoreError,
};

/// Most cases that one look takes in.
const MOST_CASES: u32 = 10_000;
/// Most cases that are named.
const MOST_NAMED: usize = 500;
/// Cases that move in one commit.
const AT_ONCE: usize = 50;
/// Most blocks with a place of their own.
const MOST_PLACES: usize = 100;

/// Two versions and where blocks went.
#[derive(Clone)]
struct Between {
    old: Arc<Flow>,
    new: Arc<Flow>,
    places: BTreeMap<BlockId, BlockId>,
    baseline: Baseline,
}

impl Between {
    fn mover(&self) -> Mover<'_> {
        Mover::new(&self.old, &self.new, &self.places, &self.baseline)
    }
}

/// A running case, and what becomes of it.
struct Looked {
    of: CaseRef,
    said: MovingCase,
    run: Option<Box<Run>>,
    seq: i64,
}

/// What would become of each running case of a version.
///
/// # Errors
/// 404 for an unknown version; 409 `version_not_live`; 422 where a place does not fit.
pub fn preview(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
    key: &str,
    asked: &MoveCases,
    now: Timestamp,
) -> Result<Moves, Problem> {
    let between = between(conn, library, tenant, key, asked)?;
    let looked = all(conn, library, tenant, &between, asked)?;
    Ok(summed(&between, looked.into_iter().map(|looked| looked.said).collect(), now))
}

/// Moves every running case of a version that may move; what becomes of all of them is the answer.
///
/// # Errors
/// As [`preview`]; 422 `flow_falls_short` when the rules have become too strict for the live version.
pub async fn carry_out(app: &App, by: Author, key: String, asked: MoveCases) -> Result<Moves, Problem> {
    let library = app.driver.library().clone();
    let (tenant, now) = (by.tenant, app.world.clock.now());
    let (look, plan, of_key) = (library.clone(), asked.clone(), key.clone());
    let (between, looked) = app
        .store
        .read(move |conn| {
            let between = between(conn, &look, tenant, &of_key, &plan)?;
            gate(&definition(conn, tenant, &plan.to)?, &between.baseline)?;
            let looked = all(conn, &look, tenant, &between, &plan)?;
            Ok::<_, Problem>((between, looked))
        })
        .await?;
    let (going, mut said): (Vec<Looked>, Vec<Looked>) = looked.into_iter().partition(|one| one.run.is_some());
    let mut going: Vec<CaseRef> = going.into_iter().map(|one| one.of).collect();
    while !going.is_empty() {
        let some: Vec<CaseRef> = going.drain(..going.len().min(AT_ONCE)).collect();
        let (library, between, by, asked, key) =
            (library.clone(), between.clone(), by.clone(), asked.clone(), key.clone());
        let moved = app.store.write(move |conn| {
            // Nobody may have released another version meanwhile.
            still_live(conn, by.tenant, &key, &asked)?;
            let (mover, mut moved) = (between.mover(), Vec::new());
            for of in some {
                if let Some(looked) = one(conn, &library, &between, &mover, of, &asked)? {
                    let advanced = keep(conn, &between, &by, &looked, &asked, now)?;
                    moved.push((looked, advanced));
                }
            }
            Ok::<_, Problem>(moved)
        });
        for (looked, advanced) in moved.await? {
            app.driver.carry_out(advanced);
            said.push(looked);
        }
    }
    metrics::counter!("miaopi_cases_moved_total")
        .increment(said.iter().filter(|one| one.said.stays.is_none()).count() as u64);
    Ok(summed(&between, said.into_iter().map(|looked| looked.said).collect(), now))
}

fn between(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
    key: &str,
    asked: &MoveCases,
) -> Result<Between, Problem> {
    still_live(conn, tenant, key, asked)?;
    for hash in [&asked.from, &asked.to] {
        if version(conn, tenant, hash)?.key != key {
            return Err(Problem::not_found());
        }
    }
    let read = |hash: &str| library.get(conn, hash)?.ok_or_else(Problem::not_found);
    let (old, new) = (read(&asked.from)?, read(&asked.to)?);
    if asked.places.len() > MOST_PLACES {
        return Err(place_form());
    }
    let mut places = BTreeMap::new();
    for (from, to) in asked.places.iter().filter(|(_, to)| !to.is_empty()) {
        let (from, to) =
            (BlockId::parse(from).ok_or_else(place_form)?, BlockId::parse(to).ok_or_else(place_form)?);
        if old.block(&from).is_none()
            || new.block(&to).is_none_or(|block| waits_for(&block.shape.work).is_none())
        {
            return Err(place_form());
        }
        places.insert(from, to);
    }
    let baseline = rules::of(conn, tenant)?;
    Ok(Between { old, new, places, baseline })
}

fn place_form() -> Problem {
    Problem::invalid(
        "places",
        "move_place",
        "Name for each block of the old version a block of the live version in which somebody is waited for.",
    )
}

fn still_live(conn: &Connection, tenant: TenantId, key: &str, asked: &MoveCases) -> Result<(), Problem> {
    if live(conn, tenant, key)?.as_deref() == Some(asked.to.as_str()) && asked.from != asked.to {
        return Ok(());
    }
    version(conn, tenant, &asked.to)?;
    Err(Problem::conflict(
        "version_not_live",
        "Cases move only from another version to the live one. Load the flow again to see which one is live.",
    ))
}

/// Whom a block waits for, where it is neither the machine nor a partner.
fn waits_for(work: &Work) -> Option<&Who> {
    match work {
        Work::Wait { who, .. } if !matches!(who, Who::Partner(_)) => Some(who),
        _ => None,
    }
}

fn all(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
    between: &Between,
    asked: &MoveCases,
) -> Result<Vec<Looked>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT c.id FROM cases c JOIN runs r ON r.tenant = c.tenant AND r.case_id = c.id
         WHERE c.tenant = ?1 AND c.flow_hash = ?2 AND r.ended = 0 ORDER BY c.created_at DESC LIMIT ?3",
    )?;
    let ids: Vec<String> = statement
        .query_map(params![tenant.to_string(), asked.from, MOST_CASES], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let (mover, mut looked) = (between.mover(), Vec::with_capacity(ids.len()));
    for case in ids.iter().filter_map(|id| id.parse::<CaseId>().ok()) {
        looked.extend(one(conn, library, between, &mover, CaseRef { tenant, case }, asked)?);
    }
    Ok(looked)
}

/// What becomes of one case; `None` when it is not on the old version any more, or has ended.
fn one(
    conn: &Connection,
    library: &Library,
    between: &Between,
    mover: &Mover<'_>,
    of: CaseRef,
    asked: &MoveCases,
) -> Result<Option<Looked>, Problem> {
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    let found: Option<(i64, String, i64, Option<i64>)> = conn
        .prepare_cached(
            "SELECT c.number, r.state, r.seq,
                    (SELECT max(t.since) FROM tasks t WHERE t.tenant = c.tenant AND t.case_id = c.id)
             FROM cases c JOIN runs r ON r.tenant = c.tenant AND r.case_id = c.id
             WHERE c.tenant = ?1 AND c.id = ?2 AND c.flow_hash = ?3 AND r.ended = 0",
        )?
        .query_row(params![tenant, case, asked.from], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((number, state, seq, since)) = found else { return Ok(None) };
    let mut said =
        MovingCase { case, number: case_number(number), blocks: Vec::new(), to: Vec::new(), stays: None };
    let places =
        |run: &Run| run.active().iter().map(|active| active.at.block.to_string()).collect::<Vec<_>>();
    let went_on = asked.seen_at.is_some_and(|seen| since.is_some_and(|since| since > seen));
    let fate = match serde_json::from_str::<Run>(&state) {
        Err(_) => Err("unreadable".to_owned()),
        Ok(run) => {
            said.blocks = places(&run);
            match went_on {
                true => Err("went_on".to_owned()),
                false => fate(conn, library, between, mover, (of, &asked.from), &run)?,
            }
        }
    };
    let run = match fate {
        Ok(run) => {
            said.to = places(&run);
            Some(run)
        }
        Err(why) => {
            said.stays = Some(why);
            None
        }
    };
    Ok(Some(Looked { of, said, run, seq }))
}

/// The run as it goes on on the live version, or why it stays.
fn fate(
    conn: &Connection,
    library: &Library,
    between: &Between,
    mover: &Mover<'_>,
    (of, hash): (CaseRef, &str),
    run: &Run,
) -> Result<Result<Box<Run>, String>, Problem> {
    let at_work = run.active().iter().any(|active| {
        let block = between.old.block(&active.at.block);
        block.is_none_or(|block| waits_for(&block.shape.work).is_none())
    });
    if at_work {
        return Ok(Err("busy".to_owned()));
    }
    let Some(steps) = history::steps(conn, library, of, hash)? else {
        return Ok(Err("unreadable".to_owned()));
    };
    let history: Vec<_> = steps.iter().map(history::Step::left).collect();
    Ok(match mover.moved(run, &history) {
        Moving::Moves(run) => Ok(run),
        Moving::NeedsChoice(_) => Err("needs_choice".to_owned()),
        Moving::BranchesDiffer(_) => Err("branches_differ".to_owned()),
        Moving::Signed => Err("signed".to_owned()),
        Moving::Unsafe(rule) => Err(rule),
        Moving::NothingToMove => Err("went_on".to_owned()),
    })
}

/// Writes a moved case down; `None` where it stays.
fn keep(
    conn: &Connection,
    between: &Between,
    by: &Author,
    looked: &Looked,
    asked: &MoveCases,
    now: Timestamp,
) -> Result<Option<Advanced>, Problem> {
    let Some(run) = &looked.run else { return Ok(None) };
    let (tenant, case) = (looked.of.tenant.to_string(), looked.of.case.to_string());
    conn.prepare_cached("UPDATE cases SET flow_hash = ?3 WHERE tenant = ?1 AND id = ?2")?
        .execute([&tenant, &case, &asked.to])?;
    words::keep(conn, &tenant, &case)?;
    conn.prepare_cached(
        "INSERT INTO case_moves(tenant, case_id, number, seq, from_hash, to_hash, actor, at)
         SELECT ?1, ?2, coalesce(max(number), 0) + 1, ?3, ?4, ?5, ?6, ?7 FROM case_moves WHERE tenant = ?1 AND case_id = ?2",
    )?
    .execute(params![tenant, case, looked.seq, asked.from, asked.to, by.actor(), now.as_millisecond()])?;
    let moved = Moved { before: &looked.said.blocks, run, seq: looked.seq };
    let advanced = journal::moved(conn, &between.new, looked.of, moved, now)?;
    let detail = json!({"from": asked.from, "to": asked.to, "blocks": looked.said.to}).to_string();
    let actor = by.actor();
    let entry = audit::Entry {
        tenant: &tenant,
        at: now,
        actor: &actor,
        action: "case.moved",
        subject: &case,
        detail: &detail,
    };
    audit::record(conn, entry)?;
    Ok(Some(advanced))
}

fn summed(between: &Between, mut cases: Vec<MovingCase>, now: Timestamp) -> Moves {
    let mut moves = Moves { at: now.as_millisecond(), ..Moves::default() };
    let mut lost: BTreeMap<String, u32> = BTreeMap::new();
    for case in &cases {
        match case.stays.as_deref() {
            None => moves.moves += 1,
            Some("needs_choice") => {
                moves.need_choice += 1;
                for block in &case.blocks {
                    *lost.entry(block.clone()).or_default() += 1;
                }
            }
            Some(_) => moves.stay += 1,
        }
    }
    for block in between.places.keys().map(ToString::to_string) {
        let inside = cases.iter().filter(|case| case.blocks.contains(&block)).count();
        lost.insert(block, u32::try_from(inside).unwrap_or(u32::MAX));
    }
    moves.choices = lost.into_iter().filter_map(|(block, cases)| choice(between, block, cases)).collect();
    cases.sort_by(|a, b| (b.number.len(), &b.number).cmp(&(a.number.len(), &a.number)));
    cases.truncate(MOST_NAMED);
    moves.cases = cases;
    moves
}

/// Where a block may have gone; `None` for one that is where it was.
fn choice(between: &Between, block: String, cases: u32) -> Option<PlaceChoice> {
    let id = BlockId::parse(&block)?;
    let kind = between.old.block(&id)?.kind.key();
    let same = |now: &&shared::flow::Block| now.kind.key() == kind;
    if between.new.block(&id).as_ref().is_some_and(&same) {
        return None;
    }
    let waiting = || between.new.blocks().iter().filter(|block| waits_for(&block.shape.work).is_some());
    let options = waiting().filter(same).chain(waiting().filter(|now| !same(now)));
    Some(PlaceChoice { block, cases, options: options.map(|block| block.id.to_string()).collect() })
}

/// Running cases of versions that new cases do not get: hash and number of each version, and how many.
///
/// # Errors
/// When the rows cannot be read.
pub fn elsewhere(
    conn: &Connection,
    tenant: TenantId,
    key: &str,
) -> Result<Vec<(String, u32, u32)>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT v.hash, v.number, count(*) FROM company_flows v
         JOIN cases c ON c.tenant = v.tenant AND c.flow_hash = v.hash
         JOIN runs r ON r.tenant = c.tenant AND r.case_id = c.id AND r.ended = 0
         WHERE v.tenant = ?1 AND v.key = ?2 AND NOT EXISTS (
           SELECT 1 FROM flow_releases l WHERE l.tenant = v.tenant AND l.hash = v.hash AND l.until_at IS NULL)
         GROUP BY v.hash, v.number ORDER BY v.number DESC",
    )?;
    let rows = statement
        .query_map(params![tenant.to_string(), key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
