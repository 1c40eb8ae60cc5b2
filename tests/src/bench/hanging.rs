//! One partner of twenty hangs: what the others' answers and the customers' own acts take, before and meanwhile.
//!
//! Cases come at an even pace, whatever becomes of those before them, as customers do. The funder that hangs is the one that
//! every case is sent to first. Both states are measured by turns, in many short rounds: the slowest hundredth of the calls
//! moves by itself from minute to minute. First the partners take the time that such companies take; then none at all, which
//! shows what a hanging partner adds on our side, however little.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use miaopi::store::StoreError;
use serde_json::json;
use tokio::time::{Instant, interval};

use super::{
    Part, Report,
    case::Bench,
    lab::Pace,
    measure::Spread,
    report::{Aim, Figure},
};

/// Partners of the server that is measured: six services and the funders of the catalogue.
const PARTNERS: usize = 20;
/// The funder that the cases are sent to first.
const FIRST: &str = "funders/huaxing-bank";
/// Between two cases.
const PACE: Duration = Duration::from_millis(50);
/// Cases in each round: as many as a line's percentiles cover.
const CASES: u32 = 256;
/// Rounds of each state.
const ROUNDS: usize = 6;
/// The others that every case asks.
const OTHERS: [&str; 2] = ["realname", "bureau"];

/// Measures partners that take their time, then such as take none.
pub(super) async fn measure(report: &mut Report) -> Result<()> {
    let part = Part::Partners;
    let (well, hung) = by_turns(Pace::Usual).await?;
    let halves = well.len() / 2;
    let (early, late) = (State::of(&well[..halves]), State::of(&well[halves..]));
    let (well, hung) = (State::of(&well), State::of(&hung));
    let lower = |name, value, before, after| {
        Figure::lower(part, name, "ms", value).floor("the same with all partners well", before, after)
    };
    report.add(
        lower(
            "real name and bureau, a call, p99 while a funder hangs",
            hung.calls.1,
            early.calls.1,
            late.calls.1,
        )
        .note(format!("p50 {:.2} ms", hung.calls.0)),
    );
    let growth = (hung.calls.1 / well.calls.1 - 1.0) * 100.0;
    let drift = (late.calls.1 / early.calls.1 - 1.0) * 100.0;
    report.add(Figure::lower(part, "growth of that p99", "%", growth).aim(Aim::AtMost(5.0)).note(format!(
        "median of {ROUNDS} rounds of each; between the halves of those with all partners well it moved by {drift:.1} %"
    )));
    report.add(
        lower("their blocks, p99 while a funder hangs", hung.blocks.p99, early.blocks.p99, late.blocks.p99)
            .note(format!("p50 {:.1} ms; their turn and the commit included", hung.blocks.p50)),
    );
    report.add(
        lower(
            "a customer's act answered, p99 while a funder hangs",
            hung.acts.p99,
            early.acts.p99,
            late.acts.p99,
        )
        .aim(Aim::AtMost(50.0))
        .note(format!("p50 {:.1} ms", hung.acts.p50)),
    );

    let (well, hung) = by_turns(Pace::Instant).await?;
    let (well, hung) = (State::of(&well), State::of(&hung));
    report.add(
        Figure::lower(
            part,
            "added on our side to a call's p99 while a funder hangs",
            "ms",
            hung.calls.1 - well.calls.1,
        )
        .note(format!(
            "partners that take no time: {:.2} ms while it hangs, {:.2} ms with all well",
            hung.calls.1, well.calls.1
        )),
    );
    Ok(())
}

/// Rounds with all partners well, and rounds while one hangs.
async fn by_turns(pace: Pace) -> Result<(Vec<Round>, Vec<Round>)> {
    let bench = Arc::new(Bench::start(pace).await?);
    let partners = bench.inside.app.partners.all().len();
    ensure!(partners == PARTNERS, "there are {partners} partners, not {PARTNERS}");
    round(&bench, CASES / 4).await?; // warm
    let (mut well, mut hung) = (Vec::new(), Vec::new());
    for turn in 0..ROUNDS {
        // Neither state is always the one that comes first.
        for hangs in [turn % 2 == 1, turn % 2 == 0] {
            treat(&bench, if hangs { "hang" } else { "none" }).await?;
            let state = if hangs { &mut hung } else { &mut well };
            state.push(round(&bench, CASES).await?);
        }
    }
    let line = bench.inside.app.partners.state().into_iter().find(|line| line.partner == FIRST);
    let failed = line.context("there is no such funder")?.failures;
    ensure!(failed > 0, "nobody noticed that the funder hangs");
    Ok((well, hung))
}

/// Has the lab treat the funder's questions so from now on.
async fn treat(bench: &Bench, fault: &str) -> Result<()> {
    let control = format!("{}/control/{FIRST}", bench.inside.lab.url);
    let set = reqwest::Client::new().put(control).json(&json!({"fault": fault})).send().await?;
    ensure!(set.status().is_success(), "the funder could not be told: {fault}");
    Ok(())
}

struct Round {
    acts: Vec<f64>,
    calls: (f64, f64),
    blocks: Vec<f64>,
}

/// What all rounds of a state give together.
struct State {
    acts: Spread,
    calls: (f64, f64),
    blocks: Spread,
}

impl State {
    fn of(rounds: &[Round]) -> Self {
        let all = |of: fn(&Round) -> &Vec<f64>| Spread::of(rounds.iter().flat_map(of).copied().collect());
        let median = |of: fn(&Round) -> f64| Spread::of(rounds.iter().map(of).collect()).p50;
        let calls = (median(|round| round.calls.0), median(|round| round.calls.1));
        Self { acts: all(|round| &round.acts), calls, blocks: all(|round| &round.blocks) }
    }
}

/// So many cases, one after each [`PACE`], until all of them stand at the disclosure.
async fn round(bench: &Arc<Bench>, cases: u32) -> Result<Round> {
    let began = jiff::Timestamp::now().as_millisecond();
    let mut ticks = interval(PACE);
    let mut customers = Vec::new();
    let start = Instant::now();
    for _ in 0..cases {
        ticks.tick().await;
        let bench = bench.clone();
        customers.push(tokio::spawn(async move { bench.one().await }));
    }
    let mut acts = Vec::new();
    for customer in customers {
        acts.extend(customer.await??);
    }
    eprintln!("  {cases} cases in {:.1} s", start.elapsed().as_secs_f64());
    Ok(Round { acts, calls: others(bench), blocks: blocks(bench, began).await? })
}

/// The slower of the real-name service and the bureau: p50 and p99 of its latest calls, milliseconds.
fn others(bench: &Bench) -> (f64, f64) {
    let lines = bench.inside.app.partners.state().into_iter();
    let others = lines.filter(|line| OTHERS.contains(&line.partner.as_str()));
    others.fold((0.0, 0.0), |(p50, p99), line| (line.p50_ms.max(p50), line.p99_ms.max(p99)))
}

/// Milliseconds of the blocks that asked them since then, the wait for their turn and the commit included.
async fn blocks(bench: &Bench, since: i64) -> Result<Vec<f64>> {
    let read = move |conn: &rusqlite::Connection| {
        let mut statement = conn.prepare(
            "SELECT (at - since) * 1.0 FROM steps WHERE block IN ('realname', 'bureau') AND since >= ?1",
        )?;
        Ok::<_, StoreError>(statement.query_map([since], |row| row.get(0))?.collect::<Result<Vec<f64>, _>>()?)
    };
    Ok(bench.inside.app.store.read(read).await?)
}
