//! A flow is re-configured again and again, and its running cases are moved, while customers and staff act on all of them
//! at the same time.

use std::collections::BTreeSet;

use rand::{Rng, SeedableRng, rngs::StdRng};
use shared::flow::{Event, Facts, Status, Who, Work};
use tokio::sync::watch;

use super::{moving::of, *};
use crate::flows::{Driver, history, journal};

const KEY: &str = "new-car-loan";
/// Acts on one case before it is left waiting.
const ACTS: usize = 40;
/// Acts after which a case that keeps step waits for the next change.
const ACTS_A_ROUND: usize = 2;
/// Changes of the flow.
const ROUNDS: usize = 5;

/// How far all of them are.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// Acts in all.
    acts: usize,
    /// Cases of those that keep step which wait for the next change of the flow, or have nobody acting any more.
    waiting: usize,
}

/// Acts on a case at random until it has ended, or is left to wait. Every second one keeps step with the changes of the
/// flow, so that there is always something to move; the others go on while it changes.
async fn act(
    server: &TestServer,
    (case, seed): (&str, u64),
    progress: &watch::Sender<Progress>,
    mut rounds: watch::Receiver<usize>,
) {
    let (driver, of) = (server.app.driver.clone(), of(server, case));
    let mut news = driver.news();
    let mut chance = StdRng::seed_from_u64(seed);
    let keeps_step = keeps_step(seed);
    let mut acts = 0;
    while acts < ACTS {
        let library = driver.library().clone();
        let (flow, run) = server.app.store.read(move |conn| journal::load(conn, &library, of)).await.unwrap();
        if *run.status() != Status::Running {
            break;
        }
        let waits = |who: &Who| matches!(who, Who::Customer | Who::Queue(_));
        let open = run.active().iter().find_map(|active| {
            let block = flow.block(&active.at.block)?;
            matches!(&block.shape.work, Work::Wait { who, .. } if waits(who)).then_some((active, block))
        });
        let Some((active, block)) = open else {
            // The machine is at it; some case moves, perhaps this one.
            let _ = news.recv().await;
            continue;
        };
        let round = acts.div_ceil(ACTS_A_ROUND);
        if keeps_step && round <= ROUNDS && *rounds.borrow() < round {
            progress.send_modify(|progress| progress.waiting += 1);
            rounds.wait_for(|done| *done >= round).await.unwrap();
            progress.send_modify(|progress| progress.waiting -= 1);
            continue;
        }
        let outcomes: Vec<&String> =
            block.shape.outcomes.iter().filter(|name| *name != "exhausted").collect();
        // Mostly the usual one, so that cases get somewhere.
        let usual = chance.gen_range(0..10) < 8;
        let outcome = outcomes[if usual { 0 } else { chance.gen_range(0..outcomes.len()) }].clone();
        let event = Event::Done { at: active.at.clone(), outcome, writes: Facts::new() };
        // It may have been moved since it was looked at: then the act is refused, and looked at anew.
        if advance(&driver, of, event).await {
            acts += 1;
            progress.send_modify(|progress| progress.acts += 1);
        }
    }
    if keeps_step {
        progress.send_modify(|progress| progress.waiting += 1);
    }
}

fn keeps_step(seed: u64) -> bool {
    seed.is_multiple_of(2)
}

async fn advance(driver: &Driver, of: journal::CaseRef, event: Event) -> bool {
    driver.advance(of, event).await.is_ok()
}

/// A version with this highest age goes live, and what runs on the one before moves to it.
async fn reconfigure(two: &Two<'_>, max_age: u8) -> (String, Value) {
    let before = flow(&two.approver, KEY).await["live"]["hash"].clone();
    let hash = two.approved(max_age).await;
    assert_eq!(two.release(&hash, json!({"share_percent": 100})).await.status.as_u16(), 200);
    let moved =
        ask(&two.approver, "POST", &format!("{KEY}/moves"), json!({"from": before, "to": hash})).await;
    assert_eq!(moved.status.as_u16(), 200, "{}", moved.text());
    (hash, moved.json())
}

async fn reconfigured_while_running(cases: usize) {
    let server = TestServer::start().await;
    let two = Two::of(&server).await;
    let key = server.api_key().await;
    let mut begun = Vec::new();
    for _ in 0..cases {
        // A thousand links in one moment are more than one program may ask for.
        server.clock.advance(jiff::SignedDuration::from_secs(1));
        begun.push(case(&server, &key, &offer()).await);
    }
    let mut versions = BTreeSet::from([begun[0].1.clone()]);
    let (progress, mut seen) = watch::channel(Progress::default());
    let (rounds, round) = watch::channel(0_usize);
    let in_step = (0_u64..).take(cases).filter(|seed| keeps_step(*seed)).count();
    let all = async {
        let acting = begun
            .iter()
            .zip(0_u64..)
            .map(|((case, _), seed)| act(&server, (case, seed), &progress, round.clone()));
        futures_util::future::join_all(acting).await;
    };
    let changes = async {
        let mut moved = 0;
        for (done, max_age) in (1..=ROUNDS).zip((0_u8..=60).rev()) {
            seen.wait_for(|progress| progress.waiting == in_step).await.unwrap();
            let (hash, moves) = reconfigure(&two, max_age).await;
            versions.insert(hash);
            moved += moves["moves"].as_u64().unwrap();
            rounds.send_replace(done);
        }
        moved
    };
    let ((), moved) = tokio::join!(all, changes);
    assert!(moved > 0, "some case was waiting while the flow changed");

    // Nothing is lost: every case has ended or waits with somebody; no step was taken twice; every step belongs to the
    // version that its case was on.
    let mut named = 0;
    for (case, first) in &begun {
        let (of, library) = (of(&server, case), server.app.driver.library().clone());
        let id = case.clone();
        let (hash, ended, tasks, steps, moves) = server
            .app
            .store
            .read(move |conn| {
                let (hash, ended, seq): (String, bool, i64) = conn.query_row(
                    "SELECT c.flow_hash, r.ended, r.seq FROM cases c
                     JOIN runs r ON r.tenant = c.tenant AND r.case_id = c.id WHERE c.id = ?1",
                    [&id],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )?;
                let count = |sql: &str| conn.query_row(sql, [&id], |row| row.get::<_, i64>(0));
                let tasks = count("SELECT count(*) FROM tasks WHERE case_id = ?1 AND owner <> ''")?;
                let distinct = count(
                    "SELECT count(*) FROM (SELECT DISTINCT block, visit FROM steps WHERE case_id = ?1)",
                )?;
                let noted = count("SELECT count(*) FROM steps WHERE case_id = ?1")?;
                // The first of a run is its start, which leaves no block.
                assert_eq!((noted, distinct), (seq - 1, seq - 1), "a step was lost, or taken twice");
                let moves = count("SELECT count(*) FROM case_moves WHERE case_id = ?1")?;
                let steps = history::steps(conn, &library, of, &hash)?;
                Ok::<_, crate::store::StoreError>((hash, ended, tasks, steps, moves))
            })
            .await
            .unwrap();
        assert!(ended || tasks > 0, "{case} waits for nobody");
        assert!(versions.contains(&hash));
        assert_eq!(moves == 0, hash == *first, "{case} is on another version, and nobody moved it");
        for step in steps.expect("every version can be read") {
            let outcomes = step.flow.block(&step.block).map(|block| block.shape.outcomes.clone());
            assert!(outcomes.is_some_and(|outcomes| outcomes.contains(&step.outcome)), "{}", step.outcome);
        }
        named += moves;
    }
    let moved_in_all: u64 = named.try_into().unwrap();
    assert_eq!(moved_in_all, moved, "each move is on record");
    let acts = progress.borrow().acts;
    println!("report: {cases} cases, {acts} acts, {ROUNDS} changes of the flow, {moved} moves, none lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_changes_five_times_while_its_cases_run() {
    reconfigured_while_running(60).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes of acting on a thousand cases; cargo xtask test --long"]
async fn a_flow_changes_five_times_while_a_thousand_cases_run() {
    reconfigured_while_running(1_000).await;
}
